"""Which person counts are published, and since when: each cell once, and again only at fixed dates.

**Idea.** `pantau.serve.release.rule` says what a cell is told as; this module sees to it that it is told *once*. When an hour is public (it ended
`DELAY_S` ago) its released value is kept, by local month, in the control database, and given to everyone from then on, whatever is counted
late. The running city publishes ahead (`pantau.serve.open.publisher`); what it has not come to yet is published by who first asks, of a group at most
`AT_ONCE` months of its places by each who asks: each is two questions to the store and a commit, and a city has thousands. On the first of each month (UTC) what was
published is worked out once more and late data appear. So nobody sees more versions of a cell than it has months, and adding people one
at a time tells nothing (`bench.release`, attack *versions*). An hour that had no number gets its first one when its month is next brought
up to date: with its next hour, or on the next date of correction. One that had a number never loses it: hours that the store has forgotten
since stay as they were told, and so do the days and months that are their sums.

Limits: imports that have days only, and hours that were forgotten before they were published, stay missing; a number whose minutes were
withdrawn stays until others come; without the key nothing new is told. Rejected: freezing whole answers (ranges overlap), and an as-of
column in the store (every minute row would have versions).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import inf
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pantau.places import DIRECTIONS, NO_DIRECTION, Direction, Line, Place
from pantau.serve.release.rule import Cell, CellRule, Ints, hour_name
from pantau.store.buckets import HOUR, starts, zone
from pantau.store.releases import Month
from pantau.store.series import Series, SeriesQuery
from pantau.vocabulary import Indicator

DELAY_S = 900
"""Seconds after its end at which a bucket is published."""
HOUR_S = int(HOUR.total_seconds())
CACHED = 6_000
"""Months held in memory: 6 kB for each direction."""
AT_ONCE = 16
"""Months of the places of a group that one question publishes; the others are as they were told before, or not yet."""
TOGETHER = 64
"""Places of a group whose months are read at once: of ten years of all of a city's there are gigabytes."""
NOBODY = -1
"""In a column of counts: nobody watched."""


class Counted(Protocol):
    """Where true counts come from (`pantau.serve.services.Numbers`)."""

    def series(self, query: SeriesQuery) -> Series:
        """A point for every bucket of the range."""
        ...

    def extent(self, place: str) -> Mapping[str, tuple[datetime, datetime]]:
        """For each family that a place has anything of: start of the first and end of the last stored bucket."""
        ...


class Book(Protocol):
    """Where published months are kept (`pantau.store.releases.Releases`)."""

    def months(self, places: Collection[str], indicator: str, first: str, last: str) -> Sequence[Month]:
        """What was published of these places and months, both included."""
        ...

    def keep(self, months: Sequence[Month]) -> None:
        """Remember what is published from now on."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One indicator of one place, at a moment; of a group, one of its places.

    Args:
        forward: the direction of the place that is the group's forward.
        spans: when it was part of the group, each from and until (None: from the first, still).
        border: whether it is a declared line, which belongs to the buckets at whose end it was one (`pantau.store.groups`).
    """

    place: Place
    indicator: Indicator
    timezone: str
    now: datetime
    forward: Direction = "forward"
    spans: tuple[tuple[datetime | None, datetime | None], ...] = ((None, None),)
    border: bool = False

    def of(self, at: Ints, ends: Ints) -> npt.NDArray[np.bool_]:
        """Whether its hours, of which each lies in a bucket that ends then, belong to the group; seconds since 1970."""
        inside = np.zeros(at.size, bool)
        for one, other in self.spans:
            since, until = _seconds(one, -inf), _seconds(other, inf)
            inside |= (ends > since) & (ends <= until) if self.border else (at + HOUR_S > since) & (at < until)
        return inside

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
        hours = grid(self.timezone, month)
        ends = np.append(hours.at[1:], int(hours.end.timestamp()))
        return int(np.searchsorted(ends, last, side="right"))


@dataclass(frozen=True, slots=True)
class Told:
    """A published month: by direction, the released count of each of its hours so far; `NOBODY` where nobody watched."""

    corrected: str
    key: str
    cells: Mapping[str, Ints]

    @property
    def through(self) -> int:
        """How many of its hours are told."""
        return max((len(cells) for cells in self.cells.values()), default=0)


class Publication:
    """Published months of one city. Safe from any thread.

    Args:
        counted: true counts.
        book: where what was published is kept.
        rule: the cell rule under the city's secret; None when the secret is lost, and nothing new is published.
        key: the secret's fingerprint.
    """

    def __init__(self, counted: Counted, book: Book, rule: CellRule | None, key: str) -> None:
        self._counted, self._book, self._rule, self._key = counted, book, rule, key
        self._cache: OrderedDict[tuple[str, str, str], Told] = OrderedDict()
        self._lock = threading.Lock()
        self._publishing = [threading.Lock() for _ in range(16)]

    def told(self, asked: Asked, names: Sequence[str]) -> Mapping[str, Told]:
        """The published ones of these months, brought up to date; one that can't be is as it was, or left out.

        Raises:
            StoreError: the store or the control database failed.
        """
        if not names:
            return {}
        found = self._known(asked, names)
        if len(found) == len(names) and not any(self._stale(asked, name, month) for name, month in found.items()):
            return found
        # One at a time for each place, so that equal questions are worked out once and told one answer.
        with self._publishing[hash((asked.place.id, asked.indicator.id)) % len(self._publishing)]:
            found = self._known(asked, names)
            if len(found) < len(names):
                found = self._in_book((asked,), names).get(asked.place.id, {}) | found
            stale = [name for name in names if self._stale(asked, name, found.get(name))]
            if stale and self._rule is not None:
                fresh = self._published(asked, stale, found, self._rule)
                if watched := [_kept(asked, name, month) for name, month in fresh.items() if _watched(month)]:
                    self._book.keep(watched)
                found |= fresh
            self._remember(asked, found)
        return found

    def told_together(self, asked: Sequence[Asked], names: Sequence[str]) -> Iterator[Mapping[str, Told]]:
        """`told` of one indicator of each place of a group, of which at most about `AT_ONCE` months are brought up to date; `TOGETHER` of them are held.

        Raises:
            StoreError: the store or the control database failed.
        """
        left = AT_ONCE
        for low in range(0, len(asked), TOGETHER):
            some = asked[low : low + TOGETHER]
            found = [self._known(one, names) for one in some]
            if unknown := [one for one, known in zip(some, found, strict=True) if len(known) < len(names)]:
                kept = self._in_book(unknown, names)
                found = [kept.get(one.place.id, {}) | known for one, known in zip(some, found, strict=True)]
            for one, known in zip(some, found, strict=True):
                self._remember(one, known)
                stale = [name for name in names if self._stale(one, name, known.get(name))]
                counted = [name for name in stale if self._has(one, name)]
                if counted and left > 0:
                    left -= len(counted)
                    yield self.told(one, names)
                elif stale and self._rule is not None:  # where nobody watched there is nothing to work out
                    none = [name for name in stale if name not in counted]
                    yield known | self._published(one, none, known, self._rule)
                else:
                    yield known

    def _in_book(self, asked: Sequence[Asked], names: Sequence[str]) -> dict[str, dict[str, Told]]:
        """What the book has of one indicator's months, by place; asked for at once."""
        places = {one.place.id for one in asked}
        found: dict[str, dict[str, Told]] = {}
        for month in self._book.months(places, asked[0].indicator.id, min(names), max(names)):
            if month.month in names:
                found.setdefault(month.place, {})[month.month] = _told(month)
        return found

    def _has(self, asked: Asked, name: str) -> bool:
        """Whether there are figures of a month."""
        span = self._counted.extent(asked.place.id).get(asked.indicator.family)
        return span is not None and grid(asked.timezone, name).meets(*span)

    def _known(self, asked: Asked, names: Sequence[str]) -> dict[str, Told]:
        with self._lock:
            of = {name: self._cache.get((asked.place.id, asked.indicator.id, name)) for name in names}
            for name, month in of.items():
                if month is not None:
                    self._cache.move_to_end((asked.place.id, asked.indicator.id, name))
        return {name: month for name, month in of.items() if month is not None}

    def _remember(self, asked: Asked, found: Mapping[str, Told]) -> None:
        with self._lock:
            for name, month in found.items():
                self._cache[asked.place.id, asked.indicator.id, name] = month
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)

    def _stale(self, asked: Asked, name: str, month: Told | None) -> bool:
        if month is None:
            return True
        return month.through < asked.due(name) or (month.key == self._key and month.corrected != asked.period)

    def _published(
        self, asked: Asked, names: Sequence[str], kept: Mapping[str, Told], rule: CellRule
    ) -> dict[str, Told]:
        """Months worked out anew where a correction is due; otherwise with the hours that came since, and what was missing.

        An hour of which nothing is counted now keeps what was told: the store forgets hours (`Retention.hour_days`), the book does not.
        """
        fresh = {way: self._perturbed(asked, names, way, rule) for way in asked.ways}
        made = {}
        for name in names:
            before, due = kept.get(name), asked.due(name)
            again = before is not None and before.key == self._key and before.corrected != asked.period
            cells: dict[str, Ints] = {}
            for way in asked.ways:
                new = fresh[way][name][:due]
                if before is not None:
                    old = before.cells.get(way, new[:0])[:due]
                    found = new[: old.size]
                    found[:] = np.where(found == NOBODY if again else old != NOBODY, old, found)
                cells[way] = new
            made[name] = Told(asked.period, self._key if before is None else before.key, cells)
        return made

    def _perturbed(self, asked: Asked, names: Sequence[str], way: Direction, rule: CellRule) -> Mapping[str, Ints]:
        """The released hours of some months, worked out of what is counted now; of months without figures nothing is asked."""
        found = {name: np.full(grid(asked.timezone, name).at.size, NOBODY, dtype=np.int64) for name in names}
        span = self._counted.extent(asked.place.id).get(asked.indicator.family)
        due = {name: asked.due(name) for name in names}
        whole = {name: grid(asked.timezone, name) for name in names if due[name]}
        grids = {name: one for name, one in whole.items() if span and one.meets(*span)}
        if not grids:
            return found
        series = self._counted.series(
            SeriesQuery(
                place=asked.place.id,
                indicators=(asked.indicator.id,),
                tier="hour",
                start=datetime.fromtimestamp(min(int(one.at[0]) for one in grids.values()), UTC),
                end=max(one.begin_of(due[name]) for name, one in grids.items()),
                direction=way or "both",
            )
        )
        begins = np.array([start.timestamp() for start in series.starts]).astype(np.int64)
        values = series.columns[asked.indicator.id]
        counts = np.array([NOBODY if value is None else value for value in values], dtype=np.float64)
        of = Cell(asked.place.id, asked.indicator.id, way, series.starts[0])
        for name, one in grids.items():
            at = np.searchsorted(begins, one.at)
            mine = np.where(np.isin(one.at, begins), counts[np.minimum(at, counts.size - 1)], NOBODY)
            found[name] = rule.perturbed_hours(of, one.names, mine)
        return found


@dataclass(frozen=True, slots=True)
class Grid:
    """The hours of a local month: start of each (seconds since 1970), the number of its local day, its name in cells; the month's end."""

    at: Ints
    days: Ints
    names: tuple[bytes, ...]
    end: datetime

    def begin_of(self, number: int) -> datetime:
        """When the hour of this number begins; of the one after the last, when the month ends."""
        return datetime.fromtimestamp(int(self.at[number]), UTC) if number < self.at.size else self.end

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether any of its hours lies in [start, end)."""
        return bool(self.at[0] < end.timestamp()) and start < self.end


@lru_cache(maxsize=1024)
def grid(timezone: str, month: str) -> Grid:
    """The hours of a local month such as 2026-03."""
    year, number = int(month[:4]), int(month[5:])
    tz = zone(timezone)
    first = datetime(year, number, 1, tzinfo=tz).astimezone(UTC)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=tz).astimezone(UTC)
    hours = starts("hour", timezone, first, end)
    days = [hour.astimezone(tz).toordinal() for hour in hours]
    return Grid(np.array([int(hour.timestamp()) for hour in hours]), np.array(days), tuple(map(hour_name, hours)), end)


def months_of(timezone: str, start: datetime, end: datetime) -> Iterator[str]:
    """The local months that touch [start, end), rising."""
    local = start.astimezone(zone(timezone))
    year, number = local.year, local.month
    while datetime(year, number, 1, tzinfo=zone(timezone)) < end:
        yield f"{year:04}-{number:02}"
        year, number = year + number // 12, number % 12 + 1


def _told(month: Month) -> Told:
    cells = {
        way: np.array([NOBODY if n is None else n for n in of_way], dtype=np.int64)
        for way, of_way in month.cells.items()
    }
    return Told(month.corrected, month.key, cells)


def _kept(asked: Asked, name: str, month: Told) -> Month:
    cells = {way: [None if n == NOBODY else n for n in of_way.tolist()] for way, of_way in month.cells.items()}
    return Month(
        place=asked.place.id,
        indicator=asked.indicator.id,
        month=name,
        corrected=month.corrected,
        key=month.key,
        cells=cells,
    )


def _watched(month: Told) -> bool:
    return any(bool((cells != NOBODY).any()) for cells in month.cells.values())


def _seconds(time: datetime | None, otherwise: float) -> float:
    return otherwise if time is None else time.timestamp()
