"""How right the outlook has been at one place: every hour of the newest days, foretold from the days before it.

    mae     mean of |count - usual|
    naive   mean of |count - count of the same hour a week earlier|, on the same hours
    within  share of hours inside the range that is said to hold nine of ten

This is what stands beside an outlook that is shown; `bench.forecast` says the same of 21 places and a year. Limits: `days` days are
few, so `within` of one place may lie a few points from 0.9 by luck. Rejected: the error that the range was made of (it would
judge itself).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from pantau.forecast.outlook import Forecaster

WEEK = 7
LEAST = 48
"""Hours that an error needs: two whole days."""


@dataclass(frozen=True, slots=True)
class Hindcast:
    """The error of the outlook at one place, per hour, in the unit of the counts; over `hours` hours of `days` days."""

    mae: float
    naive: float
    within: float
    hours: int
    days: int


def hindcast(forecaster: Forecaster, before: date, days: int = 28) -> Hindcast | None:
    """The error on the `days` days before `before`; None where fewer than `LEAST` hours can be judged."""
    ours, naive, within, judged = [], [], [], 0
    counts = forecaster.hours.counts
    for ago in range(1, days + 1):
        day = before - timedelta(days=ago)
        index = forecaster.hours.index(day)
        if not WEEK <= index < len(counts):
            continue
        found, true, earlier = forecaster.outlook(day), counts[index], counts[index - WEEK]
        known = np.isfinite(true) & np.isfinite(earlier) & np.isfinite(found.high)
        judged += bool(known.any())
        ours.append(abs(true - found.usual)[known])
        naive.append(abs(true - earlier)[known])
        within.append(((true >= found.low) & (true <= found.high))[known])
    hours = sum(len(part) for part in ours)
    if hours < LEAST:
        return None
    mae, plain, inside = (float(np.concatenate(part).mean()) for part in (ours, naive, within))
    return Hindcast(mae, plain, inside, hours, judged)
