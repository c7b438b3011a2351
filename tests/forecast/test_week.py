"""The course of a week, and the days that are no ordinary ones."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from pantau.forecast.public_days import holidays_of
from pantau.forecast.usual import Array, Hourly
from pantau.forecast.week import LEAST, week

MONDAY = date(2026, 1, 5)


def weeks(n: int) -> Array:
    """Each hour of the week has a level of its own; Tuesday 14 is the quietest by day, Saturday 13 the busiest."""
    level = np.full((7, 24), 300.0)
    level[:, :6] = 5
    level[1, 14], level[5, 13] = 90, 900
    return np.tile(level, (n, 1))


def test_the_quietest_hour_by_day_and_the_busiest_are_found() -> None:
    found = week(Hourly(MONDAY, weeks(10)))
    assert found.quietest == (1, 14)
    assert found.busiest == (5, 13)
    assert found.median[1, 14] == 90
    assert (found.weeks == 10).all()


def test_a_concert_changes_nothing_and_a_gap_is_a_week_less() -> None:
    counts = weeks(10)
    counts[8, 14] = 50_000
    counts[15, :] = np.nan
    found = week(Hourly(MONDAY, counts))
    assert found.median[1, 14] == 90
    assert found.weeks[1, 14] == 9


def test_too_few_weeks_are_not_told() -> None:
    found = week(Hourly(MONDAY, weeks(LEAST - 1)))
    assert not np.isfinite(found.median).any()
    assert found.quietest is None
    assert found.busiest is None
    assert (found.weeks == LEAST - 1).all()


def test_only_the_newest_weeks_count() -> None:
    counts = np.concatenate([weeks(30) * 10, weeks(26)])
    assert week(Hourly(MONDAY, counts)).median[1, 14] == 90


def test_a_holiday_is_no_ordinary_day_of_its_week() -> None:
    found = week(Hourly(MONDAY, weeks(10), frozenset({MONDAY + timedelta(days=8)})))
    assert found.weeks[1, 14] == 9
    assert found.weeks[6, 14] == 10


def test_days_that_begin_in_the_middle_of_a_week_keep_their_name() -> None:
    assert week(Hourly(MONDAY + timedelta(days=3), weeks(10)[3:])).quietest == (1, 14)


def test_holidays_are_those_of_the_country_of_the_zone() -> None:
    indonesia = holidays_of("Asia/Jakarta", 2026)
    assert indonesia[date(2026, 8, 17)].id == "Hari Kemerdekaan Republik Indonesia"
    assert indonesia[date(2026, 3, 21)].en == "Eid al-Fitr"
    assert holidays_of("Asia/Makassar", 2026) == indonesia
    assert date(2024, 2, 6) in holidays_of("Pacific/Auckland", 2024)
    assert holidays_of("UTC", 2026) == {}
    assert list(indonesia) == sorted(indonesia)
