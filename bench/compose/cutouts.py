"""Real vehicles and people, cut out of footage: what differs from the temporal median inside a detector's or truth's box.

Only lonely boxes are taken, so that a cut-out is one vehicle. Its alpha is the difference mask, filled and feathered.
Limits: dark windows that equal the road get holes filled by the convex outline; shadows under the car stay on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bench.data import Clip, detections, frames, truth
from pantau.types import CLASSES, Image

Array = npt.NDArray[np.float64]
STEP: Final = 10
"""Every so-manieth frame of a clip is looked at."""
DIFFERENT: Final = 24
"""Grey levels from the background that make a pixel part of a cut-out."""


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """One vehicle or person: (h, w, 3) uint8 and its alpha (h, w) float32 in [0, 1]; the lower edge stands on the ground."""

    image: Image
    alpha: npt.NDArray[np.float32]
    class_name: str

    def scaled(self, width: float, *, flip: bool = False) -> CutOut:
        """The cut-out `width` pixels wide, mirrored if asked."""
        height, own = self.alpha.shape
        size = max(round(width), 2), max(round(height * width / own), 2)
        shrink = cv2.INTER_AREA if width < own else cv2.INTER_CUBIC
        image, alpha = cv2.resize(self.image, size, interpolation=shrink), cv2.resize(self.alpha, size)
        if flip:
            image, alpha = np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(alpha[:, ::-1])
        return CutOut(np.asarray(image, np.uint8), np.clip(alpha, 0, 1).astype(np.float32), self.class_name)

    def turned(self) -> CutOut:
        """By a quarter, for vehicles seen from above."""
        return CutOut(
            np.ascontiguousarray(np.rot90(self.image)), np.ascontiguousarray(np.rot90(self.alpha)), self.class_name
        )


def background(clip: Clip, step: int = STEP) -> Image:
    """The temporal median of a clip."""
    kept = [image for number, image in enumerate(frames(clip)) if number % step == 0]
    return np.asarray(np.median(np.stack(kept), axis=0), np.uint8)


def vehicles(clip: Clip, detector: str, empty: Image, most: int, least_px: float = 45) -> list[CutOut]:
    """Lonely vehicles of a clip, the largest of each frame first, at most `most`."""
    vehicle = [CLASSES.index(name) for name in ("car", "bus", "truck")]
    found: list[CutOut] = []
    seen: list[Array] = []
    for number, (image, boxes) in enumerate(zip(frames(clip), detections(clip, detector), strict=True)):
        if number % STEP or len(found) >= most:
            continue
        sure = boxes[(boxes.confidence >= 0.35) & np.isin(boxes.class_id, vehicle)]
        everything = boxes[boxes.confidence >= 0.25].xyxy.astype(np.float64)
        order = np.argsort(-np.prod(sure.xyxy[:, 2:] - sure.xyxy[:, :2], axis=1))
        for row in order.tolist():
            box = sure.xyxy[row].astype(np.float64)
            wide = box[2] - box[0] >= least_px
            if wide and _lonely(box, everything) and not _again(box, seen) and (cut := _cut(image, empty, box)):
                found.append(CutOut(*cut, CLASSES[int(sure.class_id[row])]))
                seen.append(box)
        seen = seen[-12:]
    return found[:most]


def people(empty: Image, most: int) -> list[CutOut]:
    """Lonely people of PETS09-S2L1, from its true boxes."""
    known = truth("PETS09-S2L1")
    found: list[CutOut] = []
    for number, image in enumerate(frames("pets"), start=1):
        if number % (4 * STEP) or len(found) >= most:
            continue
        _, boxes = known.of(number)
        for box in boxes.astype(np.float64):
            alone = box[3] - box[1] >= 60 and _lonely(box, boxes.astype(np.float64))
            found += [CutOut(*cut, "person")] if alone and (cut := _cut(image, empty, box)) else []
    return found[:most]


def _lonely(box: Array, others: Iterable[Array]) -> bool:
    """Whether no other box shares more than a twentieth of it."""
    area = (box[2] - box[0]) * (box[3] - box[1])
    for other in others:
        width = min(box[2], other[2]) - max(box[0], other[0])
        height = min(box[3], other[3]) - max(box[1], other[1])
        share = max(width, 0) * max(height, 0) / area
        union = area + (other[2] - other[0]) * (other[3] - other[1]) - share * area
        if share > 0.05 and share * area / union < 0.7:  # more than 0.7: the same one, found twice
            return False
    return True


def _again(box: Array, seen: list[Array]) -> bool:
    """Whether a vehicle was taken at about this place in the frames just before: it may be the same."""
    return any(np.abs(box - other).max() < 0.35 * (box[2] - box[0]) for other in seen)


def _cut(image: Image, empty: Image, box: Array) -> tuple[Image, npt.NDArray[np.float32]] | None:
    height, width = image.shape[:2]
    left, top, right, bottom = np.round(box + np.array([-3, -3, 3, 3])).astype(int).tolist()
    if left < 1 or top < 1 or right > width - 1 or bottom > height - 1:
        return None  # cut off by the picture's edge
    window = image[top:bottom, left:right]
    change = window.astype(np.int16) - empty[top:bottom, left:right].astype(np.int16)
    rim = np.concatenate([change[:2].reshape(-1, 3), change[:, :2].reshape(-1, 3), change[:, -2:].reshape(-1, 3)])
    different = np.abs(change - np.median(rim, axis=0)).max(axis=2)  # less the camera's own change of exposure
    mask = cv2.morphologyEx((different > DIFFERENT).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    if stats[largest, cv2.CC_STAT_AREA] < 0.45 * mask.size:
        return None
    contours, _ = cv2.findContours((labels == largest).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros_like(mask)
    cv2.drawContours(filled, contours, -1, (1,), cv2.FILLED)
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    alpha = cv2.GaussianBlur(filled.astype(np.float32), (0, 0), 0.8)
    return np.ascontiguousarray(window[part]), np.ascontiguousarray(alpha[part])
