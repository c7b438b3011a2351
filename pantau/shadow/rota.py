"""Whose turn it is to be compared: as many cameras at once as the idle time carries, each at its full cadence.

Half the samples of every camera would compare two detectors at a cadence that neither runs at. So cameras take turns of
`TURN_S`, a few at a time, and while one sits all its samples are looked at. After each turn the number of seats goes up by one
where nearly all samples were seen, and down by one where they were not: what the computer carries shows itself. Turns go
round, so that over days each camera sits at every hour.

Rejected: a model of what a sample costs (it depends on what the cameras leave), and fixed pairs of camera and hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

TURN_S: Final = 600.0
UP: Final = 0.98
"""Share of the samples seen from which one more camera is tried."""
DOWN: Final = 0.95


class Rota:
    """The turns of one trial; starts with one seat."""

    def __init__(self) -> None:
        self.seats = 1
        self._sitting: tuple[str, ...] = ()
        self._since: datetime | None = None
        self._given = self._seen = 0

    @property
    def sitting(self) -> tuple[str, ...]:
        """The cameras whose turn it is."""
        return self._sitting

    def saw(self, given: int, seen: int) -> None:
        """What became of some samples of this turn."""
        self._given += given
        self._seen += seen

    def turn(self, time: datetime, cameras: Sequence[str]) -> tuple[str, ...]:
        """Who sits from `time` on, of the cameras that are there."""
        left = tuple(one for one in self._sitting if one in cameras)
        over = self._since is None or (time - self._since).total_seconds() >= TURN_S
        if left and not over:
            self._sitting = left
            return left
        if over:
            self._adjust(len(cameras))
        self._since = time
        order = sorted(cameras)
        after = [one for one in order if self._sitting and one > self._sitting[-1]]
        before = order[: len(order) - len(after)]
        self._sitting = tuple((after + before)[: self.seats])
        return self._sitting

    def _adjust(self, cameras: int) -> None:
        """A seat more or less, as the turn that is over went."""
        if self._given:
            share = self._seen / self._given
            self.seats += (share >= UP) - (share < DOWN)
        self.seats = max(1, min(self.seats, max(cameras, 1)))
        self._given = self._seen = 0
