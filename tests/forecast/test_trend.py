"""A year against the one before it: on made days of which the truth is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from pantau.forecast.trend import LEAST, YEAR, Trend, trend
from pantau.forecast.usual import Array

FIRST = date(2024, 1, 1)


def two_years(growth: float, *, noise: float = 0.05, seed: int = 1) -> Array:
    """A quiet Sunday, a summer, luck that lasts a week, and `growth` from one year to the next."""
    day = np.arange(2 * YEAR)
    season = 1 + 0.3 * np.sin(2 * np.pi * day / 365)
    weekday = np.where(day % 7 == 6, 0.5, 1.0)
    luck = np.repeat(np.random.default_rng(seed).normal(1, noise, 2 * YEAR // 7), 7)
    level: Array = 1000 * season * weekday * luck * np.where(day >= YEAR, 1 + growth, 1.0)
    return level


def test_a_rise_is_told_with_its_interval_and_its_days() -> None:
    found = trend(FIRST, two_years(0.08))
    assert found.verdict == "up"
    assert found.change == pytest.approx(0.08, abs=0.02)
    assert found.change is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < found.change < found.high
    assert found.days == YEAR
    assert found.first == FIRST + timedelta(days=YEAR)


def test_a_fall_is_told() -> None:
    assert trend(FIRST, two_years(-0.08)).verdict == "down"


def test_what_is_within_luck_is_about_the_same_and_what_may_be_anything_is_unclear() -> None:
    assert trend(FIRST, two_years(0.0)).verdict == "same"
    assert trend(FIRST, two_years(0.02, noise=0.6)).verdict == "unclear"


def lasting_luck(seed: int, left: float) -> Array:
    """Two years that differ by luck alone, of which each week leaves a share to the next."""
    rng = np.random.default_rng(seed)
    luck = np.zeros(2 * YEAR // 7)
    for week in range(1, len(luck)):
        luck[week] = left * luck[week - 1] + rng.normal(0, 0.08)
    level: Array = two_years(0.0, noise=0.0) * np.repeat(1 + luck, 7)
    return level


@pytest.mark.parametrize("left", [0.0, 0.6])
def test_a_year_of_mere_luck_is_seldom_called_a_trend(left: float) -> None:
    """Five of 100 should be."""
    called = sum(trend(FIRST, lasting_luck(seed, left)).verdict in {"up", "down"} for seed in range(200))
    assert called <= 18


def test_a_broken_sensor_makes_no_fall() -> None:
    """Four of the newest months are missing, busy ones: what is compared is what is known in both years."""
    values = two_years(0.0)
    values[YEAR + 60 : YEAR + 180] = np.nan
    found = trend(FIRST, values)
    assert found.verdict == "same"
    assert found.days == YEAR - 120
    assert found.change == pytest.approx(0, abs=0.03)


def test_days_of_the_week_are_matched() -> None:
    """Sundays are missing in one year: without them in the other, nothing has changed."""
    values = two_years(0.0, noise=0.0)
    values[YEAR:][6::7] = np.nan
    assert trend(FIRST, values * 1.0).change == pytest.approx(trend(FIRST, two_years(0.0, noise=0.0)).change, abs=0.01)


def test_nothing_is_compared_across_a_change_of_method() -> None:
    values = two_years(0.0)
    values[YEAR - 100 :] *= 3  # a new detector that finds three times as many
    changed = FIRST + timedelta(days=YEAR - 100)
    found = trend(FIRST, values, changed)
    assert found.verdict == "same"
    assert found.days == 100
    assert found.first == FIRST + timedelta(days=2 * YEAR - 100)


@pytest.mark.parametrize(
    ("values", "since", "reason"),
    [
        (two_years(0.1), FIRST + timedelta(days=YEAR + 30), "method"),
        (two_years(0.1)[: YEAR + LEAST - 1], None, "short"),
        (np.where(np.arange(2 * YEAR) < YEAR + 20, np.nan, two_years(0.1)), None, "short"),
        (np.where(np.arange(2 * YEAR) % 400 < 330, np.nan, two_years(0.1)), None, "short"),
        (np.where((np.arange(2 * YEAR) > 5) & (np.arange(2 * YEAR) < YEAR), np.nan, two_years(0.1)), None, "gaps"),
        (np.where(np.arange(2 * YEAR) < YEAR, 0.0, two_years(0.1)), None, "nothing"),
        (np.full(2 * YEAR, np.nan), None, "short"),
        (np.full(10, 5.0), None, "short"),
        (np.array([]), None, "short"),
    ],
    ids=[
        "method",
        "begun late",
        "unknown before",
        "mostly unknown",
        "gaps",
        "zero before",
        "unknown",
        "ten days",
        "none",
    ],
)
def test_what_can_not_be_said_says_why(values: Array, since: date | None, reason: str) -> None:
    found: Trend = trend(FIRST, values, since)
    assert (found.verdict, found.reason) == ("unknown", reason)
    assert found.change is None


def test_the_same_days_give_the_same_answer() -> None:
    assert trend(FIRST, two_years(0.03)) == trend(FIRST, two_years(0.03))
