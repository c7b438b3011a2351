"""A function learns from its own place only, says how well, and is silent where it knows nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from pantau.errors import DataError
from pantau.findings import Findings
from pantau.lessons import FEWEST, Example, Label, Lesson
from pantau.measure.lesson import group, learn, packed
from pantau.measure.taught import TaughtAnalyser, picture_of
from pantau.places import Camera, Zone
from pantau.ports import Analyser
from pantau.see.fake import FakeEmbedder
from pantau.types import EPOCH, Detections, Frame, Tracks, View

ZONE = Zone(id="a.jalan", camera="a", name="Jalan: banjir", polygon=((0, 0), (1, 0), (1, 1), (0, 1)), kind="scene")
CAMERA = Camera(id="a", name="A", source="x", zones=(ZONE,), analysers=("scene",))
EYES = FakeEmbedder()
GREY, BROWN = (120, 120, 120), (40, 90, 150)


def picture(colour: tuple[int, int, int], shade: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = np.zeros((48, 64, 3), np.uint8)
    image[:] = np.clip(np.multiply(colour, shade), 0, 255)
    return image


def example(number: int, label: Label, shade: float, *, apart_s: float = 28_800.0) -> Example:
    vector = EYES.embed(picture(BROWN if label == "yes" else GREY, shade), ZONE.polygon, np.empty((0, 4), np.float32))
    assert vector is not None
    when = EPOCH + timedelta(seconds=number * apart_s)
    return Example(
        place=ZONE.id, revision=1, picture=picture_of(vector), label=label, time=when, marked=when, by="test",
        model=EYES.method, vector=packed(vector),
    )  # fmt: skip


def examples(n: int = 6, *, apart_s: float = 28_800.0) -> tuple[Example, ...]:
    shades = np.linspace(0.7, 1.3, n)
    return tuple(
        example(2 * number + (label == "yes"), label, float(shade), apart_s=apart_s)
        for number, shade in enumerate(shades)
        for label in ("normal", "yes")
    )


def see(analyser: TaughtAnalyser, colour: tuple[int, int, int], at_s: float) -> Findings:
    frame = Frame("a", EPOCH + timedelta(seconds=at_s), picture(colour, 1.02), 1, at_s)
    return analyser.step(View(frame, Detections.empty(), Tracks.empty()))


def taught(marked: tuple[Example, ...], zone: Zone = ZONE) -> TaughtAnalyser:
    lesson = Lesson(place=zone.id, revision=1, learned=EPOCH, by="test", examples=marked)
    return TaughtAnalyser(replace(CAMERA, zones=(zone,), lessons=(lesson,)), 0.2, EYES)


def test_it_tells_the_two_kinds_apart_and_reports_its_error() -> None:
    function = learn(examples(), ZONE, EYES.method)
    assert (function.report.normal, function.report.yes, function.report.groups) == (6, 6, 12)
    assert function.report.error == 0
    assert function.report.interval is not None
    assert 0.1 < function.report.interval[1] < 0.5  # twelve moments are few, and it says so
    assert learn(examples()[::-1], ZONE, EYES.method).digest == function.digest


def test_labels_without_meaning_are_reported_as_error() -> None:
    rng = np.random.default_rng(1)
    rows = [
        replace(one, vector=packed(row / np.linalg.norm(row)), picture=f"{n:064}")
        for n, (one, row) in enumerate(zip(examples(20), rng.normal(0, 1, (40, 6)).astype(np.float32), strict=True))
    ]
    report = learn(rows, ZONE, EYES.method).report
    assert report.error is None or report.error > 0.25


def test_neighbours_in_time_are_one_group_and_one_moment_leaves_the_error_unknown() -> None:
    assert group([EPOCH, EPOCH + timedelta(seconds=60), EPOCH + timedelta(hours=7)]).tolist() == [0, 0, 1]
    report = learn(examples(apart_s=1.0), ZONE, EYES.method).report
    assert (report.groups, report.error, report.interval) == (1, None, None)


@pytest.mark.parametrize(("kept", "missing"), [(3, "2 more normal and 2 more not normal"), (0, "5 more normal")])
def test_too_few_are_refused_with_how_many_are_missing(kept: int, missing: str) -> None:
    with pytest.raises(DataError, match=missing):
        learn(examples()[: 2 * kept], ZONE, EYES.method)


def test_one_kind_only_is_refused() -> None:
    only = [one for one in examples(FEWEST + 1) if one.label == "normal"]
    with pytest.raises(DataError, match="5 more not normal"):
        learn(only, ZONE, EYES.method)


def test_two_labels_for_one_still_are_refused_naming_it() -> None:
    twice = replace(examples()[0], label="yes")
    with pytest.raises(DataError, match=twice.picture[:8]):
        learn([*examples(), twice], ZONE, EYES.method)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"place": "b.jalan"}, "not of 'a.jalan'"),
        ({"revision": 2}, "revision 2"),
        ({"model": "other"}, "mark it again"),
    ],
)
def test_examples_from_elsewhere_are_refused(changed: dict[str, object], said: str) -> None:
    first, *rest = examples()
    with pytest.raises(DataError, match=said):
        learn([replace(first, **changed), *rest], ZONE, EYES.method)  # type: ignore[arg-type]  # one field at a time


def test_yes_is_counted_and_becomes_an_event_that_ends() -> None:
    analyser = taught(examples())
    assert isinstance(analyser, Analyser)
    values = [{o.indicator: o.value for o in see(analyser, GREY, 10.0 * n).observations} for n in range(2)]
    assert values == [{"scene.n": 1.0}] * 2
    flooded = [see(analyser, BROWN, 20.0 + 10 * n) for n in range(3)]
    assert {o.indicator: o.value for o in flooded[0].observations} == {"scene.yes_s": 10.0, "scene.n": 1.0}
    (begun,) = [event for found in flooded for event in found.events]
    assert begun.kind == "taught"
    assert begun.end is None
    (ended,) = [event for n in range(3) for event in see(analyser, GREY, 60.0 + 10 * n).events]
    assert ended.id == begun.id
    assert ended.end == EPOCH + timedelta(seconds=70)


def test_a_scene_like_no_example_is_not_answered_and_not_observed() -> None:
    found = see(taught(examples()), (250, 20, 20), 0.0)
    assert found.sights[0].answer == "abstain"
    assert {o.indicator: o.value for o in found.observations} == {"scene.abstain_s": 10.0}
    assert [one.share for one in found.unseen] == [1.0]


def test_a_moved_place_expires_the_function() -> None:
    analyser = taught(examples(), replace(ZONE, revision=2))
    assert analyser.keys == ()
    found = see(analyser, BROWN, 0.0)
    assert found.observations == ()
    assert found.sights[0].answer == "untaught"
    assert "moved" in found.sights[0].fault
