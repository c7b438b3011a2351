"""A camera that was moved is noticed; light, rain of noise and traffic are not a move."""

from __future__ import annotations

from datetime import timedelta

import cv2
import numpy as np
import pytest

from pantau.errors import ConfigError
from pantau.measure.aim import Features, features
from pantau.measure.drift import AGAIN_S, LOOK_S, DriftWatch
from pantau.places import Camera, Ground, GroundPoint
from pantau.types import EPOCH, Detections, Event, Frame, Image, Tracks, View

SIZE = (640, 360)
NONE = np.empty((0, 4), np.float32)


def street(seed: int = 1) -> Image:
    """A picture with corners enough: boxes and bars of many greys."""
    random = np.random.default_rng(seed)
    image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    for _ in range(260):
        x, y = random.integers(0, SIZE[0]), random.integers(0, SIZE[1])
        w, h = random.integers(6, 60), random.integers(6, 40)
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), random.integers(20, 235, 3).tolist(), -1)
    return np.asarray(cv2.GaussianBlur(image, (3, 3), 0), np.uint8)


def moved(image: Image, dx: float = 0, dy: float = 0, zoom: float = 1.0, turn: float = 0.0) -> Image:
    matrix = np.asarray(cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), turn, zoom), np.float64)
    matrix[:, 2] += np.array((dx, dy))
    return np.asarray(cv2.warpAffine(image, matrix, SIZE, borderMode=cv2.BORDER_REFLECT), np.uint8)


def watch(reference: str = "") -> DriftWatch:
    corners = ((0.2, 0.9), (0.8, 0.9), (0.7, 0.5), (0.3, 0.5))
    points = tuple(GroundPoint(f"point {n}", c, (0.0, 0.0)) for n, c in enumerate(corners))
    return DriftWatch(Camera(id="c", name="c", source="", ground=Ground(points=points, size=SIZE, reference=reference)))


def look(subject: DriftWatch, image: Image, at_s: float) -> tuple[Event, ...]:
    frame = Frame("c", EPOCH + timedelta(seconds=at_s), image.copy(), 1, at_s)
    return subject.step(View(frame, Detections.empty(), Tracks.empty()))


def looks(subject: DriftWatch, image: Image, first_s: float, times: int, step_s: float = LOOK_S) -> list[Event]:
    return [event for n in range(times) for event in look(subject, image, first_s + n * step_s)]


@pytest.mark.parametrize("change", [{"dx": 14.0}, {"dy": -9.0}, {"zoom": 1.06}, {"turn": 3.0}])
def test_a_push_a_zoom_and_a_turn_are_noticed_within_two_looks_and_going_back_ends_it(change: dict[str, float]) -> None:
    subject, image = watch(), street()
    assert not looks(subject, image, 0, 3)
    (began,) = looks(subject, moved(image, **change), 180, 3, AGAIN_S)
    assert (began.kind, began.place, began.end) == ("moved", "c", None)
    assert "calibrate it anew" in str(began.attributes["reason"])
    assert subject.moved
    (ended,) = looks(subject, image, 400, 2)
    assert (ended.id, ended.end is not None, subject.moved) == (began.id, True, False)


@pytest.mark.parametrize("gain", [0.35, 0.7, 1.3])
def test_light_and_noise_are_not_a_move(gain: float) -> None:
    subject, image = watch(), street()
    noise = np.random.default_rng(0).normal(0, 5, image.shape)
    assert not look(subject, image, 0)
    other = np.clip(image * gain + noise, 0, 255).astype(np.uint8)
    assert not looks(subject, other, 60, 6)


def test_another_view_altogether_is_a_move_and_the_dark_says_nothing() -> None:
    subject = watch()
    look(subject, street(), 0)
    assert not looks(subject, np.zeros((SIZE[1], SIZE[0], 3), np.uint8), 60, 10)
    assert not subject.moved
    assert looks(subject, street(99), 700, 12, AGAIN_S)
    assert subject.moved


def test_a_slow_slide_adds_up() -> None:
    subject, image = watch(), street()
    found = [event for n in range(30) for event in look(subject, moved(image, dx=n * 0.8), n * LOOK_S)]
    assert [event.kind for event in found] == ["moved"]


def test_a_reference_in_the_file_notices_a_move_while_nobody_watched() -> None:
    image = street()
    subject = watch(features(image, NONE).text())
    assert looks(subject, moved(image, dx=20), 0, 3, AGAIN_S)
    assert not looks(watch(features(image, NONE).text()), image, 0, 3)


def test_a_reference_is_small_and_holds_no_corner_of_a_box() -> None:
    boxes = np.array([[100, 50, 300, 300]], np.float32)
    found = features(street(), boxes)
    text = found.text()
    assert len(text) < 12_000
    kept = Features.of_text(text).places * SIZE[0]
    inside = (kept[:, 0] > 100) & (kept[:, 0] < 300) & (kept[:, 1] > 50) & (kept[:, 1] < 300)
    assert len(kept) > 60
    assert not inside.any()


@pytest.mark.parametrize("text", ["¡", "abcdefg"])
def test_a_reference_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="pantau calibrate"):
        watch(text)
