"""Drift of the detector's confidence: the daily cycle and one odd day are none, a lasting shift is found."""

from __future__ import annotations

import numpy as np
import pytest

from pantau.checks.drift import LEAST_DAYS, LEAST_SHIFT, REFERENCE, Drift, Hour, drift

Grid = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
CYCLE = 0.55 + 0.1 * np.sin((np.arange(24) - 6) / 24 * 2 * np.pi)
"""By day 0.65, by night 0.45: far more than any drift to be found."""


def days(rng: np.random.Generator, likeness: float = 0.4, n: int = REFERENCE.stop, *, heavy: bool = False) -> Grid:
    """Hourly confidence of n days, today last; each day is 0.01 off, like the day before to some degree."""
    noise = rng.standard_t(4, n) / np.sqrt(2) if heavy else rng.normal(0, 1, n)
    off = np.zeros(n)
    off[0] = noise[0]
    for i in range(1, n):
        off[i] = likeness * off[i - 1] + np.sqrt(1 - likeness**2) * noise[i]
    return np.asarray(CYCLE[None] + 0.01 * off[:, None] + rng.normal(0, 0.01, (n, 24)))


def hours(grid: Grid, until: int = 24) -> list[Hour]:
    last = len(grid) - 1
    return [Hour(last - d, h, float(grid[d, h])) for d in range(len(grid)) for h in range(24) if d < last or h < until]


def judged(grid: Grid, until: int = 24) -> Drift:
    found = drift(hours(grid, until))
    assert found is not None
    return found


@pytest.mark.parametrize(("likeness", "heavy", "limit"), [(0.0, False, 0), (0.4, False, 1), (0.4, True, 4)])
def test_false_alarms_are_rare(likeness: float, heavy: bool, limit: int) -> None:
    """Of 800 camera-days each: none, at most one, and at most four where single days are far off."""
    rng = np.random.default_rng(5)
    assert sum(judged(days(rng, likeness, heavy=heavy)).drifted for _ in range(800)) <= limit


def test_the_morning_is_not_compared_with_the_night() -> None:
    """The dawn of a day, and a noon that is brighter by a fifth than midnight, are as usual."""
    rng = np.random.default_rng(6)
    for until in (4, 8, 14, 24):
        found = judged(days(rng), until)
        assert not found.drifted
        assert abs(found.shift) < 0.05


def test_one_odd_day_is_weather() -> None:
    rng = np.random.default_rng(7)
    grid = days(rng)
    grid[-1] -= 0.15
    found = judged(grid)
    assert found.score > 8
    assert not found.drifted


def test_a_threshold_that_was_moved_is_found_on_the_second_day() -> None:
    rng = np.random.default_rng(8)
    found = 0
    for _ in range(50):
        grid = days(rng)
        grid[-2:] += 0.08
        found += judged(grid).drifted
    assert found >= 45


def test_a_lens_that_gets_dirty_over_a_week_is_found() -> None:
    rng = np.random.default_rng(9)
    found = 0
    for _ in range(50):
        grid = days(rng)
        grid[-8:] -= np.linspace(0.01, 0.08, 8)[:, None]
        found += judged(grid).drifted
    assert found >= 45


def test_what_is_too_small_to_matter_is_no_drift() -> None:
    grid = np.repeat(CYCLE[None], REFERENCE.stop, axis=0)
    grid[-8:] += 0.9 * LEAST_SHIFT
    assert not judged(grid).drifted
    grid[-8:] += 0.2 * LEAST_SHIFT
    assert judged(grid).drifted


def test_two_weeks_are_needed() -> None:
    rng = np.random.default_rng(10)
    grid = days(rng)
    assert drift(hours(grid[-(REFERENCE.start + LEAST_DAYS - 1) :])) is None
    assert drift(hours(grid[-(REFERENCE.start + LEAST_DAYS) :])) is not None
    assert drift([]) is None


def test_hours_that_only_today_has_are_left_out() -> None:
    rng = np.random.default_rng(11)
    grid = days(rng)
    night = [one for one in hours(grid) if 6 <= one.hour < 18 or one.ago == 0]
    found = drift(night)
    assert found is not None
    assert found.usual == pytest.approx(CYCLE[6:18].mean(), abs=0.01)
