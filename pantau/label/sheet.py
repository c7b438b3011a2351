"""What a person counted on one clip: crossings with undo, and the stretch of each line that was looked at whole.

Every change is a step (a crossing before and after it) that undo takes back and redo brings again; a new change forgets what
was undone. The stretches are no steps: they are said outright and said again. Only inside them is the sheet a truth.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

from pantau.errors import DataError
from pantau.places import DIRECTIONS, Direction
from pantau.types import CLASSES

STEPS: Final = 1000
"""Steps that can be undone."""
Stretch = tuple[float, float]
"""Seconds of the clip: from, to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One road user that crossed a line.

    Args:
        id: unique in the sheet while it is open.
        line: local id of the line.
        frame: number of the picture, from 1.
        t_s: seconds of the clip.
        along: where on the line, 0 at its start and 1 at its end.
    """

    id: int
    line: str
    frame: int
    t_s: float
    along: float
    direction: Direction
    road_user: str


Step = tuple[Crossing | None, Crossing | None]


class Sheet:
    """The crossings and stretches of one clip.

    Args:
        lines: local ids of the camera's lines.
        crossings: those that are there already; their ids are given anew.
        stretches: what of each line was looked at.
    """

    def __init__(
        self, lines: Iterable[str], crossings: Iterable[Crossing] = (), stretches: Mapping[str, Stretch] | None = None
    ) -> None:
        self.lines = tuple(lines)
        self._last = 0
        self._crossings: dict[int, Crossing] = {}
        self._stretches: dict[str, Stretch] = {}
        self._done: deque[Step] = deque(maxlen=STEPS)
        self._undone: list[Step] = []
        for crossing in crossings:
            self.add(crossing)
        for line, stretch in (stretches or {}).items():
            self.look(line, stretch)
        self._done.clear()

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        """All crossings, in order of time."""
        return tuple(sorted(self._crossings.values(), key=lambda c: (c.t_s, c.line, c.id)))

    @property
    def stretches(self) -> Mapping[str, Stretch]:
        """Seconds from and to which each line was looked at; a line without one was not."""
        return dict(self._stretches)

    @property
    def can(self) -> tuple[bool, bool]:
        """Whether something can be undone, and redone."""
        return bool(self._done), bool(self._undone)

    def copy(self) -> Sheet:
        """An equal sheet, with its history, that changes apart from this one."""
        other = Sheet(self.lines)
        other._last = self._last
        other._crossings, other._stretches = dict(self._crossings), dict(self._stretches)
        other._done, other._undone = self._done.copy(), list(self._undone)
        return other

    def add(self, crossing: Crossing) -> Crossing:
        """A new crossing; whatever id it brings, it gets a fresh one.

        Raises:
            DataError: it names no line, direction or class, or is nowhere.
        """
        fresh = replace(self._checked(crossing), id=self._last + 1)
        self._last += 1
        self._step((None, fresh))
        return fresh

    def change(self, crossing: Crossing) -> None:
        """The crossing of this id is now this.

        Raises:
            DataError: there is none, or as `add`.
        """
        before = self._known(crossing.id)
        if before != crossing:
            self._step((before, self._checked(crossing)))

    def remove(self, number: int) -> None:
        """Take out the crossing of this id.

        Raises:
            DataError: there is none.
        """
        self._step((self._known(number), None))

    def undo(self) -> Crossing | None:
        """Take back the last change; the crossing it was about, None when there is nothing to undo."""
        if not self._done:
            return None
        before, after = self._done.pop()
        self._undone.append((before, after))
        self._put(after, before)
        return before or after

    def redo(self) -> Crossing | None:
        """Bring back what was undone last; the crossing it was about, None when there is nothing to redo."""
        if not self._undone:
            return None
        before, after = self._undone.pop()
        self._done.append((before, after))
        self._put(before, after)
        return after or before

    def look(self, line: str, stretch: Stretch | None) -> None:
        """Say what of a line was looked at; None: nothing.

        Raises:
            DataError: no such line, or the stretch runs backwards.
        """
        self._line(line)
        if stretch is None:
            self._stretches.pop(line, None)
            return
        if not (all(map(isfinite, stretch)) and 0 <= stretch[0] <= stretch[1]):
            raise DataError(
                f"line {line!r}: expected a stretch of seconds from ≤ to, got {stretch[0]:g} to {stretch[1]:g}"
            )
        self._stretches[line] = stretch

    def known(self, number: int) -> Crossing:
        """The crossing of this id.

        Raises:
            DataError: there is none.
        """
        return self._known(number)

    def _step(self, step: Step) -> None:
        self._done.append(step)
        self._undone.clear()
        self._put(*step)

    def _put(self, before: Crossing | None, after: Crossing | None) -> None:
        if before:
            del self._crossings[before.id]
        if after:
            self._crossings[after.id] = after

    def _known(self, number: int) -> Crossing:
        if number not in self._crossings:
            raise DataError(f"crossing {number} is not in the sheet; it was removed or undone")
        return self._crossings[number]

    def _line(self, line: str) -> None:
        if line not in self.lines:
            raise DataError(f"unknown line {line!r}; the camera has: {', '.join(self.lines)}")

    def _checked(self, crossing: Crossing) -> Crossing:
        self._line(crossing.line)
        if crossing.direction not in DIRECTIONS or crossing.road_user not in CLASSES:
            raise DataError(
                f"expected a direction of {', '.join(DIRECTIONS)} and a class of {', '.join(CLASSES)}, got "
                f"{crossing.direction!r} and {crossing.road_user!r}"
            )
        if crossing.frame < 1 or not (isfinite(crossing.t_s) and crossing.t_s >= 0 and isfinite(crossing.along)):
            raise DataError(f"expected a frame from 1 and seconds from 0, got {crossing.frame} and {crossing.t_s:g}")
        return crossing
