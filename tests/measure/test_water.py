"""Water on painted walls: levels between rows, what is no water, and what a gauge must not be believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pantau.findings import Findings, Reason, WaterView
from pantau.measure.gauge import Gauge
from pantau.measure.water import WaterAnalyser
from pantau.places import Camera, Mark, Zone
from pantau.types import Detections, Frame, Tracks, View

T0 = datetime(2026, 1, 5, 3, tzinfo=UTC)
W, H = 320, 240
FOOT, TOP = 200, 60
GAUGE = (Mark((0.5, FOOT / H), 0.0), Mark((0.5, TOP / H), 140.0))
ZONE = Zone(
    id="c.z", camera="c", name="z", kind="water", gauge=GAUGE, limit_cm=60.0,
    polygon=((0.05, 0.86), (0.95, 0.86), (0.95, 0.99), (0.05, 0.99)),
)  # fmt: skip
CAMERA = Camera(id="c", name="c", source="", zones=(ZONE,))
Canvas = npt.NDArray[np.float32]
Paint = Callable[[Canvas, int], Canvas]


def wall() -> Canvas:
    """A rough wall: blotches and grain."""
    rng = np.random.default_rng(4)
    blotches = cv2.GaussianBlur(rng.normal(0, 1, (H, W)).astype(np.float32), (0, 0), 2.5)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (H, W)).astype(np.float32), (0, 0), 1.0)
    grey = 110 + 24 * blotches / blotches.std() + 8 * grain / grain.std()
    return np.repeat(grey[..., None], 3, axis=2).astype(np.float32)


def water(level_cm: float, seed: int, canvas: Canvas) -> Canvas:
    """Moving brown water up to a level; one pixel is one cm."""
    rng = np.random.default_rng(1000 + seed)
    waves = cv2.GaussianBlur(rng.normal(0, 1, (H, W)).astype(np.float32), (0, 0), 4, sigmaY=2)
    line = FOOT - level_cm
    below = np.arange(H)[:, None, None] >= line
    brown = np.array([70, 90, 105], np.float32) + 14 * (waves / waves.std())[..., None]
    return np.where(below & (level_cm > 0), brown, canvas).astype(np.float32)


class Watched:
    """An analyser that looks once in 20 s."""

    def __init__(self, camera: Camera = CAMERA) -> None:
        self.analyser, self.n, self.wall = WaterAnalyser(camera, 20.0), 0, wall()
        self.all: list[Findings] = []

    def see(self, paint: Paint, stills: int, boxes: list[tuple[float, float, float, float]] | None = None) -> WaterView:
        for _ in range(stills):
            rng = np.random.default_rng(self.n)
            canvas = paint(self.wall.copy(), self.n) + rng.normal(0, 2, (H, W, 1))
            image = np.clip(canvas, 0, 255).astype(np.uint8)
            found = boxes or []
            seen = Detections(
                np.array(found, np.float32).reshape(-1, 4), np.full(len(found), 0.9, np.float32), np.full(len(found), 4)
            )
            frame = Frame("c", T0 + timedelta(seconds=20 * self.n), image, self.n + 1, 20.0 * self.n)
            self.all.append(self.analyser.step(View(frame, seen, Tracks.empty())))
            self.n += 1
        return self.all[-1].water[0]

    def levels(self) -> list[float]:
        return [o.value for f in self.all for o in f.observations if o.indicator == "water.level"]


def dry(canvas: Canvas, _n: int) -> Canvas:
    return canvas


def rising(cm_a_still: float, start: int) -> Paint:
    return lambda canvas, n: water((n - start) * cm_a_still, n, canvas)


def standing(cm: float) -> Paint:
    return lambda canvas, n: water(cm, n, canvas)


def test_a_dry_gauge_says_its_foot_and_rising_water_its_level_and_rate() -> None:
    watched = Watched()
    now = watched.see(dry, 10)
    assert (now.state, now.depth, now.reason) == ("dry", "dry", None)
    assert now.level_cm == pytest.approx(0, abs=0.6)
    now = watched.see(rising(0.5, 10), 81)
    assert now.level_cm == pytest.approx(40, abs=2.5)
    assert now.rise_cm_h == pytest.approx(90, abs=15)
    assert now.level_cm is not None
    assert now.rise_cm_h is not None
    assert now.to_limit_s == pytest.approx((60 - now.level_cm) / now.rise_cm_h * 3600, rel=0.01)
    assert now.at == pytest.approx((0.5, (FOOT - now.level_cm) / H), abs=0.002)
    assert (now.state, now.depth) == ("flooded", "<=70")


def test_levels_lie_between_rows() -> None:
    watched = Watched()
    watched.see(dry, 6)
    watched.see(rising(1.0, 6), 40)
    told = [watched.see(standing(cm), 12).level_cm or 0.0 for cm in (39.0, 42.0, 45.0)]
    assert told == pytest.approx([39, 42, 45], abs=1.5)


@pytest.mark.parametrize("gain", [0.35, 0.7, 1.5])
def test_another_exposure_is_no_water(gain: float) -> None:
    watched = Watched()
    watched.see(dry, 6)
    now = watched.see(lambda canvas, _n: canvas * gain, 12)
    assert now.state == "dry"
    assert now.level_cm == pytest.approx(0, abs=1)


def test_a_shadow_with_a_hard_edge_is_no_water() -> None:
    watched = Watched()
    watched.see(dry, 6)

    def shaded(canvas: Canvas, _n: int) -> Canvas:
        canvas[140:] *= 0.55
        return canvas

    watched.see(shaded, 30)
    assert max(watched.levels()) < 3


def test_a_lorry_that_nobody_detected_covers_the_gauge_and_is_no_level() -> None:
    watched = Watched()
    watched.see(dry, 6)
    side = np.random.default_rng(9).normal(120, 40, (12, 16, 3)).astype(np.float32)
    lorry = cv2.resize(side, (260, 110), interpolation=cv2.INTER_CUBIC)

    def parked(canvas: Canvas, _n: int) -> Canvas:
        canvas[110:220, 40:300] = lorry
        return canvas

    now = watched.see(parked, 40)
    assert now.level_cm is None
    assert now.reason == Reason("unsure")
    assert max(watched.levels()) < 3
    assert watched.all[-1].unseen[0].share >= 0.5
    now = watched.see(dry, 12)
    assert now.level_cm == pytest.approx(0, abs=1)


def test_a_lorry_that_stands_in_the_water_is_no_level() -> None:
    watched = Watched()
    watched.see(dry, 6)
    watched.see(rising(1.0, 6), 31)
    side = np.random.default_rng(9).normal(120, 40, (12, 16, 3)).astype(np.float32)
    lorry = cv2.resize(side, (260, 130), interpolation=cv2.INTER_CUBIC)

    def parked(canvas: Canvas, n: int) -> Canvas:
        canvas = water(30, n, canvas)
        canvas[90:220, 40:300] = lorry
        return canvas

    assert watched.see(parked, 40).level_cm is None
    assert max(watched.levels()) < 33
    assert watched.see(standing(30), 15).level_cm == pytest.approx(30, abs=2)


def test_a_bus_in_a_box_hides_the_gauge() -> None:
    watched = Watched()
    watched.see(dry, 6)

    def bus(canvas: Canvas, _n: int) -> Canvas:
        canvas[40:220, 20:300] = 200
        return canvas

    now = watched.see(bus, 3, boxes=[(20, 40, 300, 220)])
    assert now.level_cm is None
    assert not [o for o in watched.all[-1].observations if o.indicator == "water.level"]


def test_a_flood_that_came_in_a_gap_is_believed_once_it_holds_and_moves() -> None:
    watched = Watched()
    watched.see(dry, 6)
    assert watched.see(lambda canvas, n: water(70, n, canvas), 3).level_cm is None
    assert watched.see(lambda canvas, n: water(70, n, canvas), 12).level_cm == pytest.approx(70, abs=3)


def test_a_flash_flood_of_thirty_centimetres_a_minute_is_followed() -> None:
    watched = Watched()
    watched.see(dry, 10)
    seen = [watched.see(rising(10.0, 9), 1).level_cm for _ in range(9)]
    told = [(level, 10.0 * (n + 1)) for n, level in enumerate(seen) if level is not None]
    assert len(told) >= 6
    assert max(abs(level - true) for level, true in told) < 4


def test_a_queue_that_nobody_detects_is_no_flood() -> None:
    watched = Watched()
    watched.see(dry, 10)

    def queue(canvas: Canvas, n: int) -> Canvas:
        rng = np.random.default_rng(n)
        high, left = int(rng.integers(60, 130)), int(rng.integers(0, 60))
        canvas[215 - high : 215, left : left + 240] = cv2.resize(
            rng.normal(120, 40, (12, 16, 3)).astype(np.float32), (240, high), interpolation=cv2.INTER_CUBIC
        )
        return canvas

    watched.see(queue, 12)
    assert max(watched.levels()) < 3
    assert watched.see(dry, 6).level_cm == pytest.approx(0, abs=1)


def test_a_flood_is_told_after_a_restart_by_the_dry_looks_that_were_kept() -> None:
    before = Watched()
    before.see(dry, 40)
    text = before.analyser.dry[ZONE.id]
    after = Watched(replace(CAMERA, dry=((ZONE.id, text),)))
    now = after.see(standing(52), 6)
    assert now.level_cm == pytest.approx(52, abs=2.5)
    assert now.state == "flooded"
    assert Watched().see(standing(52), 6).level_cm is None


def test_a_flood_is_told_at_once_by_a_still_that_somebody_says_is_dry() -> None:
    watched = Watched()
    image = np.clip(wall(), 0, 255).astype(np.uint8)
    watched.analyser.given(View(Frame("c", T0 - timedelta(days=1), image, 0, 0.0), Detections.empty(), Tracks.empty()))
    assert watched.see(standing(52), 3).level_cm == pytest.approx(52, abs=2.5)


@pytest.mark.parametrize("text", ["", "nonsense", "0" * 400])
def test_kept_looks_that_cannot_be_read_are_learned_anew(text: str) -> None:
    watched = Watched(replace(CAMERA, dry=((ZONE.id, text),)))
    assert watched.see(dry, 6).level_cm == pytest.approx(0, abs=1)


def test_no_dry_look_is_taken_in_rain() -> None:
    watched = Watched()

    def rain(canvas: Canvas, n: int) -> Canvas:
        rng = np.random.default_rng(n)
        for _ in range(260):
            x, y = int(rng.integers(W)), int(rng.integers(H))
            cv2.line(canvas, (x, y), (x + 1, y + 12), (190.0, 190.0, 190.0), 1)
        return canvas

    now = watched.see(rain, 20)
    assert (now.level_cm, now.state) == (None, "unknown")
    assert now.reason == Reason("rain")
    assert watched.see(dry, 60).reason == Reason("rain")  # twenty minutes later the wall is wet yet
    assert not watched.levels()
    assert watched.see(dry, 140).level_cm == pytest.approx(0, abs=1)


def test_no_dry_look_is_taken_of_water() -> None:
    watched = Watched()
    now = watched.see(lambda canvas, n: water(60, n, canvas), 30)
    assert now.level_cm is None
    assert now.reason == Reason("moving", {"part": "1", "parts": "4"})
    assert not watched.levels()


def test_a_zone_without_a_gauge_tells_a_flood_from_a_film() -> None:
    bare = replace(ZONE, gauge=(), limit_cm=0.0)
    watched = Watched(replace(CAMERA, zones=(bare,)))
    assert watched.see(dry, 8).state == "dry"
    mirror = cv2.GaussianBlur(np.random.default_rng(3).normal(120, 60, (H, W, 3)).astype(np.float32), (0, 0), 4)

    def wetted(canvas: Canvas, _n: int) -> Canvas:
        canvas[FOOT:] = 0.35 * canvas[FOOT:] + 0.65 * (120 + 5 * (mirror[FOOT:] - 120))
        return canvas

    film = watched.see(wetted, 12)
    assert film.state == "wet"
    flood = watched.see(lambda canvas, n: water(5, n, canvas), 12)
    assert flood.state == "flooded"
    assert flood.flooded is not None
    assert flood.flooded > 0.4
    assert flood.level_cm is None
    assert flood.depth == ""
    assert watched.see(dry, 12).state == "dry"


def test_a_gauge_too_short_for_the_picture_says_so() -> None:
    marks = (Mark((0.5, 0.55), 0.0), Mark((0.5, 0.5), 20.0))
    assert Gauge.of(marks, (W, H)) is None
    now = Watched(replace(CAMERA, zones=(replace(ZONE, gauge=marks),))).see(dry, 6)
    assert now.reason == Reason("short")


def test_a_gauge_up_stairs_takes_its_heights_from_each_mark() -> None:
    marks = (Mark((0.2, 0.9), 0.0), Mark((0.4, 0.7), 20.0), Mark((0.4, 0.3), 80.0))
    gauge = Gauge.of(marks, (200, 200))
    assert gauge is not None
    assert (gauge.cm(0), gauge.cm(len(gauge))) == (0.0, 80.0)
    assert gauge.cm(len(gauge) * 0.4142) == pytest.approx(20, abs=0.6)
    assert gauge.at(len(gauge)) == pytest.approx((0.4, 0.3), abs=0.005)


def seen_at(size: tuple[int, int], n: int) -> View:
    """The dry wall on pictures of another size."""
    painted = np.clip(wall(), 0, 255).astype(np.uint8)
    image = np.asarray(cv2.resize(painted, size, interpolation=cv2.INTER_AREA), np.uint8)
    return View(Frame("c", T0 + timedelta(seconds=20 * n), image, n + 1, 20.0 * n), Detections.empty(), Tracks.empty())


@pytest.mark.parametrize("size", [(2 * W, H), (W // 2, H // 2)])
def test_a_dry_look_is_refused_on_pictures_of_another_size_and_holds_again_on_its_own(size: tuple[int, int]) -> None:
    """Twice as wide, its strip has as many rows, of which each shows half of what it did; a new look could be of a flood."""
    watched = Watched()
    watched.see(dry, 40)
    resized = Reason("resized", {"then": f"{W}x{H}", "now": f"{size[0]}x{size[1]}"})
    for n in range(40, 80):
        (now,) = watched.analyser.step(seen_at(size, n)).water
        assert (now.reason, now.refused, now.level_cm) == (resized, True, None)
    again = WaterAnalyser(replace(CAMERA, dry=tuple(watched.analyser.dry.items())), 20.0)
    assert again.step(seen_at(size, 80)).water[0].reason == resized  # a restart does not make it hold
    watched.n = 81
    assert watched.see(dry, 12).level_cm == pytest.approx(0, abs=1)
    again.given(seen_at(size, 93))
    assert again.step(seen_at(size, 94)).water[0].reason != resized
