"""Person counts as they were published: each cell once, and again only at fixed dates.

**Idea.** `pantau.serve.release` says what a cell is told as; this module sees to it that it is told *once*. The first time an hour is
public (it ended `DELAY_S` ago) its released value is kept, by local month, in the control database, and given to everyone from
then on, whatever is counted late. On the first of each month (UTC) what was published is worked out once more and late data appear.
So nobody sees more versions of a cell than it has months, and adding people one at a time tells nothing
(`bench.release`, attack *versions*). An hour that had no number gets its first one when its
month is next brought up to date: with its next hour, or on the next date of correction.

**Layout.** Days, months, both directions and groups are sums (of a mean: means) of the kept hours, as the rule demands. Quarter-hours of people are
not published. Limits: imports that have days only, and no licence, stay missing; without the key nothing new is told.
Rejected: freezing whole answers (ranges overlap), and an as-of column in the store (every minute row would have versions).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from math import inf
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pantau.serve.release import Cell, CellRule, Released, hours_of_day, shown
from pantau.store.buckets import HOUR, starts, zone
from pantau.store.releases import Month
from pantau.store.series import Series, SeriesQuery
from pantau.types import DIRECTIONS, NO_DIRECTION, Direction, Line, Place
from pantau.vocabulary import Indicator

DELAY_S = 900
"""Seconds after its end at which a bucket is published."""
CACHED = 4_000
"""Months held in memory: some 12 kB each."""
Hours = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
HOUR_S = int(HOUR.total_seconds())


class Counted(Protocol):
    """Where true counts come from (`pantau.serve.services.Numbers`)."""

    def series(self, query: SeriesQuery) -> Series:
        """A point for every bucket of the range."""
        ...


class Book(Protocol):
    """Where published months are kept (`pantau.store.releases.Releases`)."""

    def months(self, place: str, indicator: str, first: str, last: str) -> Sequence[Month]:
        """What was published of these months, both included."""
        ...

    def keep(self, months: Sequence[Month]) -> None:
        """Remember what is published from now on."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One indicator of one place, at a moment; of a group, one of its places.

    Args:
        forward: the direction of the place that is the group's forward.
        since, until: when it was part of the group; None: always.
    """

    place: Place
    indicator: Indicator
    timezone: str
    now: datetime
    forward: Direction = "forward"
    since: datetime | None = None
    until: datetime | None = None

    @property
    def ways(self) -> tuple[Direction, ...]:
        """The directions that its base cells have."""
        return DIRECTIONS if isinstance(self.place, Line) else (NO_DIRECTION,)

    def told(self, direction: str) -> tuple[Direction, ...]:
        """Those of them that are asked for."""
        if direction == "both" or not isinstance(self.place, Line):
            return self.ways
        return tuple(way for way in self.ways if (way == self.forward) == (direction == "forward"))

    @property
    def period(self) -> str:
        """The month (UTC) on whose first day what was published is corrected."""
        return f"{self.now:%Y-%m}"

    def due(self, month: str) -> int:
        """How many hours of a month may be public now."""
        last = (self.now - timedelta(seconds=DELAY_S)).timestamp()
        begin, _, end = grid(self.timezone, month)
        ends = np.append(begin[1:], int(end.timestamp()))
        return int(np.searchsorted(ends, last, side="right"))


class Cells:
    """Published person counts of one city.

    Args:
        counted: true counts.
        book: where what was published is kept.
        rule: the cell rule under the city's secret; None when the secret is lost, and nothing new is published.
        key: the secret's fingerprint.
    """

    def __init__(self, counted: Counted, book: Book, rule: CellRule | None, key: str) -> None:
        self._counted, self._book, self._rule, self._key = counted, book, rule, key
        self._cache: OrderedDict[tuple[str, str, str], Month] = OrderedDict()
        self._lock = threading.Lock()

    def column(
        self, asked: Sequence[Asked], series: Series, ends: Sequence[datetime], direction: str
    ) -> tuple[Released, ...]:
        """What the public gets of each bucket of a series; ``held`` where it has not all been published yet.

        Args:
            asked: the place of the series, or those of a group, whose released cells are added.
            series: of the buckets.
            ends: of each of them.
            direction: one of the series', or ``both``.

        Raises:
            StoreError: the store or the control database failed.
        """
        if series.tier in {"minute", "quarter_hour"}:
            return tuple(Released("wider") for _ in ends)
        begin, finish = series.starts[0], min([ends[-1], *(one.now for one in asked)])
        names = tuple(_months(series.timezone, begin, finish)) if begin < finish else ()
        if not names or not asked:
            return tuple(Released("held") for _ in ends)
        grids = [grid(series.timezone, name) for name in names]
        at, days = np.concatenate([one[0] for one in grids]), np.concatenate([one[1] for one in grids])
        edges = np.array([*(s.timestamp() for s in series.starts), ends[-1].timestamp()]).astype(np.int64)
        hours, wide, known = np.full(at.size, np.nan), np.full(len(ends), np.nan), np.ones(at.size, bool)
        for one in asked:
            values, told = _hours(one, names, self._told(one, names), one.told(direction))
            inside = (at + HOUR_S > _seconds(one.since, -inf)) & (at < _seconds(one.until, inf))
            values = np.where(inside, values, np.nan)
            hours, known = _plus(hours, values), known & (told | ~inside)
            if series.tier != "hour":
                wide = _plus(wide, _sums(at, values, edges, mean=one.indicator.over_time == "mean"))
        if series.tier == "hour":
            by_hour = _by_hour(at[known], days[known], hours[known])
            return tuple(by_hour.get(int(edge), Released("held")) for edge in edges[:-1])
        cut = np.searchsorted(at, edges, side="left")
        through = np.diff(np.concatenate([[0], np.cumsum(known)])[cut]) == np.diff(cut)
        through &= (np.diff(cut) > 0) & (edges[1:] <= at[-1] + HOUR_S)
        totals = (None if value != value else value for value in wide.tolist())  # noqa: PLR0124  # NaN alone differs from itself
        return tuple(
            shown(value) if told else Released("held") for value, told in zip(totals, through.tolist(), strict=True)
        )

    def _told(self, asked: Asked, names: Sequence[str]) -> list[Month]:
        """The published months in order, brought up to date; one that can't be is as it was, or left out."""
        if not names:
            return []
        with self._lock:
            found = {name: self._cache.get((asked.place.id, asked.indicator.id, name)) for name in names}
            if any(month is None for month in found.values()):
                for kept in self._book.months(asked.place.id, asked.indicator.id, names[0], names[-1]):
                    found[kept.month] = found.get(kept.month) or kept
            stale = [name for name, month in found.items() if self._stale(asked, name, month)]
            if stale and self._rule is not None:
                fresh = self._published(asked, stale, found, self._rule)
                self._book.keep([one for one in fresh if any(c is not None for way in one.cells.values() for c in way)])
                found |= {one.month: one for one in fresh}
            told = [month for month in found.values() if month is not None]
            for month in told:
                self._cache[month.place, month.indicator, month.month] = month
                self._cache.move_to_end((month.place, month.indicator, month.month))
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        return told

    def _stale(self, asked: Asked, name: str, month: Month | None) -> bool:
        if month is None:
            return True
        through = max((len(cells) for cells in month.cells.values()), default=0)
        return through < asked.due(name) or (month.key == self._key and month.corrected != asked.period)

    def _published(
        self, asked: Asked, names: Sequence[str], kept: Mapping[str, Month | None], rule: CellRule
    ) -> list[Month]:
        """Months worked out anew where a correction is due; otherwise with the hours that came since, and what was missing."""
        fresh = {way: self._perturbed(asked, names, way, rule) for way in asked.ways}
        made = []
        for name in names:
            before, due = kept.get(name), asked.due(name)
            again = before is None or (before.key == self._key and before.corrected != asked.period)
            cells: dict[str, tuple[int | None, ...]] = {}
            for way in asked.ways:
                new = fresh[way][name][:due]
                old = () if before is None or again else before.cells.get(way, ())
                cells[way] = tuple(n if i >= len(old) or old[i] is None else old[i] for i, n in enumerate(new))
            made.append(
                Month(
                    place=asked.place.id,
                    indicator=asked.indicator.id,
                    month=name,
                    corrected=asked.period,
                    key=self._key if before is None else before.key,
                    cells=cells,
                )
            )
        return made

    def _perturbed(
        self, asked: Asked, names: Sequence[str], way: Direction, rule: CellRule
    ) -> Mapping[str, list[int | None]]:
        """The released hours of some months, worked out of what is counted now."""
        first, last = grid(asked.timezone, names[0])[0][0], grid(asked.timezone, names[-1])[2]
        series = self._counted.series(
            SeriesQuery(
                place=asked.place.id,
                indicators=(asked.indicator.id,),
                tier="hour",
                start=datetime.fromtimestamp(int(first), UTC),
                end=last,
                direction=way or "both",
            )
        )
        values = series.columns[asked.indicator.id]
        by_start = {int(start.timestamp()): (start, value) for start, value in zip(series.starts, values, strict=True)}
        found: dict[str, list[int | None]] = {}
        for name in names:
            hours = (by_start.get(int(at)) for at in grid(asked.timezone, name)[0])
            found[name] = [
                None
                if hour is None or hour[1] is None
                else rule.perturbed(Cell(asked.place.id, asked.indicator.id, way, hour[0]), round(hour[1]))
                for hour in hours
            ]
        return found


@lru_cache(maxsize=4096)
def grid(timezone: str, month: str) -> tuple[Hours, Hours, datetime]:
    """Of a local month: start of every hour (seconds since 1970), the number of its local day, and the month's end."""
    year, number = int(month[:4]), int(month[5:])
    tz = zone(timezone)
    first = datetime(year, number, 1, tzinfo=tz).astimezone(UTC)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=tz).astimezone(UTC)
    hours = starts("hour", timezone, first, end)
    days = [hour.astimezone(tz).toordinal() for hour in hours]
    return np.array([int(hour.timestamp()) for hour in hours]), np.array(days), end


def _months(timezone: str, start: datetime, end: datetime) -> Iterator[str]:
    local = start.astimezone(zone(timezone))
    year, number = local.year, local.month
    while datetime(year, number, 1, tzinfo=zone(timezone)) < end:
        yield f"{year:04}-{number:02}"
        year, number = year + number // 12, number % 12 + 1


def _hours(
    asked: Asked, names: Sequence[str], told: Sequence[Month], ways: Sequence[str]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Of every hour of some months: the released value, the ways added up, NaN where nobody watched; and whether it is told."""
    by_name = {month.month: month for month in told}
    values, known = [], []
    for name in names:
        size = len(grid(asked.timezone, name)[0])
        value, here = np.full(size, np.nan), np.zeros(size, bool)
        if name in by_name:
            cells = np.array([by_name[name].cells.get(way, ()) for way in ways], dtype=np.float64)
            n = cells.shape[1]
            value[:n] = np.where(np.isnan(cells).all(axis=0), np.nan, np.nansum(cells, axis=0))
            here[:n] = True
        values.append(value)
        known.append(here)
    return np.concatenate(values), np.concatenate(known)


def _plus(one: Floats, other: Floats) -> Floats:
    """The sum; of what is unknown in one, the other."""
    return np.where(np.isnan(one), other, np.where(np.isnan(other), one, one + other))


def _seconds(time: datetime | None, otherwise: float) -> float:
    return otherwise if time is None else time.timestamp()


def _by_hour(at: Hours, days: Hours, values: Floats) -> dict[int, Released]:
    found: dict[int, Released] = {}
    for _, rows in groupby(range(len(at)), key=lambda i: int(days[i])):
        day = list(rows)
        told = hours_of_day([None if np.isnan(values[i]) else float(values[i]) for i in day])
        found |= {int(at[i]): one for i, one in zip(day, told, strict=True)}
    return found


def _sums(at: Hours, values: Floats, edges: Hours, *, mean: bool) -> Floats:
    """Sum (or mean) of the told hours that begin in each bucket; NaN where none has a value."""
    seen = ~np.isnan(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(seen, values, 0.0))])
    count = np.concatenate([[0], np.cumsum(seen)])
    cut = np.searchsorted(at, edges, side="left")
    sums, counts = np.diff(total[cut]), np.diff(count[cut])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(counts > 0, sums / counts if mean else sums, np.nan)
