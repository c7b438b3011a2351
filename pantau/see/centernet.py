"""Finds road users with a CenterNet: boxes as peaks of a heat map.

Idea: for each class the network paints how much an object's centre is here, on a grid of every fourth pixel; where a cell
is the highest of its 3x3 neighbourhood there is one object, and a second map holds the distances from there to the four
sides of its box. Source: X. Zhou, D. Wang, P. Krähenbühl, "Objects as Points", 2019 (arXiv 1904.07850), §4; in this
network the sides are in pixels of the input, as left, top, right, bottom.

The picture is looked at in a rectangle of about its own shape with a budget of pixels: cost goes with pixels, and a
square would spend a third of them on nothing. It is stretched the few percent to whole multiples of 32, not padded: on true
boxes (``python -m bench.detectors``, shape) even a square costs little. Weak boxes down to `floor` are given out, for a
tracker that can use them. Limits: weak from straight above; a cyclist is often called a motorcyclist.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.errors import DataError
from pantau.see.boxes import input_size, same_finds, suppress, tidy
from pantau.see.engine import Engine, Precision, Request, Size, open_engine
from pantau.see.pace import Pace
from pantau.see.precision import choose_precision
from pantau.see.registry import ModelEntry
from pantau.types import Detections, Floats, Image, Ints

STRIDE: Final = 4
KEYPOINTS: Final = "tower_0_keypoints"
EXTENTS: Final = "tower_0_wh"
SHAPES: Final = 8
"""Input sizes kept compiled at once; cameras have few shapes of picture."""


@dataclass(frozen=True, slots=True)
class CenterNetSettings:
    """How a CenterNet looks.

    Args:
        input_pixels: budget of pixels of the input; 384x512 for pictures of 4:3.
        floor: confidence below which a box is dropped.
        overlap: rivals that overlap by more (IoU) are one road user.
    """

    input_pixels: int = 384 * 512
    floor: float = 0.1
    overlap: float = 0.6


class CenterNetModel:
    """A loaded CenterNet, shared by all cameras."""

    def __init__(
        self,
        entry: ModelEntry,
        path: Path,
        precision: Precision,
        settings: CenterNetSettings | None = None,
        parallel: int = 0,
    ) -> None:
        self.entry = entry
        self.precision = precision
        self.settings = settings or CenterNetSettings()
        self._path = path
        self._parallel = parallel
        self._engines: dict[Size, Engine] = {}
        self._lock = threading.Lock()
        self.labels: Final[Ints] = np.array(sorted(entry.labels), np.int64)
        self.class_of: Final[Ints] = np.array([entry.labels[label] for label in self.labels], np.int64)
        self.engine(entry.input.size)  # a model that can't run says so at the start, not at the first picture

    @property
    def method(self) -> str:
        """Name, pixels looked at, precision, floor and overlap."""
        s = self.settings
        return (
            f"{self.entry.name}-{s.input_pixels / 1000:.0f}kpx-{self.precision}-floor{s.floor:g}-overlap{s.overlap:g}"
        )

    def engine(self, size: Size) -> Engine:
        """The model compiled for this input size; the least lately made one is given up beyond `SHAPES`."""
        with self._lock:
            if size not in self._engines:
                if len(self._engines) >= SHAPES:
                    del self._engines[next(iter(self._engines))]
                self._engines[size] = open_engine(self.entry, self._path, size, self.precision, self._parallel)
            return self._engines[size]

    def open(self) -> CenterNetDetector:
        """A detector for one camera."""
        return CenterNetDetector(self)


class CenterNetDetector:
    """One camera's way to a CenterNet; belongs to one thread."""

    def __init__(self, model: CenterNetModel, clock: Callable[[], float] = time.perf_counter) -> None:
        self._model = model
        self._clock = clock
        self._pace = Pace()
        self._size: Size = (0, 0)
        self._request: Request | None = None

    @property
    def method(self) -> str:
        """As stored beside every number."""
        return self._model.method

    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        """Road users in `image` by falling confidence; nothing when it is expected to take longer than the deadline.

        Raises:
            DataError: the picture is empty.
        """
        if self._pace.too_slow(deadline_s):
            return None
        height, width = image.shape[:2]
        if not height or not width:
            raise DataError(f"expected a picture, got one of {width}x{height} pixels")
        request = self._request_for(width, height)
        begin = self._clock()
        outputs = request.infer(prepare(image, self._size))
        found = self._decode(outputs, (width, height))
        self._pace.took(self._clock() - begin)
        return found

    def _request_for(self, width: int, height: int) -> Request:
        entry = self._model.entry
        size = input_size(width, height, self._model.settings.input_pixels, entry.input.divisor)
        if self._request is None or size != self._size:
            self._request, self._size = self._model.engine(size).request(), size
        return self._request

    def _decode(self, outputs: dict[str, Floats], size: tuple[int, int]) -> Detections:
        settings, model = self._model.settings, self._model
        heat = outputs[KEYPOINTS][0][..., model.labels]
        xyxy, confidence, column = peaks(heat, outputs[EXTENTS][0], settings.floor)
        scale = np.array((size[0] / self._size[1], size[1] / self._size[0]) * 2, np.float32)
        found = tidy(xyxy * scale, confidence, model.class_of[column], size)
        return suppress(found, settings.overlap)


def prepare(image: Image, size: Size) -> Floats:
    """The input (1, H, W, 3) float32 RGB 0-255 for a BGR picture."""
    height, width = size
    shrink = image.shape[1] > width
    scaled = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)
    return cv2.cvtColor(scaled, cv2.COLOR_BGR2RGB)[None].astype(np.float32)


def peaks(heat: Floats, extents: Floats, floor: float) -> tuple[Floats, Floats, Ints]:
    """Boxes (N, 4) in pixels of the input, confidences (N,) and columns of `heat` (N,) at the peaks of the heat map.

    Args:
        heat: (H/4, W/4, C) how much an object's centre is here; not a number counts as none.
        extents: (H/4, W/4, 4) left, top, right, bottom from there, pixels.
        floor: peaks below it are none.
    """
    heat = np.nan_to_num(heat, nan=0.0)
    around = cv2.dilate(np.ascontiguousarray(heat), np.ones((3, 3), np.uint8)).reshape(heat.shape)
    y, x, column = np.nonzero((heat >= around) & (heat >= floor))
    side = extents[y, x]
    cx, cy = STRIDE * x, STRIDE * y
    xyxy = np.stack([cx - side[:, 0], cy - side[:, 1], cx + side[:, 2], cy + side[:, 3]], axis=1)
    return xyxy.astype(np.float32), heat[y, x, column], column.astype(np.int64)


def same_boxes(first: dict[str, Floats], second: dict[str, Floats], labels: npt.NDArray[np.int64]) -> bool:
    """Whether two runs of the network agree on the 50 strongest boxes of each (`pantau.see.boxes.same_finds`)."""
    return same_finds(_strongest(first, labels), _strongest(second, labels))


def _strongest(outputs: dict[str, Floats], labels: npt.NDArray[np.int64], most: int = 50) -> tuple[Floats, Floats]:
    xyxy, confidence, _ = peaks(outputs[KEYPOINTS][0][..., labels], outputs[EXTENTS][0], 1e-6)
    order = np.argsort(-confidence)[:most]
    return xyxy[order], confidence[order]


def load_centernet(entry: ModelEntry, path: Path, folder: Path, precision: str) -> CenterNetModel:
    """Load a CenterNet of the registry.

    Args:
        entry: its entry.
        path: its file.
        folder: the models folder, where a measured choice of precision is remembered.
        precision: ``f32``, ``bf16``, or ``auto`` to measure.

    Raises:
        ModelError: it can't be run.
    """
    if precision == "auto":
        size = entry.input.size
        labels = np.array(sorted(entry.labels), np.int64)
        agree = partial(same_boxes, labels=labels)
        chosen = choose_precision(entry, path, folder, size, partial(prepare, size=size), agree)
    else:
        chosen = "bf16" if precision == "bf16" else "f32"
    return CenterNetModel(entry, path, chosen)
