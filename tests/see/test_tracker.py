"""The tracker on made-up scenes: who keeps their id, and what happens to bad input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.errors import DataError
from pantau.ports import Tracker
from pantau.see.tracker import TrackerSettings, TwoStageTracker
from pantau.types import CLASSES, EPOCH, Detections, Tracks

Row = tuple[float, float, float, float, float, str]
"""centre x, bottom y, width, height, confidence, class"""


def detections(rows: Sequence[Row]) -> Detections:
    boxes = [[x - w / 2, y - h, x + w / 2, y] for x, y, w, h, _, _ in rows]
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array([row[4] for row in rows], np.float32),
        np.array([CLASSES.index(row[5]) for row in rows], np.int64),
    )


def person(x: float, y: float, confidence: float = 0.8) -> Row:
    return (x, y, 30.0, 80.0, confidence, "person")


def track(samples: Sequence[Sequence[Row]], fps: float = 5.0, tracker: TwoStageTracker | None = None) -> list[Tracks]:
    tracker = tracker or TwoStageTracker()
    return [tracker.step(detections(rows), EPOCH + timedelta(seconds=i / fps)) for i, rows in enumerate(samples)]


def ids(steps: Sequence[Tracks]) -> set[int]:
    return {int(i) for step in steps for i in step.track_id}


def test_it_is_a_tracker() -> None:
    assert isinstance(TwoStageTracker(), Tracker)


def test_a_walker_keeps_one_id() -> None:
    steps = track([[person(100 + 14 * i, 300)] for i in range(20)])
    assert ids(steps) == {1}
    assert sum(len(s) for s in steps) == 20


def test_velocity_is_that_of_the_ground_point_in_pixels_per_second() -> None:
    steps = track([[person(100 + 14 * i, 300 + 4 * i)] for i in range(20)])
    assert steps[-1].velocity[0] == pytest.approx([70, 20], abs=4)


def test_a_vehicle_that_moves_more_than_its_length_per_sample_keeps_its_id() -> None:
    steps = track([[(60 + 100.0 * i, 200.0, 70.0, 45.0, 0.8, "car")] for i in range(8)])
    assert ids(steps) == {1}


def test_two_people_who_pass_each_other_keep_their_ids() -> None:
    steps = track([[person(100 + 15 * i, 300), person(400 - 15 * i, 306)] for i in range(20)])
    assert ids(steps) == {1, 2}
    for one in (1, 2):
        xs = [x for s in steps for x in s.detections.ground[s.track_id == one, 0].tolist()]
        assert abs(xs[-1] - xs[0]) == pytest.approx(15 * 19)


def test_someone_behind_a_lamp_post_keeps_their_id() -> None:
    hidden = {8, 9, 10, 11}
    steps = track([[] if i in hidden else [person(100 + 14 * i, 300)] for i in range(20)])
    assert ids(steps) == {1}


def test_unsure_boxes_go_on_with_a_track_but_begin_none() -> None:
    steps = track([[person(100 + 14 * i, 300, 0.8 if i < 4 else 0.15), person(500, 300, 0.15)] for i in range(15)])
    assert ids(steps) == {1}
    assert len(steps[-1]) == 1


def test_a_change_of_class_does_not_change_the_id() -> None:
    names = ["car", "truck", "car", "bus", "car", "truck"]
    steps = track([[(100 + 40.0 * i, 200.0, 70.0, 45.0, 0.8, names[i % 6])] for i in range(12)])
    assert ids(steps) == {1}


def test_one_vehicle_called_car_and_truck_at_once_is_one_track() -> None:
    rows: list[list[Row]] = [
        [(100 + 30.0 * i, 200.0, 70.0, 45.0, 0.8, "car"), (101 + 30.0 * i, 201.0, 71.0, 45.0, 0.6, "truck")]
        for i in range(8)
    ]
    assert ids(track(rows)) == {1}


def test_small_shake_of_the_camera_changes_no_id() -> None:
    shake = np.random.default_rng(5).normal(0, 3, (40, 2))
    rows = [
        [person(100 + 10 * i + dx, 300 + dy), person(700 - 10 * i + dx, 420 + dy)] for i, (dx, dy) in enumerate(shake)
    ]
    assert ids(track(rows)) == {1, 2}


def test_the_step_may_vary() -> None:
    tracker, seen = TwoStageTracker(), set()
    for t in (0.0, 0.16, 0.4, 0.56, 0.8, 1.5, 1.66, 1.9):
        tracks = tracker.step(detections([person(100 + 80 * t, 300)]), EPOCH + timedelta(seconds=t))
        seen |= {int(i) for i in tracks.track_id}
    assert seen == {1}


def test_each_end_is_reported_once_and_no_id_comes_back() -> None:
    rows = [[person(100 + 14 * i, 300)] if i % 40 < 20 else [] for i in range(200)]
    tracker = TwoStageTracker()
    steps = track(rows, tracker=tracker)
    ended = [i for step in steps for i in step.ended] + list(tracker.close())
    assert sorted(ended) == sorted(ids(steps)) == list(range(1, 6))
    assert tracker.close() == ()


def test_an_id_that_ended_is_not_seen_again() -> None:
    gone: set[int] = set()
    for step in track([[person(100 + 14 * i, 300)] if i % 30 < 15 else [] for i in range(120)]):
        assert not gone & set(step.track_id.tolist())
        gone |= set(step.ended)


@pytest.mark.parametrize("late_s", [0.0, -0.2])
def test_a_sample_out_of_order_is_refused(late_s: float) -> None:
    tracker = TwoStageTracker()
    tracker.step(detections([]), EPOCH)
    tracker.step(detections([]), EPOCH + timedelta(seconds=1))
    with pytest.raises(DataError, match=r"expected a time after 1\.000 s"):
        tracker.step(detections([]), EPOCH + timedelta(seconds=1 + late_s))


def test_times_may_start_anew_after_a_close() -> None:
    tracker = TwoStageTracker()
    tracker.step(detections([person(100, 300)]), EPOCH + timedelta(seconds=9))
    assert tracker.close() == (1,)
    assert tracker.step(detections([person(100, 300)]), EPOCH).track_id.tolist() == [2]


def test_boxes_that_are_no_boxes_are_dropped_and_counted() -> None:
    bad = detections(
        [person(100, 300), person(200, 300), person(300, 300), (400, 300, 0, 80, 0.8, "person"), person(9, 9)]
    )
    bad.xyxy[0, 0] = np.nan
    bad.xyxy[1, 2] = np.inf
    bad.confidence[2] = np.nan
    bad.class_id[4] = -1
    tracker = TwoStageTracker()
    assert len(tracker.step(bad, EPOCH)) == 0
    assert tracker.dropped == 5


def test_thousands_of_boxes_are_capped() -> None:
    rng = np.random.default_rng(1)
    rows = [person(float(x), float(y)) for x, y in rng.uniform(0, 20_000, (5_000, 2))]
    tracker = TwoStageTracker(TrackerSettings(boxes=64))
    assert len(tracker.step(detections(rows), EPOCH)) <= 64
    assert tracker.dropped >= 5_000 - 64


@st.composite
def crowds(draw: st.DrawFn) -> list[list[Row]]:
    """Up to six people who walk straight on, each sometimes unseen."""
    people = draw(
        st.lists(
            st.tuples(st.integers(0, 700), st.integers(100, 500), st.integers(-15, 15), st.integers(-6, 6)),
            min_size=1,
            max_size=6,
        )
    )
    samples = draw(st.integers(2, 12))
    unseen = draw(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 11)), max_size=8))
    return [
        [
            person(x + vx * i, y + vy * i, 0.5 + 0.07 * n)
            for n, (x, y, vx, vy) in enumerate(people)
            if (n, i) not in unseen
        ]
        for i in range(samples)
    ]


@given(crowds(), st.randoms(use_true_random=False))
def test_the_order_of_the_boxes_does_not_matter(crowd: list[list[Row]], random: object) -> None:
    shuffled = [list(rows) for rows in crowd]
    for rows in shuffled:
        random.shuffle(rows)  # type: ignore[attr-defined]  # Hypothesis's Random
    for a, b in zip(track(crowd), track(shuffled), strict=True):
        assert a.track_id.tolist() == b.track_id.tolist()
        assert a.detections.xyxy.tolist() == b.detections.xyxy.tolist()


@given(crowds())
def test_ids_are_unique_in_a_sample_and_each_ends_once(crowd: list[list[Row]]) -> None:
    tracker = TwoStageTracker()
    ended: list[int] = []
    for step in track(crowd, tracker=tracker):
        assert len(set(step.track_id.tolist())) == len(step)
        assert not set(step.track_id.tolist()) & set(ended)
        ended += step.ended
    ended += tracker.close()
    assert len(ended) == len(set(ended))


def test_two_trackers_share_nothing() -> None:
    def first() -> Iterator[int]:
        for _ in range(2):
            yield int(TwoStageTracker().step(detections([person(100, 300)]), EPOCH).track_id[0])

    assert list(first()) == [1, 1]


def test_while_the_detections_are_the_very_same_so_are_the_tracks_and_who_is_hidden_ends_once() -> None:
    tracker, both = TwoStageTracker(), [person(100, 300), person(400, 300)]
    track([both] * 5, tracker=tracker)
    alone = detections([person(100, 300)])
    steps = [tracker.step(alone, EPOCH + timedelta(seconds=i / 5)) for i in range(5, 40)]
    assert [int(i) for step in steps for i in step.ended] == [2]
    [ends] = [n for n, step in enumerate(steps) if step.ended]
    assert len({id(step) for step in steps[1:ends]}) == len({id(step) for step in steps[ends + 1 :]}) == 1
    assert not any(step.velocity.any() for step in steps[1:])
    assert ids(steps) == {1}
