"""One picture's difference from a floor, and what of it is a thing and what is light.

The floor itself, how it is learned and the sources are in `pantau.measure.floor`; here is what a single difference tells: its traces, the outline of
a thing within it, and whether a region of it is only lit otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

FINE_PX: Final = 4.0
WIDE_PX: Final = 16.0
LEAST: Final = (0.10, 0.08, 0.08)
"""Least contrast of brightness and of the two colours."""
HALF: Final = 0.8
SHADE, TINT, EVEN = (-0.8, 0.3), 0.07, 0.04
"""Logarithm of shaded ÷ lit, most difference in colour, and most grain of that ratio, of a region that is only lit otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Of one picture from the floor, in pixels of the floor's window.

    Args:
        raw: (h, w, 3) of the logarithms; 0 where nothing is known or seen.
        trace: (h, w, 3) fine brightness and colours.
        changed: (h, w) where one of them is larger than it may be.
        touched: (h, w) where one of them is at least `HALF` of that: the rest of a thing whose one part is changed.
        seen: (h, w) where nobody is in front.
        values: (h, w, 3) the picture itself, sway taken out.
    """

    raw: Floats
    trace: Floats
    changed: Mask
    touched: Mask
    seen: Mask
    values: Floats


def traces(difference: Floats) -> Floats:
    """(h, w, 3) what of a difference of logarithms is of things and not of light."""
    fine = difference[..., 0] - cv2.GaussianBlur(difference[..., 0], (0, 0), FINE_PX)
    height, width = difference.shape[:2]
    coarse = cv2.resize(difference[..., 1:], (max(width // 4, 1), max(height // 4, 1)), interpolation=cv2.INTER_AREA)
    wide = cv2.resize(cv2.GaussianBlur(coarse, (0, 0), WIDE_PX / 4), (width, height))
    return np.asarray(np.dstack([fine, difference[..., 1:] - wide]), np.float32)


def outline(difference: Difference, region: Mask) -> Mask:
    """The thing within a region of change: what differs from the region's own surroundings; traces reach a little beyond it."""
    part = around(region, 4)
    own, raw = region[part], difference.raw[part]
    wide = cv2.dilate(own.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(np.bool_)
    ring = wide & ~own & difference.seen[part]
    if not ring.any():
        return region
    away = largest(np.asarray(np.abs(raw - np.median(raw[ring], axis=0)) / LEAST, np.float32))
    strong = float(np.percentile(away[own], 90))
    inside = (own & (away > max(0.4 * strong, 1.0))).astype(np.uint8)
    closed = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    if int(closed.sum()) < 0.2 * int(own.sum()):
        return region
    found = np.zeros_like(region)
    found[part] = closed.astype(np.bool_)
    return found


def is_shade(difference: Difference, where: Mask) -> bool:
    """Whether a region is only lit otherwise: evenly darker (or a little brighter) than its surroundings, and of their colour.

    Where a thing lies, its own print and grain replace the floor's, and the ratio of the two is not even.
    """
    part = around(where, 6)
    mask, raw = where[part], difference.raw[part]
    inside = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_)
    inside = mask if inside.sum() < 30 else inside
    ring = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(np.bool_) & ~mask & difference.seen[part]
    if not ring.any():
        return False
    away = np.median(raw[inside], axis=0) - np.median(raw[ring], axis=0)
    grain = raw[..., 0] - cv2.GaussianBlur(raw[..., 0], (0, 0), 2.0)
    uneven = float(grain[inside].std()) > EVEN
    tinted = [
        float(np.percentile(np.abs(raw[side][:, 1:] - np.median(raw[ring], axis=0)[1:]).max(axis=1), 85))
        for side in (inside, ring)
    ]
    uneven |= tinted[0] > 2 * TINT + tinted[1]  # a part of it has a colour of its own
    return bool(SHADE[0] < away[0] < SHADE[1]) and float(np.abs(away[1:]).max()) < TINT and not uneven


def alike(look: Floats, now: Floats, where: Mask) -> float:
    """Correlation of two traces over all three at once."""
    a, b = look[where].ravel(), now[where].ravel()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm else 0.0


def largest(values: Floats) -> Floats:
    """Of the three traces at each pixel; numpy's maximum over a short last axis takes ten times as long."""
    return np.asarray(np.maximum(np.maximum(values[..., 0], values[..., 1]), values[..., 2]), np.float32)


def around(where: Mask, margin: int) -> tuple[slice, slice]:
    """The part of a map that holds all of `where` and so many pixels more."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + 1 + margin),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + 1 + margin),
    )
