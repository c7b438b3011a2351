"""Does anything move? The sensitive, cheap question that decides whether a group of pictures is decoded and looked at.

**Idea.** The newest key frame is the reference. Another picture of the stream, small and grey, is compared with it cell by
cell: after the two are made equally bright (the median ratio of their cells, so that clouds and a camera that opens its iris
are nobody), the mean absolute difference of a cell says how much changed there. What a cell does when nothing moves - the
sensor's noise, the encoder's, leaves in the wind - is learned per cell, as a mean and a deviation, apart for key frames and the
frames between (they are coded differently). A cell moves when its difference is `SIGMAS` deviations and `LEAST` grey levels above
that. Two key frames two seconds apart show all that has moved in between, unless it came and went: for that, the sizes of
the packets between them are watched as well (`Sizes`), which cost nothing, and audits measure what is missed (`pantau.ingest.lazy`).

Sources: pixel differences before any detector are as old as video surveillance (Stauffer & Grimson 1999 model each pixel's own
noise); compressed size as a trigger: Pantau's own measurements (docs/methods/gate.md). Limits: a thing that stands still is not moving
(it was found when it came); an object smaller than about 4x4 pixels of the small picture drowns; what flickers always
raises its own cells' limit. Rejected: MOG2 and KNN (fifteen times dearer than this), motion vectors (need the whole decode).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

Luma = npt.NDArray[np.uint8]
Cells = npt.NDArray[np.float32]
Kind = Literal["key", "between"]

SMALL: Final = (320, 180)
"""(width, height) of the picture that is compared; pictures of other shapes keep their shape at about as many pixels."""
CELL: Final = 8
"""Pixels of the small picture along a cell's side."""
SIGMAS: Final = 6.0
LEAST: Final = 0.8
"""Grey levels of a cell's mean difference: below it nothing that can be counted has moved."""
GREATEST: Final = 3.0
"""However restless the encoder: a cell that differs by more has moved. A thing of 4x4 pixels and 12 levels does."""
CALM: Final[Mapping[Kind, float]] = {"key": 0.25, "between": 0.9}
"""See `Noise.calm`. Between key frames an encoder leaps seldom and far; nobody falls asleep on those looks alone, the key frames must agree."""
PEAKS: Final = 40
"""Looks whose highest cells say how far the encoder leaps."""
LEARN: Final = 0.05
"""Share of a new quiet look in what is known of a cell's noise."""
MOST: Final = 0.4
"""Share of cells that move at once when the light or the gain has changed."""
TRUST: Final = 6
"""Looks of a kind before its noise is known well enough to call anything quiet."""


def shrink(luma: Luma) -> Luma:
    """The picture as the gate sees it: about `SMALL`, by areas, so that noise averages out and small things stay."""
    height, width = luma.shape
    factor = max(1, round((width * height / (SMALL[0] * SMALL[1])) ** 0.5))
    return np.asarray(cv2.resize(luma, (width // factor, height // factor), interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(slots=True)
class Noise:
    """What cells do when nothing moves, in grey levels.

    The first looks are kept and their median taken, because somebody may be passing. After that a cell learns only from looks
    in which it did not move: a road that is busy all day must not come to think that cars are noise. When most cells move
    at once it is the light or the camera's gain, and everything is learned anew.

    Args:
        calm: share of the looks, from the calmest on, whose highest cells are taken for the encoder's leaps.
    """

    calm: float = 0.25
    first: list[Cells] = field(default_factory=list)
    mean: Cells = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    deviation: Cells = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    peaks: deque[float] = field(default_factory=lambda: deque(maxlen=PEAKS))

    @property
    def known(self) -> bool:
        """Whether there were enough looks to tell noise from motion."""
        return len(self.first) >= TRUST

    def moves(self, cells: Cells, sigmas: float) -> bool:
        """Whether any cell moves; then take the look in."""
        if not self.known:
            self._begin(cells)
            return True
        residual = cells - self.mean
        above = residual > np.maximum(sigmas * self.deviation, self._floor())
        self.peaks.append(float(residual.max()))
        if above.mean() > MOST:
            self.first = [cells]
            self.peaks.clear()
            return True
        away = np.where(above, 0, residual)
        self.deviation += LEARN * np.where(above, 0, 1.25 * np.abs(away) - self.deviation)
        self.mean += LEARN * away
        return bool(above.any())

    def _floor(self) -> float:
        """Grey levels that the encoder's own leaps reach in the calmer part of the looks, and half as much again."""
        calm = float(np.quantile(self.peaks, self.calm)) if self.peaks else 0.0
        return min(max(LEAST, 1.5 * calm), GREATEST)

    def _begin(self, cells: Cells) -> None:
        self.first.append(cells)
        looks = np.stack(self.first)
        self.mean = np.median(looks, axis=0).astype(np.float32)
        self.deviation = (1.5 * np.median(np.abs(looks - self.mean), axis=0)).astype(np.float32)


@dataclass(slots=True)
class Gate:
    """One camera's gate. Pictures of another size than the last start it anew.

    Args:
        sigmas: deviations above a cell's own noise that are motion; audits lower it.
    """

    sigmas: float = SIGMAS
    _reference: Luma | None = field(default=None, repr=False)
    _before: Luma | None = field(default=None, repr=False)  # the reference before the newest
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
        small = shrink(luma)
        if self._reference is None or self._reference.shape != small.shape:
            self._reference, self._before, self._noise = small, None, {}
            return True
        moved = self._moves(small, self._reference, kind)
        if kind == "key":
            self._before, self._reference = self._reference, small
        return moved

    def look_back(self, luma: Luma) -> bool:
        """`look` for a picture of the group before the newest key frame: it is compared with the key frame of that group."""
        small = shrink(luma)
        return self._before is None or self._before.shape != small.shape or self._moves(small, self._before, "between")

    def _moves(self, small: Luma, reference: Luma, kind: Kind) -> bool:
        return self._noise.setdefault(kind, Noise(calm=CALM[kind])).moves(differences(small, reference), self.sigmas)


def differences(small: Luma, reference: Luma) -> Cells:
    """(rows, columns) mean absolute difference of each cell, grey levels, after both are made equally bright."""
    gain = _gain(small, reference)
    matched = reference if abs(gain - 1) < 0.004 else cv2.convertScaleAbs(reference, alpha=gain)
    apart = cv2.absdiff(small, np.asarray(matched))
    rows, columns = small.shape[0] // CELL, small.shape[1] // CELL
    return np.asarray(
        cv2.resize(
            apart[: rows * CELL, : columns * CELL].astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA
        )
    )


def _gain(small: Luma, reference: Luma) -> float:
    """How much brighter the picture is than the reference: the median of their coarse cells' ratios."""
    size = (16, 9)
    a, b = (cv2.resize(one, size, interpolation=cv2.INTER_AREA).astype(np.float32) + 1 for one in (small, reference))
    return float(np.median(a / b))
