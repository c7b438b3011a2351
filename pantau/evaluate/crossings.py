"""Where a replay's crossings go when they are only compared: a sink that keeps nothing else."""

from __future__ import annotations

from datetime import datetime

from pantau.evaluate.truth import Mark
from pantau.places import DIRECTIONS
from pantau.types import Batch, Run


class Crossings:
    """Keeps the crossings of a run, and the run.

    Args:
        start: UTC of the clip's first picture; moments are seconds from there.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start
        self.marks: list[Mark] = []
        self.run: Run | None = None

    def begin(self, run: Run) -> None:
        """Remember the run."""
        self.run = run

    def write(self, batch: Batch) -> None:
        """Take the crossings."""
        for event in batch.events:
            if event.kind == "crossing":
                direction = DIRECTIONS[event.attributes["direction"] == DIRECTIONS[1]]
                t_s = round((event.start - self._start).total_seconds(), 3)
                self.marks.append(Mark(event.place, direction, str(event.attributes["class"]), t_s))

    def end(self, run: str) -> None:
        """Nothing waits."""
