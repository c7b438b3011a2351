"""What every `Detector` keeps, whatever it looks with. To check one of your own, add a function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pantau.ports import Detector
from pantau.see.fake import FakeDetector, fake_network
from pantau.see.headed import HeadedModel, HeadedSettings
from pantau.types import CLASSES, Detections, Image


def fake(folder: Path) -> Detector:
    del folder
    one = Detections(np.array([[1, 2, 30, 40]], np.float32), np.array([0.5], np.float32), np.array([0]))
    return FakeDetector([one] * 5)


def centernet(folder: Path) -> Detector:
    return HeadedModel(*fake_network(folder), "f32", HeadedSettings(floor=0.3), 1).open()


@pytest.fixture(params=[fake, centernet])
def detector(request: pytest.FixtureRequest, tmp_path: Path) -> Detector:
    make: Callable[[Path], Detector] = request.param
    return make(tmp_path)


def street(width: int = 160, height: int = 120) -> Image:
    """Black, with a red thing on it, and read-only as the pictures of the loop are."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[40:60, 60:80] = (0, 0, 255)
    picture.setflags(write=False)
    return picture


def test_it_is_a_detector_with_a_method_that_stays(detector: Detector) -> None:
    assert isinstance(detector, Detector)
    before = detector.method
    detector.detect(street())
    assert before
    assert detector.method == before


def test_it_sees_something_inside_the_picture(detector: Detector) -> None:
    found = detector.detect(street())
    assert found is not None
    assert len(found) >= 1
    assert (found.xyxy >= 0).all()
    assert (found.xyxy[:, 2:] <= (160, 120)).all()
    assert (found.xyxy[:, 2:] > found.xyxy[:, :2]).all()
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert set(found.class_id.tolist()) <= set(range(len(CLASSES)))
    assert [a.dtype.str for a in (found.xyxy, found.confidence, found.class_id)] == ["<f4", "<f4", "<i8"]


def test_the_same_picture_gives_the_same_boxes(detector: Detector) -> None:
    first, second = detector.detect(street()), detector.detect(street())
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.xyxy, second.xyxy)


def test_a_generous_deadline_is_met(detector: Detector) -> None:
    for _ in range(3):
        assert detector.detect(street(), 60.0) is not None
