"""What the usual detectors' outputs mean: numbers in, boxes in pixels of the input out. Pure functions.

    name             outputs                                   a row                                    who exports it
    yolox            (1, cells, 5 + classes)                   offset, log size, object, classes        YOLOX
    yolox-decoded    the same                                  centre, size in pixels, object, classes  YOLOX, decoded in the graph
    yolo             (1, 4 + classes, cells)                   centre, size in pixels, classes          YOLOv8, YOLO11
    yolo-end         (1, N, 6)                                 xyxy in pixels, confidence, label        YOLO26, YOLOv10; nms in the graph
    detr             logits (1, N, classes), boxes (1, N, 4)   centre, size as fractions                RT-DETR, D-FINE (transformers)
    detr-boxes       labels, boxes (1, N, 4), scores           xyxy for the size that was told          RT-DETR, D-FINE (deployed)
    ssd              (1, 1, N, 7)                              picture, label, confidence, fractions    OpenVINO's DetectionOutput
    centernet        heat (1, h/4, w/4, classes), sides        left, top, right, bottom from a peak     @vladmandic/human

Cells are those of the grids of every 8th, 16th and 32nd pixel, row by row, one grid after the other; some variants have every
4th or 64th, too. Sources: Z. Ge et al., "YOLOX", 2021 (arXiv 2107.08430), §2; the export pages of YOLOv8's documentation
(its format only: its code is AGPL and nobody here has read it); Y. Zhao et al., "DETRs Beat YOLOs on Real-time Object Detection",
CVPR 2024 (arXiv 2304.08069); Y. Peng et al., "D-FINE", ICLR 2025 (arXiv 2410.13842); W. Liu et al., "SSD", ECCV 2016; X. Zhou et al.,
"Objects as Points", 2019 (arXiv 1904.07850), §4: for each class the network paints how much an object's centre is here, on a grid of every
fourth pixel, and where a cell is the highest of its 3x3 neighbourhood there is one object.

Limits: the first DETR, whose last class is "nothing" under a softmax, reads as `detr` and would be misread; so would a
segmenting or oriented YOLO, which `pantau.see.recognise` refuses by its other outputs. In a cell the best class is taken, whatever it is: a
dog that is a little like a person is no person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from pantau.see.engine import Size
from pantau.types import Floats, Ints

STRIDES: Final = ((8, 16, 32), (4, 8, 16, 32), (8, 16, 32, 64))
"""The sets of grids that are known, in pixels a cell."""
PEAK_STRIDE: Final = 4
"""Pixels of a cell of the heat map."""
_LARGEST: Final = 10.0
"""Logarithm of the largest box in cells: beyond is an overflow, not a box."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """N boxes: xyxy (N, 4) in pixels of the input, confidence (N,) in [0, 1], label (N,) as the model numbers them."""

    xyxy: Floats
    confidence: Floats
    label: Ints


Outputs = Mapping[str, Floats]
"""By name, in the order of the registry's entry."""
Head = Callable[[Outputs, Size, float, Ints], Found]
"""(outputs, (height, width) of the input, floor, labels wanted): what is at least that confident; others may be left out."""


def cells(size: Size, strides: tuple[int, ...]) -> int:
    """How many cells the grids of an input have."""
    return sum((size[0] // stride) * (size[1] // stride) for stride in strides)


def _yolox(outputs: Outputs, size: Size, floor: float, _wanted: Ints) -> Found:
    (rows,) = (output[0] for output in outputs.values())
    grid = grid_of(size, len(rows))
    keep = rows[:, 4] >= floor  # the product can't be more
    rows, grid = rows[keep], grid[keep]
    centre = (rows[:, :2] + grid[:, :2]) * grid[:, 2:]
    extent = np.exp(np.minimum(rows[:, 2:4], _LARGEST)) * grid[:, 2:]
    return _best(_corners(centre, extent), rows[:, 5:] * rows[:, 4:5], floor)


def _yolox_decoded(outputs: Outputs, _size: Size, floor: float, _wanted: Ints) -> Found:
    (rows,) = (output[0] for output in outputs.values())
    rows = rows[rows[:, 4] >= floor]
    return _best(_corners(rows[:, :2], rows[:, 2:4]), rows[:, 5:] * rows[:, 4:5], floor)


def _yolo(outputs: Outputs, _size: Size, floor: float, _wanted: Ints) -> Found:
    (columns,) = (output[0] for output in outputs.values())
    columns = columns[:, columns[4:].max(axis=0) >= floor]
    return _best(_corners(columns[:2].T, columns[2:4].T), columns[4:].T, floor)


def _yolo_end(outputs: Outputs, _size: Size, floor: float, _wanted: Ints) -> Found:
    (rows,) = (output[0] for output in outputs.values())
    rows = rows[rows[:, 4] >= floor]
    return Found(rows[:, :4], rows[:, 4], _label(rows[:, 5]))


def _detr(outputs: Outputs, size: Size, floor: float, _wanted: Ints) -> Found:
    logits, boxes = (output[0] for output in outputs.values())
    scores = 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
    query, label = np.nonzero(scores >= floor)  # a query may answer for two classes, as when its rivals are near
    xyxy = _corners(boxes[:, :2], boxes[:, 2:]) * _across(size)
    return Found(xyxy[query], scores[query, label], label.astype(np.int64))


def _detr_boxes(outputs: Outputs, size: Size, floor: float, _wanted: Ints) -> Found:
    """Their second input is told a size of 1 by 1 (`pantau.see.engine`), so the boxes come as fractions."""
    label, boxes, confidence = (output[0] for output in outputs.values())
    keep = confidence >= floor
    return Found((boxes * _across(size))[keep], confidence[keep], _label(label[keep]))


def _ssd(outputs: Outputs, size: Size, floor: float, _wanted: Ints) -> Found:
    (rows,) = (output[0, 0] for output in outputs.values())
    past = np.flatnonzero(~(rows[:, 0] >= 0))  # a row of a negative picture ends the list
    rows = rows[: past[0]] if len(past) else rows
    rows = rows[rows[:, 2] >= floor]
    return Found(rows[:, 3:7] * _across(size), rows[:, 2], _label(rows[:, 1]))


def _centernet(outputs: Outputs, _size: Size, floor: float, wanted: Ints) -> Found:
    heat, sides = (output[0] for output in outputs.values())
    xyxy, confidence, column = peaks(heat[..., wanted], sides, floor)  # a tenth of the classes, a tenth of the time
    return Found(xyxy, confidence, wanted[column])


def peaks(heat: Floats, sides: Floats, floor: float) -> tuple[Floats, Floats, Ints]:
    """Boxes (N, 4) in pixels of the input, confidences (N,) and columns of `heat` (N,) at the peaks of the heat map.

    Args:
        heat: (H/4, W/4, C) how much an object's centre is here; not a number counts as none.
        sides: (H/4, W/4, 4) left, top, right, bottom from there, pixels.
        floor: peaks below it are none.
    """
    heat = np.nan_to_num(heat, nan=0.0)
    around = cv2.dilate(np.ascontiguousarray(heat), np.ones((3, 3), np.uint8)).reshape(heat.shape)
    y, x, column = np.nonzero((heat >= around) & (heat >= floor))
    side, cx, cy = sides[y, x], PEAK_STRIDE * x, PEAK_STRIDE * y
    xyxy = np.stack([cx - side[:, 0], cy - side[:, 1], cx + side[:, 2], cy + side[:, 3]], axis=1)
    return xyxy.astype(np.float32), heat[y, x, column], column.astype(np.int64)


HEADS: Final[dict[str, Head]] = {
    "yolox": _yolox,
    "yolox-decoded": _yolox_decoded,
    "yolo": _yolo,
    "yolo-end": _yolo_end,
    "detr": _detr,
    "detr-boxes": _detr_boxes,
    "ssd": _ssd,
    "centernet": _centernet,
}


def _best(xyxy: Floats, scores: Floats, floor: float) -> Found:
    """Of each row its best class, where that is good enough."""
    if not len(scores):
        return Found(xyxy, np.empty(0, np.float32), np.empty(0, np.int64))
    label = scores.argmax(axis=1)
    confidence = scores[np.arange(len(scores)), label]
    keep = confidence >= floor
    return Found(xyxy[keep], confidence[keep], label[keep].astype(np.int64))


def _corners(centre: Floats, extent: Floats) -> Floats:
    return np.concatenate([centre - extent / 2, centre + extent / 2], axis=1)


def _across(size: Size) -> Floats:
    return np.array((size[1], size[0]) * 2, np.float32)


def _label(values: Floats) -> Ints:
    return np.nan_to_num(values, nan=-1.0).astype(np.int64)


@lru_cache(maxsize=16)
def grid_of(size: Size, rows: int) -> Floats:
    """(rows, 3) column and row of each cell and the pixels it is wide.

    Raises:
        StopIteration: no known set of grids has so many cells; `pantau.see.recognise` lets no such model in.
    """
    strides = next(strides for strides in STRIDES if cells(size, strides) == rows)
    grids = []
    for stride in strides:
        y, x = np.divmod(np.arange(cells(size, (stride,))), size[1] // stride)
        grids.append(np.stack([x, y, np.full(len(x), stride)], axis=1))
    return np.concatenate(grids).astype(np.float32)
