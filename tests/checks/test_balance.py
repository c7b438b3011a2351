"""Counts that must agree: what is right is not flagged, a line that misses a fifth is, and too little says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from pantau.checks.balance import RUN, Minute, Outcome, closed_zone, one_stream

DAYS = 200
"""Days simulated for each false-alarm rate."""
Generator = np.random.Generator


def minutes(values: Sequence[float], method: str = "1 m", skip: Sequence[int] = ()) -> list[Minute]:
    return [Minute(i, float(v), method) for i, v in enumerate(values) if i not in skip]


def rates(rng: Generator, per_hour: float, hours: int = 14) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Arrivals a minute of a day with two peaks, bursty from minute to minute."""
    shape = 0.2 + np.abs(np.sin(np.arange(hours * 60) / (hours * 60) * 2 * np.pi))
    burst = rng.gamma(2.0, 0.5, hours * 60)
    return np.asarray(per_hour / 60 * shape / shape.mean() * burst)


def counted(rng: Generator, passed: Sequence[int], found: float, false: float = 0.02) -> list[float]:
    """What a line counts of who passed: each is found with one probability, and some are counted who were not there."""
    true = np.asarray(passed)
    return [float(n) for n in rng.binomial(true, found) + rng.poisson(false * true)]


def stream(rng: Generator, per_hour: float, a: float, b: float) -> Outcome | None:
    passed = rng.poisson(rates(rng, per_hour)).tolist()
    return one_stream(minutes(counted(rng, passed, a)), minutes(counted(rng, passed, b)), 5.0)


@cache
def verdicts(per_hour: float, a: float, b: float, days: int) -> dict[str, int]:
    rng = np.random.default_rng(7)
    found = [stream(rng, per_hour, a, b) for _ in range(days)]
    said = [one.verdict for one in found if one]
    return {verdict: said.count(verdict) for verdict in ("consistent", "inconsistent", "unknown")}


@pytest.mark.parametrize("per_hour", [3.0, 40.0, 300.0])
@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.95, 0.95), (0.90, 0.98)])
def test_two_lines_that_are_as_right_as_they_must_be_are_not_flagged(per_hour: float, a: float, b: float) -> None:
    assert verdicts(per_hour, a, b, DAYS)["inconsistent"] == 0


def test_the_rate_of_false_alarms_at_the_very_limit_stays_below_one_in_two_hundred() -> None:
    """One line misses a tenth, which is allowed, and the other none: the worst pair that is still right."""
    assert verdicts(40.0, 0.90, 1.0, DAYS)["inconsistent"] <= DAYS / 200


@pytest.mark.parametrize("per_hour", [40.0, 300.0])
def test_a_line_that_misses_a_fifth_is_found(per_hour: float) -> None:
    said = verdicts(per_hour, 0.78, 0.98, 60)
    assert said["inconsistent"] >= 0.95 * 60


def test_with_little_traffic_it_can_not_tell() -> None:
    said = verdicts(3.0, 0.95, 0.95, 60)
    assert said["unknown"] >= 0.9 * 60


def zone(
    rng: Generator, per_hour: float, found: tuple[float, float], dwell: float = 4.0, skip: Sequence[int] = ()
) -> Outcome | None:
    """People enter over line A (one way in, sometimes out) and leave over line B, after some minutes inside."""
    came = rng.poisson(rates(rng, per_hour))
    n = int(came.sum())
    entered = np.repeat(np.arange(len(came)), came) + rng.random(n)
    left = entered + rng.exponential(dwell, n)
    through_a = rng.random(n) < 0.1
    size = len(came)
    inside = [((entered < i + 0.5) & (left > i + 0.5)).sum() for i in range(size)]
    gone = left[left < size]
    back = np.bincount(gone[through_a[left < size]].astype(int), minlength=size)
    on = np.bincount(gone[~through_a[left < size]].astype(int), minlength=size)
    into = [minutes(counted(rng, came.tolist(), found[0]), skip=skip), minutes([0.0] * size, skip=skip)]
    out = [
        minutes(counted(rng, back.tolist(), found[0]), skip=skip),
        minutes(counted(rng, on.tolist(), found[1]), skip=skip),
    ]
    return closed_zone(into, out, minutes(inside, skip=skip))


@pytest.mark.parametrize("per_hour", [10.0, 100.0])
@pytest.mark.parametrize("found", [(1.0, 1.0), (0.95, 0.95), (0.92, 0.97)])
def test_a_closed_zone_whose_lines_are_right_balances(per_hour: float, found: tuple[float, float]) -> None:
    rng = np.random.default_rng(11)
    said = [one.verdict for _ in range(60) if (one := zone(rng, per_hour, found))]
    assert said.count("inconsistent") == 0


def test_a_zone_one_of_whose_lines_misses_a_fifth_does_not_balance() -> None:
    rng = np.random.default_rng(12)
    said = [one.verdict for _ in range(40) if (one := zone(rng, 100.0, (0.96, 0.76)))]
    assert said.count("inconsistent") >= 38


def test_a_gap_is_cut_out_and_not_balanced_across() -> None:
    """At noon a hundred people come while nobody watches, and stay: only counting over the gap would be wrong."""
    came = [2.0] * 300
    went = [2.0] * 300
    inside = [10.0] * 150 + [110.0] * 150
    gap = range(145, 156)
    cut = closed_zone([minutes(came, skip=gap)], [minutes(went, skip=gap)], minutes(inside, skip=gap))
    whole = closed_zone([minutes(came)], [minutes(went)], minutes(inside))
    assert cut is not None
    assert whole is not None
    assert (cut.verdict, whole.verdict) == ("consistent", "inconsistent")
    assert (cut.expected, cut.found) == (0.0, 0.0)


def test_another_method_cuts_as_a_gap_does() -> None:
    first, second = minutes([5.0] * 30, "1 old"), [Minute(30 + m.number, 5.0, "1 new") for m in minutes([5.0] * 30)]
    both = one_stream([*first, *second], [*first, *second], 5.0)
    assert both is not None
    assert (both.found, both.n) == (300.0, 300)
    half = closed_zone([[*first, *second]], [[*first, *second]], [*first, *second])
    assert half is not None
    assert half.found == 0.0


def test_runs_shorter_than_ten_minutes_say_nothing() -> None:
    assert one_stream(minutes([50.0] * (RUN - 1)), minutes([50.0] * (RUN - 1)), 5.0) is None
    assert one_stream(minutes([50.0] * RUN), minutes([50.0] * RUN), 5.0) is not None
    assert one_stream(minutes([50.0] * RUN), [], 5.0) is None


def test_a_long_way_between_two_lines_allows_for_who_is_on_it() -> None:
    near, far = (one_stream(minutes([40.0] * 30), minutes([40.0] * 30), lag) for lag in (0.0, 600.0))
    assert near is not None
    assert far is not None
    assert far.tolerance > near.tolerance
