"""What every `Redactor` keeps: a showable JPEG, or nothing. To check one of your own, add a function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from pantau.ports import Redactor
from pantau.see.redact import Mosaic
from pantau.types import Detections, Frame

TIME = datetime(2026, 1, 1, tzinfo=UTC)
PERSON = Detections(np.array([[40, 20, 100, 180]], np.float32), np.array([0.3], np.float32), np.array([0]))


def mosaic() -> Redactor:
    return Mosaic()


@pytest.fixture(params=[mosaic])
def redactor(request: pytest.FixtureRequest) -> Redactor:
    make: Callable[[], Redactor] = request.param
    return make()


def frame(width: int = 320, height: int = 240) -> Frame:
    stripes = np.tile((np.arange(width) % 2 * 255)[None, :, None], (height, 1, 3)).astype(np.uint8)
    return Frame("c", TIME, stripes, 1, 0.0)


def test_a_person_is_gone_from_a_jpeg_of_the_same_shape(redactor: Redactor) -> None:
    jpeg = redactor.redact(frame(), PERSON)
    assert jpeg is not None
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (240, 320, 3)
    person, street = picture[30:170, 48:92].astype(np.int64), picture[30:170, 200:260].astype(np.int64)
    assert np.abs(np.diff(person, axis=1)).mean() < 0.1 * np.abs(np.diff(street, axis=1)).mean()


def test_without_a_picture_there_is_nothing_to_show(redactor: Redactor) -> None:
    assert redactor.redact(frame(0, 240), Detections.empty()) is None


def test_it_never_writes_into_the_frame(redactor: Redactor) -> None:
    shown = frame()
    before = shown.image.copy()
    redactor.redact(shown, PERSON)
    np.testing.assert_array_equal(shown.image, before)
