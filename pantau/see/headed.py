"""Finds road users with any network whose output is one of the usual heads (`pantau.see.heads`).

Idea: what differs between detectors is how a picture is put into the input (`pantau.see.placing`) and what the output means; the
registry's entry names both, and the rest is the same for all: look, read, map the labels to our classes, bring the boxes back into the
picture, keep the best of rivals. A network with free height and width looks at a rectangle of about the picture's shape with as many pixels as
the entry's `size` has.

The default detector is a CenterNet: weak from straight above, and it often calls a cyclist a motorcyclist. A picture is stretched the few percent to
whole multiples of 32, not padded: on true boxes (``python -m bench.detectors``, shape) even a square costs little. Weak boxes down to `floor`
are given out, for a tracker that can use them.

Limits: DETR-like heads need no suppression, and get it all the same: it only takes the car where a query called one thing a car and a truck.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from pantau.errors import DataError
from pantau.see.boxes import Finds, input_size, same_finds, suppress, tidy
from pantau.see.changed import Changed, Look
from pantau.see.cuda import Device
from pantau.see.engine import Engine, Precision, Request, Size, open_engine
from pantau.see.heads import HEADS, Found, Outputs
from pantau.see.pace import Pace
from pantau.see.placing import Placement, array_of, fitted, place
from pantau.see.precision import choose_precision
from pantau.see.registry import ModelEntry
from pantau.types import Detections, Image, Ints

SHAPES = 32
"""Input sizes kept compiled at once; cameras have few shapes of picture, and each of these a few sheets (`pantau.see.sheet`)."""
STEP = 32
"""Sheets have sizes that this divides."""


@dataclass(frozen=True, slots=True)
class HeadedSettings:
    """How a detector looks.

    Args:
        floor: confidence below which a box is dropped.
        overlap: rivals that overlap by more (IoU) are one road user.
        patches: look at what has changed (`pantau.see.changed`), where the network and the device allow it.
    """

    floor: float = 0.1
    overlap: float = 0.6
    patches: bool = False


class HeadedModel:
    """A loaded detector, shared by all cameras."""

    def __init__(
        self,
        entry: ModelEntry,
        path: Path,
        precision: Precision,
        settings: HeadedSettings | None = None,
        parallel: int = 0,
        device: Device = "cpu",
    ) -> None:
        self.entry = entry
        self.precision = precision
        self.settings = settings or HeadedSettings()
        into = entry.input
        may = device == "cpu" and into.fit == "stretch" and into.divisor and not STEP % into.divisor
        self.patches = bool(may and self.settings.patches)
        self._path = path
        self._parallel, self._device = parallel, device
        self.labels, self._classes = road_labels(entry)
        self._engines: dict[Size, Engine] = {}
        self._lock = threading.Lock()
        self.engine(entry.input.size)  # a model that can't run says so at the start, not at the first picture

    @property
    def method(self) -> str:
        """Name, pixels looked at, precision, floor and overlap, and whether only what has changed is looked at."""
        (height, width), s = self.entry.input.size, self.settings
        looks = f"{height * width / 1000:.0f}kpx" if self.entry.input.divisor else f"{height}x{width}"
        return f"{self.entry.label}-{looks}-{self.precision}-floor{s.floor:g}-overlap{s.overlap:g}{'-patches' * self.patches}"

    def size_for(self, width: int, height: int) -> Size:
        """(height, width) of the input for pictures of this size."""
        into = self.entry.input
        if not into.divisor:
            return into.size
        return input_size(width, height, into.size[0] * into.size[1], into.divisor)

    def engine(self, size: Size) -> Engine:
        """The model compiled for this input size; the least lately made one is given up beyond `SHAPES`."""
        with self._lock:
            if size not in self._engines:
                if len(self._engines) >= SHAPES:
                    del self._engines[next(iter(self._engines))]
                self._engines[size] = open_engine(
                    self.entry, self._path, size, self.precision, self._parallel, self._device
                )
            return self._engines[size]

    def road_users(self, found: Found, where: Placement, size: Size) -> Detections:
        """The boxes of our classes in pixels of a picture of `size` (width, height)."""
        known = np.isin(found.label, self.labels)
        class_id = self._classes[np.searchsorted(self.labels, found.label[known])]
        return tidy(where.back(found.xyxy[known]), found.confidence[known], class_id, size)

    def open(self) -> HeadedDetector:
        """A detector for one camera."""
        return HeadedDetector(self)


class HeadedDetector:
    """One camera's way to a detector; belongs to one thread."""

    def __init__(self, model: HeadedModel, clock: Callable[[], float] = time.perf_counter) -> None:
        self._model = model
        self._clock = clock
        self._pace = Pace()
        self._opening_s = 0.0  # of the newest look, spent on a size that was never looked at before: the next one does not take it again
        self._requests: dict[Size, Request] = {}
        self.pixels = 0  # of its input that the network has been given
        self._find: Look = Changed(self._look) if model.patches else self._look

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
        begin, self._opening_s = self._clock(), 0.0
        picture, where = fitted(image, self._model.entry.input, self._model.size_for(width, height))
        found = self._find(picture)
        out = suppress(self._model.road_users(found, where, (width, height)), self._model.settings.overlap)
        self._pace.took(self._clock() - begin - self._opening_s)
        return out

    def _look(self, picture: Image) -> Found:
        entry, size = self._model.entry, picture.shape[:2]
        self.pixels += size[0] * size[1]
        if size not in self._requests:
            if len(self._requests) >= SHAPES:
                self._requests.clear()
            begin = self._clock()
            self._requests[size] = self._model.engine(size).request()
            self._opening_s += self._clock() - begin
        outputs = self._requests[size].infer(array_of(picture, entry.input))
        return HEADS[entry.detector](outputs, size, self._model.settings.floor, self._model.labels)


def road_labels(entry: ModelEntry) -> tuple[Ints, Ints]:
    """The labels that are road users, rising, and the class of each."""
    labels = np.array(sorted(entry.labels), np.int64)
    return labels, np.array([entry.labels[int(label)] for label in labels], np.int64)


def same_boxes(entry: ModelEntry, first: Sequence[Outputs], second: Sequence[Outputs]) -> bool:
    """Whether two runs of a network over some pictures find the same (`pantau.see.boxes.same_finds`), of what a detector gives out.

    Below the floor a network murmurs: what it says there of noise is other noise in another arithmetic, and nobody hears it.
    """
    labels, _ = road_labels(entry)
    floor = HeadedSettings().floor

    def finds(runs: Sequence[Outputs]) -> list[Finds]:
        found = [HEADS[entry.detector](outputs, entry.input.size, floor / 2, labels) for outputs in runs]
        return [(one.xyxy, one.confidence) for one in found]

    return same_finds(finds(first), finds(second), floor)


def load_headed(
    entry: ModelEntry, path: Path, folder: Path, precision: str, device: Device = "cpu", *, patches: bool = False
) -> HeadedModel:
    """Load a detector of the registry.

    Args:
        entry: its entry.
        path: its file.
        folder: the models folder, where a measured choice of precision is remembered.
        precision: ``f32``, ``bf16``, or ``auto`` to measure; a card has f32.
        device: what it runs on.
        patches: look at what has changed, where that is possible.

    Raises:
        ModelError: it can't be run.
    """
    if device == "cuda":
        chosen: Precision = "f32"
    elif precision == "auto":
        chosen = choose_precision(
            entry,
            path,
            folder,
            entry.input.size,
            lambda image: place(image, entry.input, entry.input.size)[0],
            partial(same_boxes, entry),
        )
    else:
        chosen = "bf16" if precision == "bf16" else "f32"
    return HeadedModel(entry, path, chosen, HeadedSettings(patches=patches), device=device)
