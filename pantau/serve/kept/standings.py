"""The newest standing of every place, kept in memory: the keeper puts them in, the pages read nothing else.

Rejected: a table in the control database. After a restart the whole city is looked at again within minutes, and until then the
answer says how many places were not looked at yet; a kept table would show yesterday's as if it were known.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pantau.places import Camera, Cordon, Place
from pantau.serve.release.rule import State
from pantau.serve.schema.outlook import SoFar, Spell
from pantau.serve.themes import Theme


@dataclass(frozen=True, slots=True)
class Watched:
    """A place that has the number of a theme; `current` where it is this city's and still measured."""

    place: Place
    camera: Camera | None
    theme: Theme
    current: bool

    @property
    def key(self) -> tuple[str, str]:
        """Its name among all."""
        return self.place.id, self.theme.family


@dataclass(frozen=True, slots=True)
class HourNow:
    """One hour of the day; None where it is not known."""

    start: datetime
    value: float | None
    usual: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A place now.

    Args:
        watched: of what.
        checked: when it was looked at.
        start, end: the last released hour.
        value: its figure, as the public has it.
        state: what it is; a suppressed value is one of 1 to 9 people.
        known: the figure that may be compared and added: of an hour that was watched, a suppressed one as it was released.
        usual: of that hour; None where too little is known.
        coverage: of that hour; below `SEEN` it is not compared.
        hours: of its day, those that are released; and the usual of all.
        so_far, spells: of its day.
        first: start of the first figure that it ever had; None where there is none.
        doubted: a self-check failed there.
    """

    watched: Watched
    checked: datetime
    start: datetime
    end: datetime
    value: float | None
    state: State
    known: float | None
    usual: float | None
    coverage: float
    hours: tuple[HourNow, ...]
    so_far: SoFar | None
    spells: tuple[Spell, ...]
    first: datetime | None
    doubted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """Who came and left over a declared border in the last released hour, as the public has it.

    Args:
        came_as, left_as: what the figures are; a suppressed one is 1 to 9 people.
        coverage: of all its lines together.
        lines: how many of them gave anything.
    """

    cordon: Cordon
    theme: Theme
    start: datetime
    end: datetime
    came: float | None
    came_as: State
    left: float | None
    left_as: State
    coverage: float
    lines: int


@dataclass(frozen=True, slots=True)
class Round:
    """What is known at one moment.

    Args:
        version: another one whenever something was put in or let go.
        wanted: every place that has a number of a theme; empty before the first look at the register.
        found: by place and theme, those looked at.
        crossed: of declared borders.
    """

    version: int
    wanted: tuple[Watched, ...]
    found: dict[tuple[str, str], Standing]
    crossed: tuple[Crossed, ...] = ()


class Standings:
    """Safe from any thread. Bounded by the register: what is wanted no more is let go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._round = Round(0, (), {})

    def now(self) -> Round:
        """What is known; never changed afterwards."""
        with self._lock:
            return self._round

    def want(self, wanted: Iterable[Watched]) -> None:
        """Make these the places that are looked at."""
        asked = tuple(wanted)
        keys = {one.key for one in asked}
        with self._lock:
            if asked == self._round.wanted:
                return
            kept = {key: one for key, one in self._round.found.items() if key in keys}
            self._round = Round(self._round.version + 1, asked, kept, self._round.crossed)

    def put(self, found: Iterable[Standing]) -> None:
        """Replace standings by newer ones."""
        fresh = {one.watched.key: one for one in found}
        if not fresh:
            return
        with self._lock:
            keys = {one.key for one in self._round.wanted}
            fresh = {key: one for key, one in fresh.items() if key in keys}
            known = self._round
            self._round = Round(known.version + 1, known.wanted, known.found | fresh, known.crossed)

    def cross(self, crossed: Iterable[Crossed]) -> None:
        """Replace what is known of borders."""
        found = tuple(crossed)
        with self._lock:
            if found != self._round.crossed:
                self._round = Round(self._round.version + 1, self._round.wanted, self._round.found, found)
