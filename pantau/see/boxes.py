"""What detectors share between their network's numbers and `Detections`: the size they look at, and clean boxes.

Suppression is greedy by confidence within a *group* of classes that are rivals for the same thing: one vehicle is not a
car and a truck at once, one two-wheeler not a bicycle and a motorcycle; a rider and their motorcycle are two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.geometry import box_iou
from pantau.types import CLASSES, Detections, Floats, Ints

RIVALS: Final = (("person",), ("bicycle", "motorcycle"), ("car", "bus", "truck"))
GROUP: Final[Ints] = np.array([next(i for i, group in enumerate(RIVALS) if c in group) for c in CLASSES], np.int64)
MOST: Final = 300
"""Boxes looked at in one picture, the most confident ones: a bound, not a setting."""


def input_size(width: int, height: int, pixels: int, divisor: int) -> tuple[int, int]:
    """(height, width) to look at a picture with: about `pixels`, about its shape, both multiples of `divisor`.

    Of the sizes around the ideal one, the one that distorts least and keeps nearest to the budget.
    """
    shape = width / height
    high, wide = math.sqrt(pixels / shape) / divisor, math.sqrt(pixels * shape) / divisor
    options = [
        (max(1, h), max(1, w)) for h in (math.floor(high), math.ceil(high)) for w in (math.floor(wide), math.ceil(wide))
    ]

    def cost(option: tuple[int, int]) -> float:
        h, w = option
        return abs(math.log(w / h / shape)) + 0.25 * abs(math.log(h * w * divisor**2 / pixels))

    h, w = min(options, key=cost)
    return h * divisor, w * divisor


def tidy(xyxy: Floats, confidence: Floats, class_id: Ints, size: tuple[int, int]) -> Detections:
    """Detections of a picture of `size` (width, height): clipped to it; what isn't finite or has no area is dropped."""
    width, height = size
    finite = np.isfinite(xyxy).all(axis=1) & np.isfinite(confidence)
    xyxy = np.clip(xyxy[finite], 0, (width, height, width, height)).astype(np.float32)
    keep = (xyxy[:, 2] > xyxy[:, 0]) & (xyxy[:, 3] > xyxy[:, 1])
    sure = np.clip(confidence[finite][keep], 0, 1).astype(np.float32)
    return Detections(xyxy[keep], sure, class_id[finite][keep].astype(np.int64))


def suppress(detections: Detections, overlap: float) -> Detections:
    """Of rivals that overlap by more than `overlap` (IoU), only the most confident; sorted by falling confidence.

    Source: greedy non-maximum suppression as in Dalal & Triggs, CVPR 2005.
    """
    order = np.argsort(-detections.confidence, kind="stable")[:MOST]
    ranked = detections[order]
    group = GROUP[ranked.class_id]
    clash: npt.NDArray[np.bool_] = (box_iou(ranked.xyxy, ranked.xyxy) > overlap) & (group[:, None] == group[None, :])
    keep = np.ones(len(ranked), bool)
    for i in np.flatnonzero(np.triu(clash, 1).any(axis=1)):
        if keep[i]:
            keep[i + 1 :] &= ~clash[i, i + 1 :]
    return ranked[keep]


Finds = tuple[Floats, Floats]
"""xyxy (N, 4) and confidence (N,) in one picture."""


def same_finds(first: Sequence[Finds], second: Sequence[Finds], floor: float) -> bool:
    """Whether two ways to look agree on some pictures.

    Nineteen of twenty of the boxes of each that are as sure as `floor` lie on one of the other's (IoU 0.8), and their confidences differ by 0.05 at
    most. Boxes below the floor are there to be found by those just above it.
    """
    for ours, theirs in ((first, second), (second, first)):
        found = asked = 0
        for (a, sure_a), (b, sure_b) in zip(ours, theirs, strict=True):
            wanted = sure_a >= floor
            asked += int(wanted.sum())
            close = (box_iou(a[wanted], b) > 0.8) & (np.abs(sure_a[wanted, None] - sure_b[None, :]) <= 0.05)
            found += int(close.any(axis=1).sum())
        if found < 0.95 * asked:
            return False
    return True
