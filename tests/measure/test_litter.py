"""Litter on painted squares: what stays is found and ends when cleared; shade, light, owners, puddles and vehicles are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pantau.findings import Findings
from pantau.measure.litter import LitterAnalyser
from pantau.places import Camera, Ground, GroundPoint, Zone
from pantau.types import CLASSES, EPOCH, UNWATCHED, Detections, Event, Frame, Image, Tracks, View

SIZE = (320, 240)
T0 = EPOCH + timedelta(days=20_000, hours=3)
EVERY_S = 30.0
LIMIT_S = 300.0
ZONE = Zone(
    id="c.z",
    camera="c",
    name="z",
    kind="litter",
    limit_s=LIMIT_S,
    polygon=((0.1, 0.2), (0.9, 0.2), (0.9, 0.95), (0.1, 0.95)),
)
CAMERA = Camera(id="c", name="c", source="", zones=(ZONE,))
CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
FLAT = Ground(
    points=tuple(GroundPoint(f"p{n}", (x, y), (x * 8.0, -y * 6.0)) for n, (x, y) in enumerate(CORNERS)), size=SIZE
)
"""Seen from straight above: 40 pixels are a metre."""

Paint = Callable[[Image, int], None]
Floor = Callable[[int], Image]
Boxes = list[tuple[str, tuple[float, float, float, float]]]


def square(seed: int, light: float = 1.0) -> Image:
    """Paving with joints and grain."""
    rng = np.random.default_rng(seed)
    picture = np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)
    for line in range(0, SIZE[0], 40):
        cv2.line(picture, (line, 0), (line, SIZE[1]), (95.0, 95.0, 95.0), 2)
    stones = cv2.resize(np.random.default_rng(1).integers(-14, 15, (24, 32)).astype(np.float32), SIZE)
    grain = rng.normal(0, 2, (SIZE[1], SIZE[0]))
    return np.asarray(np.clip((picture + stones[..., None]) * light + grain[..., None], 0, 255), np.uint8)


@cache
def blades_of_grass() -> npt.NDArray[np.float32]:
    """Of all colours."""
    blades = np.random.default_rng(2)
    grass = np.full((SIZE[1], SIZE[0], 3), (40, 90, 60), np.float32)
    for _ in range(5000):
        x, y = blades.integers(0, SIZE[0]), blades.integers(0, SIZE[1])
        dx, dy = blades.integers(-5, 6), blades.integers(-7, 8)
        shade = blades.uniform(0.4, 2.2)
        cv2.line(grass, (int(x), int(y)), (int(x + dx), int(y + dy)), (35 * shade, 95 * shade, 65 * shade), 1)
    return grass


def lawn(seed: int) -> Image:
    """Blades of all colours, which a swaying camera sees half a pixel elsewhere each time, sharper or softer."""
    rng = np.random.default_rng(seed)
    move = np.array([[1, 0, rng.normal(0, 0.5)], [0, 1, rng.normal(0, 0.5)]], np.float32)
    moved = cv2.warpAffine(blades_of_grass(), move, SIZE, borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(moved, (0, 0), float(rng.uniform(0.3, 0.9)))
    return np.asarray(np.clip(soft + rng.normal(0, 2, (SIZE[1], SIZE[0], 1)), 0, 255), np.uint8)


def wrapper(x: int = 150, y: int = 120, side: int = 24) -> Paint:
    """Something bright and printed, lying there."""

    def draw(picture: Image, _n: int) -> None:
        picture[y : y + side, x : x + side] = (60, 190, 230)
        cv2.circle(picture, (x + side // 2, y + side // 2), side // 4, (200.0, 40.0, 30.0), -1)

    return draw


def owner(picture: Image, _n: int) -> None:
    """Somebody in a chequered shirt, right of the wrapper."""
    shirt = np.random.default_rng(3).integers(10, 240, (10, 4, 3)).astype(np.uint8)
    picture[70:146, 190:216] = cv2.resize(shirt, (26, 76), interpolation=cv2.INTER_NEAREST)


class Watched:
    """An analyser and everything it said."""

    def __init__(self, camera: Camera = CAMERA) -> None:
        self.analyser, self.n = LitterAnalyser(camera, EVERY_S), 0
        self.found: list[Findings] = []

    def see(
        self,
        *things: Paint,
        times: int = 1,
        boxes: Boxes | None = None,
        light: float = 1.0,
        sure: float = 0.7,
        floor: Floor = square,
    ) -> Watched:
        for _ in range(times):
            picture = floor(self.n).copy()
            for thing in things:
                thing(picture, self.n)
            picture = np.asarray(np.clip(picture * light, 0, 255), np.uint8)
            time = T0 + timedelta(seconds=self.n * EVERY_S)
            frame = Frame("c", time, picture, self.n + 1, self.n * EVERY_S)
            self.found.append(self.analyser.step(View(frame, _detections(boxes or [], sure), Tracks.empty())))
            self.n += 1
        return self

    @property
    def events(self) -> list[Event]:
        return [event for found in self.found for event in found.events]

    @property
    def stages(self) -> list[str]:
        return [str(event.attributes["stage"]) + (" ended" if event.end else "") for event in self.events]

    def last(self, name: str) -> float:
        said = [o for found in self.found for o in found.observations if o.indicator == f"litter.{name}"]
        return said[-1].value


def _detections(boxes: Boxes, sure: float) -> Detections:
    return Detections(
        np.array([box for _, box in boxes], np.float32).reshape(-1, 4),
        np.full(len(boxes), sure, np.float32),
        np.array([CLASSES.index(name) for name, _ in boxes], np.int64),
    )


def test_litter_is_found_goes_over_its_limit_and_ends_when_cleared() -> None:
    seen = Watched().see(times=5).see(wrapper(), times=6)
    (view,) = seen.found[-1].litter
    assert view.since == T0 + timedelta(seconds=5 * EVERY_S)
    assert view.stage == "within"
    x1, y1, x2, y2 = np.multiply(view.box, (*SIZE, *SIZE))
    assert abs(x1 - 150) <= 4
    assert abs(y1 - 120) <= 4
    assert abs(x2 - 174) <= 4
    assert abs(y2 - 144) <= 4
    seen.see(wrapper(), times=8)
    assert seen.stages == ["within", "over"]
    assert seen.last("items") == 1
    assert seen.last("abandoned") == 1
    seen.see(times=5)
    assert seen.stages == ["within", "over", "over ended"]
    assert len({event.id for event in seen.events}) == 1
    assert seen.last("items") == 0
    assert seen.events[-1].start == T0 + timedelta(seconds=5 * EVERY_S)


@pytest.mark.parametrize("light", [0.35, 0.7, 1.4])
def test_a_change_of_the_light_is_no_litter_and_hides_none(light: float) -> None:
    seen = Watched().see(times=5).see(times=20, light=light)
    assert not seen.events
    seen.see(wrapper(), times=16, light=light)
    assert seen.stages == ["within", "over"]


def test_a_shadow_that_wanders_is_no_litter() -> None:
    def shade(picture: Image, n: int) -> None:
        edge = cv2.GaussianBlur((np.arange(SIZE[0]) < 3 * n).astype(np.float32)[None], (0, 0), 3)
        picture[:] = (picture * (1 - 0.45 * edge[..., None])).astype(np.uint8)

    assert "over" not in Watched().see(times=5).see(shade, times=90).stages


def test_a_bag_beside_its_owner_is_no_litter_until_they_leave_it() -> None:
    beside: Boxes = [("person", (188, 68, 218, 148))]
    seen = Watched().see(times=5).see(wrapper(), owner, times=30, boxes=beside)
    assert "over" not in seen.stages
    seen.see(wrapper(), times=13)
    assert "over" in seen.stages


def test_people_who_pass_do_not_stop_the_clock() -> None:
    seen = Watched().see(times=5)
    for n in range(14):
        seen.see(wrapper(), boxes=[("person", (120 + 35.0 * (n % 3), 60, 145 + 35.0 * (n % 3), 140))])
    assert "over" in seen.stages


def test_a_puddle_that_grows_is_no_litter() -> None:
    def puddle(picture: Image, n: int) -> None:
        size = min(4 + (n - 5) * 2, 44)
        cv2.ellipse(picture, (160, 140), (size, max(size // 2, 1)), 0, 0, 360, (70.0, 70.0, 70.0), -1)

    assert "over" not in Watched().see(times=5).see(puddle, times=40).stages


def test_what_is_as_large_as_a_vehicle_or_called_one_is_no_litter() -> None:
    large = wrapper(100, 90, 75)
    assert "over" not in Watched().see(times=5).see(large, times=30).stages
    called: Boxes = [("bicycle", (148, 118, 176, 146))]
    seen = Watched().see(times=5).see(wrapper())
    seen.see(wrapper(), times=3, boxes=called).see(wrapper(), times=20)
    assert "over" not in seen.stages


def test_what_lay_there_from_the_start_and_is_taken_away_is_no_litter() -> None:
    assert "over" not in Watched().see(wrapper(), times=8).see(times=30).stages


def test_who_hides_it_does_not_end_it() -> None:
    bus: Boxes = [("bus", (60, 40, 280, 200))]
    seen = Watched().see(times=5).see(wrapper(), times=6).see(wrapper(), times=8, boxes=bus).see(wrapper(), times=2)
    assert seen.stages == ["within", "over"]
    hidden = seen.found[14].unseen
    assert hidden[0].place == "c.z"
    assert 0.5 < hidden[0].share < 1


def test_limits_of_items_and_share() -> None:
    two = replace(CAMERA, zones=(replace(ZONE, limit_items=2),))
    seen = Watched(two).see(times=5).see(wrapper(), times=14)
    assert seen.stages == ["within"]
    seen.see(wrapper(), wrapper(60, 160), times=13)
    assert seen.stages == ["within", "over"]
    seen.see(wrapper(), times=4)
    assert seen.stages == ["within", "over", "over ended", "within"]
    seen.see(wrapper(), wrapper(60, 160), times=13)
    assert seen.stages == ["within", "over", "over ended", "within", "over"]
    first, again = ({event.id for event in part} for part in (seen.events[:3], seen.events[3:]))
    assert (len(first), len(again)) == (1, 1)
    assert first != again, "another time too much: another alarm, though one of them lay there all along"
    small = replace(CAMERA, zones=(replace(ZONE, limit_share=0.5),))
    assert Watched(small).see(times=5).see(wrapper(), times=20).stages == ["within"]


def test_square_metres_where_the_camera_is_calibrated() -> None:
    camera = replace(CAMERA, ground=FLAT, zones=(replace(ZONE, limit_m2=0.2),))
    seen = Watched(camera).see(times=5).see(wrapper(), times=16)
    assert seen.last("area") == pytest.approx((24 / 40) ** 2, rel=0.25)
    assert seen.stages == ["within", "over"]
    assert all(o.indicator != "litter.area" for f in Watched().see(times=5).found for o in f.observations)


def test_a_picture_that_shows_something_else_is_not_observed() -> None:
    def elsewhere(picture: Image, _n: int) -> None:
        picture[:] = np.random.default_rng(9).integers(0, 255, (12, 16, 3), np.uint8).repeat(20, 0).repeat(20, 1)

    seen = Watched().see(times=5).see(elsewhere)
    assert not seen.found[-1].usable
    assert not seen.found[-1].observations


def test_after_fog_nobody_knows_whether_it_still_lies_there() -> None:
    def fog(picture: Image, n: int) -> None:
        picture[:] = np.random.default_rng(n).integers(0, 255, (12, 16, 3), np.uint8).repeat(20, 0).repeat(20, 1)

    seen = Watched().see(times=5).see(wrapper(), times=14).see(fog, times=3)
    assert seen.found[-1].litter, "a moment of it ends nothing"
    seen.see(fog, times=6)
    assert not seen.found[-1].litter
    assert seen.stages == ["within", "over", "over ended"]
    assert seen.events[-1].attributes["ended"] == UNWATCHED


def test_a_bag_in_the_small_surroundings_of_a_bin_is_litter() -> None:
    around = ((0.4, 0.4), (0.65, 0.4), (0.65, 0.75), (0.4, 0.75))
    bin_ = replace(CAMERA, zones=(replace(ZONE, kind="bin", polygon=around),))
    assert Watched(bin_).see(times=5).see(wrapper(140, 110, 30), times=16).stages == ["within", "over"]


def test_a_lawn_that_sways_is_no_litter_and_hides_none() -> None:
    def paper(picture: Image, _n: int) -> None:
        picture[120:146, 150:180] = (205, 215, 215)

    seen = Watched().see(times=60, floor=lawn)
    assert not seen.events
    seen.see(paper, times=16, floor=lawn)  # smoother than the lawn: it was put down, not taken away
    assert seen.stages == ["within", "over"]
    seen.see(times=6, floor=lawn)
    assert seen.stages == ["within", "over", "over ended"]


def test_haze_that_lifts_from_a_lawn_is_no_litter() -> None:
    def hazy(seed: int) -> Image:
        return np.asarray(lawn(seed) * 0.6 + 40, np.uint8)

    assert not Watched().see(times=20, floor=hazy).see(times=20, floor=lawn).events


def test_coarse_steps_of_colour_in_the_dark_are_no_litter() -> None:
    def dark(seed: int) -> Image:
        return np.asarray(square(seed) * 0.12, np.uint8)

    def blocks(picture: Image, _n: int) -> None:
        picture[112:144, 144:176, 0] += 3
        picture[160:176, 96:112, 2] += 3

    assert not Watched().see(times=8, floor=dark).see(blocks, times=20, floor=dark).events


def test_a_doubtful_box_around_litter_is_of_the_litter() -> None:
    around: Boxes = [("person", (148, 116, 178, 148))]
    seen = Watched().see(times=5).see(wrapper()).see(wrapper(), times=14, boxes=around, sure=0.3)
    assert seen.stages == ["within", "over"]


def test_what_is_half_hidden_waits_until_it_is_seen_whole_and_has_not_grown() -> None:
    before: Boxes = [("person", (162, 60, 192, 146))]
    seen = Watched().see(times=5).see(wrapper(), boxes=before)
    assert not seen.found[-1].litter
    seen.see(wrapper(), times=13)
    assert seen.stages == ["within", "over"]


def test_memory_is_bounded() -> None:
    def confetti(picture: Image, n: int) -> None:
        for x, y in np.random.default_rng(n).integers((40, 60), (270, 210), (150, 2)).tolist():
            picture[y : y + 12, x : x + 12] = (10, 220, 40)

    seen = Watched().see(times=5).see(confetti, times=30)
    assert all(len(found.litter) <= 64 for found in seen.found)
