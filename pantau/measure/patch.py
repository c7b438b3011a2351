"""What a place looks like, whatever the light: the local contrast of a small patch, and how alike two of them are.

A patch is a polygon of the picture, scaled to at most `SIDE` pixels, in which every pixel is told relative to its
surroundings: (grey - blurred grey) ÷ blurred grey. Light that grows, falls or changes its colour divides out; so does a soft
shadow; rain and sensor noise are smoothed first. Two patches are compared by their normalised cross-correlation in Dice's form,

    likeness = (2·cov(a, b) + c) / (var(a) + var(b) + c)

which is the cross-correlation where both have structure, and where neither has any (bare asphalt twice) it is 1 instead of
the correlation of noise: `c` is the variance that noise alone makes. Source: normalised cross-correlation (Lewis 1995); the
regularised form is the structure and contrast term of SSIM (Wang et al. 2004).

Most questions are asked of `BLOCKS`² blocks, each with its own mean, because what disturbs a place disturbs a part of it:

    most_likeness   the median block: is most of it as it was? A shadow's edge or a passer-by takes some blocks, a car most
    part_likeness   the better half of the blocks that have structure of their own: is some of it still there? Someone who
                    stands before a car hides some of its blocks and leaves the others as they were

Pixels that are known to be hidden are masked and count on no side.

Limits: a hard shadow's edge is structure; a smooth white roof that fills the patch has little. Rejected: the picture's own
grey (a cloud changes it), frame differences (a car that arrives in an hour makes none), learned embeddings (weights, and
they know what a car is, not whether it is this one).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.places import Point
from pantau.types import Image

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
FEW_BLOCKS: Final = 3


Mask = npt.NDArray[np.bool_]
Boxes = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Local contrast (h, w) of a polygon, where `mask` (h, w) is: inside it and not hidden. `parts`: both, by blocks."""

    values: Floats
    mask: Mask
    var: float
    parts: Floats
    part_mask: Floats

    @classmethod
    def of(cls, values: Floats, mask: Mask) -> Patch:
        """The patch of contrast and mask; its blocks are laid out once."""
        inside = values[mask]
        var = float(inside.var()) if len(inside) else 0.0
        return cls(values, mask, var, _blocks(values), _blocks(mask.astype(np.float32)))

    def seen_of(self, cut: Cut | None) -> float:
        """Share of the cut that is not hidden."""
        return float(self.mask.sum() / max(int(cut.mask.sum()), 1)) if cut else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Where a patch lies on pictures of one size: a window of pixels, and the polygon's mask at the patch's own scale."""

    window: tuple[int, int, int, int]
    mask: Mask

    @classmethod
    def of(cls, polygon: tuple[Point, ...], size: tuple[int, int], side: int = SIDE) -> Cut | None:
        """The cut of a polygon in fractions from pictures of `size` (width, height); nothing when it is too small.

        It is scaled to at most `side` pixels.
        """
        corners = np.multiply(polygon, size)
        left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int).tolist()
        right, bottom = np.minimum(np.ceil(corners.max(axis=0)), size).astype(int).tolist()
        if right - left < LEAST or bottom - top < LEAST:
            return None
        scale = min(side / max(right - left, bottom - top), 1.0)
        shape = (max(round((bottom - top) * scale), LEAST), max(round((right - left) * scale), LEAST))
        drawn = np.zeros(shape, np.uint8)
        cv2.fillPoly(drawn, [np.round((corners - (left, top)) * scale).astype(np.int32)], (1,))
        return cls((left, top, right, bottom), drawn.astype(np.bool_))

    def take(self, grey: npt.NDArray[np.uint8], hidden: Boxes | None = None) -> Patch:
        """The patch of a grey picture (H, W), without the pixels that the boxes `hidden` (N, 4) cover."""
        left, top, right, bottom = self.window
        height, width = self.mask.shape
        small = cv2.resize(grey[top:bottom, left:right], (width, height), interpolation=cv2.INTER_AREA)
        contrast = contrast_of(np.asarray(small, np.uint8), max(max(height, width) / 8, 2.0))
        mask = self.mask if hidden is None or not len(hidden) else self._without(hidden)
        return Patch.of(contrast, mask)

    def _without(self, hidden: Boxes) -> Mask:
        left, top, right, bottom = self.window
        height, width = self.mask.shape
        scale = np.array([width / (right - left), height / (bottom - top)] * 2)
        mask = self.mask.copy()
        for x1, y1, x2, y2 in np.round((hidden - (left, top, left, top)) * scale).astype(int).tolist():
            mask[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = False
        return mask


def grey_of(image: Image) -> npt.NDArray[np.uint8]:
    """(H, W) of a BGR picture."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def contrast_of(grey: npt.NDArray[np.uint8] | Floats, reach_px: float) -> Floats:
    """(h, w) how much each pixel is lighter or darker than what lies around it within `reach_px`."""
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.8)
    around = cv2.GaussianBlur(smooth, (0, 0), reach_px)
    return np.clip((smooth - around) / (around + DARK), -1.0, 1.0).astype(np.float32)


def local_likeness(a: Patch, b: Patch, window: tuple[int, int], noise_var: float = NOISE_VAR) -> tuple[Floats, Floats]:
    """(h, w) how alike two patches are around each pixel, within a `window` (h, w), and the share of structure in what is compared.

    Where nothing is seen, or neither has structure, the second is 0: nothing can be told there.
    """
    common = (a.mask & b.mask).astype(np.float32)

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values * common, window[::-1], borderType=cv2.BORDER_CONSTANT), np.float32)

    seen = mean(np.ones_like(common))
    area = np.maximum(seen, 1e-3)
    left, right = mean(a.values) / area, mean(b.values) / area
    var = mean(a.values**2) / area - left**2 + mean(b.values**2) / area - right**2
    cov = mean(a.values * b.values) / area - left * right
    alike = (2 * cov + noise_var) / (var + noise_var)
    return alike.astype(np.float32), (np.maximum(var, 0) / (var + noise_var) * (seen > 0.3)).astype(np.float32)


def likeness(a: Patch, b: Patch) -> float:
    """How alike two patches of one cut are: 1 the same, 0 nothing in common, below 0 inverted."""
    common = a.mask & b.mask
    if not common.any():
        return 0.0
    left, right = a.values[common], b.values[common]
    left, right = left - left.mean(), right - right.mean()
    squares = float(left @ left + right @ right) / len(left)
    return (2 * float(left @ right) / len(left) + NOISE_VAR) / (squares + NOISE_VAR)


def most_likeness(reference: Patch, now: Patch) -> float:
    """Median likeness of the blocks that are seen in both; `likeness` where few are."""
    blocks = _Blocks.of(reference, now)
    seen = blocks.alike[blocks.seen]
    return float(np.median(seen)) if len(seen) >= BLOCKS else likeness(reference, now)


def telling(reference: Patch, against: Sequence[Patch]) -> Mask:
    """Blocks (n,) in which the reference has structure of its own that none of `against` has."""
    useful = _Blocks.of(reference, reference).structure > 2 * NOISE_VAR
    for other in against:
        useful &= _Blocks.of(reference, other).alike < 0.5
    return useful


def part_likeness(reference: Patch, now: Patch, useful: Mask | None = None) -> float:
    """Mean likeness of the better half of the `useful` blocks (`telling`) that are seen.

    Where there are too few: `likeness`, or -1 where the useful ones were given.
    """
    blocks = _Blocks.of(reference, now)
    seen = blocks.seen & (telling(reference, ()) if useful is None else useful)
    if seen.sum() < FEW_BLOCKS:
        return likeness(reference, now) if useful is None else -1.0
    alike = np.sort(blocks.alike[seen])
    return float(alike[len(alike) // 2 :].mean())


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """Per block: likeness, variance of the first patch, and whether half of it is seen in both."""

    alike: Floats
    structure: Floats
    seen: Mask

    @classmethod
    def of(cls, a: Patch, b: Patch) -> _Blocks:
        common = a.part_mask * b.part_mask
        area = common.sum(axis=1)
        floor = np.maximum(area, 1.0)
        left, right = a.parts * common, b.parts * common
        mean_a, mean_b = left.sum(axis=1) / floor, right.sum(axis=1) / floor
        var_a = np.einsum("np,np->n", left, left) / floor - mean_a**2
        var_b = np.einsum("np,np->n", right, right) / floor - mean_b**2
        cov = np.einsum("np,np->n", left, right) / floor - mean_a * mean_b
        alike = (2 * cov + NOISE_VAR) / (var_a + var_b + NOISE_VAR)
        return cls(alike, var_a, area >= common.shape[1] / 2)


def _blocks(values: Floats) -> Floats:
    """(blocks, pixels of each); rows and columns beyond whole blocks are left out."""
    height, width = (side // BLOCKS for side in values.shape)
    parts = values[: height * BLOCKS, : width * BLOCKS].reshape(BLOCKS, height, BLOCKS, width)
    return np.ascontiguousarray(parts.transpose(0, 2, 1, 3)).reshape(BLOCKS * BLOCKS, -1)
