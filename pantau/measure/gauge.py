"""A staff gauge drawn on the picture: its polyline unrolled into an upright strip, one row for each pixel along it, foot first.

Whatever it runs up (a kerb, a pole, a wall at a slant, stairs), the strip is a small picture in which height is one axis.
Between two marks heights are linear along the line: perspective within one segment is left out, which is what more marks are
for. Limits: the strip is `ACROSS` pixels wide on each side of the line, so a pole thinner than that has some of its background in it.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.measure.dry import Look, tint_of
from pantau.measure.patch import Patch, contrast_of
from pantau.places import Mark, Point
from pantau.types import Image

Array = npt.NDArray[np.float64]
Boxes = npt.NDArray[np.float64]

ACROSS: Final = 10
"""Pixels looked at on each side of the line."""
LEAST_ROWS: Final = 24
"""Pixels along a gauge below which no waterline can be told."""
MOST_ROWS: Final = 480
REACH_PX: Final = 8.0
"""What is around a pixel, when its contrast is told."""


class Gauge:
    """Where the strip of a gauge lies on pictures of `size` (width, height); `of` gives nothing where it is too short."""

    def __init__(self, points: Array, heights: Array, size: tuple[int, int]) -> None:
        self._points, self.heights, self._size = points, heights, size
        along = np.gradient(points, axis=0)
        along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
        across = np.stack([along[:, 1], -along[:, 0]], axis=1)
        offsets = np.arange(-ACROSS, ACROSS + 1, dtype=np.float64)
        grid = points[:, None] + across[:, None] * offsets[None, :, None]
        self._x, self._y = grid[..., 0].astype(np.float32), grid[..., 1].astype(np.float32)
        self._inside = (self._x >= 0) & (self._y >= 0) & (self._x < size[0]) & (self._y < size[1])

    @classmethod
    def of(cls, marks: tuple[Mark, ...], size: tuple[int, int]) -> Gauge | None:
        """The strip of a polyline."""
        corners = np.multiply([mark.at for mark in marks], size)
        way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
        rows = min(round(float(way[-1])), MOST_ROWS)
        if rows < LEAST_ROWS:
            return None
        steps = (np.arange(rows) + 0.5) / rows * way[-1]
        points = np.stack([np.interp(steps, way, corners[:, axis]) for axis in (0, 1)], axis=1)
        return cls(points, np.interp(np.arange(rows + 1) / rows * way[-1], way, [mark.cm for mark in marks]), size)

    def __len__(self) -> int:
        return len(self._points)

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns) of its strip."""
        return self._x.shape

    @property
    def foot_cm(self) -> float:
        """Height of its foot."""
        return float(self.heights[0])

    def cm(self, row: float) -> float:
        """Height of a place between rows: `row` is the number of rows below it."""
        return float(np.interp(row, np.arange(len(self.heights)), self.heights))

    def at(self, row: float) -> Point:
        """The place of a row, in fractions of the picture."""
        x, y = (np.interp(row - 0.5, np.arange(len(self)), self._points[:, axis]) for axis in (0, 1))
        return round(float(x) / self._size[0], 4), round(float(y) / self._size[1], 4)

    def take(self, image: Image, hidden: Boxes) -> Look:
        """The strip of a picture, without what the boxes `hidden` (N, 4), pixels, cover."""
        strip = cv2.remap(image, self._x, self._y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        seen = self._inside.copy()
        for x1, y1, x2, y2 in hidden.tolist():
            seen &= ~((self._x >= x1) & (self._x <= x2) & (self._y >= y1) & (self._y <= y2))
        grey = np.asarray(cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY), np.uint8)
        return Look(Patch.of(contrast_of(grey, REACH_PX), seen), tint_of(np.asarray(strip, np.uint8)))
