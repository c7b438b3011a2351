"""Finds road users with an SSD whose last layer gives finished boxes: (1, 1, N, 7).

Each row is picture, label, confidence, and a box as fractions of the picture (left, top, right, bottom); a row of a
negative picture ends the list. This is the ``DetectionOutput`` layer of OpenVINO's and Caffe's SSDs. Source: W. Liu et
al., "SSD: Single Shot MultiBox Detector", ECCV 2016 (arXiv 1512.02325).

Limits: the model for crossroads knows person, vehicle and bike only. What it calls a vehicle is given out as a car and what
it calls a bike as a motorcycle: it can't tell. The input size is fixed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pantau.errors import DataError
from pantau.see.boxes import suppress, tidy
from pantau.see.engine import Precision, Size, open_engine
from pantau.see.pace import Pace
from pantau.see.precision import choose_precision
from pantau.see.registry import ModelEntry
from pantau.types import Detections, Floats, Image


@dataclass(frozen=True, slots=True)
class SsdSettings:
    """How an SSD looks.

    Args:
        floor: confidence below which a box is dropped.
        overlap: rivals that overlap by more (IoU) are one road user.
    """

    floor: float = 0.1
    overlap: float = 0.6


class SsdModel:
    """A loaded SSD, shared by all cameras."""

    def __init__(
        self,
        entry: ModelEntry,
        path: Path,
        precision: Precision,
        settings: SsdSettings | None = None,
        parallel: int = 0,
    ) -> None:
        self.entry = entry
        self.precision = precision
        self.settings = settings or SsdSettings()
        self.engine = open_engine(entry, path, entry.input.size, precision, parallel)

    @property
    def method(self) -> str:
        """Name, input size, precision, floor and overlap."""
        (height, width), s = self.entry.input.size, self.settings
        return f"{self.entry.name}-{height}x{width}-{self.precision}-floor{s.floor:g}-overlap{s.overlap:g}"

    def open(self) -> SsdDetector:
        """A detector for one camera."""
        return SsdDetector(self)


class SsdDetector:
    """One camera's way to an SSD; belongs to one thread."""

    def __init__(self, model: SsdModel, clock: Callable[[], float] = time.perf_counter) -> None:
        self._model = model
        self._request = model.engine.request()
        (self._output,) = model.entry.outputs
        self._clock = clock
        self._pace = Pace()

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
        begin = self._clock()
        rows = self._request.infer(prepare(image, self._model.entry.input.size))[self._output]
        found = read_rows(rows[0, 0], self._model.entry, self._model.settings.floor, (width, height))
        found = suppress(found, self._model.settings.overlap)
        self._pace.took(self._clock() - begin)
        return found


def prepare(image: Image, size: Size) -> Floats:
    """The input (1, 3, H, W) float32 BGR 0-255 for a BGR picture."""
    height, width = size
    scaled = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], np.float32)


def read_rows(rows: Floats, entry: ModelEntry, floor: float, size: tuple[int, int]) -> Detections:
    """The boxes of rows (N, 7), in pixels of a picture of `size` (width, height); unknown labels are dropped."""
    past = np.flatnonzero(~(rows[:, 0] >= 0))
    rows = rows[: past[0]] if len(past) else rows
    label = np.nan_to_num(rows[:, 1], nan=-1.0).astype(np.int64)
    known = np.isin(label, list(entry.labels)) & (rows[:, 2] >= floor)
    rows, label = rows[known], label[known]
    class_id = np.array([entry.labels[int(value)] for value in label], np.int64)
    scale = np.array(size * 2, np.float32)
    return tidy(rows[:, 3:7] * scale, rows[:, 2], class_id, size)


def load_ssd(entry: ModelEntry, path: Path, folder: Path, precision: str) -> SsdModel:
    """Load an SSD of the registry.

    Args:
        entry: its entry.
        path: its file.
        folder: the models folder, where a measured choice of precision is remembered.
        precision: ``f32``, ``bf16``, or ``auto`` to measure.

    Raises:
        ModelError: it can't be run.
    """
    size = entry.input.size

    def agree(first: dict[str, Floats], second: dict[str, Floats]) -> bool:
        (output,) = entry.outputs
        a, b = (np.sort(found[output][0, 0, :, 2])[::-1][:20] for found in (first, second))
        return bool(np.abs(a - b).max() <= 0.05)

    if precision == "auto":
        chosen = choose_precision(entry, path, folder, size, lambda image: prepare(image, size), agree)
    else:
        chosen = "bf16" if precision == "bf16" else "f32"
    return SsdModel(entry, path, chosen)
