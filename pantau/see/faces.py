"""Finds faces, only to hide them.

Idea: CenterFace paints how much a face's centre is in each cell of a grid of every fourth pixel, with the logarithm of its
height and width in cells and where in the cell the centre lies. Source: Y. Xu et al., "CenterFace: Joint Face Detection
and Alignment Using Face as Point", 2019 (arXiv 1911.03599), §3. The landmarks that it gives too are never asked for.

The bar is low on purpose: a lamp made unrecognisable costs nothing, a face left out does.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pantau.geometry import box_iou
from pantau.see.boxes import input_size
from pantau.see.engine import Engine, Size, open_engine
from pantau.see.fetch import Progress
from pantau.see.registry import ModelEntry, fetch, model
from pantau.types import Floats, Image

STRIDE: Final = 4
HEAT, LOG_SIZE, OFFSET = "537", "538", "539"
FLOOR: Final = 0.2
OVERLAP: Final = 0.3
MOST: Final = 300
PIXELS: Final = 288 * 512
SHAPES: Final = 8
"""Input sizes kept compiled at once."""


class FaceFinder:
    """Finds faces in pictures of a few shapes. One serves all cameras and their threads.

    Args:
        entry: the registry's entry of the model.
        path: its file.
        input_pixels: budget of pixels it looks at; faces down to about 10 of these pixels are found.

    Raises:
        ModelError: the model can't be run.
    """

    def __init__(self, entry: ModelEntry, path: Path, input_pixels: int = PIXELS) -> None:
        self._entry = entry
        self._path = path
        self._pixels = input_pixels
        self._engines: dict[Size, Engine] = {}
        self._lock = threading.Lock()
        self._engine(entry.input.size)

    def find(self, image: Image) -> Floats:
        """Boxes (N, 4) xyxy of faces in a BGR picture, pixels."""
        height, width = image.shape[:2]
        size = input_size(width, height, self._pixels, self._entry.input.divisor)
        scaled = cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA)
        array = np.ascontiguousarray(scaled[:, :, ::-1].transpose(2, 0, 1)[None], np.float32)
        xyxy = face_boxes(self._engine(size).request().infer(array))
        return xyxy * np.array((width / size[1], height / size[0]) * 2, np.float32)

    def _engine(self, size: Size) -> Engine:
        """The model compiled for this input size; the oldest is given up beyond `SHAPES`."""
        with self._lock:
            if size not in self._engines:
                if len(self._engines) >= SHAPES:
                    del self._engines[next(iter(self._engines))]
                self._engines[size] = open_engine(self._entry, self._path, size)
            return self._engines[size]


def face_boxes(outputs: dict[str, Floats], floor: float = FLOOR) -> Floats:
    """Boxes (N, 4) xyxy in pixels of the input, from the network's maps (1, C, H/4, W/4)."""
    heat, log_size, offset = outputs[HEAT][0, 0], outputs[LOG_SIZE][0], outputs[OFFSET][0]
    row, column = np.nonzero(heat > floor)
    order = np.argsort(-heat[row, column], kind="stable")[:MOST]
    row, column = row[order], column[order]
    extent = np.exp(np.clip(log_size[:, row, column], -10, 10)) * STRIDE
    centre = np.stack([row + offset[0, row, column] + 0.5, column + offset[1, row, column] + 0.5]) * STRIDE
    (top, left), (bottom, right) = centre - extent / 2, centre + extent / 2
    xyxy = np.stack([left, top, right, bottom], axis=1).astype(np.float32)
    xyxy = xyxy[np.isfinite(xyxy).all(axis=1)]
    clash = np.triu(box_iou(xyxy, xyxy) > OVERLAP, 1)
    keep = np.ones(len(xyxy), bool)
    for i in np.flatnonzero(clash.any(axis=1)):
        if keep[i]:
            keep[i + 1 :] &= ~clash[i, i + 1 :]
    return xyxy[keep]


def load_faces(folder: Path, progress: Progress | None = None, input_pixels: int = PIXELS) -> FaceFinder:
    """The face finder of the registry, fetched into the models folder where it isn't there.

    Raises:
        ModelError: it can't be had or run.
    """
    entry = model("centerface")
    return FaceFinder(entry, fetch(entry, folder, progress), input_pixels)
