"""Settled crossings: what counts, what does not, and what users of other counters reported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.measure.crossing import CrossingCounter, Passage
from pantau.places import Line
from pantau.types import CLASSES, EPOCH, Detections, Tracks

SIZE = (800, 600)
GOING = (91, 92)
"""Tracks with these ids have a velocity of 100 px/s to the right; the others tell none."""

LINE = Line(id="l", camera="c", name="l", start=(0.5, 0.9), end=(0.5, 0.1))  # x = 400, upwards: forward is rightwards
Spot = tuple[int, float, float, str]
"""track, ground x, ground y, class"""


def tracks(spots: Sequence[Spot], ended: tuple[int, ...] = ()) -> Tracks:
    boxes = np.array([[x - 15, y - 80, x + 15, y] for _, x, y, _ in spots], np.float32).reshape(-1, 4)
    velocity = np.array([[100 if track in GOING else 0, 0] for track, *_ in spots], np.float32).reshape(-1, 2)
    class_id = np.array([CLASSES.index(name) for *_, name in spots], np.int64)
    found = Detections(boxes, np.full(len(spots), 0.8, np.float32), class_id)
    return Tracks(found, np.array([s[0] for s in spots], np.int64), velocity, ended)


def count(samples: Sequence[Sequence[Spot]], lines: Sequence[Line] = (LINE,), fps: float = 5.0) -> list[Passage]:
    counter = CrossingCounter(lines)
    out: list[Passage] = []
    for i, spots in enumerate(samples):
        out += counter.step(EPOCH + timedelta(seconds=i / fps), SIZE, tracks(spots))
    return out + list(counter.close())


def walk(xs: Sequence[float], track: int = 1, y: float = 300, name: str = "person") -> list[list[Spot]]:
    return [[(track, x, y, name)] for x in xs]


def test_a_walk_across_is_one_crossing_with_direction_class_and_time() -> None:
    [passage] = count(walk([340, 360, 380, 395, 415, 435, 455]))
    assert (passage.direction, passage.class_name, passage.line.id) == ("forward", "person", "l")
    assert (passage.time - EPOCH).total_seconds() == pytest.approx(0.65)


def test_the_other_way_is_backward() -> None:
    assert [p.direction for p in count(walk([460, 440, 420, 390, 370, 350]))] == ["backward"]


def test_it_is_settled_once_two_samples_are_clear_of_the_line() -> None:
    counter = CrossingCounter([LINE])
    told = [
        bool(counter.step(EPOCH + timedelta(seconds=i / 5), SIZE, tracks([(1, x, 300, "person")])))
        for i, x in enumerate([360, 380, 402, 420, 440, 460])
    ]
    assert told == [False, False, False, False, True, False]


def test_a_path_past_the_end_of_the_line_does_not_count() -> None:
    assert count(walk([340, 380, 420, 460, 500], y=40)) == []


def test_coming_close_and_going_back_does_not_count() -> None:
    assert count(walk([340, 370, 390, 402, 404, 398, 380, 350])) == []


def test_there_and_back_counts_once_each_way() -> None:
    assert [p.direction for p in count(walk([340, 380, 420, 460, 460, 420, 380, 340]))] == ["forward", "backward"]


def test_a_track_that_ends_just_beyond_the_line_counts() -> None:
    assert len(count(walk([340, 360, 380, 420]))) == 1


def test_people_abreast_count_each() -> None:
    rows = [[(n, x, 280 + 25 * n, "person") for n in range(4)] for x in (340, 370, 395, 420, 450, 480)]
    assert len(count(rows)) == 4


def test_the_class_is_voted_over_the_whole_track() -> None:
    names = ["car", "car", "truck", "car", "bus", "car", "car"]
    [passage] = count([[(1, 300 + 30 * i, 300, name)] for i, name in enumerate(names)])
    assert passage.class_name == "car"
    assert passage.confidence == pytest.approx(4 / 6)


def test_opendatacam_204_a_car_that_stops_on_the_line_counts_once() -> None:
    tremble = np.random.default_rng(2).normal(400, 2.5, 600).tolist()
    assert len(count(walk([300, 340, 380, *tremble, 420, 460, 500], name="car"))) == 1


def test_one_who_stands_just_beyond_the_line_is_settled_before_the_minute_is_closed() -> None:
    counter = CrossingCounter([LINE])
    told: list[float] = []
    for i, x in enumerate([340.0, 370.0, *[403.0] * 300, 440.0, 470.0]):
        told += [i / 5 for _ in counter.step(EPOCH + timedelta(seconds=i / 5), SIZE, tracks([(1, x, 300, "car")]))]
    assert told == [pytest.approx(20.4, abs=0.3)]


def test_one_who_drifts_over_the_line_while_standing_counts_once() -> None:
    drift = [400 + 4 * np.sin(i / 150) for i in range(3_000)]
    assert len(count(walk([300, 340, 380, *drift, 420, 460, 500], name="car"))) == 1


def test_supervision_2598_a_box_that_jumps_across_for_one_sample_does_not_count() -> None:
    assert count(walk([350, 350, 350, 450, 350, 350, 350])) == []


def test_supervision_2578_boxes_without_identity_do_not_count() -> None:
    assert count(walk([340, 380, 420, 460, 500], track=-1)) == []


def test_supervision_1838_a_line_at_the_edge_of_the_picture_counts() -> None:
    edge = Line(id="e", camera="c", name="e", start=(0.02, 1.0), end=(0.02, 0.0))
    assert [p.direction for p in count(walk([60, 45, 30, 10, 5]), [edge])] == ["backward"]


def test_supervision_1868_a_new_track_does_not_inherit_a_side() -> None:
    counter = CrossingCounter([LINE])
    out = list(counter.step(EPOCH, SIZE, tracks([(1, 300, 300, "person")])))
    out += counter.step(EPOCH + timedelta(seconds=1), SIZE, tracks([], ended=(1,)))
    out += counter.step(EPOCH + timedelta(seconds=60), SIZE, tracks([(1, 500, 300, "person")]))
    assert out + list(counter.close()) == []


def test_scenescape_a_dense_crowd_of_motorcycles_counts_every_one() -> None:
    """One leaves the line's surroundings as another arrives: the number across does not change, each still counts."""
    rows = [
        [(n, 100.0 + 25 * (i - 2 * n), 200 + 60 * (n % 5), "motorcycle") for n in range(40) if 0 <= i - 2 * n < 30]
        for i in range(110)
    ]
    assert len(count(rows)) == 40


def test_a_new_id_for_someone_who_vanished_at_the_line_is_one_crossing() -> None:
    before: list[list[Spot]] = [[(91, x, 300, "person")] for x in (320.0, 340.0, 360.0, 380.0)]
    after: list[list[Spot]] = [[(92, x, 301, "person")] for x in (440.0, 460.0, 480.0)]
    assert [p.direction for p in count([*before, [], [], *after])] == ["forward"]


def hidden_then(spots: Sequence[Spot]) -> list[Passage]:
    """Somebody walks up to the line, stands a step before it and is lost; two seconds later others are seen."""
    counter = CrossingCounter([LINE])
    out: list[Passage] = []
    scene = [*walk([340, 360, 380, *[394] * 10]), *[[]] * 10, *([spot] for spot in spots)]
    for i, shown in enumerate(scene):
        ended = (1,) if i == 23 else ()
        out += counter.step(EPOCH + timedelta(seconds=i / 5), SIZE, tracks(shown, ended))
    return out + list(counter.close())


def test_who_stood_at_the_line_and_is_seen_there_again_goes_on() -> None:
    assert len(hidden_then([(2, x, 300, "person") for x in [396, 400, 420, 440, 460]])) == 1


def test_a_lost_path_is_not_gone_on_with_by_another_kind_or_by_who_stands_across() -> None:
    motorcycle = hidden_then([(2, x, 300, "motorcycle") for x in [396, 410, 430, 450, 470]])
    assert [p.class_name for p in motorcycle if p.class_name == "person"] == []
    assert hidden_then([(2, x, 300, "person") for x in [407, 425, 445, 465]]) == []


def test_someone_who_appears_beyond_the_line_when_another_vanished_elsewhere_is_no_crossing() -> None:
    before: list[list[Spot]] = [[(91, x, 300, "person")] for x in (220.0, 240.0, 260.0, 280.0)]
    after: list[list[Spot]] = [[(92, x, 300, "person")] for x in (440.0, 460.0, 480.0)]
    assert count([*before, [], [], *after]) == []


def test_a_track_with_a_speed_was_before_the_line_when_it_first_shows_just_beyond() -> None:
    assert len(count([[(91, x, 300, "person")] for x in (410.0, 430.0, 450.0)])) == 1


def test_another_size_of_picture_starts_every_path_anew() -> None:
    counter = CrossingCounter([LINE])
    out = list(counter.step(EPOCH, SIZE, tracks([(1, 380, 300, "person")])))
    out += counter.step(EPOCH + timedelta(seconds=0.2), (400, 300), tracks([(1, 380, 300, "person")]))
    assert out + list(counter.close()) == []


def test_nothing_is_kept_of_tracks_that_ended() -> None:
    counter = CrossingCounter([LINE])
    for i in range(1_000):
        counter.step(EPOCH + timedelta(seconds=i / 5), SIZE, tracks([(i, 300, 300, "person")], ended=(i - 1,)))
    assert len(counter._walks) <= 1


coordinates = st.floats(300, 500, allow_nan=False, width=32)


@given(st.lists(coordinates, min_size=2, max_size=30))
def test_time_run_backwards_swaps_the_directions(xs: list[float]) -> None:
    there = [p.direction for p in count(walk([200, 200, *xs, 600, 600]))]
    back = [p.direction for p in count(walk([600, 600, *reversed(xs), 200, 200]))]
    assert there.count("forward") - there.count("backward") == 1
    assert back.count("forward") - back.count("backward") == -1


@given(st.lists(st.lists(coordinates, min_size=2, max_size=20), min_size=1, max_size=4))
def test_the_mirrored_scene_has_mirrored_counts(paths: list[list[float]]) -> None:
    length = max(map(len, paths))
    rows: list[list[Spot]] = [
        [(n, path[min(i, len(path) - 1)], 200 + 50 * n, "person") for n, path in enumerate(paths)]
        for i in range(length)
    ]
    mirrored: list[list[Spot]] = [[(n, 800 - x, y, name) for n, x, y, name in spots] for spots in rows]
    a, b = [p.direction for p in count(rows)], [p.direction for p in count(mirrored)]
    assert a.count("forward") == b.count("backward")
    assert a.count("backward") == b.count("forward")


@given(st.lists(st.lists(coordinates, min_size=3, max_size=20), min_size=1, max_size=4))
def test_in_minus_out_is_the_change_of_occupancy(paths: list[list[float]]) -> None:
    """Each ends two samples clear of the line, so that every crossing settles."""
    settled = [[*p, *([200.0] * 3 if p[-1] < 400 else [600.0] * 3)] for p in paths]
    started = [[*([200.0] * 3 if p[0] < 400 else [600.0] * 3), *p] for p in settled]
    length = max(map(len, started))
    rows: list[list[Spot]] = [
        [(n, path[min(i, len(path) - 1)], 200 + 50 * n, "person") for n, path in enumerate(started)]
        for i in range(length)
    ]
    directions = [p.direction for p in count(rows)]
    change = sum(p[-1] > 400 for p in started) - sum(p[0] > 400 for p in started)
    assert directions.count("forward") - directions.count("backward") == change


STANDS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(1, 3), st.tuples(st.sampled_from([340, 380, 394, 400, 405, 420, 460]), st.sampled_from(["person", "car"]))),
        st.sampled_from([1, 2, 3, 7, 120]),
    ),
    max_size=12,
)  # fmt: skip
"""Who is where, and for how many samples: tracks by id with x and class."""


@given(STANDS)
def test_the_very_tracks_again_say_what_tracks_like_them_say(
    stands: list[tuple[dict[int, tuple[int, str]], int]],
) -> None:
    """Standing clear of the line, in its band for longer than is waited, beyond it, and gone for good in between."""

    def passages(*, again: bool) -> list[Passage]:
        counter, out, number, before = CrossingCounter([LINE]), list[Passage](), 0, set[int]()
        for here, times in stands:
            spots: list[Spot] = [(track, x, 300, name) for track, (x, name) in here.items()]
            given_ = tracks(spots, tuple(before - here.keys()))
            for turn in range(times):
                if turn and (turn == 1 or not again):
                    given_ = tracks(spots)
                out += counter.step(EPOCH + timedelta(seconds=number / 5), SIZE, given_)
                number += 1
            before = set(here)
        return out + list(counter.close())

    assert passages(again=True) == passages(again=False)
