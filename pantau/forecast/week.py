"""The course of a week: for each of its 168 hours, the median of the newest weeks and how many weeks that is.

A median, because one concert is no usual Saturday. Holidays are left out of the day of the week they fall on. An hour that fewer
than `LEAST` weeks know is not told. The quietest and the busiest hour are looked for where people choose when to go: the quietest
between `DAY_FROM` and `DAY_TO` (at night every place is quiet), the busiest all day.

Limits: half a year has a season in it; a place that changes within it is told as its middle. Hours are local. Rejected: means
(one concert), a year (two seasons and more changes of method).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.forecast.usual import HOURS, SUNDAY, Array, Hourly

WEEKS: Final = 26
LEAST: Final = 4
DAY_FROM, DAY_TO = 8, 20
"""Local hours within which the quietest is looked for."""
DAYS: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """A week by hours; Monday first.

    Args:
        median: (7, 24), NaN where fewer than `LEAST` weeks are known.
        weeks: (7, 24) how many weeks are known.
    """

    median: Array
    weeks: npt.NDArray[np.int64]

    @property
    def quietest(self) -> tuple[int, int] | None:
        """Day (0 is Monday) and hour; None where nothing is known by day."""
        by_day = np.full_like(self.median, np.nan)
        by_day[:, DAY_FROM:DAY_TO] = self.median[:, DAY_FROM:DAY_TO]
        return _found(by_day, np.nanargmin)

    @property
    def busiest(self) -> tuple[int, int] | None:
        """Day (0 is Monday) and hour; None where nothing is known."""
        return _found(self.median, np.nanargmax)


def week(hours: Hourly, weeks: int = WEEKS) -> Week:
    """The newest `weeks` weeks of `hours`."""
    counts = hours.counts[-weeks * DAYS :]
    begin = len(hours.counts) - len(counts)
    median, known = np.full((DAYS, HOURS), np.nan), np.zeros((DAYS, HOURS), dtype=np.int64)
    for weekday in range(DAYS):
        mine = [
            i
            for i in range(len(counts))
            if hours.day(begin + i).weekday() == weekday and (hours.kind(begin + i) == weekday or weekday == SUNDAY)
        ]
        rows = counts[mine]
        known[weekday] = np.isfinite(rows).sum(axis=0)
        enough = known[weekday] >= LEAST
        if enough.any():
            median[weekday, enough] = np.nanmedian(rows[:, enough], axis=0)
    return Week(median, known)


def _found(values: Array, which: Callable[[Array], np.intp]) -> tuple[int, int] | None:
    if not np.isfinite(values).any():
        return None
    day, hour = divmod(int(which(values)), HOURS)
    return day, hour
