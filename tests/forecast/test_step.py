"""A level that jumps at one place alone: on made days of which the truth is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from pantau.forecast.step import step
from pantau.forecast.trend import YEAR
from pantau.forecast.usual import Array

FIRST = date(2024, 1, 1)
DAYS = 2 * YEAR
JUMP = 480


def place(seed: int, left: float = 0.6) -> Array:
    """A summer, weekends, and luck of the place's own of which each week leaves a share to the next."""
    rng = np.random.default_rng(seed)
    luck = np.zeros(DAYS // 7)
    for week in range(1, len(luck)):
        luck[week] = left * luck[week - 1] + rng.normal(0, 0.06)
    day = np.arange(DAYS)
    season = 1 + 0.3 * np.sin(2 * np.pi * day / 365)
    made: Array = rng.uniform(200, 5000) * season * np.where(day % 7 == 6, 0.5, 1.0) * np.repeat(np.exp(luck), 7)
    return made


def others(seed: int, n: int = 6) -> list[Array]:
    """Places that have nothing in common with it but the season."""
    return [place(1000 * (seed + 1) + number) for number in range(n)]


def jumped(values: Array, by: float, until: int = DAYS) -> Array:
    """The same with another level from a day on."""
    day = np.arange(DAYS)
    level: Array = values * np.where((day >= JUMP) & (day < until), by, 1.0)
    return level


@pytest.mark.parametrize("by", [1.5, 0.6])
def test_a_jump_is_found_with_its_week_and_its_size(by: float) -> None:
    found = step(FIRST, jumped(place(1), by), others(1))
    assert found is not None
    assert abs((found.day - FIRST).days - JUMP) <= 7
    assert found.change == pytest.approx(by - 1, abs=0.12)


def test_a_jump_that_the_neighbours_share_is_none() -> None:
    """A lockdown ends, or a year is better, for all of them."""
    assert step(FIRST, jumped(place(1), 1.5), [jumped(one, 1.5) for one in others(1)]) is None


def test_what_passes_again_is_none() -> None:
    assert step(FIRST, jumped(place(1), 1.5, until=JUMP + 56), others(1)) is None


def test_what_comes_slowly_is_none() -> None:
    slow: Array = place(1) * (1 + 0.5 * np.clip((np.arange(DAYS) - 200) / 400, 0, 1))
    assert step(FIRST, slow, others(1)) is None


def test_mere_luck_is_seldom_a_jump() -> None:
    assert sum(step(FIRST, place(seed), others(seed)) is not None for seed in range(150)) <= 3


def test_it_is_told_from_few_neighbours_no_more() -> None:
    values = jumped(place(1), 1.5)
    assert step(FIRST, values, others(1, 2)) is None
    assert step(FIRST, values, [*others(1, 2), np.full(DAYS, np.nan)]) is None
    assert step(FIRST, values, others(1, 3)) is not None


def test_gaps_are_no_jump_and_hide_none() -> None:
    values = jumped(place(1), 1.5)
    values[300:330] = np.nan
    found = step(FIRST, values, others(1))
    assert found is not None
    assert abs(found.day - FIRST - timedelta(days=JUMP)) <= timedelta(days=7)
    assert step(FIRST, np.full(DAYS, np.nan), others(1)) is None
    assert step(FIRST, np.array([]), []) is None
