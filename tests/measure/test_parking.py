"""Parking on painted scenes: states, stays, identity through occlusion, light, order of boxes, unmarked zones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.findings import SlotState
from pantau.measure.belief import SURE, Belief, Cue
from pantau.measure.parking import ParkingAnalyser
from pantau.places import Camera, Slot, Zone
from pantau.types import Event, Observation, Unseen
from tests.measure.painted import T0, Body, view

ZONE = Zone(id="c.p", camera="c", name="p", kind="parking", polygon=((0.0, 0.3), (1.0, 0.3), (1.0, 1.0), (0.0, 1.0)))


def slot(name: str, left: float, top: float) -> Slot:
    """60 by 40 pixels of 320 by 240."""
    x1, y1, x2, y2 = left / 320, top / 240, (left + 60) / 320, (top + 40) / 240
    return Slot(id=f"c.{name}", camera="c", name=name, zone="c.p", polygon=((x1, y1), (x2, y1), (x2, y2), (x1, y2)))


CAMERA = Camera(
    id="c", name="c", source="", zones=(ZONE,), slots=(slot("a", 40, 160), slot("b", 120, 160), slot("c", 200, 160))
)
CAR = Body((44, 150, 96, 199), look=1)
OTHER = Body((44, 150, 96, 199), look=2)
MAN = Body((50, 130, 92, 206), look=9, class_name="person")
LOST = replace(CAR, seen=False)
BUS = Body((20, 100, 180, 232), look=8, class_name="bus")


class Watched:
    """An analyser and everything it said."""

    def __init__(self, camera: Camera = CAMERA, every_s: float = 10.0) -> None:
        self.analyser, self.every_s, self.n = ParkingAnalyser(camera, every_s), every_s, 0
        self.events: list[Event] = []
        self.observations: list[Observation] = []
        self.unseen: list[Unseen] = []
        self.states: list[dict[str, SlotState]] = []

    def see(self, bodies: Sequence[Body], times: int = 1, light: float = 1.0) -> Watched:
        for _ in range(times):
            time = T0 + timedelta(seconds=self.n * self.every_s)
            found = self.analyser.step(view(bodies, time, light, seed=self.n))
            self.events += found.events
            self.observations += found.observations
            self.unseen += found.unseen
            self.states.append({one.slot: one.state for one in found.slots})
            self.n += 1
        return self

    @property
    def stays(self) -> dict[str, Event]:
        """The newest row of each event."""
        return {event.id: event for event in self.events}

    def last(self, name: str) -> float:
        return next(o.value for o in reversed(self.observations) if o.indicator == f"parking.{name}")


def test_a_car_comes_stays_and_leaves() -> None:
    seen = Watched().see([], 6)
    assert seen.states[-1] == {"c.a": "free", "c.b": "free", "c.c": "free"}
    seen.see([CAR], 6)
    assert seen.states[-1] == {"c.a": "occupied", "c.b": "free", "c.c": "free"}
    assert (seen.last("occupied"), seen.last("cars"), seen.last("free")) == (1, 1, 2)
    seen.see([], 4)
    assert seen.states[-1]["c.a"] == "free"
    (stay,) = seen.stays.values()
    assert (stay.kind, stay.place, stay.attributes["slot"], stay.attributes["class"]) == (
        "parking",
        "c.p",
        "c.a",
        "car",
    )
    assert (stay.start, stay.end) == (T0 + timedelta(seconds=60), T0 + timedelta(seconds=110))
    assert [seen.last(name) for name in ("car_in", "car_out", "car_stay")] == [1, 1, 50]


def test_a_car_that_the_detector_loses_stays_occupied_by_the_same() -> None:
    seen = Watched().see([], 6).see([CAR], 4).see([LOST], 30)
    assert {state["c.a"] for state in seen.states[-30:]} == {"occupied"}
    assert len(seen.stays) == 1


def test_what_is_hidden_is_never_guessed_free_and_becomes_unknown_in_time() -> None:
    seen = Watched(every_s=60.0).see([], 6).see([CAR], 4).see([LOST, BUS], 30)
    states = [state["c.a"] for state in seen.states[-30:]]
    assert states[0] == "occupied"
    assert states[-1] == "unknown"
    assert "free" not in states
    assert all(u.place == "c.p" and 0 < u.share <= 1 for u in seen.unseen)
    assert seen.see([CAR], 3).states[-1]["c.a"] == "occupied"
    assert len(seen.stays) == 1


def test_another_car_in_the_same_place_is_another_stay() -> None:
    seen = Watched().see([], 6).see([CAR], 10).see([OTHER], 10)
    first, second = sorted(seen.stays.values(), key=lambda e: e.start)
    assert first.end is not None
    assert second.end is None
    assert second.start >= first.end


def test_evening_falls_and_nothing_changes() -> None:
    seen = Watched().see([], 6).see([CAR], 4)
    for step in range(40):
        seen.see([CAR], light=1.0 - 0.02 * step)
    assert all(state == {"c.a": "occupied", "c.b": "free", "c.c": "free"} for state in seen.states[-40:])
    assert len(seen.stays) == 1


def test_a_vehicle_in_front_takes_its_own_slot_and_hides_the_one_behind() -> None:
    behind = slot("behind", 40, 122)
    camera = replace(CAMERA, slots=(*CAMERA.slots, behind))
    tall = Body((40, 110, 100, 199), look=3, class_name="bus")
    seen = Watched(camera).see([], 6).see([tall], 3)
    assert seen.states[-1]["c.a"] == "occupied"
    assert seen.states[-1]["c.behind"] != "occupied"


def test_two_wheelers_are_counted_apart() -> None:
    bike = replace(CAR, class_name="motorcycle")
    seen = Watched().see([], 6).see([bike, Body((124, 150, 176, 199), look=4)], 5)
    assert (seen.last("two_wheelers"), seen.last("cars")) == (1, 1)
    assert {e.attributes["class"] for e in seen.events} == {"car", "two_wheeler"}


occluded = st.lists(
    st.tuples(st.sampled_from(["none", "flicker", "man", "unseen man", "bus"]), st.integers(1, 6)), max_size=12
)


@settings(max_examples=12, deadline=None)
@given(occluded)
def test_a_parked_vehicle_through_any_occlusions_is_one_stay(what: list[tuple[str, int]]) -> None:
    before: dict[str, list[Body]] = {
        "none": [CAR],
        "flicker": [LOST],
        "man": [CAR, MAN],
        "unseen man": [CAR, replace(MAN, box=(50, 130, 66, 206), seen=False)],
        "bus": [LOST, BUS],
    }
    seen = Watched().see([], 6).see([CAR], 4)
    for name, times in what:
        seen.see(before[name], times)
    seen.see([CAR], 2).see([], 5)
    (stay,) = seen.stays.values()
    assert stay.start == T0 + timedelta(seconds=60)
    assert stay.end == T0 + timedelta(seconds=10 * (seen.n - 6))


@settings(max_examples=6, deadline=None)
@given(st.permutations([CAR, MAN, BUS, Body((124, 150, 176, 199), look=4), Body((204, 150, 256, 199), look=5)]))
def test_the_order_of_the_boxes_does_not_matter(bodies: list[Body]) -> None:
    def told(order: Callable[[list[Body]], list[Body]]) -> tuple[list[Event], list[dict[str, SlotState]]]:
        seen = Watched().see([], 5).see(order(bodies), 5)
        return seen.events, seen.states

    assert told(lambda given: given) == told(lambda given: sorted(given, key=lambda b: b.box))


def test_cars_in_an_unmarked_zone_are_held_against_its_capacity() -> None:
    camera = replace(CAMERA, slots=(), zones=(replace(ZONE, capacity=5),))
    cars = [CAR, Body((124, 150, 176, 199), look=4)]
    seen = Watched(camera).see([], 2).see(cars, 10)
    assert (seen.last("occupied"), seen.last("free")) == (2, 3)
    seen.see([LOST, BUS], 4).see(cars[:1], 6)
    assert (seen.last("occupied"), seen.last("free")) == (1, 4)
    assert sorted(event.end is None for event in seen.stays.values()) == [False, True]


def test_a_car_that_only_stops_in_an_unmarked_zone_does_not_park() -> None:
    camera = replace(CAMERA, slots=())
    assert Watched(camera).see([], 2).see([CAR], 4).see([], 10).events == []


def test_a_gap_in_the_pictures_ends_no_stay() -> None:
    seen = Watched().see([], 6).see([CAR], 5)
    assert seen.analyser.close(T0).events == ()
    seen.n += 30
    assert seen.see([CAR], 4).states[-1]["c.a"] == "occupied"
    assert len(seen.stays) == 1


def test_a_silent_detector_alone_never_convinces() -> None:
    belief = Belief()
    for _ in range(1000):
        belief.step(10, [Cue(-0.4, -0.8)])
    assert belief.state == "unknown"
    belief.step(10, [Cue(3.0, 3.0), Cue(0.5, 0.1)])
    assert belief.log_odds > SURE


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.1, 3)), max_size=6))
def test_the_order_of_the_cues_does_not_matter(pairs: list[tuple[float, float]]) -> None:
    cues = [Cue(weight, limit if weight > 0 else -limit) for weight, limit in pairs]
    one, other = Belief(), Belief()
    one.step(5, cues)
    other.step(5, cues[::-1])
    assert one.log_odds == pytest.approx(other.log_odds)
