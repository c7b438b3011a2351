"""Connected changes of a floor: where each is, how large, and what came beside it.

A region is what is touched and connected, closed and filled, and changed in at least `LEAST_CHANGED` pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.measure.difference import Difference, Mask

LEAST_CHANGED: Final = 40
CLOSE_PX: Final = 5
CUT_OFF: Final = 0.2
"""Share of its rim that may be hidden: more, and it is what sticks out behind somebody, or a thing of which half is seen."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Of one picture.

    Args:
        labels: (h, w) each pixel's region; 0 is none.
        boxes: (n, 4) x1, y1, x2, y2 of each label, in pixels of the floor's window.
        sizes: (n,) pixels of each label; 0 where it is no region.
    """

    labels: npt.NDArray[np.int32]
    boxes: npt.NDArray[np.int32]
    sizes: npt.NDArray[np.int32]

    def under(self, mask: Mask, part: tuple[slice, slice]) -> int:
        """The region that covers most of a mask (of the size of `part`); 0 where none does."""
        labels, counts = np.unique(self.labels[part][mask], return_counts=True)
        return int(labels[np.argmax(np.where(labels > 0, counts, 0))]) if len(labels) else 0

    def near(self, box: Box, gap: float) -> list[int]:
        """The regions whose boxes are within so many pixels of a box."""
        x1, y1, x2, y2 = self.boxes.T
        across = np.maximum(np.maximum(x1 - box[2], box[0] - x2), 0)
        down = np.maximum(np.maximum(y1 - box[3], box[1] - y2), 0)
        found = (self.sizes > 0) & (np.maximum(across, down) <= gap)
        return [int(label) for label in np.flatnonzero(found)]


def regions_of(difference: Difference) -> Regions:
    """The regions of a picture's difference from its floor."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (CLOSE_PX, CLOSE_PX))
    closed = cv2.morphologyEx(difference.touched.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(closed)
    cv2.drawContours(filled, contours, -1, (1,), cv2.FILLED)
    opened = cv2.morphologyEx(filled, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    changed = np.bincount(labels[difference.changed], minlength=count)
    kept = np.where(changed >= LEAST_CHANGED, np.arange(count), 0).astype(np.int32)
    kept[0] = 0
    corners = np.asarray(stats[:, :4], np.int32)
    boxes = np.concatenate([corners[:, :2], corners[:, :2] + corners[:, 2:]], axis=1)
    sizes = np.where(kept > 0, stats[:, cv2.CC_STAT_AREA], 0).astype(np.int32)
    return Regions(np.asarray(kept[labels], np.int32), boxes, sizes)


def cut_off(mask: Mask, seen: Mask) -> bool:
    """Whether a region goes on behind somebody; it is looked at when they have gone."""
    rim = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_) & ~mask
    return bool(rim.any()) and float((~seen[rim]).mean()) > CUT_OFF
