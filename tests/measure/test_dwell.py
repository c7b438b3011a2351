"""Limits on painted scenes: one event per vehicle through anything, none for who only waits, danger zones within seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.errors import ConfigError
from pantau.measure.dwell import DwellAnalyser
from pantau.measure.passing import JAM_S, RED_S, parked
from pantau.places import Camera, Zone
from pantau.types import Event, Observation
from tests.measure.painted import T0, Body, view

FULL = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
KERB = Zone(id="c.k", camera="c", name="k", kind="no_parking", limit_s=30.0, polygon=FULL)
EDGE = Zone(id="c.e", camera="c", name="e", kind="danger", polygon=((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))
CAMERA = Camera(id="c", name="c", source="", zones=(KERB,))
DANGER = replace(CAMERA, zones=(EDGE,))
CAR = Body((120, 140, 180, 185), look=1, track=1)
MAN = Body((130, 110, 160, 190), look=9, class_name="person")
BUS = Body((90, 90, 260, 220), look=8, class_name="bus")
Scene = Callable[[float], Iterable[Body]]


class Watched:
    """An analyser and everything it said of a scene, from `start` on."""

    def __init__(self, camera: Camera = CAMERA, every_s: float = 1.0, start: datetime = T0) -> None:
        self.analyser, self.every_s, self.start, self.n = DwellAnalyser(camera, every_s), every_s, start, 0
        self.events: list[tuple[float, Event]] = []
        self.observations: list[Observation] = []

    def see(self, scene: Scene | Sequence[Body], seconds: float) -> Watched:
        for _ in range(round(seconds / self.every_s)):
            t = self.n * self.every_s
            bodies = list(scene(t)) if callable(scene) else scene
            found = self.analyser.step(view(bodies, self.start + timedelta(seconds=t), seed=self.n))
            self.events += [(t, event) for event in found.events]
            self.observations += found.observations
            self.n += 1
        return self

    def told(self, stage: str) -> list[tuple[float, Event]]:
        return [(t, e) for t, e in self.events if e.attributes["stage"] == stage]

    @property
    def over(self) -> set[str]:
        return {event.id for _, event in self.told("over")}


def moving(track: int, begin: float, lane: float = 195.0, speed: float = 40.0) -> Scene:
    """A car from left to right along a lane."""

    def scene(t: float) -> Iterable[Body]:
        x = -60 + speed * (t - begin)
        if -60 <= x <= 330:
            yield Body((x, lane - 42, x + 58, lane), look=10 + track, track=track, velocity=(speed, 0.0))

    return scene


def arrives(t: float, at: float, body: Body = CAR) -> Iterable[Body]:
    """A car that comes from the left and stands from `at` on."""
    if t >= at:
        yield body
    elif t > at - 4:
        x = 40.0 * (at - t)
        x1, y1, x2, y2 = body.box
        yield replace(body, box=(x1 - x, y1, x2 - x, y2), velocity=(40.0, 0.0))


def test_a_parked_car_that_traffic_flows_past_is_over_its_limit_once() -> None:
    cars = [moving(10 + n, 8.0 + 5 * n) for n in range(10)]
    seen = Watched().see(lambda t: [*arrives(t, 5), *(b for car in cars for b in car(t))], 60)
    assert [e.attributes["stage"] for _, e in seen.events] == ["within", "over"]
    (t, event) = seen.told("over")[0]
    assert t - 5 == pytest.approx(30, abs=2)
    assert (event.kind, event.place, event.start, event.end) == ("dwell", "c.k", T0 + timedelta(seconds=5), None)
    assert event.attributes == {
        "stage": "over", "zone_kind": "no_parking", "class": "car", "limit_s": 30.0, "dwell_s": event.attributes["dwell_s"],
    }  # fmt: skip
    seen.see([], 20)
    last = seen.events[-1][1]
    assert last.id == event.id
    assert last.end == T0 + timedelta(seconds=59)
    assert sum(o.value for o in seen.observations if o.indicator == "dwell.over") == 1


def test_a_red_light_is_no_parking_although_the_other_direction_flows() -> None:
    queue = [CAR, Body((50, 140, 110, 185), look=2, track=2)]
    other = [moving(20 + n, 6.0 * n, lane=120.0) for n in range(15)]

    def scene(t: float) -> Iterable[Body]:
        for number, car in enumerate(queue):
            begin = 6.0 + 3 * number
            if t < 96 + begin:
                yield from arrives(t, begin, car)
        for one in other:
            for body in one(t):
                x1, y1, _, y2 = body.box
                yield replace(body, box=(270 - x1, y1, 270 + 58 - x1, y2), velocity=(-40.0, 0.0))

    seen = Watched().see(scene, 130)
    assert seen.over == set()
    assert len(seen.told("within")) >= 2


def test_a_queue_that_is_released_passes_nobody() -> None:
    def scene(t: float) -> Iterable[Body]:
        for number, (x, y) in enumerate([(120, 185), (50, 185), (120, 120), (50, 120)]):
            leave = 50 + 2 * number
            car = Body((x, y - 45, x + 60, y), look=number, track=number)
            if t < leave:
                yield from arrives(t, 6, car)
            else:
                gone = 40.0 * (t - leave)
                yield replace(car, box=(x + gone, y - 45, x + 60 + gone, y), velocity=(40.0, 0.0))

    assert Watched().see(scene, 80).over == set()


def test_letting_someone_out_is_no_parking() -> None:
    cars = [moving(10 + n, 6.0 * n) for n in range(8)]
    seen = Watched().see(lambda t: [*(arrives(t, 5) if t < 25 else ()), *(b for car in cars for b in car(t))], 60)
    assert seen.over == set()


def test_a_lonely_car_is_parked_when_no_red_light_is_so_long() -> None:
    seen = Watched(every_s=10.0).see([CAR], 30 + RED_S - 20)
    assert seen.over == set()
    assert len(seen.see([CAR], 60).over) == 1


@pytest.mark.parametrize(
    ("dwell_s", "passed", "queued", "is_parked"),
    [
        (29, True, False, False), (31, True, True, True), (31, False, False, False), (30 + RED_S, False, False, True),
        (30 + RED_S, False, True, False), (30 + JAM_S, False, True, True),
    ],
)  # fmt: skip
def test_the_rule(dwell_s: float, passed: bool, queued: bool, is_parked: bool) -> None:
    assert parked(dwell_s, 30.0, passed=passed, queued=queued) is is_parked


@settings(max_examples=4, deadline=None)
@given(
    st.lists(st.sampled_from(["man", "bus", "flicker", "unseen man"]), min_size=20, max_size=24),
    st.integers(0, 86_400),
)
def test_twenty_occlusions_and_any_hour_are_one_event(what: list[str], shift_s: int) -> None:
    lost = replace(CAR, seen=False)

    def before(name: str, step: int) -> list[Body]:
        x = 60.0 * step
        bus = replace(BUS, box=(30 + x, 90, 200 + x, 220))
        return {
            "man": [CAR, MAN],
            "bus": [lost, bus],
            "flicker": [lost],
            "unseen man": [CAR, replace(MAN, seen=False)],
        }[name]

    seen = Watched(every_s=2.0, start=T0 + timedelta(seconds=shift_s)).see([], 4).see([CAR], 12)
    for name in what:
        for step in range(3):
            seen.see(before(name, step), 2)
        seen.see([CAR], 4)
    seen.see([CAR], 10).see([], 30)
    assert len(seen.over) == 1
    assert len({event.id for _, event in seen.events}) == 1
    assert seen.events[0][1].start == T0 + timedelta(seconds=shift_s + 4)


def test_someone_in_a_danger_zone_is_over_within_five_seconds_and_nobody_is_told_apart() -> None:
    seen = Watched(DANGER, every_s=0.2).see([], 2).see([MAN], 3).see([replace(MAN, box=(40, 110, 70, 190))], 3)
    assert [e.attributes["stage"] for _, e in seen.events] == ["within", "over"]
    assert seen.told("within")[0][0] == pytest.approx(2.0)
    assert seen.told("over")[0][0] - 2.0 <= 2.0
    seen.see([], 4)
    ended = seen.events[-1][1]
    assert ended.end == T0 + timedelta(seconds=7.8)
    assert ended.attributes["class"] == "person"
    assert set(ended.attributes) == {"stage", "zone_kind", "class", "limit_s", "dwell_s", "people"}


def test_a_glimpse_in_a_danger_zone_is_never_over() -> None:
    seen = Watched(DANGER, every_s=0.2).see([MAN], 0.2).see([], 4)
    assert [(e.attributes["stage"], e.end is None) for _, e in seen.events] == [("within", True), ("within", False)]


def test_a_limit_holds_in_its_hours_only_by_the_clock_of_the_city() -> None:
    zone = replace(EDGE, schedule="06:00-18:00")
    camera = replace(DANGER, zones=(zone,), timezone="Asia/Jakarta")
    morning = datetime(2026, 3, 2, 22, 59, 50, tzinfo=UTC)  # ten seconds before six in Jakarta
    seen = Watched(camera, every_s=1.0, start=morning).see([MAN], 20)
    assert seen.told("within")[0][1].start == morning + timedelta(seconds=10)


def test_a_schedule_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ConfigError, match="time zone"):
        DwellAnalyser(replace(DANGER, zones=(replace(EDGE, schedule="06:00-18:00"),)), 1.0)


def test_an_end_of_pictures_ends_danger_and_keeps_a_parked_car() -> None:
    both = replace(CAMERA, zones=(KERB, EDGE))
    seen = Watched(both).see([CAR, MAN], 12)
    closed = seen.analyser.close(T0 + timedelta(seconds=12)).events
    assert [e.place for e in closed] == ["c.e"]
    seen.see([CAR], 10)
    assert len({e.id for _, e in seen.events if e.place == "c.k"}) == 1
