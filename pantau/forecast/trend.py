"""Whether a place has become busier than a year ago, in one figure that is said only as far as it is certain.

    change    Σ days now ÷ Σ the same days 52 weeks before - 1, over the **matched** days: those known in both years
    low, high its 95 % interval, of the spread between blocks of some eight weeks

A day is matched with the one `YEAR` days before it, which is the same day of the week at nearly the same date. So a dead sensor, a
closed month or a year with one Sunday more can't make a trend: what is missing in one year is left out of the other. Nothing is
compared across a change of method or place (`since`). The spread is taken between blocks of weeks, and few of them call for
Student's t, because luck lasts: a dry month is dry for weeks, and single days would call it a trend. On made years of luck alone,
4 to 6 of 100 are called a trend, also where the luck of one week leaves 0.6 of it to the next (10 at 0.8).

Sources: ratio of sums and its variance, Cochran, *Sampling Techniques*, ch. 6; batch means, Law & Kelton, *Simulation Modeling and Analysis*, ch. 9.
Limits: feasts that move (Idul Fitri, by eleven days) lie in both years, but on other matched days. The interval is of this
year's luck; it knows neither the next year nor the error of the counting. Under `LEAST` matched days nothing is said. Rejected: a
bootstrap of blocks of four weeks (called 9 of 100 a trend, 20 at 0.6), a line through all years (a broken camera bends it), STL and its like (more
to explain, the same answer).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from pantau.forecast.usual import Array

METHOD: Final = "trend/2"
"""Version 1 told of a group only where every place was whole on the day."""
YEAR: Final = 364
"""52 weeks: the same day of the week, a day earlier in the year."""
LEAST: Final = 90
"""Matched days without which nothing is said."""
BLOCK: Final = 56
"""Days of a block, about; a shorter stretch has shorter ones."""
STUDENT: Final = {4: 3.182, 5: 2.776, 6: 2.571}
"""97.5 % of Student's t by number of blocks, which is one more than its degrees of freedom."""
SAME: Final = 0.10
"""An interval within this of zero is *about the same*; a wider one that holds zero is *unclear*."""

Verdict = Literal["up", "down", "same", "unclear", "unknown"]
Reason = Literal["", "short", "method", "gaps", "nothing", "unpublished"]


@dataclass(frozen=True, slots=True)
class Trend:
    """The newest year against the one before it.

    Args:
        verdict: up, down, same and unclear are said of an interval; unknown has none.
        reason: why it is unknown: under a year of figures, a change of method since, too many gaps, nothing was counted, or (which
            only who publishes them knows) the figures are not published yet.
        change, low, high: as shares, 0.04 is 4 % more; None where unknown.
        days: matched days.
        first, last: of the newest year's matched days; None where there are none.
    """

    verdict: Verdict
    reason: Reason
    change: float | None
    low: float | None
    high: float | None
    days: int
    first: date | None
    last: date | None


def trend(first: date, values: Array, since: date | None = None) -> Trend:
    """The newest `YEAR` days of `values` against the `YEAR` before them.

    Args:
        first: the first day.
        values: (D,) figures of consecutive local days, NaN where too little was seen; the last is the newest whole day.
        since: first whole day of the present method; None where it never changed.
    """
    after = 0 if since is None else max(0, (since - first).days)
    usable = values.astype(np.float64)
    usable[:after] = np.nan
    now, then = usable[YEAR:][-YEAR:], usable[:-YEAR][-YEAR:]
    start = len(values) - len(now)
    matched = np.isfinite(now) & np.isfinite(then)
    days = np.flatnonzero(matched)
    if len(days) < LEAST:
        return _unknown(values, after, len(days))
    span = first + timedelta(days=start + int(days[0])), first + timedelta(days=start + int(days[-1]))
    sums = np.stack([np.where(matched, part, 0.0) for part in (now, then)])
    if sums[1].sum() <= 0:
        return Trend("unknown", "nothing", None, None, None, len(days), *span)
    change = float(sums[0].sum() / sums[1].sum() - 1)
    low, high = _interval(sums, days)
    return Trend(_verdict(low, high), "", change, low, high, len(days), *span)


def _verdict(low: float, high: float) -> Verdict:
    if low > 0:
        return "up"
    if high < 0:
        return "down"
    return "same" if max(-low, high) <= SAME else "unclear"


def _unknown(values: Array, after: int, days: int) -> Trend:
    reason: Reason = "gaps"
    if after and len(values) - after < YEAR + LEAST:
        reason = "method"
    known = np.flatnonzero(np.isfinite(values))
    if not len(known) or len(values) - int(known[0]) < YEAR + LEAST:
        reason = "short"
    return Trend("unknown", reason, None, None, None, days, None, None)


def _interval(sums: Array, days: npt.NDArray[np.int64]) -> tuple[float, float]:
    """95 % of the change; `sums` is (2, days): now and then, `days` are the matched ones."""
    n = min(max(len(days) // BLOCK, min(STUDENT)), max(STUDENT))
    now, then = (np.array([part[block].sum() for block in np.array_split(days, n)]) for part in sums)
    ratio = now.sum() / then.sum()
    spread = np.sqrt(n / (n - 1) * ((now - ratio * then) ** 2).sum()) / then.sum()
    half = STUDENT[n] * spread
    return float(ratio - 1 - half), float(ratio - 1 + half)
