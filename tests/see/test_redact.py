"""In a picture that is shown nobody can be recognised; when that can't be vouched for, there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.errors import DataError, ModelError
from pantau.ports import Redactor
from pantau.see.faces import HEAT, LOG_SIZE, OFFSET, face_boxes
from pantau.see.redact import Mosaic, hide
from pantau.types import CLASSES, Detections, Floats, Frame, Image

NO_FACES = np.empty((0, 4), np.float32)
TIME = datetime(2026, 3, 1, tzinfo=UTC)


def noise(width: int = 400, height: int = 300) -> Image:
    """A picture of nothing but detail."""
    return np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)


def seen(*boxes: tuple[float, float, float, float], road_user: str = "person", confidence: float = 0.9) -> Detections:
    n = len(boxes)
    return Detections(
        np.array(boxes, np.float32).reshape(n, 4),
        np.full(n, confidence, np.float32),
        np.full(n, CLASSES.index(road_user), np.int64),
    )


def detail(picture: Image) -> float:
    """Mean step between neighbouring pixels."""
    return float(np.abs(np.diff(picture.astype(np.float64), axis=1)).mean())


def frame(image: Image) -> Frame:
    return Frame("gate", TIME, image, 1, 0.0)


@dataclass
class Known:
    """A face finder that knows, or that fails."""

    boxes: Floats
    fails: bool = False

    def find(self, image: Image) -> Floats:
        del image
        if self.fails:
            raise ModelError("no face model")
        return self.boxes


@pytest.mark.parametrize("confidence", [0.1, 0.9])
def test_a_person_loses_all_detail_and_the_rest_none(confidence: float) -> None:
    image = noise()
    hidden = hide(image, seen((100, 80, 200, 280), confidence=confidence), NO_FACES)
    assert detail(hidden[80:280, 100:200]) < 0.1 * detail(image[80:280, 100:200])
    outside = np.ones(image.shape[:2], bool)
    outside[60:300, 90:210] = False
    np.testing.assert_array_equal(hidden[outside], image[outside])


def test_a_person_is_hidden_a_little_beyond_their_box() -> None:
    image = noise()
    hidden = hide(image, seen((100, 80, 200, 280)), NO_FACES)
    changed = np.argwhere((hidden != image).any(axis=2))
    assert changed.min(axis=0).tolist() == [60, 90]
    assert changed.max(axis=0).tolist() == [299, 209]


@given(
    x=st.floats(-50, 390),
    y=st.floats(-50, 290),
    w=st.floats(4, 300),
    h=st.floats(4, 300),
    road_user=st.sampled_from(CLASSES),
)
def test_any_box_can_be_hidden_wherever_it_lies(x: float, y: float, w: float, h: float, road_user: str) -> None:
    image = noise(200, 150)
    hidden = hide(image, seen((x, y, x + w, y + h), road_user=road_user), NO_FACES)
    assert hidden.shape == image.shape
    left, right = max(0, int(np.ceil(x))), min(200, int(x + w))
    top, bottom = max(0, int(np.ceil(y + h / 2))), min(150, int(y + h))
    if right - left > 20 and bottom - top > 20:
        assert detail(hidden[top:bottom, left:right]) < 0.35 * detail(image[top:bottom, left:right])


def test_a_close_person_is_cut_into_few_cells() -> None:
    ramp = np.tile(np.arange(400, dtype=np.float64)[None, :, None] % 256, (300, 1, 3)).astype(np.uint8)
    hidden = hide(ramp[:, :256], seen((0, 0, 256, 300)), NO_FACES)
    flat = np.diff(hidden[150, :, 0].astype(np.int64)) == 0
    assert flat.mean() > 0.5  # wide cells: most neighbours are equal


def test_a_vehicle_loses_the_half_where_plates_are() -> None:
    image = noise()
    hidden = hide(image, seen((100, 100, 300, 200), road_user="car"), NO_FACES)
    np.testing.assert_array_equal(hidden[100:150, 100:300], image[100:150, 100:300])
    assert detail(hidden[150:200, 100:300]) < 0.1 * detail(image[150:200, 100:300])


@pytest.mark.parametrize("road_user", ["bicycle", "motorcycle"])
def test_a_two_wheeler_is_hidden_with_room_for_its_rider(road_user: str) -> None:
    image = noise()
    hidden = hide(image, seen((100, 150, 180, 250), road_user=road_user), NO_FACES)
    assert detail(hidden[70:250, 100:180]) < 0.1 * detail(image[70:250, 100:180])


def test_a_face_that_no_person_box_covers_is_hidden() -> None:
    image = noise()
    hidden = hide(image, Detections.empty(), np.array([[50, 50, 90, 90]], np.float32))
    assert detail(hidden[50:90, 50:90]) < 0.15 * detail(image[50:90, 50:90])


def test_masks_are_black() -> None:
    image = noise()
    mask = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))
    hidden = hide(image, Detections.empty(), NO_FACES, (mask,))
    assert hidden[:150, :200].max() == 0
    np.testing.assert_array_equal(hidden[150:], image[150:])


def test_a_wide_picture_is_made_smaller_and_hidden_in_the_right_place() -> None:
    image = noise(1920, 1080)
    hidden = hide(image, seen((400, 200, 800, 1000)), NO_FACES, widest=960)
    assert hidden.shape == (540, 960, 3)
    assert detail(hidden[100:500, 200:400]) < 0.1 * detail(hidden[100:500, 500:700])


def test_the_picture_given_is_left_alone() -> None:
    image = noise()
    before = image.copy()
    hide(image, seen((100, 80, 200, 280)), NO_FACES)
    np.testing.assert_array_equal(image, before)


def test_a_redactor_gives_a_jpeg() -> None:
    redactor = Mosaic(Known(NO_FACES), widest=320)
    assert isinstance(redactor, Redactor)
    jpeg = redactor.redact(frame(noise(640, 480)), seen((10, 10, 200, 400)))
    assert jpeg is not None
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (240, 320, 3)


@pytest.mark.parametrize(
    ("redactor", "image", "detections"),
    [
        (Mosaic(Known(NO_FACES, fails=True)), noise(), Detections.empty()),
        (Mosaic(Known(np.array([[0, 0, np.nan, 1]], np.float32))), noise(), Detections.empty()),
        (Mosaic(), noise(), seen((0, 0, np.inf, 10))),
        (Mosaic(), np.zeros((0, 10, 3), np.uint8), Detections.empty()),
        (Mosaic(Known(NO_FACES)), np.zeros((10, 0, 3), np.uint8), Detections.empty()),
    ],
    ids=["faces fail", "face is no number", "box is no number", "no rows", "no columns"],
)
def test_what_can_not_be_vouched_for_is_not_shown(redactor: Mosaic, image: Image, detections: Detections) -> None:
    assert redactor.redact(frame(image), detections) is None


def test_hiding_in_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="0x300"):
        hide(np.zeros((300, 0, 3), np.uint8), Detections.empty(), NO_FACES)


def test_face_maps_become_boxes_once_each() -> None:
    heat, log_size, offset = (np.zeros((1, n, 16, 20), np.float32) for n in (1, 2, 2))
    heat[0, 0, 5, 7], heat[0, 0, 5, 8], heat[0, 0, 12, 15], heat[0, 0, 1, 1] = 0.9, 0.6, 0.5, 0.1
    log_size[0, 0], log_size[0, 1] = np.log(8), np.log(6)  # in cells of four pixels
    boxes = face_boxes({HEAT: heat, LOG_SIZE: log_size, OFFSET: offset})
    np.testing.assert_allclose(boxes, [[18, 6, 42, 38], [50, 34, 74, 66]], atol=1e-3)
