"""A thumbnail shows its window of a redacted frame, and nothing where that can't be vouched for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pantau.errors import ModelError
from pantau.see.thumbnail import WIDEST, thumbnails
from pantau.types import Detections, Floats, Image


class Faces:
    def __init__(self, *boxes: tuple[float, float, float, float]) -> None:
        self._boxes = np.array(boxes, np.float32).reshape(-1, 4)

    def find(self, image: Image) -> Floats:
        return self._boxes


class BrokenFaces:
    def find(self, image: Image) -> Floats:
        raise ModelError("no faces today")


def striped() -> Image:
    image = np.zeros((400, 800, 3), np.uint8)
    image[:, (np.arange(800) // 4) % 2 == 0] = 255
    return image


def person(*box: float) -> Detections:
    return Detections(np.array([box], np.float32), np.array([0.9], np.float32), np.array([0]))


def contrast(jpeg: bytes) -> int:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    inner = image[10:-10, 10:-10].astype(int)
    return int(np.abs(np.diff(inner, axis=1)).max())


def test_a_window_is_cut_out_and_at_most_so_wide() -> None:
    wide, narrow = thumbnails(striped(), Detections.empty(), Faces(), (), [(0, 0, 1, 1), (0.5, 0.5, 0.75, 1)])
    shapes = [cv2.imdecode(np.frombuffer(j, np.uint8), cv2.IMREAD_COLOR) for j in (wide, narrow)]
    assert [s.shape[:2] for s in shapes if s is not None] == [(WIDEST // 2, WIDEST), (200, 200)]


def test_people_and_faces_are_hidden_wherever_the_window_is() -> None:
    window = (0.25, 0.25, 0.375, 0.75)  # inside the box of the person, 200 to 300 by 100 to 300
    (shown,) = thumbnails(striped(), Detections.empty(), Faces(), (), [window])
    (hidden,) = thumbnails(striped(), person(180, 80, 320, 320), Faces(), (), [window])
    (face,) = thumbnails(striped(), Detections.empty(), Faces((180, 80, 320, 320)), (), [window])
    assert contrast(shown) > 150
    assert contrast(hidden) < 60
    assert contrast(face) < 60


def test_masked_areas_are_black() -> None:
    mask = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    (jpeg,) = thumbnails(striped(), Detections.empty(), Faces(), (mask,), [(0, 0, 0.4, 1)])
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.max() < 20


@pytest.mark.parametrize("boxes", [Detections.empty(), person(0, 0, float("nan"), 10)], ids=["faces", "boxes"])
def test_what_can_not_be_vouched_for_is_no_picture(boxes: Detections) -> None:
    assert thumbnails(striped(), boxes, BrokenFaces(), (), [(0, 0, 1, 1)] * 2) == [b"", b""]
    assert thumbnails(striped(), person(0, 0, float("nan"), 10), Faces(), (), [(0, 0, 1, 1)]) == [b""]
