"""Which vehicle stands on which slot, and which slots can't be seen behind it.

A box is taller than the ground its vehicle covers. So a vehicle stands where the *lower part* of its box is: of the slots
that the box touches it has the one that its lower half covers best, with the box's bottom edge near the slot's. Everything
else that the box covers is merely behind it, and is not seen. This needs no calibration and holds from a low pole to straight
above, where box and slot are the same.

Each slot gets at most one vehicle and each vehicle at most one slot, best first, so the order of the boxes does not matter.
Limits: a lorry across two slots may have neither; both are hidden behind it. Rejected: intersection over union of box and
slot (from a low camera the box of the vehicle in front covers the slot behind better than its own).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.geometry import box_iou, points_in_polygon
from pantau.places import Point

Array = npt.NDArray[np.float64]

GRID: Final = 9
"""Points along each side of a slot's bounding box, and of a box's lower part, by which areas are compared."""
LOWER: Final = 0.5
"""The part of a box, from its bottom, that can lie on the vehicle's own ground."""
LEAST_INSIDE: Final = 0.35
"""Share of a box's lower part that must lie on the slot: a bus before three slots stands on none of them."""
LEAST_FIT: Final = 0.3
"""Fit below which a vehicle does not stand on a slot."""


class Ground:
    """The slots of one camera for pictures of one size."""

    def __init__(self, polygons: tuple[tuple[Point, ...], ...], size: tuple[int, int]) -> None:
        self._polygons = [np.multiply(polygon, size) for polygon in polygons]
        self._points = [_points_of(polygon) for polygon in self._polygons]

    def fits(self, boxes: Array) -> Array:
        """(slots, boxes): how well each box (N, 4) stands on each slot, 0 to 1."""
        fits = np.zeros((len(self._polygons), len(boxes)))
        if not len(boxes):
            return fits
        lower = _lower_points(boxes)
        for row, (polygon, points) in enumerate(zip(self._polygons, self._points, strict=True)):
            top, bottom = polygon[:, 1].min(), polygon[:, 1].max()
            inside = points_in_polygon(lower.reshape(-1, 2), polygon).reshape(len(boxes), -1).mean(axis=1)
            covered = _within(points, boxes).mean(axis=0)
            middle = (top + bottom) / 2
            reach = max(bottom - top, 1.0)
            stands = (boxes[:, 3] > middle - 0.1 * reach) & (boxes[:, 3] < bottom + 0.45 * reach)
            fits[row] = np.sqrt(inside * covered) * (stands & (inside >= LEAST_INSIDE))
        return fits

    def assign(self, boxes: Array) -> dict[int, int]:
        """Box by slot, each at most once, best fits first."""
        fits = self.fits(boxes)
        found: dict[int, int] = {}
        taken: set[int] = set()
        # By fit, then by where the box lies: no order of the boxes can change who stands where.
        order = sorted(
            zip(*np.nonzero(fits >= LEAST_FIT), strict=True),
            key=lambda pair: (-fits[pair], pair[0], *boxes[pair[1]].tolist()),
        )
        for slot, box in order:
            if int(slot) not in found and int(box) not in taken:
                found[int(slot)] = int(box)
                taken.add(int(box))
        return found

    def visible(self, slot: int, boxes: Array) -> float:
        """Share of a slot that none of `boxes` (N, 4) covers."""
        if not len(boxes):
            return 1.0
        return float(1.0 - _within(self._points[slot], boxes).any(axis=1).mean())


def single(boxes: Array, confidence: Array, most: float = 0.55) -> npt.NDArray[np.int64]:
    """Rows of the boxes that are left when each that covers another by more than `most` of their union goes, weakest first.

    A vehicle that the detector calls a car and a lorry at once is one vehicle.
    """
    order = sorted(range(len(boxes)), key=lambda row: (-confidence[row], *boxes[row].tolist()))
    overlap = box_iou(boxes, boxes)
    kept: list[int] = []
    for row in order:
        if all(overlap[row, other] <= most for other in kept):
            kept.append(row)
    return np.array(kept, np.int64)


def _points_of(polygon: Array) -> Array:
    (left, top), (right, bottom) = polygon.min(axis=0), polygon.max(axis=0)
    steps = (np.arange(GRID) + 0.5) / GRID
    x, y = np.meshgrid(left + steps * (right - left), top + steps * (bottom - top))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    inside = points_in_polygon(points, polygon)
    return points[inside] if inside.any() else polygon.mean(axis=0, keepdims=True)


def _lower_points(boxes: Array) -> Array:
    """(boxes, GRID², 2) points of the lower, inner part of each box."""
    steps = (np.arange(GRID) + 0.5) / GRID
    across, down = np.meshgrid(0.1 + 0.8 * steps, 1 - LOWER + LOWER * steps)
    x = boxes[:, None, 0] + across.ravel()[None] * (boxes[:, None, 2] - boxes[:, None, 0])
    y = boxes[:, None, 1] + down.ravel()[None] * (boxes[:, None, 3] - boxes[:, None, 1])
    return np.stack([x, y], axis=2)


def _within(points: Array, boxes: Array) -> npt.NDArray[np.bool_]:
    """(points, boxes): which points lie in which boxes."""
    x, y = points[:, 0, None], points[:, 1, None]
    return (x >= boxes[:, 0]) & (x <= boxes[:, 2]) & (y >= boxes[:, 1]) & (y <= boxes[:, 3])
