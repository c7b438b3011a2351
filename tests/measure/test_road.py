"""Speeds, queues, volume and trips on a made road whose truth is exact (`bench.road`), through the real tracker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from bench.road import Camera as Eye
from bench.road import Vehicle, detected
from pantau import vocabulary
from pantau.errors import ConfigError
from pantau.manual import service
from pantau.measure.analysers import analyser
from pantau.measure.flow import FlowAnalyser
from pantau.measure.road import RoadAnalyser
from pantau.measure.speed import SpeedAnalyser
from pantau.measure.volume import VolumeAnalyser
from pantau.places import Camera, Line, Road, Zone
from pantau.ports import Analyser
from pantau.see.tracker import TwoStageTracker
from pantau.types import EPOCH, Event, Frame, Observation, View

FPS = 5.0
EYE = Eye(height=8.0, tilt=20.0, turn=0.0)
PLACES = [(-6.0, 12.0), (6.0, 12.0), (-6.0, 30.0), (6.0, 30.0), (-6.0, 50.0), (6.0, 50.0)]
NOON = datetime(2026, 3, 4, 5, 0, tzinfo=EPOCH.tzinfo)
IMAGE = np.zeros((EYE.size[1], EYE.size[0], 3), np.uint8)


def drawn(name: str, y: float, left: float = -7.5, right: float = 7.5) -> Line:
    """A line across the road at `y`; forward is towards the camera."""
    ends = EYE.pixels(np.array([(left, y, 0), (right, y, 0)])) / EYE.size
    (x1, y1), (x2, y2) = ends.tolist()
    return Line(id=f"c.{name}", camera="c", name=name, start=(x1, y1), end=(x2, y2))


def section(near: float, far: float, stop_line: str = "") -> Zone:
    corners = [(-5.0, near, 0), (5.0, near, 0), (5.0, far, 0), (-5.0, far, 0)]
    polygon = tuple((float(x), float(y)) for x, y in (EYE.pixels(np.array(corners)) / EYE.size).tolist())
    return Zone(id="c.ruas", camera="c", name="ruas", polygon=polygon, kind="road", stop_line=stop_line)


CAMERA = Camera(
    id="c",
    name="c",
    source="",
    lines=(drawn("near", 20.0), drawn("far", 36.0)),
    zones=(section(22.0, 66.0, "near"),),
    ground=EYE.calibration(PLACES),
    road=Road(manual="PKJI-2023", type="4/2-T", service=service("KM-14-2006")),
)


def drive(
    subject: Analyser, vehicles: Sequence[Vehicle], seconds: float, start: datetime = NOON
) -> tuple[list[Observation], list[Event]]:
    tracker, found = TwoStageTracker(), []
    for n in range(int(seconds * FPS)):
        time = start + timedelta(seconds=n / FPS)
        boxes = detected(EYE, vehicles, n / FPS)
        found.append(subject.step(View(Frame("c", time, IMAGE, n + 1, n / FPS), boxes, tracker.step(boxes, time))))
    found.append(subject.close(start + timedelta(seconds=seconds)))
    said = [o for f in found for o in f.observations]
    assert all(vocabulary.indicator(o.indicator).stored for o in said)
    return said, [e for f in found for e in f.events]


def towards(name: str, x: float, begin: float, kmh: float) -> Vehicle:
    return Vehicle.steady(name, x, (begin, 90.0), -kmh, 2.0)


# --- speed ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kmh", [10, 30, 60, 90])
@pytest.mark.parametrize("name", ["car", "motorcycle"])
def test_a_known_speed_is_measured_at_each_line(name: str, kmh: float) -> None:
    said, _ = drive(SpeedAnalyser(CAMERA, 1 / FPS), [towards(name, -2.0, 0.0, kmh)], 90 / kmh * 3.6 + 4)
    assert {(o.place, o.indicator, o.direction) for o in said} == {
        ("c.near", f"speed.{name}", "forward"),
        ("c.far", f"speed.{name}", "forward"),
    }
    assert [o.value for o in said] == pytest.approx([kmh, kmh], rel=0.05)


def test_who_drives_away_is_as_fast_backward() -> None:
    away = Vehicle.steady("car", 2.0, (0.0, 3.0), 40.0, 90.0)
    said, _ = drive(SpeedAnalyser(CAMERA, 1 / FPS), [away], 12)
    assert {o.direction for o in said} == {"backward"}
    assert [o.value for o in said] == pytest.approx([40.0, 40.0], rel=0.05)


def test_a_mirrored_road_and_a_later_day_say_the_same() -> None:
    there = [towards("car", -2.5, 0.0, 35.0), towards("truck", 2.5, 3.0, 25.0)]
    mirrored = [replace(v, x=-v.x) for v in there]
    said, _ = drive(SpeedAnalyser(CAMERA, 1 / FPS), there, 20)
    other, _ = drive(SpeedAnalyser(CAMERA, 1 / FPS), mirrored, 20, NOON + timedelta(days=3, seconds=17))
    key = lambda o: (o.indicator, o.place)  # noqa: E731  # of two sorts
    assert [o.value for o in sorted(said, key=key)] == pytest.approx(
        [o.value for o in sorted(other, key=key)], rel=0.01
    )


def test_without_a_calibration_there_is_no_speed_analyser() -> None:
    with pytest.raises(ConfigError, match=r"'speed' measures metres.*\[camera.ground\].*calibration points"):
        analyser("speed")(replace(CAMERA, ground=None), 0.2)


def test_a_line_too_far_for_the_calibration_is_not_measured() -> None:
    assert CAMERA.ground is not None
    strict = replace(
        CAMERA, ground=replace(CAMERA.ground, limit_m=0.25), lines=(drawn("near", 20.0), drawn("far", 85.0))
    )
    assert {key.place for key in SpeedAnalyser(strict, 0.2).keys} == {"c.near"}


# --- queue and congestion ---------------------------------------------------------------------------------------------


def waiting(x: float, nose: float, begin: float, until: float) -> Vehicle:
    """A car that comes, stands with its nose at `nose` until a time, and drives on."""
    middle = nose + 2.2
    arrive, leave = begin + (90 - middle) / 10, (middle - 2) / 10
    return Vehicle("car", x, (begin, arrive, until, until + leave), (90.0, middle, middle, 2.0))


def test_a_queue_has_the_length_it_has_and_ends_when_it_drives_on() -> None:
    queue = [waiting(-2.0, nose, 0.7 * n, 40.0 + 2 * n) for n, nose in enumerate((22.5, 29.0, 36.0))]
    said, _ = drive(RoadAnalyser(CAMERA, 1 / FPS), queue, 60)
    lengths = [(o.time, o.value) for o in said if o.indicator == "road.queue"]
    at = {round((time - NOON).total_seconds()): value for time, value in lengths}
    assert at[30] == pytest.approx(36.0 + 4.4 - 20.0, abs=1.5)
    assert at[3] == 0
    assert at[58] == 0
    queued = {round((o.time - NOON).total_seconds()): o.value for o in said if o.indicator == "road.queued"}
    assert queued[30] == 3


def test_occupancy_density_and_space_mean_speed() -> None:
    said, _ = drive(RoadAnalyser(CAMERA, 1 / FPS), [towards("car", -2.0, 0.0, 36.0)], 30)
    mean = {
        name: np.mean([o.value for o in said if o.indicator == f"road.{name}"])
        for name in ("occupied", "density", "speed")
    }
    inside_s = (66 - 22) / 10
    assert mean["occupied"] == pytest.approx(100 * inside_s / 30, abs=4)
    assert mean["density"] == pytest.approx(inside_s / 30 / 0.046, rel=0.2)
    assert mean["speed"] == pytest.approx(36.0, rel=0.06)


def test_a_jam_is_one_event_with_a_begin_and_an_end() -> None:
    jam = [Vehicle("car", x, (0.0, 400.0, 415.0), (y, y - 8, 2.0)) for x in (-2.5, 2.5) for y in (36.0, 50.0)]
    _, events = drive(RoadAnalyser(CAMERA, 1 / FPS), jam, 620)
    began, ended = (e for e in events if e.kind == "congestion")
    assert (began.id, began.place, began.end) == (ended.id, "c.ruas", None)
    assert (began.start - NOON).total_seconds() < 120
    assert ended.end is not None
    assert 400 < (ended.end - NOON).total_seconds() < 600


def test_an_uncalibrated_section_has_its_occupancy_and_nothing_in_metres() -> None:
    subject = RoadAnalyser(replace(CAMERA, ground=None), 1 / FPS)
    said, _ = drive(subject, [towards("car", -2.0, 0.0, 36.0)], 12)
    assert {o.indicator for o in said} == {"road.occupied"}
    assert "ground=none" in subject.method


# --- volume -----------------------------------------------------------------------------------------------------------


def stream(names: Sequence[str], every_s: float, seconds: float) -> list[Vehicle]:
    times = np.arange(0.0, seconds, every_s)
    return [towards(names[n % len(names)], -2.0, float(t), 60.0) for n, t in enumerate(times)]


def test_each_vehicle_counts_its_equivalent_and_bicycles_none() -> None:
    said, _ = drive(VolumeAnalyser(CAMERA, 1 / FPS), stream(["car", "motorcycle", "truck"], 6.0, 36), 50)
    near = [o.value for o in said if o.indicator == "volume.smp" and o.place == "c.near"]
    assert sorted(near) == [0.4, 0.4, 1.0, 1.0, 1.3, 1.3]
    gaps = [o.value for o in said if o.indicator == "volume.headway" and o.place == "c.near"]
    assert gaps == pytest.approx([6.0] * 5, abs=0.5)


def test_flow_and_saturation_come_after_a_quarter_of_an_hour_and_name_the_manual() -> None:
    subject = VolumeAnalyser(CAMERA, 1 / FPS)
    said, _ = drive(subject, stream(["car"], 5.0, 960), 970)
    flows = [
        (o.time, o.value)
        for o in said
        if o.indicator == "volume.flow" and (o.place, o.direction) == ("c.near", "forward")
    ]
    assert (flows[0][0] - NOON).total_seconds() >= 0.8 * 900 - 1
    assert flows[-1][1] == pytest.approx(720, rel=0.03)
    ratio = [o.value for o in said if o.indicator == "volume.ratio" and (o.place, o.direction) == ("c.near", "forward")]
    assert ratio[-1] == pytest.approx(720 / (2 * 1700), rel=0.03)
    assert "manual=PKJI-2023 road=4/2-T lanes=2 capacity=3400" in subject.method
    assert subject.method.startswith("traffic/1 crossing/")


def test_motorcycles_weigh_less_above_the_threshold() -> None:
    busy = replace(CAMERA, lines=(drawn("near", 20.0),), road=Road(
        manual="MKJI-1997", type="2/2-UD", lanes=1, service=service("KM-14-2006")
    ))  # fmt: skip
    vehicles = [towards("motorcycle", x, float(t), 60.0) for t in np.arange(0, 420, 2.0) for x in (-4.0, -1.0)]
    said, _ = drive(VolumeAnalyser(busy, 1 / FPS), vehicles, 430)
    weights = [o.value for o in said if o.indicator == "volume.smp"]
    assert weights[0] == 0.4
    assert weights[-1] == 0.25
    assert weights.index(0.25) > 50


def test_without_a_road_there_are_no_passenger_car_units() -> None:
    with pytest.raises(ConfigError, match=r"'volume' needs to know the road; add \[camera.road\]"):
        analyser("volume")(replace(CAMERA, road=None), 0.2)


# --- trips ------------------------------------------------------------------------------------------------------------


def test_each_road_user_is_one_trip_from_its_first_line_to_its_last() -> None:
    away = Vehicle.steady("car", 2.0, (2.0, 3.0), 40.0, 90.0)
    said, _ = drive(FlowAnalyser(CAMERA, 1 / FPS), [towards("truck", -2.0, 0.0, 40.0), away], 16)
    assert sorted((o.place, o.indicator, o.value) for o in said) == [
        ("c.far>near", "flow.truck", 1.0),
        ("c.near>far", "flow.car", 1.0),
    ]


def test_who_crosses_one_line_only_has_no_trip_and_who_turns_has_one() -> None:
    stops = Vehicle("car", -2.0, (0.0, 6.0, 30.0), (60.0, 27.0, 27.0))
    turns = Vehicle("motorcycle", 2.0, (0.0, 4.0, 12.0, 18.0), (60.0, 24.0, 24.0, 85.0))
    said, _ = drive(FlowAnalyser(CAMERA, 1 / FPS), [stops, turns], 30)
    assert [(o.place, o.indicator) for o in said] == [("c.far>far", "flow.motorcycle")]


def test_every_pair_is_a_series_and_moves_with_either_line() -> None:
    moved = replace(CAMERA, lines=(replace(CAMERA.lines[0], revision=3), CAMERA.lines[1]))
    keys = {(k.place, k.revision) for k in FlowAnalyser(moved, 0.2).keys}
    assert keys == {("c.near>near", 5), ("c.near>far", 3), ("c.far>near", 3), ("c.far>far", 1)}


def test_one_line_makes_no_matrix() -> None:
    with pytest.raises(ConfigError, match="2 to 10 lines"):
        analyser("flow")(replace(CAMERA, lines=CAMERA.lines[:1]), 0.2)


# --- a camera that was moved ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [SpeedAnalyser, RoadAnalyser])
def test_after_a_move_nothing_is_observed(make: type[SpeedAnalyser | RoadAnalyser]) -> None:
    random = np.random.default_rng(0)
    picture = random.integers(0, 255, (90, 160, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    subject, tracker = make(CAMERA, 1.0), TwoStageTracker()
    usable: list[bool] = []
    events: list[Event] = []
    for second in range(200):
        image = np.roll(picture, 60, axis=1) if second >= 100 else picture.copy()
        time, boxes = NOON + timedelta(seconds=second), detected(EYE, (), 0.0)
        said = subject.step(View(Frame("c", time, image, second + 1, float(second)), boxes, tracker.step(boxes, time)))
        usable.append(said.usable)
        events += said.events
    assert all(usable[:100])
    assert not any(usable[140:])
    assert [e.kind for e in events] == ["moved"]
