"""Riders belong to their two-wheelers, pushed bicycles to their walkers; pedestrians who pass one belong to nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from pantau.see.tracker import TwoStageTracker
from pantau.types import CLASSES, EPOCH, Detections, Tracks

Box = tuple[float, float, float, float, str]
"""centre x, bottom y, width, height, class"""


def tracked(samples: Sequence[Sequence[Box]]) -> list[Tracks]:
    """The tracks that each sample shows."""
    tracker = TwoStageTracker()
    out = []
    for i, rows in enumerate(samples):
        xyxy = np.array([[x - w / 2, y - h, x + w / 2, y] for x, y, w, h, _ in rows], np.float32).reshape(-1, 4)
        class_id = np.array([CLASSES.index(name) for *_, name in rows], np.int64)
        found = Detections(xyxy, np.full(len(rows), 0.8, np.float32), class_id)
        out.append(tracker.step(found, EPOCH + timedelta(seconds=i / 5)))
    return out


def shown(samples: Sequence[Sequence[Box]]) -> list[list[str]]:
    """The classes of the tracks that each sample shows."""
    return [[CLASSES[c] for c in tracks.detections.class_id] for tracks in tracked(samples)]


def motorcycle(x: float, y: float = 300) -> list[Box]:
    return [(x, y, 70, 50, "motorcycle"), (x, y - 8, 34, 78, "person")]


def test_rider_and_motorcycle_are_one_motorcycle() -> None:
    samples = shown([motorcycle(100 + 40 * i) for i in range(15)])
    assert samples == [["motorcycle"]] * 15


def test_a_rider_who_waits_at_a_light_stays_a_rider() -> None:
    xs = [100 + 40.0 * i for i in range(8)] + [380.0] * 20 + [380 + 40.0 * i for i in range(8)]
    assert all(sample == ["motorcycle"] for sample in shown([motorcycle(x) for x in xs]))


def test_a_dense_crowd_of_motorcycles_shows_every_motorcycle_and_no_rider() -> None:
    rows = [[box for n in range(8) for box in motorcycle(60 + 95 * n + 25 * i, 260 + 30 * (n % 3))] for i in range(12)]
    assert all(sample == ["motorcycle"] * 8 for sample in shown(rows)[2:])


def test_a_pedestrian_who_passes_a_parked_motorcycle_stays_a_pedestrian() -> None:
    parked: Box = (400, 300, 70, 50, "motorcycle")
    samples = shown([[parked, (250 + 15.0 * i, 305, 34, 90, "person")] for i in range(20)])
    assert all("person" in sample for sample in samples)


def test_a_pedestrian_beside_a_passing_motorcycle_stays_a_pedestrian() -> None:
    samples = shown([[(100 + 50.0 * i, 300, 70, 50, "motorcycle"), (300, 310, 34, 90, "person")] for i in range(12)])
    assert all("person" in sample for sample in samples)


def cycle(x: float, y: float, *, feet: float = -8, offset: float = 0.0) -> list[Box]:
    """A bicycle seen from its side (70 px are 1.8 m) and a person of 78 px by it."""
    return [(x, y, 70, 45, "bicycle"), (x + offset, y + feet, 34, 78, "person")]


def test_a_bicycle_ridden_past_is_one_bicycle() -> None:
    samples = shown([cycle(60 + 35.0 * i, 300) for i in range(15)])  # 175 px/s: 3.8 m/s
    assert samples[2:] == [["bicycle"]] * 13


def test_somebody_who_pushes_a_bicycle_is_a_pedestrian() -> None:
    samples = shown([cycle(60 + 11.0 * i, 300, feet=3, offset=-15) for i in range(25)])  # 55 px/s: 1.2 m/s
    assert samples[3:] == [["person"]] * 22


def test_somebody_who_stops_with_a_pushed_bicycle_stays_a_pedestrian() -> None:
    xs = [60 + 11.0 * i for i in range(10)] + [159.0] * 15 + [159 + 11.0 * i for i in range(10)]
    assert shown([cycle(x, 300, feet=3, offset=-15) for x in xs])[5:] == [["person"]] * 30


def test_a_bicycle_that_is_pushed_and_then_ridden_is_both_in_turn() -> None:
    xs = [60 + 11.0 * i for i in range(12)] + [181 + 36.0 * i for i in range(12)]
    samples = shown([cycle(x, 300, feet=-4) for x in xs])
    assert (samples[8], samples[-1]) == (["person"], ["bicycle"])


def test_a_bicycle_that_comes_towards_the_camera_is_ridden_unless_somebody_walks_beside_it() -> None:
    """Along the view every speed looks slow; where the person is decides."""
    front: list[Sequence[Box]] = []
    beside: list[Sequence[Box]] = []
    for i in range(15):
        y, grow = 200 + 8.0 * i, 1 + 0.03 * i
        wheel: Box = (300, y, 28 * grow, 45 * grow, "bicycle")
        front.append([wheel, (301, y - 6, 32 * grow, 78 * grow, "person")])
        beside.append([wheel, (300 + 24 * grow, y, 32 * grow, 78 * grow, "person")])
    assert shown(front)[3:] == [["bicycle"]] * 12
    assert shown(beside)[4:] == [["person"]] * 11


def test_a_motorcycle_that_is_paddled_through_a_jam_stays_a_motorcycle() -> None:
    rows = [[(60 + 8.0 * i, 300, 70, 50, "motorcycle"), (60 + 8.0 * i, 298, 34, 78, "person")] for i in range(20)]
    assert shown(rows)[2:] == [["motorcycle"]] * 18


def test_a_walker_beside_a_ridden_bicycle_takes_no_bicycle_away() -> None:
    """Somebody on foot is overtaken: the bicycle has its rider, the walker stays."""
    rows = [[*cycle(40 + 35.0 * i, 300), (200 + 11.0 * i, 306, 34, 80, "person")] for i in range(12)]
    assert all(sorted(sample) == ["bicycle", "person"] for sample in shown([list(r) for r in rows])[3:])


def test_a_narrow_rider_and_a_pillion_belong_to_the_motorcycle() -> None:
    """Seen from the side at 3 m/s: 1.9 m of motorcycle, a rider of half a metre, a pillion behind."""
    rows: list[list[Box]] = []
    for i in range(15):
        x = 80 + 24.0 * i
        rows.append([(x, 300, 76, 44, "motorcycle"), (x + 8, 292, 22, 68, "person"), (x - 14, 291, 22, 68, "person")])
    assert all(sample == ["motorcycle"] for sample in shown(rows)[2:])


def test_who_rides_on_and_gets_off_elsewhere_is_told_to_have_gone() -> None:
    """So that nobody draws their path from where they got on to where they got off, over a line between."""
    walk_in: list[list[Box]] = [
        [(400, 300, 70, 50, "motorcycle"), (200 + 20.0 * i, 292, 34, 78, "person")] for i in range(11)
    ]
    ride = [motorcycle(400 + 30.0 * i) for i in range(12)]
    walk_off: list[list[Box]] = [
        [(730, 300, 70, 50, "motorcycle"), (730 + 20.0 * i, 310, 34, 90, "person")] for i in range(15)
    ]
    steps = tracked([*walk_in, *ride, *walk_off])
    people = [
        [int(i) for i, c in zip(step.track_id, step.detections.class_id, strict=True) if c == 0] for step in steps
    ]
    assert len(people[5]) == len(people[-1]) == 1
    assert people[20] == []
    assert people[-1] != people[5]
    assert [step.ended for step in steps if step.ended] == [tuple(people[5])]
