"""Does anything move? The sensitive, cheap question that decides whether a group of pictures is decoded and looked at.

**Idea.** A key frame, small and grey, is compared with the *ground*: the mean of the key frames lately,
but where something moved, the newest. Both are made equally
bright (the median ratio of their coarse cells, so that clouds and a camera that opens its iris are nobody), their difference is
blurred, so that noise averages out and a small thing stays, and its mean size is taken cell by cell. What a cell does when
nothing moves - the sensor's noise, the encoder's, leaves in the wind - is learned as a mean and a deviation, apart for key frames
and the frames between (they are coded differently, and compared with the newest key frame). A cell moves when it is `SIGMAS` deviations
and `LEAST` grey levels above that. What came and went between two key frames is not seen so: for that, the sizes
of the packets between them are watched as well (`Sizes`), which cost nothing, and audits measure what is missed (`pantau.ingest.lazy`).

Sources: pixel differences before any detector are as old as video surveillance (Stauffer & Grimson 1999 model each pixel's own
noise); a slow mean as reference, blur and cells of four were chosen by `python -m bench.gate --tuned` (docs/methods/gate.md). Limits: a thing
that stands still is not moving (it was found when it came); people less than 20 pixels high on a picture of 640 often drown;
what flickers raises its own cells' limit. Rejected: MOG2 and KNN (fifteen times dearer than this), motion vectors (need the whole decode).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from pantau.ingest.sizes import quantile
from pantau.masks import Masks

Luma = npt.NDArray[np.uint8]
Cells = npt.NDArray[np.float32]
Moving = npt.NDArray[np.bool_]
Kind = Literal["key", "between"]

SMALL: Final = (320, 180)
"""(width, height) of the picture that is compared; pictures of other shapes keep their shape at about as many pixels."""
CELL: Final = 4
"""Pixels of the small picture along a cell's side."""
BLUR: Final = 1.2
"""Standard deviation of the blur, pixels of the small picture."""
SETTLE: Final = 0.25
"""Share of a new key frame in the ground."""
NEAR: Final = 5
"""Cells: the deviation of a cell is at least the mean of so many around, and what moves in two pictures lies within."""
SIGMAS: Final = 8.0
LEAST: Final = 0.8
"""Grey levels of a cell's mean difference: below it nothing that can be counted has moved."""
GREATEST: Final[Mapping[Kind, float]] = {"key": 3.0, "between": 4.0}
"""However restless the encoder: a cell that differs by more has moved. A thing of 4x4 pixels and 8 levels does."""
CALM: Final[Mapping[Kind, float]] = {"key": 0.25, "between": 0.9}
"""Share of the looks, from the calmest on, whose highest cells are taken for the encoder's leaps. Between key frames an encoder leaps seldom and far; nobody falls asleep on those looks alone, the key frames must agree."""
ABOVE: Final[Mapping[Kind, float]] = {"key": 1.5, "between": 2.0}
"""How far above these leaps a cell has moved: between key frames a leap stays for some pictures, and audits believe what lasts."""
PEAKS: Final = 40
"""Looks whose highest cells say how far the encoder leaps."""
LEARN: Final = 0.05
"""Share of a new quiet look in what is known of a cell's noise."""
MOST: Final = 0.4
"""Share of cells that move at once when the light or the gain has changed."""
TRUST: Final = 6
"""Looks of a kind before its noise is known well enough to call anything quiet."""


def shrink(luma: Luma) -> Luma:
    """The picture as the gate sees it: about `SMALL`, by areas, so that noise averages out and small things stay.

    Halved as often as that goes: OpenCV halves eight times as fast as it takes quarters.
    """
    height, width = luma.shape
    factor = max(1, round((width * height / (SMALL[0] * SMALL[1])) ** 0.5))
    while factor > 1:
        step = 2 if factor % 2 == 0 else factor
        factor //= step
        height, width = height // step, width // step
        luma = np.asarray(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return luma


@dataclass(slots=True)
class Noise:
    """What cells do when nothing moves, in grey levels.

    The first looks are kept and their median taken, because somebody may be passing. After that a cell learns only from looks
    in which it did not move: a road that is busy all day must not come to think that cars are noise. When most cells move
    at once it is the light or the camera's gain, and everything is learned anew.

    Args:
        kind: of the looks: `CALM`, `ABOVE` and `GREATEST` go by it.
    """

    kind: Kind = "key"
    first: list[Cells] = field(default_factory=list)
    mean: Cells = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    deviation: Cells = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    peaks: deque[float] = field(default_factory=lambda: deque(maxlen=PEAKS))

    @property
    def known(self) -> bool:
        """Whether there were enough looks to tell noise from motion."""
        return len(self.first) >= TRUST

    def moving(self, cells: Cells, sigmas: float) -> Moving:
        """Which cells move; then take the look in."""
        if not self.known:
            self._begin(cells)
            return np.ones(cells.shape, bool)
        residual = cells - self.mean
        deviation = np.maximum(self.deviation, cv2.blur(self.deviation, (NEAR, NEAR)))
        above: Moving = residual > np.maximum(sigmas * deviation, self._floor())
        self.peaks.append(float(residual.max()))
        if np.count_nonzero(above) > MOST * above.size:
            self.first = [cells]
            self.peaks.clear()
            return np.ones(cells.shape, bool)
        away = np.where(above, 0, residual)
        self.deviation += LEARN * np.where(above, 0, 1.25 * np.abs(away) - self.deviation)
        self.mean += LEARN * away
        return above

    def _floor(self) -> float:
        """Grey levels above those that the encoder's own leaps reach in the calmer part of the looks."""
        calm = quantile(self.peaks, CALM[self.kind]) if self.peaks else 0.0
        return min(max(LEAST, ABOVE[self.kind] * calm), GREATEST[self.kind])

    def _begin(self, cells: Cells) -> None:
        self.first.append(cells)
        looks = np.stack(self.first)
        self.mean = np.median(looks, axis=0).astype(np.float32)
        self.deviation = (1.5 * np.median(np.abs(looks - self.mean), axis=0)).astype(np.float32)


@dataclass(slots=True)
class Gate:
    """One camera's gate. Pictures of another size than the last start it anew.

    Args:
        masks: what nobody may look at; what moves there wakes nobody, and is not told by who is awake.
        sigmas: deviations above a cell's own noise that are motion; audits lower it.
    """

    masks: Masks = field(default_factory=lambda: Masks(()))
    sigmas: float = SIGMAS
    _ground: Cells | None = field(default=None, repr=False)
    _shape: tuple[int, ...] = ()  # of the pictures; different ones may be as large when they are shrunk
    _reference: Luma | None = field(default=None, repr=False)  # the newest key frame
    _before: Luma | None = field(default=None, repr=False)  # the one before
    _behind: Moving | None = field(default=None, repr=False)  # what moved in the picture that was looked back at last
    _noise: dict[Kind, Noise] = field(default_factory=dict, repr=False)

    @property
    def knows(self) -> bool:
        """Whether it has seen enough key frames to call anything quiet."""
        noise = self._noise.get("key")
        return noise is not None and noise.known

    def look(self, luma: Luma, kind: Kind) -> bool:
        """Whether something has moved since the reference; a key frame then is the new reference.

        Args:
            luma: (H, W) uint8, the full picture's brightness.
            kind: how the frame is coded.
        """
        small = self.masks.apply(shrink(luma))
        self._behind = None
        if self._reference is None or self._ground is None or self._shape != luma.shape:
            self._shape = luma.shape
            self._ground, self._reference, self._before, self._noise = small.astype(np.float32), small, None, {}
            return True
        if kind == "between":
            return bool(self._moving(small, self._reference, kind).any())
        gain = brighter(small, self._ground)
        moving = self._moving(small, self._ground, kind, gain)
        self._ground = _settled(self._ground, gain, small, moving)
        self._before, self._reference = self._reference, small
        return bool(moving.any())

    def look_back(self, luma: Luma) -> bool:
        """Whether something moves in a picture of the group before the newest key frame, and did so close by in the one before.

        It is compared with the key frame of that group. A group has dozens of pictures with thousands of cells each, and now
        and then one of them leaps; but noise does not leap twice in a row at the same place.
        """
        small = self.masks.apply(shrink(luma))
        if self._before is None or self._shape != luma.shape:
            return True
        moving = self._moving(small, self._before, "between")
        behind, self._behind = self._behind, moving
        if behind is None:
            return False
        around = cv2.dilate(behind.astype(np.uint8), np.ones((NEAR, NEAR), np.uint8))
        return bool((moving & (around > 0)).any())

    def _moving(self, small: Luma, reference: Luma | Cells, kind: Kind, gain: float | None = None) -> Moving:
        gain = brighter(small, reference) if gain is None else gain
        return self._noise.setdefault(kind, Noise(kind)).moving(differences(small, reference, gain), self.sigmas)


def differences(small: Luma, reference: Luma | Cells, gain: float) -> Cells:
    """(rows, columns) mean size of the blurred difference in each cell, grey levels, from the reference made as bright by this gain."""
    apart = cv2.addWeighted(small, 1.0, reference, -gain, 0, dtype=cv2.CV_32F)
    apart = np.abs(cv2.GaussianBlur(apart, (7, 7), BLUR))
    rows, columns = small.shape[0] // CELL, small.shape[1] // CELL
    return np.asarray(
        cv2.resize(apart[: rows * CELL, : columns * CELL], (columns, rows), interpolation=cv2.INTER_AREA), np.float32
    )


def _settled(ground: Cells, gain: float, small: Luma, moving: Moving) -> Cells:
    """The ground with a new key frame in it: a little everywhere, and all where something moves, so that who goes leaves no trace."""
    settled = np.asarray(cv2.addWeighted(ground, gain * (1 - SETTLE), small, SETTLE, 0, dtype=cv2.CV_32F), np.float32)
    if moving.any():
        rows, columns = (side * CELL for side in moving.shape)
        around = cv2.dilate(moving.astype(np.uint8), np.ones((3, 3), np.uint8))
        taken = cv2.resize(around, (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
        np.copyto(settled[:rows, :columns], small[:rows, :columns], where=taken)
    return settled


def brighter(small: Luma | Cells, reference: Luma | Cells) -> float:
    """How much brighter the picture is than the reference: the median of their coarse cells' ratios, without those that are black in both."""
    size = (16, 9)
    a, b = (cv2.resize(one, size, interpolation=cv2.INTER_AREA).astype(np.float32) + 1 for one in (small, reference))
    ratios: list[float] = (a / b)[a + b > 2].tolist()
    return median(ratios or [1.0])
