"""Visitors and traffic as analysers: keys, observations, events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from bench.road import Camera as Eye
from pantau import vocabulary
from pantau.errors import ConfigError
from pantau.findings import Findings
from pantau.manual import service
from pantau.measure.analysers import ANALYSERS, analyser
from pantau.measure.traffic import TrafficAnalyser
from pantau.measure.visitors import VisitorsAnalyser
from pantau.places import Camera, Line, Road, Zone
from pantau.ports import Analyser
from pantau.types import CLASSES, EPOCH, Detections, Event, Frame, Key, Observation, Tracks, View

LINE = Line(id="gate", camera="c", name="gate", start=(0.5, 1.0), end=(0.5, 0.0), revision=3)
ZONE = Zone(id="yard", camera="c", name="yard", polygon=((0.4, 0.0), (0.6, 0.0), (0.6, 1.0), (0.4, 1.0)), revision=2)
CAMERA = Camera(id="c", name="c", source="clip.avi", lines=(LINE,), zones=(ZONE,))
CALIBRATED = replace(
    CAMERA,
    lines=(LINE, replace(LINE, id="other", start=(0.7, 1.0), end=(0.7, 0.0))),
    ground=Eye().calibration([(-6.0, 12.0), (6.0, 12.0), (6.0, 40.0), (-6.0, 40.0)]),
    road=Road(manual="PKJI-2023", type="4/2-T", service=service("KM-14-2006")),
)
Spot = tuple[int, float, float, str]


def view(time: datetime, spots: Sequence[Spot], ended: tuple[int, ...] = ()) -> View:
    boxes = np.array([[x - 15, y - 80, x + 15, y] for _, x, y, _ in spots], np.float32).reshape(-1, 4)
    class_id = np.array([CLASSES.index(name) for *_, name in spots], np.int64)
    found = Detections(boxes, np.full(len(spots), 0.8, np.float32), class_id)
    identity = np.array([s[0] for s in spots], np.int64)
    frame = Frame("c", time, np.zeros((600, 800, 3), np.uint8), 1, 0.0)
    return View(frame, found, Tracks(found, identity, np.zeros((len(spots), 2), np.float32), ended))


def run(subject: Analyser, samples: Sequence[Sequence[Spot]]) -> tuple[list[Observation], list[Event]]:
    found = [subject.step(view(EPOCH + timedelta(seconds=i / 5), spots)) for i, spots in enumerate(samples)]
    found.append(subject.close(EPOCH + timedelta(seconds=len(samples) / 5)))
    return [o for f in found for o in f.observations], [e for f in found for e in f.events]


def crossing(name: str, track: int = 1) -> list[list[Spot]]:
    return [[(track, 200.0 + 20 * i, 300.0, name)] for i in range(21)]


SELDOM = {"parking": 10.0, "scene": 10.0, "health": 10.0, "water": 20.0, "litter": 30.0}
"""Seconds between the samples of analysers of what changes slowly."""


@pytest.mark.parametrize("name", sorted(ANALYSERS))
def test_every_built_in_is_an_analyser_of_its_family(name: str) -> None:
    subject = analyser(name)(CALIBRATED, 0.2)
    assert isinstance(subject, Analyser)
    assert subject.family == name
    assert subject.needs.cadence_s == SELDOM.get(name, 0.2)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'sheep'.*traffic, visitors"):
        analyser("sheep")


def test_it_measures_each_line_both_ways_and_each_zone() -> None:
    assert VisitorsAnalyser(CAMERA, 0.2).keys == (
        Key("visitors", "gate", 3, "forward"),
        Key("visitors", "gate", 3, "backward"),
        Key("visitors", "yard", 2, ""),
    )


def test_a_person_across_the_line_is_one_visitor_and_no_traffic() -> None:
    observations, events = run(VisitorsAnalyser(CAMERA, 0.2), crossing("person"))
    [passed] = [o for o in observations if o.indicator == "visitors.person"]
    assert (passed.place, passed.direction, passed.value, passed.duration_s) == ("gate", "forward", 1.0, 0.0)
    [event] = [e for e in events if e.kind == "crossing"]
    assert event.start == passed.time
    assert event.attributes == {"direction": "forward", "class": "person", "confidence": 1.0}
    others, events = run(TrafficAnalyser(CAMERA, 0.2), crossing("person"))
    assert {o.indicator for o in others} == {"traffic.inside"}
    assert {o.value for o in others} == {0.0}
    assert events == []


@pytest.mark.parametrize("name", [n for n in CLASSES if n != "person"])
def test_each_class_of_vehicle_has_its_indicator(name: str) -> None:
    observations, _ = run(TrafficAnalyser(CAMERA, 0.2), crossing(name))
    assert [o.indicator for o in observations if o.direction] == [f"traffic.{name}"]


def test_everything_it_says_is_in_the_vocabulary() -> None:
    for name, kind in (("visitors", "person"), ("traffic", "car")):
        observations, _ = run(analyser(name)(CAMERA, 0.2), crossing(kind))
        for observation in observations:
            assert vocabulary.indicator(observation.indicator).family == name


def test_inside_is_said_for_every_sample_and_stands_for_its_cadence() -> None:
    observations, _ = run(VisitorsAnalyser(CAMERA, 0.2), crossing("person"))
    inside = [o for o in observations if o.indicator == "visitors.inside"]
    assert len(inside) == 21
    assert {o.duration_s for o in inside} == {0.2}
    assert {o.value for o in inside} == {0.0, 1.0}


def test_a_stay_has_its_dwell_and_an_event() -> None:
    rows: list[list[Spot]] = [
        [(1, 400.0, 300.0, "person")] if 5 <= i < 46 else [(1, 100.0, 300.0, "person")] for i in range(60)
    ]
    observations, events = run(VisitorsAnalyser(CAMERA, 0.2), rows)
    [dwell] = [o for o in observations if o.indicator == "visitors.dwell"]
    assert dwell.value == pytest.approx(8.0)
    [stay] = [e for e in events if e.kind == "stay"]
    assert stay.attributes["dwell_s"] == 8.0
    assert stay.end is not None
    assert (stay.end - stay.start).total_seconds() == pytest.approx(8.0)


def test_the_same_footage_gives_the_same_event_ids_and_two_at_once_differ() -> None:
    both: list[list[Spot]] = [[*a, (2, *a[0][1:])] for a in crossing("person")]
    first = [e.id for e in run(VisitorsAnalyser(CAMERA, 0.2), both)[1] if e.kind == "crossing"]
    again = [e.id for e in run(VisitorsAnalyser(CAMERA, 0.2), both)[1] if e.kind == "crossing"]
    assert first == again
    assert len(set(first)) == 2


def test_it_stays_usable_after_a_close() -> None:
    subject = VisitorsAnalyser(CAMERA, 0.2)
    run(subject, crossing("person"))
    _, events = run(subject, crossing("person", track=2))
    assert [e.kind for e in events if e.kind == "crossing"] == ["crossing"]


def test_a_camera_without_places_says_nothing() -> None:
    bare = Camera(id="c", name="c", source="clip.avi")
    subject = VisitorsAnalyser(bare, 0.2)
    assert subject.keys == ()
    assert subject.step(view(EPOCH, [(1, 100, 300, "person")])) == Findings()
