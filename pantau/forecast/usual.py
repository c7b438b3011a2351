"""The usual course of a day: for each of its hours, what earlier days of the same kind saw.

    usual(h)   weighted median over the `weeks` newest days of the same kind of  count(day, h) · (level now ÷ level then) ^ damping
    level      the median day of the seven before a day, hour by hour, and its mean over the hours
    weight     `fading` to the power of how many days of that kind ago

A kind is a day of the week; holidays are a kind of their own together with Sundays, and are left out of the day of the week they fall on. The
medians take no notice of a concert or of a broken sensor; the level lets a place that has become busier be busier at
all hours; damping takes back a part of it, because last week's excess is partly luck.

Source: seasonal median with level adjustment, the family of Hyndman & Athanasopoulos, *Forecasting: Principles and Practice*, ch. 5
and 9; weighted medians for robustness. Measured against the same hour a week ago: docs/methods/forecast.md.

Limits: it knows no weather and no events. After a gap of all of the newest weeks it says nothing. Hours are local; the hour that
summer time doubles or skips is one of 24.

Rejected: a regression on weather and calendar (data that a city may not have), learned models (a hundredth better, unexplained).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.errors import DataError

Array = npt.NDArray[np.float64]

HOURS: Final = 24
LEVEL_DAYS: Final = 7
"""A whole week, so that weekends weigh the same in every level."""
SUNDAY: Final = 6


@dataclass(frozen=True, slots=True)
class UsualSettings:
    """Chosen on days that are not reported on (`python -m bench.forecast`).

    Args:
        weeks: newest days of a kind that are looked at, at most.
        fading: weight of a day against that of the next newer one of its kind.
        damping: share, as an exponent, of the change in level that is believed.
        least: days of a kind that are needed.
    """

    weeks: int = 16
    fading: float = 0.85
    damping: float = 0.9
    least: int = 3


@dataclass(frozen=True, eq=False)
class Hourly:
    """Counts of consecutive local days at one place.

    Args:
        first: the first day.
        counts: (D, 24) float64; NaN where nobody watched.
        holidays: days that are no working days, whatever their day of the week.

    Raises:
        DataError: `counts` has another shape.
    """

    first: date
    counts: Array
    holidays: AbstractSet[date] = frozenset()

    def __post_init__(self) -> None:
        if self.counts.ndim != 2 or self.counts.shape[1] != HOURS:
            raise DataError(f"forecast: expected counts of (days, {HOURS}), got {self.counts.shape}")

    def day(self, index: int) -> date:
        """The day with that index; may lie beyond the last."""
        return self.first + timedelta(days=index)

    def index(self, day: date) -> int:
        """The index of a day."""
        return (day - self.first).days

    def kind(self, index: int) -> int:
        """Day of the week, 0 is Monday; a holiday is a Sunday."""
        day = self.day(index)
        return SUNDAY if day in self.holidays else day.weekday()

    @cached_property
    def levels(self) -> Array:
        """(D + 1,) how busy the place was before each day: its median day of the `LEVEL_DAYS` before, averaged over the hours."""
        unknown = np.full((LEVEL_DAYS, HOURS), np.nan)
        windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([unknown, self.counts]), LEVEL_DAYS, axis=0)
        ranked, n = np.sort(windows, axis=-1), np.isfinite(windows).sum(axis=-1, keepdims=True)  # NaN last
        low, high = (np.take_along_axis(ranked, np.maximum(at, 0), axis=-1) for at in ((n - 1) // 2, n // 2))
        middle = np.where(n > 0, (low + high) / 2, np.nan)[..., 0]
        known = np.isfinite(middle)
        return np.asarray(
            np.where(known, middle, 0.0).sum(axis=1) / np.where(known.any(axis=1), known.sum(axis=1), np.nan)
        )


def usual(hours: Hourly, day: date, settings: UsualSettings | None = None) -> Array:
    """(24,) what is usual on `day` by the days before it; NaN where too little is known."""
    s = settings or UsualSettings()
    index, kind = hours.index(day), hours.kind(hours.index(day))
    newest = min(index, len(hours.counts))
    levels = hours.levels
    rows = [i for i in range(newest - 1, -1, -1) if hours.kind(i) == kind][: s.weeks]
    if len(rows) < s.least:
        return np.full(HOURS, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (levels[newest] / levels[rows]) ** s.damping
    share[~np.isfinite(share)] = 1.0  # nothing is known of one of the levels: take the day as it was
    weights = s.fading ** np.arange(len(rows), dtype=np.float64)
    return _median(hours.counts[rows] * share[:, None], weights, s.least)


def _median(values: Array, weights: Array, least: int) -> Array:
    """(24,) weighted median of each column of (D, 24), NaN left out; NaN where fewer than `least` are left."""
    weight = np.isfinite(values) * weights[:, None]
    order = np.argsort(values, axis=0)  # NaN last
    ranked = np.take_along_axis(values, order, axis=0)
    summed = np.take_along_axis(weight, order, axis=0).cumsum(axis=0)
    at = (summed >= summed[-1] / 2).argmax(axis=0)
    found = ranked[at, np.arange(values.shape[1])]
    return np.where(np.isfinite(values).sum(axis=0) >= least, found, np.nan)
