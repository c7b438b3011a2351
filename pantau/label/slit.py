"""The slit-scan of a counting line: the pixels along it, sample after sample, side by side as one wide picture.

Time runs to the right and the line from its upper (or left) end downwards, so whoever crosses is a shape at the moment and
the place of the crossing: the picture of a finish-line camera. Each sample gives `columns` pixels across the line, in the same
scale as along it, and not one: at 10 pictures a second a car is on the line for two of them and would be a stroke. The
forward side is on the left of each sample, so that who moves forward at about `PACE` is seen undistorted and who moves
backward has a comb's edge. The slit reaches `MARGIN` beyond both ends: a head is above the line that its feet cross.

Pixels are the mean of 2 x 2 nearest ones (a slit that skips pixels flickers); what lies outside the picture is black.

`Change` says how much moves in the slit, and where: sigma-delta background (Manzanera & Richefeu 2007) along its middle, and
the mean of the most changed rows. It only helps the labeller's eye to the next shape and decides nothing; it knows no road
users and none of Pantau's counts. `moments` are its peaks. Sources: slit-scan and space-time pictures after Niyogi &
Adelson 1994 (XT slices) and the finish-line camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.errors import DataError
from pantau.places import Line
from pantau.types import Image

MARGIN: Final = 0.15
"""Of the line's length, beyond each end."""
PACE: Final = 50
"""Columns a second that a slit-scan has, about."""
MOST_COLUMNS: Final = 12
ROWS: Final = (32, 192)
"""Fewest and most rows of a slit."""
ADAPT: Final = 12.0
"""Grey levels a second by which the background follows."""
MOST_CHANGED: Final = 0.15
"""Share of the rows whose mean change is the sample's."""
NOISE: Final = 10
"""Grey levels above the quiet level (20th percentile) that are somebody."""
APART_S: Final = 0.6
"""Seconds between two moments, at least."""


def columns_for(fps: float) -> int:
    """Pixels across the line that a sample gives at this many samples a second."""
    return int(np.clip(round(PACE / fps), 1, MOST_COLUMNS))


class Slit:
    """Where the slit of a line lies in pictures of one size.

    Args:
        line: in fractions of the picture.
        size: (width, height) of the pictures, pixels.
        columns: pixels across the line per sample.

    Attributes:
        rows: pixels along it.
        span: where the upper and the lower edge lie along the line: 0 at its start, 1 at its end.
    """

    def __init__(self, line: Line, size: tuple[int, int], columns: int) -> None:
        start, end = np.array(line.start) * size, np.array(line.end) * size
        length = float(np.hypot(*(end - start))) * (1 + 2 * MARGIN)
        self.columns, self.size = columns, size
        self.rows = int(np.clip(round(length), *ROWS))
        turned = (line.end[1], line.end[0]) < (line.start[1], line.start[0])
        if abs(line.end[0] - line.start[0]) * size[0] > abs(line.end[1] - line.start[1]) * size[1]:
            turned = line.end[0] < line.start[0]
        self.span = (1 + MARGIN, -MARGIN) if turned else (-MARGIN, 1 + MARGIN)
        step = length / self.rows
        along = self.span[0] + (np.arange(2 * self.rows) + 0.5) / (2 * self.rows) * (self.span[1] - self.span[0])
        across = (columns - np.arange(2 * columns) - 0.5) / 2 * step  # from the forward side to the backward
        unit = (end - start) / np.hypot(*(end - start))
        normal = np.array([-unit[1], unit[0]])  # to the right of start→end where y points down: forward
        points = start + along[:, None, None] * (end - start) + across[None, :, None] * normal
        x, y = np.floor(points[..., 0]).astype(np.int64), np.floor(points[..., 1]).astype(np.int64)
        self._outside = (x < 0) | (y < 0) | (x >= size[0]) | (y >= size[1])
        self._index = np.where(self._outside, 0, y * size[0] + x)
        rows = (np.arange(self.rows) + 0.5) / self.rows * (self.span[1] - self.span[0]) + self.span[0]
        self.on_line = (rows >= 0) & (rows <= 1)

    def read(self, image: Image) -> Image:
        """The slit of one picture: (rows, columns, 3).

        Raises:
            DataError: the picture has another size.
        """
        height, width = image.shape[:2]
        if (width, height) != self.size:
            raise DataError(
                f"expected pictures of {self.size[0]}x{self.size[1]}, got {width}x{height} within one clip; cut it where "
                "the size changes"
            )
        picked = image.reshape(-1, 3)[self._index].astype(np.uint16)
        picked[self._outside] = 0
        rows, columns = self.rows, self.columns
        return np.asarray(picked.reshape(rows, 2, columns, 2, 3).mean(axis=(1, 3)), np.uint8)


class Change:
    """How much each sample of a slit differs from what usually is there, and where on the line.

    Args:
        slit: whose samples come.
        fps: samples a second.
    """

    def __init__(self, slit: Slit, fps: float) -> None:
        self._on_line, self._step = slit.on_line, ADAPT / fps
        rows = (np.arange(slit.rows) + 0.5) / slit.rows
        self._along = (slit.span[0] + rows * (slit.span[1] - slit.span[0]))[slit.on_line]
        self._usual: npt.NDArray[np.float32] | None = None
        self._most = max(1, round(MOST_CHANGED * int(slit.on_line.sum())))

    def step(self, sample: Image) -> tuple[int, float]:
        """The change of the next sample (rows, columns, 3): 0 to 255, and the middle of it along the line, 0 to 1."""
        now = sample[self._on_line].mean(axis=1, dtype=np.float32)
        if self._usual is None:
            self._usual = now.copy()
        apart = now - self._usual
        self._usual += np.clip(apart, -self._step, self._step)
        by_row = np.abs(apart).max(axis=1)
        most = np.argpartition(by_row, -self._most)[-self._most :]
        return int(min(255.0, float(by_row[most].mean()))), float(np.median(self._along[most]))


def moments(change: Sequence[int] | npt.NDArray[np.uint8], t_s: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The samples at which most happens, in order: peaks of the change, at least `APART_S` apart.

    Args:
        change: of every sample (N,).
        t_s: seconds of every sample (N,), rising.
    """
    n = len(change)
    if n == 0:
        return np.empty(0, np.int64)
    level = np.convolve(np.pad(np.asarray(change, np.float64), 1, mode="edge"), np.ones(3) / 3, mode="valid")
    above = np.flatnonzero(level > np.quantile(level, 0.2) + NOISE)
    left, right = np.maximum(above - 1, 0), np.minimum(above + 1, n - 1)
    peaks = above[(level[above] >= level[left]) & (level[above] >= level[right])]
    free = np.ones(n, np.bool_)
    chosen = []
    for peak in peaks[np.argsort(-level[peaks], kind="stable")].tolist():
        if free[peak]:
            chosen.append(peak)
            near = slice(*np.searchsorted(t_s, (t_s[peak] - APART_S, t_s[peak] + APART_S)).tolist())
            free[near] = False
    return np.array(sorted(chosen), np.int64)
