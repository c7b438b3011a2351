"""Services with nothing in them: for the API's document, and for tests that fill in what they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pantau import __version__
from pantau.serve.board import LiveBoard
from pantau.serve.services import CityFacts, Services
from pantau.store.buckets import starts
from pantau.store.reader import EventPage
from pantau.store.series import Series, SeriesQuery
from pantau.types import Camera, Place


class NoNumbers:
    """A store with nothing in it: every bucket is a gap."""

    def series(self, query: SeriesQuery) -> Series:
        """Gaps."""
        grid = starts(query.tier, "UTC", query.start, query.end)
        return Series(
            place=query.place,
            tier=query.tier,
            timezone="UTC",
            starts=grid,
            columns={name: (None,) * len(grid) for name in query.indicators},
            coverage=(0.0,) * len(grid),
            method=("",) * len(grid),
            revision=(0,) * len(grid),
            provisional=(False,) * len(grid),
        )

    def extent(self, place: str) -> Mapping[str, tuple[datetime, datetime]]:
        """Nothing."""
        del place
        return {}

    def events(  # as `Numbers.events`
        self,
        place: str | None = None,
        kind: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 100,
        before: tuple[datetime, str] | None = None,
    ) -> EventPage:
        """No events."""
        del place, kind, start, end, limit, before
        return EventPage(())


class NoRegister:
    """No cameras, no places."""

    def cameras(self) -> Sequence[Camera]:
        """None."""
        return ()

    def camera(self, id_: str) -> Camera | None:
        """None."""
        del id_
        return None

    def places(self) -> Sequence[Place]:
        """None."""
        return ()

    def place(self, id_: str) -> Place | None:
        """None."""
        del id_
        return None


class NoSessions:
    """Nobody can sign in."""

    def claim(self, code: str) -> str | None:
        """No code is right."""
        del code
        return None

    def session(self, token: str) -> Literal["admin"] | None:
        """No token is known."""
        del token
        return None

    def end_session(self, token: str) -> None:
        """Nothing to end."""
        del token


def empty_services(now: datetime) -> Services:
    """Services of a city without cameras, at a moment that stands still."""
    return Services(
        city=CityFacts(name="Kota", region="", timezone="UTC"),
        version=__version__,
        numbers=NoNumbers(),
        register=NoRegister(),
        sessions=NoSessions(),
        board=LiveBoard(),
        clock=lambda: now,
    )
