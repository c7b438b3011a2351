"""Real litter, cut out of photographs: what GrabCut (Rother et al. 2004) tells from its surroundings inside a true box.

Photographs with an even number are for tuning, those with an odd one for reporting. Cut-outs that fill too little or too much
of their box are left out: the photograph shows the thing half buried, and nobody can say where it ends.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import Final, Literal

import cv2
import numpy as np

from bench.compose.cutouts import CutOut
from bench.data import data_folder
from pantau.types import Image

Part = Literal["tuned", "reported"]
SIDE: Final = 110
"""Pixels along the longer side of what is cut: larger than anything is pasted."""
FILLED: Final = (0.3, 0.8)


@cache
def rubbish(part: Part) -> tuple[CutOut, ...]:
    """The pieces of one half of the photographs."""
    folder = data_folder() / "litter"
    with (folder / "boxes.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if int(row["image"][:3]) % 2 == (part == "reported")]
    found = []
    for row in rows:
        image = np.asarray(cv2.imread(str(folder / row["image"])), np.uint8)
        box = [int(row[name]) for name in ("x_min", "y_min", "x_max", "y_max")]
        if (cut := _cut(image, box)) is not None:
            found.append(cut)
    return tuple(found)


def _cut(image: Image, box: list[int]) -> CutOut | None:
    around = round(0.35 * max(box[2] - box[0], box[3] - box[1]))
    left, top = max(box[0] - around, 0), max(box[1] - around, 0)
    window = image[top : box[3] + around, left : box[2] + around]
    scale = SIDE / max(window.shape[:2])
    small = cv2.resize(window, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    x1, y1, x2, y2 = (int((value - origin) * scale) for value, origin in zip(box, (left, top) * 2, strict=True))
    mask = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    mask[y1:y2, x1:x2] = cv2.GC_PR_FGD
    cv2.setRNGSeed(1)
    cv2.grabCut(small, mask, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), 6, cv2.GC_INIT_WITH_MASK)
    own = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(own)
    if count < 2 or not FILLED[0] <= own.sum() / max((x2 - x1) * (y2 - y1), 1) <= FILLED[1]:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    left, top, width, height = (int(value) for value in stats[largest, :4])
    part = np.s_[top : top + height, left : left + width]
    alpha = cv2.GaussianBlur((labels == largest).astype(np.float32), (0, 0), 0.7)
    return CutOut(np.ascontiguousarray(small[part]), np.ascontiguousarray(alpha[part]), "litter")
