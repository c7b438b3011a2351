"""A level that jumps at one place and not at its neighbours: more likely another sensor, or the sensor elsewhere, than more people.

    share     log of a place's week less the median of its neighbours' weeks, each less its own median: what a city has in common
              (a holiday, rain, a slow year) is in both and falls out
    step      median share of the `SIDE` weeks from a week on, less that of the `SIDE` weeks before it
    abrupt    most of it happens at once: the `NEAR` weeks on both sides differ by nearly as much as the sides do
    lasting   what comes after, to the end of the days, stays nearer to the new level than to the old
    clear     it is more than `LEAST` and many times the spread of the share within both sides

Source: relative homogenisation, by which climatology finds thermometers that were moved (Alexandersson, *A homogeneity test applied to precipitation
data*, 1986); medians and their absolute deviation for the spread (Hampel et al., *Robust Statistics*). Limits: it needs `NEIGHBOURS` places
measured in the same weeks; a street closed on one day and for long looks the same, so what is said is *perhaps*. Slow drift is no step. Rejected: the
place alone against its own year before (a holiday, a lockdown or a new season is abrupt too).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from pantau.forecast.usual import Array

WEEK: Final = 7
SIDE: Final = 13
"""Weeks looked at before and after."""
NEAR: Final = 3
"""Weeks on either side in which an abrupt change is whole."""
LEAST: Final = 0.25
"""Smallest change of level that is told, as a logarithm: 28 % up, 22 % down."""
CLEAR: Final = 5.0
"""How many times the spread within both sides it must be."""
ABRUPT: Final = 0.7
NEIGHBOURS: Final = 3
"""Fewest neighbours."""
KNOWN: Final = 4
"""Fewest days of a week."""


@dataclass(frozen=True, slots=True)
class Step:
    """First day of the week from which the level is another, and by what share: 0.3 is 30 % more than the neighbours would have it."""

    day: date
    change: float


def step(first: date, values: Array, neighbours: Sequence[Array]) -> Step | None:
    """The clearest step of a place that its neighbours do not share; None where there is none, or too few neighbours.

    Args:
        first: the first day.
        values: (D,) figures of consecutive local days, NaN where too little was seen.
        neighbours: the same days of other places.
    """
    share = _share(values, neighbours)
    found = [(score, week) for week in range(len(share)) if (score := _score(share, week)) > 0]
    if not found:
        return None
    week = max(found)[1]
    before, after = _sides(share, week, SIDE)
    change = float(np.exp(np.nanmedian(after) - np.nanmedian(before)) - 1)
    return Step(first + timedelta(days=WEEK * week + len(values) % WEEK), change)


def _share(values: Array, neighbours: Sequence[Array]) -> Array:
    """(W,) logarithm of the place's weeks against the common course of the others; NaN where unknown."""
    weeks = [_weeks(one) for one in (values, *neighbours)]
    others = [one for one in weeks[1:] if np.isfinite(one).sum() >= 2 * SIDE]
    if len(others) < NEIGHBOURS:
        return np.full(0, np.nan)
    table = np.stack([one - np.nanmedian(one) for one in others])
    known = np.isfinite(table).sum(axis=0) >= NEIGHBOURS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # weeks in which nobody is known
        common = np.nanmedian(table, axis=0)
    return np.asarray(np.where(known, weeks[0] - common, np.nan))


def _weeks(days: Array) -> Array:
    """Logarithm of the mean day of each whole week, the last of which ends with the last day."""
    table = days[len(days) % WEEK :].reshape(-1, WEEK)
    known = np.isfinite(table)
    n = known.sum(axis=1)
    mean = np.where(known, table, 0.0).sum(axis=1) / np.maximum(n, 1)
    return np.where((n >= KNOWN) & (mean > 0), np.log(np.where(mean > 0, mean, 1.0)), np.nan)


def _sides(share: Array, week: int, width: int) -> tuple[Array, Array]:
    before, after = share[max(0, week - width) : week], share[week : week + width]
    return before[np.isfinite(before)], after[np.isfinite(after)]


def _score(share: Array, week: int) -> float:
    """How large a step at this week is, by means, which are largest exactly at it; 0 where it is none."""
    before, after = _sides(share, week, SIDE)
    if min(len(before), len(after)) < SIDE // 2 + 1:
        return 0.0
    low, high = float(np.median(before)), float(np.median(after))
    jump = high - low
    spread = 1.4826 * float(np.median(np.abs(np.concatenate([before - low, after - high]))))
    near = [float(np.median(side)) for side in _sides(share, week, NEAR) if len(side)]
    rest = share[week:][np.isfinite(share[week:])]
    lasting = abs(float(np.median(rest[-SIDE:])) - high) < abs(float(np.median(rest[-SIDE:])) - low)
    abrupt = len(near) == 2 and (near[1] - near[0]) * np.sign(jump) >= ABRUPT * abs(jump)
    clear = abs(jump) >= max(LEAST, CLEAR * spread)
    return abs(float(after.mean() - before.mean())) if clear and abrupt and lasting else 0.0
