"""What the picture is like, on made scenes whose light and rain are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from time import perf_counter

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pantau.measure.quality import QualityAnalyser, QualitySettings
from pantau.places import Camera
from pantau.types import EPOCH, Detections, Frame, Image, Tracks, View

CAMERA = Camera(id="c", name="c", source="clip.avi", revision=2)
WIDTH, HEIGHT = 640, 360
Array = npt.NDArray[np.uint8]


def street(light: int = 110) -> Array:
    """A road between houses: large surfaces and edges, at a brightness."""
    picture = np.full((HEIGHT, WIDTH, 3), light, np.uint8)
    cv2.rectangle(picture, (0, 0), (WIDTH, 120), (light * 5 // 4,) * 3, -1)
    for x in range(40, WIDTH, 90):
        cv2.rectangle(picture, (x, 30), (x + 30, 100), (light // 3,) * 3, -1)
    cv2.line(picture, (0, 300), (WIDTH, 180), (light * 3 // 2,) * 3, 4)
    return picture


def traffic(picture: Array, i: int) -> Array:
    """Buses and people that move, some of them bright and thin."""
    shown = picture.copy()
    x = (i * 45) % WIDTH
    cv2.rectangle(shown, (x, 200), (x + 120, 280), (240, 240, 240), -1)
    for n in range(6):
        at = (i * 9 + n * 100) % WIDTH
        cv2.rectangle(shown, (at, 290), (at + 3, 345), (220, 220, 220), -1)
    return shown


def rained(picture: Array, rng: np.random.Generator, drops: int, level: int = 50) -> Array:
    """Streaks of rain all over: thin, nearly upright, each on one picture only."""
    layer = np.zeros(picture.shape[:2], np.uint8)
    for x, y, length in zip(
        rng.integers(0, WIDTH, drops), rng.integers(-20, HEIGHT, drops), rng.integers(12, 28, drops), strict=True
    ):
        end = (int(x + 0.12 * length), int(y + length))
        cv2.line(layer, (int(x), int(y)), end, int(level), 1, cv2.LINE_AA)
    return np.asarray(cv2.add(picture, cv2.merge([layer] * 3)), np.uint8)


def noisy(picture: Array, rng: np.random.Generator, sigma: float = 4.0) -> Array:
    return np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def watched(
    pictures: Iterator[Image] | list[Image], camera: Camera = CAMERA, fps: float = 5.0
) -> list[dict[str, float]]:
    analyser = QualityAnalyser(camera, 1 / fps)
    found = []
    for i, picture in enumerate(pictures):
        frame = Frame("c", EPOCH + timedelta(seconds=i / fps), picture, i + 1, i / fps)
        said = analyser.step(View(frame, Detections.empty(), Tracks.empty())).observations
        assert all((o.place, o.direction) == ("c", "") for o in said)
        found.append({o.indicator.removeprefix("quality."): o.value for o in said})
    return found


def changes(values: list[float]) -> int:
    return sum(a != b for a, b in pairwise(values))


def test_night_begins_and_ends_once_over_a_day_that_flickers() -> None:
    """Light falls to 15 and rises again, with clouds and passing headlights on it."""
    rng = np.random.default_rng(1)
    level = np.concatenate([np.linspace(120, 15, 300), np.full(200, 15), np.linspace(15, 120, 300)])
    level += 8 * np.sin(np.arange(800) / 7) + rng.normal(0, 5, 800)
    small = street(100)[::4, ::4].astype(np.float64) / 100
    pictures = [np.clip(small * v, 0, 255).astype(np.uint8) for v in level]
    night = [said["night"] for said in watched(pictures, fps=1.0)]
    assert changes(night) == 2
    assert night[0] == night[-1] == 0.0
    assert all(night[300:500])
    assert night[:150] == [0.0] * 150


def test_a_lamp_that_goes_on_and_off_at_the_threshold_does_not_toggle_it() -> None:
    pictures = [np.full((90, 160, 3), v, np.uint8) for v in ([60] * 30 + [40] * 30) * 10]
    assert changes([said["night"] for said in watched(pictures)]) <= 1


def test_rain_is_found_and_dry_traffic_is_not_rain() -> None:
    rng = np.random.default_rng(2)
    dry = [noisy(traffic(street(), i), rng) for i in range(60)]
    wet = [noisy(rained(traffic(street(), i), rng, 300), rng) for i in range(100)]
    said = watched([*dry, *wet, *dry * 3])
    rain = [one.get("rain", 0.0) for one in said]
    assert sum(rain[:60]) == 0.0
    assert all(rain[110:160])
    assert rain[-1] == 0.0
    assert changes(rain) == 2


def swayed(picture: Array, i: int, fps: float = 5.0) -> Array:
    """By 0.6 pixels to and fro, 2.1 times a second, as a pole in the wind does."""
    away = 0.6 * np.sin(2 * np.pi * 2.1 * i / fps)
    matrix = np.array([[1, 0, away], [0, 1, 0.4 * away]], np.float32)
    return np.asarray(cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def fence(picture: Array) -> Array:
    """Posts and cables, thin and bright, all over: what a sway makes streaks of."""
    shown = picture.copy()
    for x in range(6, WIDTH, 9):
        cv2.line(shown, (x, 0), (x + 2, HEIGHT), (210, 210, 210), 1, cv2.LINE_AA)
    return shown


def test_a_dry_camera_that_sways_sees_no_rain_and_rain_on_one_is_found() -> None:
    rng = np.random.default_rng(4)
    dry = watched([noisy(swayed(fence(street()), i), rng) for i in range(150)])
    assert sum(one.get("rain", 0.0) for one in dry) == 0.0
    wet = watched([noisy(swayed(rained(fence(street()), rng, 400, 90), i), rng) for i in range(150)])
    assert all(one["rain"] for one in wet[110:])


@pytest.mark.parametrize("sigma", [2.0, 8.0])
def test_a_noisy_night_is_not_rain(sigma: float) -> None:
    rng = np.random.default_rng(3)
    said = watched([noisy(street(25), rng, sigma) for _ in range(60)])
    assert sum(one.get("rain", 0.0) for one in said) == 0.0


def test_headlights_that_sweep_past_are_not_rain() -> None:
    pictures = []
    for i in range(60):
        picture = street(25)
        cv2.circle(picture, ((i * 60) % WIDTH, 240), 50, (250, 250, 250), -1)
        pictures.append(picture)
    assert sum(one.get("rain", 0.0) for one in watched(pictures)) == 0.0


def test_masks_are_left_out_of_the_light() -> None:
    camera = replace(CAMERA, masks=(((0.0, 0.0), (0.7, 0.0), (0.7, 1.0), (0.0, 1.0)),))
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    picture[:, : int(0.7 * WIDTH)] = 0
    [said] = watched([picture], camera)
    assert said["light"] == pytest.approx(200 / 255, abs=0.01)
    assert said["contrast"] < 0.02
    assert said["night"] == 0.0


def test_confidence_is_the_mean_of_what_is_tracked_and_is_silent_about_nobody() -> None:
    analyser = QualityAnalyser(CAMERA, 0.2)
    boxes = np.array([[0, 0, 10, 10], [20, 0, 30, 10]], np.float32)
    found = Detections(boxes, np.array([0.5, 0.9], np.float32), np.zeros(2, np.int64))
    tracks = Tracks(found, np.array([1, 2]), np.zeros((2, 2), np.float32))
    frame = Frame("c", EPOCH, street(), 1, 0.0)
    said = {o.indicator: o.value for o in analyser.step(View(frame, found, tracks)).observations}
    assert said["quality.confidence"] == pytest.approx(0.7)
    assert said["quality.boxes"] == 2.0
    nobody = {
        o.indicator: o.value for o in QualityAnalyser(CAMERA, 0.2).step(View(frame, found, Tracks.empty())).observations
    }
    assert nobody["quality.boxes"] == 0.0
    assert "quality.confidence" not in nobody


def test_after_a_gap_or_another_size_pictures_are_not_compared() -> None:
    analyser = QualityAnalyser(CAMERA, 0.2)

    def step(second: float, picture: Image) -> set[str]:
        frame = Frame("c", EPOCH + timedelta(seconds=second), picture, 1, second)
        return {o.indicator for o in analyser.step(View(frame, Detections.empty(), Tracks.empty())).observations}

    told = [step(t, street()) for t in (0.0, 0.2, 0.4)]
    assert ["quality.rain" in one for one in told] == [False, False, True]
    assert "quality.rain" not in step(9.0, street())
    assert "quality.rain" not in step(9.2, np.zeros((90, 160, 3), np.uint8))
    analyser.close(EPOCH)
    assert "quality.rain" not in step(9.4, street())


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 5, 3), (1080, 1920, 3)])
def test_any_size_of_picture_will_do(shape: tuple[int, int, int]) -> None:
    said = watched([np.full(shape, 90, np.uint8)] * 4)
    assert said[-1]["light"] == pytest.approx(90 / 255, abs=0.01)
    assert said[-1]["streaks"] == 0.0


def test_it_costs_little() -> None:
    """A millisecond is the aim at 640 x 360 (docs/methods/self-checks.md); a loaded machine gets ten."""
    analyser, picture = QualityAnalyser(CAMERA, 0.2, QualitySettings()), street()
    views = [
        View(Frame("c", EPOCH + timedelta(seconds=i / 5), picture, i, i / 5), Detections.empty(), Tracks.empty())
        for i in range(40)
    ]
    spent = []
    for view in views:
        begin = perf_counter()
        analyser.step(view)
        spent.append(perf_counter() - begin)
    assert float(np.median(spent)) < 0.01
