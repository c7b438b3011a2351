"""What a place looks like, whatever the light: the local contrast of a small patch, and how alike two of them are.

A patch is a polygon of the picture, scaled to at most `SIDE` pixels, in which every pixel is told relative to its
surroundings: (grey - blurred grey) ÷ blurred grey. Light that grows, falls or changes its colour divides out; so does a soft
shadow; rain and sensor noise are smoothed first. Two patches are compared by their normalised cross-correlation in Dice's form,

    likeness = (2·cov(a, b) + c) / (var(a) + var(b) + c)

which is the cross-correlation where both have structure, and where neither has any (bare asphalt twice) it is 1 instead of
the correlation of noise: `c` is the variance that noise alone makes. Source: normalised cross-correlation (Lewis 1995); the
regularised form is the structure and contrast term of SSIM (Wang et al. 2004).

`part_likeness` asks whether some of it is still there: the better half of the blocks that had structure. Someone who stands
before a car hides some blocks and leaves the others as they were.

Limits: a hard shadow's edge is structure; a smooth white roof that fills the patch has little. Rejected: the picture's own
grey (a cloud changes it), frame differences (a car that arrives in an hour makes none), learned embeddings (weights, and
they know what a car is, not whether it is this one).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.types import Image, Point

Floats = npt.NDArray[np.float32]

SIDE: Final = 48
"""Most pixels along a patch."""
LEAST: Final = 6
"""Fewest pixels of the picture along either side of a polygon; below that there is nothing to compare."""
NOISE_VAR: Final = 0.03**2
"""Variance of local contrast that noise and rain make on a bare surface."""
DARK: Final = 12.0
"""Grey levels added to the surroundings, so that the noise of the night is no contrast."""
BLOCKS: Final = 4
"""A patch is cut into so many blocks each way."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Local contrast of a polygon: `values` (h, w) with mean 0, 0 outside `mask` (h, w)."""

    values: Floats
    mask: npt.NDArray[np.bool_]
    var: float


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Where a patch lies on pictures of one size: a window of pixels, and the polygon's mask at the patch's own scale."""

    window: tuple[int, int, int, int]
    mask: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, polygon: tuple[Point, ...], size: tuple[int, int]) -> Cut | None:
        """The cut of a polygon in fractions from pictures of `size` (width, height); nothing when it is too small."""
        corners = np.multiply(polygon, size)
        left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int).tolist()
        right, bottom = np.minimum(np.ceil(corners.max(axis=0)), size).astype(int).tolist()
        if right - left < LEAST or bottom - top < LEAST:
            return None
        scale = min(SIDE / max(right - left, bottom - top), 1.0)
        shape = (max(round((bottom - top) * scale), 4), max(round((right - left) * scale), 4))
        drawn = np.zeros(shape, np.uint8)
        cv2.fillPoly(drawn, [np.round((corners - (left, top)) * scale).astype(np.int32)], (1,))
        return cls((left, top, right, bottom), drawn.astype(np.bool_))

    def take(self, grey: npt.NDArray[np.uint8]) -> Patch:
        """The patch of a grey picture (H, W)."""
        left, top, right, bottom = self.window
        height, width = self.mask.shape
        small = cv2.resize(grey[top:bottom, left:right], (width, height), interpolation=cv2.INTER_AREA)
        smooth = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 0.8)
        around = cv2.GaussianBlur(smooth, (0, 0), max(max(height, width) / 8, 2.0))
        contrast = np.clip((smooth - around) / (around + DARK), -1.0, 1.0)
        inside = contrast[self.mask]
        values = np.where(self.mask, contrast - inside.mean(), 0.0).astype(np.float32)
        return Patch(values, self.mask, float(inside.var()))


def grey_of(image: Image) -> npt.NDArray[np.uint8]:
    """(H, W) of a BGR picture."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def likeness(a: Patch, b: Patch) -> float:
    """How alike two patches of one cut are: 1 the same, 0 nothing in common, below 0 inverted."""
    cov = float((a.values * b.values).sum()) / max(int(a.mask.sum()), 1)
    return (2 * cov + NOISE_VAR) / (a.var + b.var + NOISE_VAR)


def part_likeness(reference: Patch, now: Patch) -> float:
    """Mean likeness of the better half of the blocks in which the reference has structure; `likeness` where few have."""
    height, width = (side // BLOCKS * BLOCKS for side in reference.mask.shape)
    mask = _blocks(reference.mask[:height, :width].astype(np.float32))
    area = mask.sum(axis=1)
    a, b = (_blocks(patch.values[:height, :width]) for patch in (reference, now))
    floor = np.maximum(area, 1.0)
    a, b = ((v - (v.sum(axis=1) / floor)[:, None]) * mask for v in (a, b))
    var_a, var_b, cov = ((x * y).sum(axis=1) / floor for x, y in ((a, a), (b, b), (a, b)))
    useful = (area >= mask.shape[1] / 2) & (var_a > 2 * NOISE_VAR)
    if useful.sum() < BLOCKS:
        return likeness(reference, now)
    alike = np.sort(((2 * cov + NOISE_VAR) / (var_a + var_b + NOISE_VAR))[useful])
    return float(alike[len(alike) // 2 :].mean())


def _blocks(values: Floats) -> Floats:
    """(blocks, pixels of each)."""
    height, width = values.shape
    parts = values.reshape(BLOCKS, height // BLOCKS, BLOCKS, width // BLOCKS)
    return np.ascontiguousarray(parts.transpose(0, 2, 1, 3)).reshape(BLOCKS * BLOCKS, -1)
