"""A queue is a chain of standing vehicles, and congestion is not a red light."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.measure.congestion import Congestion
from pantau.measure.queue import GAP_M, Queue, Waiting, queue_of, stands

NOSES = st.lists(st.floats(0, 200), max_size=20)


def cars(*noses: float) -> list[Waiting]:
    return [Waiting(nose, nose + 4.5) for nose in noses]


def test_a_chain_reaches_to_the_end_of_its_last_vehicle() -> None:
    assert queue_of(cars(2, 9, 16)) == Queue(20.5, 3)


def test_what_stands_beyond_a_gap_or_past_the_line_is_not_in_it() -> None:
    assert queue_of(cars(-8, 2, 9, 60)) == Queue(13.5, 2)
    assert queue_of(cars(40, 47)) == Queue()
    assert queue_of([]) == Queue()


@given(NOSES)
def test_order_changes_nothing_and_one_more_never_shortens(noses: list[float]) -> None:
    whole = queue_of(cars(*noses))
    assert queue_of(cars(*reversed(noses))) == whole
    assert queue_of(cars(*noses, 3.0)).length_m >= whole.length_m
    rising = sorted(noses)[: whole.vehicles]
    assert all(b - (a + 4.5) <= GAP_M for a, b in pairwise(rising))


@pytest.mark.parametrize(("facing", "nose", "end"), [(1.0, 10.0, 14.5), (-1.0, 5.5, 10.0), (0.0, 7.75, 12.25)])
def test_a_foot_is_the_end_that_faces_the_camera(facing: float, nose: float, end: float) -> None:
    found = Waiting.at(10.0, facing, "car")
    assert (found.nose_m, found.end_m) == pytest.approx((nose, end))


def test_creeping_breaks_no_queue_and_what_is_unknown_changes_nothing() -> None:
    assert stands(4.0, before=False)
    assert stands(7.0, before=True)
    assert not stands(7.0, before=False)
    assert not stands(9.0, before=True)
    assert stands(None, before=True)


def run(state: Congestion, start: int, seconds: int, speeds: list[float]) -> list[bool | None]:
    return [state.step(float(t), speeds, 1.0) for t in range(start, start + seconds)]


def test_a_red_light_of_ninety_seconds_is_no_jam() -> None:
    state = Congestion()
    said = run(state, 0, 200, [40.0, 35.0]) + run(state, 200, 90, [0.0, 0.0]) + run(state, 290, 200, [35.0, 40.0])
    assert True not in said


def test_a_jam_begins_once_and_ends_well_above_where_it_began() -> None:
    state = Congestion()
    said = run(state, 0, 200, [40.0]) + run(state, 200, 400, [5.0, 6.0]) + run(state, 600, 300, [12.0])
    assert said[:90].count(None) >= 80
    assert [a for a, b in pairwise(said) if a != b] == [None, False]
    assert state.congested
    assert run(state, 900, 300, [25.0])[-1] is False


def test_an_empty_road_is_free_and_an_unwatched_one_is_unknown() -> None:
    state = Congestion()
    run(state, 0, 300, [3.0, 3.0])
    assert state.congested
    assert run(state, 300, 200, [])[-1] is False
    state.clear()
    assert state.step(600.0, [3.0], 1.0) is None
