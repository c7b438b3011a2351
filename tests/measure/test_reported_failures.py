"""What users of other counters reported, shown to ours: one test for each, from boxes to counts.

The list is §3 "Counting and data" of the project's survey of its neighbours. What happens after counting (bins, restarts,
time zones) is in the files of the same name beside the store's and the server's tests.

| reported | what went wrong there | shown by |
|---|---|---|
| frigate#93, #4483 | no line counting with direction | `test_frigate_93_…` |
| frigate#18781, #2397, #4226, #17562, #3291 | no dwell per class and zone with its times; zones drawn twice for it | `test_frigate_18781_…` |
| opendatacam#204 | one car that stops on the line is counted 15 times, its id changing | `test_opendatacam_204_…`, test_crossing.py |
| opendatacam#501 | no hysteresis: trembling at the line counts | `test_opendatacam_501_…` |
| opendatacam#51, #355 | a queue over the line is counted again and again | `test_opendatacam_51_and_355_…` |
| supervision#2578 | boxes without a track (-1) turn 7 into 97 | `test_supervision_2578_…`, test_crossing.py |
| supervision#2598, PR#1540 | a box that flickers counts there and back | `test_supervision_2598_and_1540_…`, test_crossing.py |
| supervision#1838 | at the edge of the picture nothing counts | `test_supervision_1838_…`, test_crossing.py |
| supervision#1868 | an id that is used again inherits the other's side | `test_supervision_1868_…`, test_crossing.py |
| frigate#3819 | a zone's count drops while the object stands in it, seen badly | `test_frigate_3819_…` |
| scenescape (survey §5) | dense motorcycles lost, because the number across does not change | `test_scenescape_…`, test_crossing.py |
| opendatacam#79, OTAnalytics#8, frigate#7885, bdit_data-sources#107 | counts are not stored in bins | tests/store/test_reported_failures.py |
| frigate-hass-integration#662, frigate#3738 | occupancy or counts wrong after a restart | tests/store/test_reported_failures.py |
| scenescape#63 | a region's counter does not run | tests/store/test_reported_failures.py |
| frigate#3991, #7935, #771, #5228 | hours shifted by time zone, summer time or export | tests/serve/test_reported_failures.py |

Not yet, because what it asks for comes later: opendatacam#297 (turning movements, with flows); ckan/ideas#205,
hdx-ckan#2410, ckanext-realtime#4, Orion-LD#1582 (time series in CKAN and NGSI-LD, with open data); frigate#24113 (why
something was not detected; `pantau evaluate` shows every disagreement, but only where there is a truth).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import numpy as np
import pytest

from pantau.measure.visitors import VisitorsAnalyser
from pantau.places import Line, Zone
from pantau.types import EPOCH, Detections, Frame, Tracks, View
from tests.made_scenes import CAR, FPS, SIZE, Box, camera, detections, mirrored, together, walk, watch

MIDDLE = SIZE[0] / 2


def zone(name: str, left: float, right: float) -> Zone:
    corners = ((left, 0.0), (right, 0.0), (right, 1.0), (left, 1.0))
    return Zone(id=f"c.{name}", camera="c", name=name, polygon=corners)


def drive(xs: Iterable[float], y: float = 500.0) -> list[list[Box]]:
    return walk(xs, y, name="car", size=CAR)


def test_frigate_93_a_line_counts_each_way_and_each_class() -> None:
    right = [together(walk(np.arange(500, 1100, 18), y)) for y in (300.0, 450.0, 600.0)]
    left = mirrored(together(walk(np.arange(520, 1100, 17), 750.0), drive(np.arange(450, 1200, 30), 880.0)))
    found = watch(together(*right, left))
    assert (found.count("forward", name="person"), found.count("backward", name="person")) == (3, 1)
    assert (found.count("forward", name="car"), found.count("backward", name="car")) == (0, 1)


def test_frigate_18781_a_stay_has_its_class_zone_and_times_and_zones_may_overlap() -> None:
    """A person stands 12 s in the square, 6 s of it on the stage inside it; a car stands 20 s in the square."""
    square, stage = zone("square", 0.25, 0.75), zone("stage", 0.6, 0.75)
    person = walk(
        [
            *np.linspace(300, 500, 15),
            *[500.0] * 25,
            *np.linspace(500, 1000, 30),
            *[1000.0] * 25,
            *np.linspace(1000, 1400, 25),
        ],
        300.0,
    )
    car = drive([*np.linspace(100, 600, 20), *[600.0] * 90, *np.linspace(600, 1500, 40)], 700.0)
    found = watch(together(person, car), camera((), [square, stage]))
    stays = {(e.place, e.attributes["class"]): e for e in found.events if e.kind == "stay"}
    assert sorted(stays) == [("c.square", "car"), ("c.square", "person"), ("c.stage", "person")]
    for (place, name), scene, (left, right) in (
        (("c.square", "person"), person, (400, 1200)),
        (("c.stage", "person"), person, (960, 1200)),
        (("c.square", "car"), car, (400, 1200)),
    ):
        within = [i / FPS for i, [box] in enumerate(scene) if left <= box.x <= right]
        stay = stays[place, name]
        assert stay.end is not None
        assert (stay.start - EPOCH).total_seconds() == pytest.approx(within[0], abs=0.5)
        assert (stay.end - EPOCH).total_seconds() == pytest.approx(within[-1], abs=0.5)


def stopping(seed: int, hidden: int) -> list[list[Box]]:
    """A car comes, stands on the line for two minutes and goes on.

    Its box trembles, is missing or halved now and then, and three times it is not seen for `hidden` samples.
    """
    rng = np.random.default_rng(seed)
    xs = [*np.linspace(400, MIDDLE, 30), *(MIDDLE + rng.normal(0, 6, 600)), *np.linspace(MIDDLE, 1200, 30)]
    scene = drive(xs)
    for i in range(30, 630):
        if rng.random() < 0.1:
            scene[i] = []
        elif rng.random() < 0.1:
            scene[i] = [Box(xs[i], 500.0, "car", (CAR[0] * 0.6, CAR[1]), 0.5)]
    for begin in (100, 300, 500):
        scene[begin : begin + hidden] = [[]] * hidden
    return scene


@pytest.mark.parametrize("seed", range(4))
def test_opendatacam_204_a_car_that_stops_on_the_line_and_is_seen_badly_counts_once(seed: int) -> None:
    found = watch(stopping(seed, hidden=8))
    assert (found.count("forward"), found.count("backward")) == (1, 0)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("hidden", [12, 25, 45])
def test_opendatacam_204_a_car_that_is_hidden_on_the_line_counts_once(seed: int, hidden: int) -> None:
    """Unseen for up to nine seconds, three times: it has four ids. There it was counted fifteen times."""
    found = watch(stopping(seed, hidden))
    assert len(found.ids) > 1
    assert (found.count("forward"), found.count("backward")) == (1, 0)


def test_opendatacam_501_waiting_and_trembling_before_the_line_is_no_crossing() -> None:
    rng = np.random.default_rng(4)
    waits = [*np.linspace(300, 770, 30), *(770 + rng.normal(0, 8, 300)), *np.linspace(770, 300, 30)]
    assert watch(drive(waits)).count() == 0


def test_opendatacam_51_and_355_a_queue_that_stops_and_goes_over_the_line_counts_each_once() -> None:
    """Eight cars, 170 px apart, move up one place every four seconds."""
    rng = np.random.default_rng(5)
    steps = np.concatenate([np.concatenate([np.full(14, 0.0), np.full(6, 170 / 6)]) for _ in range(14)]).cumsum()
    cars = []
    for n in range(8):
        xs = 700 - 170 * n + steps + rng.normal(0, 1.5, len(steps))
        cars.append([boxes if -60 < boxes[0].x < SIZE[0] + 60 else [] for boxes in drive(xs)])
    found = watch(together(*cars))
    assert (found.count("forward"), found.count("backward")) == (8, 0)


def test_supervision_2578_boxes_without_a_track_count_nowhere() -> None:
    """Seven tracked people pass, and at every sample thirty boxes without identity lie on both sides of the line."""
    subject = camera(zones=[zone("all", 0.0, 1.0)])
    analyser = VisitorsAnalyser(subject, 1 / FPS)
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    rng = np.random.default_rng(6)
    crossed, inside = 0, set()
    for i in range(60):
        lost = [Box(float(x), float(y)) for x, y in rng.uniform((500, 200), (1100, 850), (30, 2))]
        known = [Box(500.0 + 12 * i, 220.0 + 90 * n) for n in range(7)]
        found = detections([*lost, *known])
        identity = np.array([-1] * 30 + list(range(1, 8)), np.int64)
        tracks = Tracks(found, identity, np.zeros((37, 2), np.float32))
        frame = Frame("c", EPOCH + timedelta(seconds=i / FPS), image, i + 1, i / FPS)
        said = analyser.step(View(frame, found, tracks))
        crossed += sum(event.kind == "crossing" for event in said.events)
        inside |= {o.value for o in said.observations if o.indicator == "visitors.inside"}
    assert crossed == 7
    assert inside == {7.0}


@pytest.mark.parametrize("pattern", ["AAABAAA", "AAABAAABAAA", "AABABABAAAA"])
def test_supervision_2598_and_1540_a_box_that_flickers_over_the_line_is_no_crossing(pattern: str) -> None:
    at = {"A": MIDDLE - 25, "B": MIDDLE + 25}
    found = watch(walk([*[at["A"]] * 10, *[at[side] for side in pattern], *[at["A"]] * 10]))
    assert found.count() == 0


@pytest.mark.parametrize("side", ["left", "right"])
def test_supervision_1838_people_who_leave_the_picture_beside_the_line_are_counted(side: str) -> None:
    """The line is 30 px from the edge: the box is cut by it and never lies beyond the line with all its corners."""
    x = 30 / SIZE[0] if side == "left" else 1 - 30 / SIZE[0]
    edge = Line(id="c.edge", camera="c", name="edge", start=(x, 1.0), end=(x, 0.0))
    xs = np.arange(400, 4, -14.0)
    scene = [[Box((max(v - 20, 0.0) + v + 20) / 2, 500.0, size=(v + 20 - max(v - 20, 0.0), 110.0))] for v in xs]
    shown = scene if side == "left" else mirrored(scene)
    found = watch([*shown, *[[]] * 15], camera([edge]))
    assert (found.count("backward"), found.count("forward")) == ((1, 0) if side == "left" else (0, 1))


def test_supervision_1868_who_comes_after_somebody_inherits_nothing() -> None:
    """One stands left of the line and goes; half a minute later another stands right of it."""
    found = watch([*walk([600.0] * 20), *[[]] * 150, *walk([1000.0] * 20)])
    assert found.count() == 0
    assert len(found.ids) == 2


def test_frigate_3819_a_zones_count_holds_while_somebody_in_it_is_seen_badly() -> None:
    """Confidence falls for seconds, and of three boxes one is missing."""
    rng = np.random.default_rng(7)
    square = zone("square", 0.25, 0.75)
    scene = walk(800 + rng.normal(0, 2, 300))
    for i in range(10, 300):
        [box] = scene[i]
        unsure = Box(box.x, box.y, confidence=0.2 if (i // 15) % 2 else 0.8)
        scene[i] = [] if i % 3 == 0 else [unsure]
    inside = watch(scene, camera((), [square])).inside(square.id)
    assert set(inside[5:]) == {1.0}


def test_scenescape_dense_motorcycles_are_all_counted() -> None:
    """Sixty in four lanes, one after the other: as one leaves the line's surroundings, the next is there."""
    scenes = []
    for n in range(60):
        lane, place = n % 4, n // 4
        xs = 300 + 45.0 * np.arange(28)
        riders = walk(xs, 250.0 + 170 * lane, name="motorcycle", size=(70.0, 75.0))
        scenes.append([*[[]] * (5 * place + lane), *riders])
    found = watch(together(*scenes))
    assert (found.count("forward", name="motorcycle"), found.count()) == (60, 60)


def test_a_rider_and_the_motorcycle_are_one_and_whoever_sits_on_it_is_no_pedestrian() -> None:
    rides = together(
        walk(300 + 30.0 * np.arange(35), 500.0, name="motorcycle", size=(90.0, 80.0)),
        walk(302 + 30.0 * np.arange(35), 480.0, name="person", size=(45.0, 100.0), confidence=0.7),
    )
    found = watch(rides)
    assert (found.count(name="motorcycle"), found.count(name="person")) == (1, 0)


def test_no_box_at_all_counts_nobody() -> None:
    found = watch([[]] * 50, camera(zones=[zone("all", 0.0, 1.0)]), seen=lambda _: Detections.empty())
    assert found.count() == 0
    assert set(found.inside("c.all")) == {0.0}
