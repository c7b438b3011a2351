"""The ground of one camera as it looks when nothing is on it: what a vehicle that stands there has to differ from.

A slow average of the grey picture, learned only where no box lies and nothing stands, at most once in `EVERY_S`. So a parked
vehicle never becomes ground, and a road that is used every minute is known within minutes. It is kept in memory and shown to
nobody. Rejected: a mixture of Gaussians (what stands for an hour becomes background), the median of many pictures (memory).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.measure.patch import Cut, Patch

Grey = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float64]

EVERY_S: Final = 2.0
SHARE: Final = 0.15
"""How much of the average a new picture is."""
MARGIN: Final = 0.12
"""Boxes are widened by so much of their size on each side: shadows, and what the detector cut off."""
LEAST_KNOWN: Final = 0.8
"""Share of a patch that must be known."""


class BareGround:
    """The average and where it is known."""

    def __init__(self) -> None:
        self._grey: npt.NDArray[np.float32] | None = None
        self._known: npt.NDArray[np.bool_] = np.zeros((0, 0), np.bool_)
        self._last: datetime | None = None

    def step(self, time: datetime, grey: Grey, boxes: Boxes) -> None:
        """Learn where none of `boxes` (N, 4) lies."""
        if self._grey is None or self._grey.shape != grey.shape:
            self._grey, self._known = grey.astype(np.float32), np.zeros(grey.shape, np.bool_)
        elif self._last is not None and (time - self._last).total_seconds() < EVERY_S:
            return
        self._last = time
        free = np.ones(grey.shape, np.bool_)
        margin = MARGIN * (boxes[:, 2:] - boxes[:, :2])
        wide = np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)
        for x1, y1, x2, y2 in np.round(wide).astype(int).tolist():
            free[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = False
        share = np.where(self._known, np.float32(SHARE), np.float32(1.0)) * free
        self._grey += share * (grey - self._grey)
        self._known |= free

    def look(self, cut: Cut) -> Patch | None:
        """The ground in a cut; nothing where it is not known."""
        left, top, right, bottom = cut.window
        if self._grey is None or self._known[top:bottom, left:right].mean() < LEAST_KNOWN:
            return None
        return cut.take(self._grey.astype(np.uint8))
