"""Both detectors are counted on the same samples, and what only one of them saw is in neither."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pantau.evaluate.bridge import Stretch, bridges
from pantau.ingest.fake import FakeSource
from pantau.pipeline import Parts, watch
from pantau.ports import Detector
from pantau.replay import analysers_of, keys_of
from pantau.see.fake import FakeDetector, FakeEmbedder
from pantau.see.tracker import TwoStageTracker
from pantau.shadow.beside import Beside
from pantau.shadow.twin import Twin
from pantau.shadow.witness import counts
from pantau.types import Detections, Run
from tests.made_street import CAMERA, START, SWING_S, BlindEvery, street
from tests.staged_loop import MemoryBoard, MemorySink

LENGTH_S = 240.0
SWINGS = int(LENGTH_S / SWING_S)


def compared(detector: Detector, length_s: float = LENGTH_S) -> list[Stretch]:
    twin = Twin(CAMERA, detector, "old")
    found = []
    last = START
    for frame, old in street(length_s):
        found += twin.look(frame, old)
        last = frame.time
    return found + twin.end(last)


def crossings(stretches: list[Stretch]) -> tuple[float, float, int]:
    cells = [cell for one in stretches for cell in one.cells if cell.direction]
    return sum(c.old for c in cells), sum(c.new for c in cells), sum(c.both for c in cells)


def test_two_that_see_alike_count_alike() -> None:
    found = compared(BlindEvery())
    assert crossings(found) == (SWINGS, SWINGS, SWINGS)
    assert [(one.given, one.seen, one.length_s) for one in found] == [(300, 300, 60)] * 4
    assert {cell.road_user for one in found for cell in one.cells} == {"person"}


def test_one_that_is_blind_every_fourth_time_counts_three_quarters() -> None:
    old, new, both = crossings(compared(BlindEvery(4)))
    assert (old, new, both) == (SWINGS, SWINGS * 3 // 4, SWINGS * 3 // 4)


def test_who_is_inside_a_zone_is_compared_too() -> None:
    (bridge,) = bridges(compared(BlindEvery(2)))
    (inside,) = (row for row in bridge.rows if row.inside)
    assert inside.place == "a.Z"
    assert 0.4 < inside.old < 0.7  # half of the time
    assert inside.ratio == pytest.approx(0.5, abs=0.15)


def test_a_sample_that_only_the_old_one_saw_is_in_neither() -> None:
    swing = int(SWING_S * 5)
    script = [old for _, old in street(SWING_S * 2)]
    twin = Twin(CAMERA, FakeDetector([*script[:swing], *[None] * swing], "new"), "old")
    found, last = [], START
    for frame, old in street(SWING_S * 2):
        found += twin.look(frame, old)
        last = frame.time
    (one,) = found + twin.end(last)
    assert (one.given, one.seen) == (2 * swing, swing)
    assert crossings([one]) == (1, 1, 1)


def test_samples_that_were_lost_on_the_way_are_told() -> None:
    twin = Twin(CAMERA, BlindEvery(), "old")
    for frame, old in list(street(10.0))[::5]:
        twin.look(frame, old, lost=4)
    (one,) = twin.end(START + timedelta(seconds=10))
    assert one.share == pytest.approx(0.2)


def test_a_pair_on_both_sides_of_a_minute_is_a_pair() -> None:
    """Shifted so that the line is crossed at 59.9 s; the newcomer sees everything four samples late."""
    shift = timedelta(seconds=2.9)
    frames = [(replace(frame, time=frame.time + shift), old) for frame, old in street(SWING_S, begin_s=54.0)]
    late = [Detections.empty()] * 4 + [old for _, old in frames]
    twin = Twin(CAMERA, FakeDetector(late, "new"), "old")
    for frame, old in frames:
        twin.look(frame, old)
    found = twin.end(frames[-1][0].time)
    sides = [[(c.old, c.new, c.both) for c in one.cells if c.direction] for one in found]
    assert sides == [[(1, 0, 1)], [(0, 1, 0)]]


def test_a_quiet_sample_keeps_what_was_found() -> None:
    frames = list(street(4.0))
    detector = FakeDetector([old for _, old in frames], "new")
    twin = Twin(CAMERA, detector, "old")
    for number, (frame, old) in enumerate(frames):
        twin.look(replace(frame, quiet=number % 2 == 1), old)
    assert detector.calls == len(frames) / 2


def test_the_old_ones_counts_are_those_that_the_loop_stores_and_the_loop_is_as_without() -> None:
    def run(witness: Beside | None) -> MemorySink:
        script = list(street(LENGTH_S))
        analysers = analysers_of(CAMERA, "UTC", FakeEmbedder)
        sink = MemorySink()
        watch(
            Parts(
                camera=CAMERA,
                run=Run(
                    id="r", camera="a", kind="live", started=START, keys=keys_of(analysers),
                    method={"visitors": "m"}, cadence_s={"visitors": 0.2},
                ),
                source=FakeSource([frame for frame, _ in script]),
                detector=FakeDetector([old for _, old in script]),
                tracker=TwoStageTracker(),
                analysers=(*analysers, *((witness,) if witness else ())),
                sink=sink,
                board=MemoryBoard(),
            )
        )  # fmt: skip
        return sink

    beside = Beside(CAMERA, BlindEvery(4), "old")
    with_it, without = run(beside), run(None)
    assert with_it.batches == without.batches
    stored = [event for event in with_it.events if event.kind == "crossing"]
    old, new, _ = crossings(list(beside.end()))
    assert (old, new) == (len(stored), len(stored) * 3 // 4)


def test_a_camera_that_counts_nothing_is_not_compared() -> None:
    assert counts(CAMERA)
    assert not counts(replace(CAMERA, lines=(), zones=()))
    assert not counts(replace(CAMERA, analysers=("water",)))
