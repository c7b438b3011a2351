"""The newest standing of every place, kept in memory: the keeper puts them in, the pages read nothing else.

Rejected: a table in the control database. After a restart the whole city is looked at again within minutes, and until then the
answer says how many places were not looked at yet; a kept table would show yesterday's as if it were known.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pantau.serve.standing import Standing, Watched


@dataclass(frozen=True, slots=True)
class Round:
    """What is known at one moment.

    Args:
        version: another one whenever something was put in or let go.
        wanted: every place that has a number of a theme; empty before the first look at the register.
        found: by place and theme, those looked at.
    """

    version: int
    wanted: tuple[Watched, ...]
    found: dict[tuple[str, str], Standing]


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
            self._round = Round(self._round.version + 1, asked, kept)

    def put(self, found: Iterable[Standing]) -> None:
        """Replace standings by newer ones."""
        fresh = {one.watched.key: one for one in found}
        if not fresh:
            return
        with self._lock:
            keys = {one.key for one in self._round.wanted}
            fresh = {key: one for key, one in fresh.items() if key in keys}
            self._round = Round(self._round.version + 1, self._round.wanted, self._round.found | fresh)
