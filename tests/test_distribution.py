"""Bins add up in any order, and a percentile out of them is wrong by no more than a bin."""

from __future__ import annotations

from bisect import bisect_right
from functools import reduce

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pantau.distribution import bins, percentile
from pantau.types import Aggregate

EDGES = tuple(range(5, 121, 5))
SPEEDS = st.lists(st.floats(0, 150), min_size=1, max_size=80)


def told(values: list[float]) -> Aggregate:
    return sum((Aggregate(1, v, v, v, bins=bins(v, EDGES)) for v in values), Aggregate())


@given(SPEEDS, st.sampled_from([15, 50, 85, 100]))
def test_a_percentile_lies_within_a_bin_of_the_exact_one(values: list[float], percent: int) -> None:
    found = told(values)
    got = percentile(found.bins, EDGES, (found.min, found.max), percent)
    exact = float(np.percentile(values, percent, method="inverted_cdf"))
    number = bisect_right(EDGES, exact)
    low = EDGES[number - 1] if number else min(values)
    high = EDGES[number] if number < len(EDGES) else max(values)
    assert got is not None
    assert low - 1e-9 <= got <= high + 1e-9
    assert found.min <= got <= found.max


@given(st.lists(SPEEDS, min_size=1, max_size=6), st.randoms())
def test_minutes_add_up_to_the_hour_in_any_order(minutes: list[list[float]], random: object) -> None:
    parts = [told(minute) for minute in minutes]
    whole = told([value for minute in minutes for value in minute])
    random.shuffle(parts)  # type: ignore[attr-defined]  # hypothesis hands out a random.Random
    one = reduce(lambda a, b: a + b, parts)
    other = reduce(lambda a, b: b + a, parts, Aggregate())
    assert one.bins == other.bins == whole.bins
    assert (one.n, one.min, one.max) == (whole.n, whole.min, whole.max)


def test_nothing_has_no_percentile() -> None:
    assert percentile((0,) * (len(EDGES) + 1), EDGES, (float("inf"), float("-inf")), 85) is None


def test_a_value_on_an_edge_belongs_above_it() -> None:
    assert bins(5, (5, 10)) == (0, 1, 0)
    assert bins(4.9, (5, 10)) == (1, 0, 0)
    assert bins(10, (5, 10)) == (0, 0, 1)
