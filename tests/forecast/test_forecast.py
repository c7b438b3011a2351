"""The usual day, its range, what is out of the ordinary: on made hours of which the truth is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from pantau.errors import DataError
from pantau.forecast.outlook import Forecaster, odd_hours
from pantau.forecast.usual import Array, Hourly, usual

MONDAY = date(2026, 1, 5)


def days(n: int, *, growth: float = 0.0, noise: bool = True) -> Array:
    """A busy noon on working days, a quiet weekend; Poisson."""
    hour = np.arange(24)
    noon = 200 * np.exp(-(((hour - 13) / 4) ** 2)) + 5
    mean = np.stack([noon * (0.4 if d % 7 >= 5 else 1.0) * (1 + growth * d) for d in range(n)])
    return np.random.default_rng(1).poisson(mean).astype(np.float64) if noise else mean


def test_the_usual_day_is_that_of_its_day_of_the_week() -> None:
    hours = Hourly(MONDAY, days(70, noise=False))
    for day in (70, 75):
        expected = days(77, noise=False)[day]
        assert usual(hours, MONDAY + timedelta(days=day)) == pytest.approx(expected)


def test_a_concert_and_a_gap_do_not_change_what_is_usual() -> None:
    counts = days(70, noise=False)
    counts[63, 18:] = 5_000
    counts[56] = np.nan
    found = usual(Hourly(MONDAY, counts), MONDAY + timedelta(days=70))
    assert found[:17] == pytest.approx(days(71, noise=False)[70, :17], rel=0.25)
    assert found[20] < 300


def test_a_place_that_becomes_busier_is_forecast_busier() -> None:
    counts = days(84, growth=0.01, noise=False)
    hours = Hourly(MONDAY, counts[:77])
    expected = usual(hours, MONDAY + timedelta(days=77))
    assert expected[13] == pytest.approx(counts[77, 13], rel=0.05)


def test_a_holiday_is_like_a_sunday_and_teaches_nothing_about_mondays() -> None:
    counts = days(70, noise=False)
    holiday = MONDAY + timedelta(days=63)
    counts[63] = 0
    coming = MONDAY + timedelta(days=72)
    hours = Hourly(MONDAY, counts, frozenset({holiday, coming}))
    assert usual(hours, coming)[13] == pytest.approx(counts[69, 13], rel=0.15)
    assert usual(hours, MONDAY + timedelta(days=70))[13] == pytest.approx(counts[56, 13], rel=0.15)


def test_nine_of_ten_hours_lie_in_the_range() -> None:
    counts = days(300)
    forecaster = Forecaster(Hourly(MONDAY, counts))
    within = []
    for index in range(180, 300):
        found = forecaster.outlook(MONDAY + timedelta(days=index))
        within.append((counts[index] >= found.low) & (counts[index] <= found.high))
    assert 0.87 <= np.mean(within) <= 0.94


def test_the_future_is_not_looked_at() -> None:
    counts = days(120)
    day = MONDAY + timedelta(days=100)
    seen = Forecaster(Hourly(MONDAY, counts)).outlook(day)
    counts[100:] = 9_999
    assert Forecaster(Hourly(MONDAY, counts)).outlook(day).high == pytest.approx(seen.high)


def test_two_odd_hours_are_out_of_the_ordinary_one_is_not() -> None:
    counts = days(200)
    found = Forecaster(Hourly(MONDAY, counts)).outlook(MONDAY + timedelta(days=200))
    today = found.usual.copy()
    today[9] = 2_000
    assert odd_hours(found, today) == []
    today[10] = 2_000
    assert odd_hours(found, today) == [10]
    today[10] = np.nan
    assert odd_hours(found, today) == []


def test_too_little_is_no_forecast() -> None:
    found = Forecaster(Hourly(MONDAY, days(15))).outlook(MONDAY + timedelta(days=15))
    assert np.isnan(found.high).all()
    gap = np.full((70, 24), np.nan)
    assert np.isnan(usual(Hourly(MONDAY, gap), MONDAY + timedelta(days=70))).all()
    with pytest.raises(DataError, match="expected counts of"):
        Hourly(MONDAY, np.zeros((3, 12)))
