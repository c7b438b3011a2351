"""What the alarm engine asks of the store and of the register."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from pantau.places import Camera, Place
from pantau.store.reader import EventPage
from pantau.store.series import Minute


class Numbers(Protocol):
    """Closed minutes and events; `pantau.store.store.Store` has them."""

    def minutes(self, name: str, start: datetime, end: datetime) -> Iterator[Minute]:
        """Every minute of a family that began in [start, end)."""
        ...

    def events(
        self,
        place: str | None = None,
        kind: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 100,
    ) -> EventPage:
        """A page of events."""
        ...


class Register(Protocol):
    """The cameras and places of the register; `pantau.store.control.Control` has them."""

    def cameras(self) -> Sequence[Camera]:
        """Every camera."""
        ...

    def places(self) -> Sequence[Place]:
        """Every line, zone and site."""
        ...
