"""What a person (or a benchmark) says really happened on a clip, in one shape whatever file it came from.

A truth is a list of crossings (`Mark`), or of sums over stretches of time (`Tally`), and says what it covers: which lines
were watched, from when to when, and which groups of road users. What it does not cover is not scored, because an unlabelled
car is no false car. Four-wheelers form one group (`group`): people who label know vans, detectors know three kinds of them.

Everything that names something is checked here against the clip and its camera, with the known names in the message.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf, isfinite
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.errors import DataError
from pantau.places import DIRECTIONS, Camera, Direction, Line, local_id
from pantau.types import CLASSES

FOUR_WHEELERS: Final = frozenset({"car", "bus", "truck"})
FOUR_WHEELER: Final = "four-wheeler"
"""Name of the group of `FOUR_WHEELERS`; every other class is a group of its own."""
CALLED: Final[Mapping[str, str]] = {"van": "car"}
"""What labels call a class that Pantau counts as another; a van is a car in the vocabulary."""
SLACK_FRAMES: Final = 1
"""Frames that a file may hold beyond what its header says."""


def group(road_user: str) -> str:
    """The class group in which crossings are matched."""
    return FOUR_WHEELER if road_user in FOUR_WHEELERS else road_user


@dataclass(frozen=True, slots=True)
class Mark:
    """One crossing: place id of the line, direction, class, seconds of the clip."""

    line: str
    direction: Direction
    road_user: str
    t_s: float


@dataclass(frozen=True, slots=True)
class Tally:
    """How many crossed a line within [start_s, end_s) of the clip."""

    line: str
    direction: Direction
    road_user: str
    start_s: float
    end_s: float
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Boxed:
    """True boxes of one frame: ids (N,), xyxy (N, 4) pixels, class names (N,)."""

    ids: npt.NDArray[np.int64]
    xyxy: npt.NDArray[np.float64]
    road_users: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What really happened.

    Args:
        kind: what the file was: ``labels``, ``mot``, ``crossings`` or ``sums``.
        lines: place ids of the lines that were watched.
        groups: class groups that were watched; None when all were.
        stretches: by line, seconds of the clip from and to which it was watched; the whole clip where a line is not in it.
        marks: every crossing, where each has its moment.
        tallies: sums, where only those are known.
        boxes: by frame number from 1, where boxes are known.
        notes: what a reader of the result should know.
    """

    kind: str
    lines: frozenset[str]
    groups: frozenset[str] | None = None
    stretches: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    tallies: tuple[Tally, ...] = ()
    boxes: Mapping[int, Boxed] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def covers(self, mark: Mark) -> bool:
        """Whether this truth could have had such a crossing."""
        return mark.line in self.lines and (self.groups is None or group(mark.road_user) in self.groups)

    def watched(self, mark: Mark, within_s: float = 0.0) -> bool:
        """Whether the mark lies in its line's stretch, at least `within_s` from both ends (negative: that far outside)."""
        from_s, to_s = self.stretches.get(mark.line, (-inf, inf))
        return from_s + within_s <= mark.t_s <= to_s - within_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The clip that a truth is about, and the camera that stands before it.

    Args:
        file: the truth file, as messages name it.
        size: (width, height) in pixels.
        fps: frames per second of the clip.
        frames: how many frames it has, where that is known.
        start: UTC of its first frame, where it was said.
    """

    file: str
    camera: Camera
    size: tuple[int, int]
    fps: float
    frames: int | None
    start: datetime | None

    def line(self, name: str, where: str) -> Line:
        """The line of this local id, place id or name.

        Raises:
            DataError: the camera has no such line.
        """
        for line in self.camera.lines:
            if name in {line.id, local_id(line.id), line.name}:
                return line
        known = ", ".join(local_id(line.id) for line in self.camera.lines) or "none"
        raise DataError(f"{self.file}: {where}: unknown line {name!r}; camera {self.camera.id} has: {known}")

    def direction(self, word: str, line: Line, where: str) -> Direction:
        """``forward`` or ``backward``, said so or in the line's own words.

        Raises:
            DataError: neither.
        """
        own = {line.forward_name.casefold(): DIRECTIONS[0], line.backward_name.casefold(): DIRECTIONS[1]}
        said = word.strip().casefold()
        for direction in DIRECTIONS:
            if said == direction:
                return direction
        if said and said in own:
            return own[said]
        words = ", ".join([*DIRECTIONS, *(name for name in (line.forward_name, line.backward_name) if name)])
        raise DataError(f"{self.file}: {where}: unknown direction {word!r}; expected one of: {words}")

    def road_user(self, word: str, where: str) -> str:
        """A class of `CLASSES`.

        Raises:
            DataError: no such class.
        """
        said = word.strip().casefold()
        named = CALLED.get(said, said)
        if named not in CLASSES:
            known = ", ".join([*CLASSES, *CALLED])
            raise DataError(f"{self.file}: {where}: unknown class {word!r}; known ones: {known}")
        return named

    def moment(self, t_s: float, where: str) -> float:
        """Seconds of the clip.

        Raises:
            DataError: not a number, or outside the clip.
        """
        end_s = None if self.frames is None else (self.frames + SLACK_FRAMES) / self.fps
        if not isfinite(t_s) or t_s < 0 or (end_s is not None and t_s > end_s):
            length = "" if end_s is None else f" (it has {self.frames} frames, {end_s:.1f} s)"
            raise DataError(f"{self.file}: {where}: {t_s:g} s is outside the clip{length}; is this truth of this clip?")
        return t_s

    def frame(self, number: float, where: str) -> int:
        """A frame number of the clip, from 1.

        Raises:
            DataError: not a whole number, or beyond the clip.
        """
        whole = isfinite(number) and number == int(number)
        if not whole or number < 1 or (self.frames is not None and number > self.frames + SLACK_FRAMES):
            length = "" if self.frames is None else f"; the clip has {self.frames} frames, numbered from 1"
            raise DataError(f"{self.file}: {where}: frame {number:g} is not in the clip{length}")
        return int(number)

    def second_of(self, frame: int) -> float:
        """Seconds of the clip at which a frame is shown."""
        return (frame - 1) / self.fps


def unwatched(lines: Collection[Line], truth: Truth) -> str:
    """A note on lines of the camera that the truth says nothing of; empty when there are none."""
    left = [local_id(line.id) for line in lines if line.id not in truth.lines]
    return f"not in the truth, so not scored: line {', '.join(left)}" if left else ""
