"""A detector that knows red things, so that a whole command can be tested without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
from typing_extensions import override

from pantau.ports import Detector
from pantau.replay import Models
from pantau.see.redact import Faces
from pantau.types import Detections, Floats, Image

if TYPE_CHECKING:
    from pantau.see.faces import FaceFinder


class SeesRed:
    """Calls every red thing a person."""

    method = "red"

    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        del deadline_s
        mask = ((image[:, :, 2] > 150) & (image[:, :, 1] < 90)).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        boxes = [(x, y, x + w, y + h) for x, y, w, h, area in stats[1:].tolist() if area > 100]
        n = len(boxes)
        return Detections(np.array(boxes, np.float32).reshape(n, 4), np.full(n, 0.9, np.float32), np.zeros(n, np.int64))


class NoFaces:
    def find(self, image: Image) -> Floats:
        return np.empty((0, 4), np.float32)


class RedModels(Models):
    @override
    def detector(self, name: str) -> Detector:
        return SeesRed()

    @override
    def faces(self) -> FaceFinder:
        faces: Faces = NoFaces()
        return cast("FaceFinder", faces)
