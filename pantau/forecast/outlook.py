"""The range in which nine of ten hours will lie, and the hours that lie far outside.

Nothing is assumed of the errors' shape: the range is what the errors of the newest `days` days were (split conformal prediction,
Vovk et al. 2005; Lei et al. 2018). They are taken relative to √(usual + 1), as counts scatter, and by the part of the
day, because nights are quiet and evenings are not. Each newer error counts a little more than the one of the day before
(weights for drift, Barber et al. 2023). A range never reaches below zero.

An hour is out of the ordinary when it lies outside the range that 99 of 100 keep, and so does the hour before it to the same
side: one odd hour among 24 is nothing.

Limits: ranges are right on average over hours, not for each kind of day: a festival is outside them, as it should be. Under
`least` known errors there is no range.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from pantau.forecast.usual import HOURS, Array, Hourly, UsualSettings, usual

PARTS: Final = np.repeat(np.arange(6), 4)
"""Part of the day of each hour: four hours each."""
SHARE: Final = 0.9
FAR: Final = 0.99


@dataclass(frozen=True, slots=True)
class OutlookSettings:
    """Chosen on days that are not reported on.

    Args:
        days: newest days whose errors make the range.
        fading: weight of an error against that of a day later.
        least: errors that a range needs.
    """

    days: int = 84
    fading: float = 0.985
    least: int = 60


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """One day, hour by hour; (24,) each, NaN where it can't be said.

    Args:
        usual: what is usual.
        low, high: where nine of ten hours lie.
        far_low, far_high: where 99 of 100 lie.
    """

    day: date
    usual: Array
    low: Array
    high: Array
    far_low: Array
    far_high: Array


class Forecaster:
    """Tomorrow at one place, again and again; remembers what was usual on each day that it was asked of."""

    def __init__(
        self, hours: Hourly, settings: OutlookSettings | None = None, centre: UsualSettings | None = None
    ) -> None:
        self.hours, self.settings, self._centre = hours, settings or OutlookSettings(), centre
        self._usual: dict[date, Array] = {}

    def usual(self, day: date) -> Array:
        """(24,) what is usual on `day` by the days before it."""
        if day not in self._usual:
            self._usual[day] = usual(self.hours, day, self._centre)
        return self._usual[day]

    def outlook(self, day: date) -> Outlook:
        """What `day` may bring, by the days before it."""
        errors, expected = self._errors(day), self.usual(day)
        scale = np.sqrt(expected + 1)
        near, far = (_range(errors, share, self.settings) for share in (SHARE, FAR))
        low, high, far_low, far_high = (
            np.maximum(expected + edge * scale, 0.0) for pair in (near, far) for edge in pair
        )
        return Outlook(day, expected, low, high, far_low, far_high)

    def _errors(self, day: date) -> Array:
        """(days, 24) errors of the days before `day`, newest first, as shares of √(usual + 1); NaN where unknown."""
        out = np.full((self.settings.days, HOURS), np.nan)
        for ago in range(1, self.settings.days + 1):
            index = self.hours.index(day) - ago
            if 0 <= index < len(self.hours.counts):
                expected = self.usual(day - timedelta(days=ago))
                out[ago - 1] = (self.hours.counts[index] - expected) / np.sqrt(expected + 1)
        return out


def odd_hours(found: Outlook, counts: Array) -> list[int]:
    """Hours of the day that are out of the ordinary; `counts` is (24,), NaN where not known."""
    over = counts > found.far_high
    under = counts < found.far_low
    return [h for h in range(1, HOURS) if (over[h] and over[h - 1]) or (under[h] and under[h - 1])]


def _range(errors: Array, share: float, settings: OutlookSettings) -> tuple[Array, Array]:
    """(24,) lowest and highest error of the middle `share`, by part of the day."""
    low, high = np.full(HOURS, np.nan), np.full(HOURS, np.nan)
    weight = settings.fading ** np.arange(len(errors), dtype=np.float64)
    for part in range(int(PARTS.max()) + 1):
        mine = part == PARTS
        values = errors[:, mine]
        known = np.isfinite(values)
        if known.sum() < settings.least:
            continue
        weights = np.broadcast_to(weight[:, None], values.shape)[known]
        low[mine], high[mine] = _quantiles(values[known], weights, ((1 - share) / 2, (1 + share) / 2))
    return low, high


def _quantiles(values: Array, weights: Array, shares: tuple[float, float]) -> tuple[float, float]:
    """Weighted quantiles, reckoned with the day to come as one more of unknown error: outward, never inward."""
    order = np.argsort(values)
    ranked, summed = values[order], weights[order].cumsum()
    whole = summed[-1] + weights.max()
    low = int(np.searchsorted(summed, shares[0] * whole))
    high = int(np.searchsorted(summed, shares[1] * whole))
    return float(ranked[low]), float(ranked[min(high, len(ranked) - 1)])
