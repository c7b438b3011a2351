"""Boxes, lines and polygons: pure functions on arrays, in whatever unit both sides share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]


def box_iou(a: Array, b: Array) -> npt.NDArray[np.float64]:
    """Intersection over union of every box of `a` (N, 4) with every box of `b` (M, 4): (N, M), 0 where both are empty."""
    left_top = np.maximum(a[:, None, :2], b[None, :, :2])
    right_bottom = np.minimum(a[:, None, 2:], b[None, :, 2:])
    extent = np.clip(right_bottom - left_top, 0, None).astype(np.float64)
    inter = extent[..., 0] * extent[..., 1]
    union = box_area(a)[:, None] + box_area(b)[None, :] - inter
    return np.asarray(np.divide(inter, union, out=np.zeros_like(inter), where=union > 0))


def box_area(boxes: Array) -> npt.NDArray[np.float64]:
    """Areas (N,) of xyxy boxes (N, 4)."""
    extent = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).astype(np.float64)
    return np.asarray(extent[:, 0] * extent[:, 1])


def side_of_line(points: Array, start: Array, end: Array) -> npt.NDArray[np.float64]:
    """Signed distance (N,) of `points` (N, 2) from the infinite line start→end: negative on its left, positive on its right.

    Points (N, 1, 2) and lines (L, 2) give (N, L). x grows to the right and y downwards, so a line drawn from left to right has its right side below it.
    """
    direction = np.asarray(end, np.float64) - np.asarray(start, np.float64)
    offset = np.asarray(points, np.float64) - np.asarray(start, np.float64)
    cross = direction[..., 0] * offset[..., 1] - direction[..., 1] * offset[..., 0]
    return np.asarray(cross / np.hypot(direction[..., 0], direction[..., 1]))


def along_line(points: Array, start: Array, end: Array) -> npt.NDArray[np.float64]:
    """Where `points` (N, 2) project onto start→end: 0 at the start, 1 at the end, beyond both outside the segment."""
    direction = np.asarray(end, np.float64) - np.asarray(start, np.float64)
    offset = np.asarray(points, np.float64) - np.asarray(start, np.float64)
    return np.asarray(offset @ direction / (direction @ direction))


def points_in_polygon(points: Array, polygon: Array) -> Mask:
    """Which `points` (N, 2) lie inside `polygon` (K, 2), by the even-odd rule (Shimrat 1962)."""
    x, y = points[:, 0, None], points[:, 1, None]
    x1, y1 = polygon[:, 0], polygon[:, 1]
    x2, y2 = np.roll(x1, -1), np.roll(y1, -1)
    straddles = (y1 > y) != (y2 > y)
    rise = np.where(y2 == y1, 1.0, y2 - y1)
    left_of_edge = x < (x2 - x1) * (y - y1) / rise + x1
    return np.asarray((straddles & left_of_edge).sum(axis=1) % 2 == 1)


def polygons_mask(size: tuple[int, int], polygons: tuple[tuple[tuple[float, float], ...], ...]) -> Mask:
    """Pixels (H, W) whose centres lie in any of `polygons` (fractions), for a picture of `size` (width, height)."""
    width, height = size
    x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    mask = np.zeros(width * height, np.bool_)
    for polygon in polygons:
        mask |= points_in_polygon(points, np.asarray(polygon))
    return mask.reshape(height, width)
