"""Accuracy is what the bench's scorer says it is, and can't be made better by counting more."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import data
from bench import score as bench_score
from pantau.evaluate.accuracy import ALL, pair, score
from pantau.evaluate.truth import Mark, Tally, Truth
from pantau.places import Direction

LINES = ("A", "B")
CLASSES = ("person", "car", "truck", "motorcycle")


def mark(t_s: float, road_user: str = "person", line: str = "A", direction: str = "forward") -> Mark:
    return Mark(line, cast("Direction", direction), road_user, t_s)


def crossings(*marks: Mark) -> Truth:
    return Truth(kind="labels", lines=frozenset(LINES), marks=marks)


def test_a_crossing_within_the_tolerance_is_right_and_one_beyond_is_missed_and_over() -> None:
    found = score(crossings(mark(5.0), mark(20.0)), [mark(6.0), mark(21.01)])
    assert (found.pooled.truth, found.pooled.missed, found.pooled.over) == (2, 1, 1)
    assert found.pooled.accuracy == 0.0
    assert [(d.kind, d.mark.t_s) for d in found.disagreements] == [("missed", 20.0), ("over", 21.01)]


def test_one_crossing_can_be_right_once_only() -> None:
    found = score(crossings(mark(5.0)), [mark(4.8), mark(5.0), mark(5.2)]).pooled
    assert (found.missed, found.over, found.accuracy) == (0, 2, -1.0)


def test_the_other_direction_line_or_kind_is_not_the_same_crossing() -> None:
    other = [mark(5.0, direction="backward"), mark(5.0, line="B"), mark(5.0, "motorcycle")]
    found = score(crossings(mark(5.0)), other).pooled
    assert (found.missed, found.over) == (1, 3)
    assert found.net_error == 2.0  # as line B and backward each have one too many, and A forward none


def test_a_truck_called_car_is_a_right_four_wheeler_and_a_wrong_truck() -> None:
    rows = {r.road_user: r for r in score(crossings(mark(5.0, "truck")), [mark(5.0, "car")]).rows if r.line == ALL}
    assert rows["four-wheeler"].accuracy == 1.0
    assert rows["truck"].accuracy == 0.0
    assert rows["car"].accuracy is None
    assert rows["car"].over == 1


@given(
    apart=st.lists(st.floats(2.1, 9.0), min_size=1, max_size=20),
    late=st.lists(st.floats(-0.5, 0.5), min_size=20, max_size=20),
    ends=st.tuples(st.floats(0, 90), st.floats(0, 90)),
)
def test_a_perfect_count_stays_perfect_wherever_the_labelled_stretch_is_cut(
    apart: list[float], late: list[float], ends: tuple[float, float]
) -> None:
    happened = [sum(apart[: n + 1]) for n in range(len(apart))]
    counted = [mark(max(0.0, t_s + late[n])) for n, t_s in enumerate(happened)]
    from_s, to_s = sorted(ends)
    inside = [mark(t_s) for t_s in happened if from_s <= t_s <= to_s]  # who labels a stretch knows nothing beyond
    truth = Truth(kind="labels", lines=frozenset({"A"}), stretches={"A": (from_s, to_s)}, marks=tuple(inside))
    found = score(truth, counted).pooled
    assert (found.truth, found.missed, found.over) == (len(inside), 0, 0)


def test_only_the_labelled_stretch_is_scored_and_others_whole() -> None:
    marks = (mark(5.0), mark(12.0), mark(20.0), mark(40.0, line="B"))
    truth = Truth(kind="labels", lines=frozenset(LINES), stretches={"A": (10.0, 20.5)}, marks=marks)
    counted = [mark(14.0), mark(19.8), mark(30.0), mark(4.0), mark(60.0, line="B")]
    found = score(truth, counted)
    assert (found.pooled.truth, found.pooled.missed, found.pooled.over) == (3, 2, 2)
    assert [(d.kind, d.mark.line, d.mark.t_s) for d in found.disagreements] == [
        ("missed", "A", 12.0),
        ("over", "A", 14.0),
        ("missed", "B", 40.0),
        ("over", "B", 60.0),
    ]


def test_a_crossing_labelled_beyond_the_stretch_explains_a_count_at_its_edge() -> None:
    truth = Truth(kind="labels", lines=frozenset({"A"}), stretches={"A": (0.0, 10.0)}, marks=(mark(5.0), mark(10.4)))
    assert score(truth, [mark(5.0), mark(9.5)]).pooled.accuracy == 1.0
    assert score(truth, [mark(5.0), mark(8.9)]).pooled.over == 1


def test_what_the_truth_does_not_cover_is_not_scored() -> None:
    truth = Truth(kind="crossings", lines=frozenset({"A"}), groups=frozenset({"person"}), marks=(mark(5.0),))
    assert score(truth, [mark(5.0), mark(5.0, "car"), mark(5.0, line="B")]).pooled.over == 0


def test_classes_have_thresholds_of_their_own() -> None:
    cars = [mark(float(10 * i), "car") for i in range(20)]
    people = [mark(float(10 * i)) for i in range(20)]
    rows = {r.road_user: r for r in score(crossings(*cars, *people), [*cars[:17], *people[:17]]).rows if r.line == ALL}
    assert rows["car"].accuracy == rows["person"].accuracy == 0.85
    assert rows["car"].flagged
    assert not rows["person"].flagged


def test_sums_compare_stretch_by_stretch() -> None:
    tallies = (Tally("A", "forward", "car", 0, 60, 3), Tally("A", "forward", "car", 60, 120, 2))
    truth = Truth(kind="sums", lines=frozenset({"A"}), groups=frozenset({"four-wheeler"}), tallies=tallies)
    found = score(truth, [mark(t, "car") for t in (1.0, 59.9, 60.0, 61.0, 62.0)]).pooled
    assert (found.truth, found.counted, found.missed, found.over) == (5, 5, 1, 1)
    assert found.net_error == 0.0
    assert found.summed


def test_the_assignment_prefers_more_pairs_to_closer_ones() -> None:
    assert pair([1.0, 2.0], [1.9, 2.9], 1.0) == [(0, 0), (1, 1)]


marks = st.builds(
    mark,
    st.integers(0, 60).map(lambda i: i / 2),
    st.sampled_from(CLASSES),
    st.sampled_from(LINES),
    st.sampled_from(("forward", "backward")),
)


@settings(max_examples=15)
@given(st.lists(marks, min_size=1, max_size=12), st.lists(marks, max_size=12))
def test_the_pooled_figures_are_those_of_the_scorer(true: list[Mark], counted: list[Mark]) -> None:
    if not (data.ROOT.parent / "shared" / "tools").is_dir():
        pytest.skip("the bench's scorer is not beside this checkout")
    ours = score(crossings(*true), counted).pooled
    raw = {
        "lines": [
            {
                "id": line,
                "crossings": [
                    {"frame": round(m.t_s * 10) + 1, "direction": m.direction, "class": m.road_user}
                    for m in true
                    if m.line == line
                ],
            }
            for line in LINES
        ]
    }
    rows: list[bench_score.Row] = [
        {"line": m.line, "direction": m.direction, "class": m.road_user, "t_s": m.t_s} for m in counted
    ]
    theirs = bench_score._scorer()(raw, rows, 10.0, 1.0)
    assert (ours.truth, ours.missed, ours.over) == (theirs["truth"], theirs["missed"], theirs["over"])
    assert round(ours.accuracy or 0.0, 4) == theirs["accuracy"]
    assert [round(v, 4) for v in ours.interval] == theirs["interval"]
    assert round(ours.net_error, 4) == theirs["net_error"]


@settings(max_examples=6)
@given(st.lists(marks, min_size=1, max_size=8), st.lists(marks, max_size=10), marks)
def test_a_false_crossing_never_makes_it_better(true: list[Mark], counted: list[Mark], more: Mark) -> None:
    far = Mark(more.line, more.direction, more.road_user, 1000.0)
    before, after = (score(crossings(*true), said).pooled for said in (counted, [*counted, far]))
    assert (after.accuracy or 0) < (before.accuracy or 0)
