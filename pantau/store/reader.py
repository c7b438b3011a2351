"""Answers: a series with a point for every bucket, the bounds of a place, pages of events.

Any thread may ask; each question reads one committed state of the store. Tiers are brought up to date for the asked place
first, so an hour is right to the last acknowledged batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pantau.distribution import percentile
from pantau.errors import DataError
from pantau.store import queries
from pantau.store.buckets import bucket, starts
from pantau.store.database import Database
from pantau.store.minutes import SETTLE_S
from pantau.store.rollup import Rollup
from pantau.store.schema import BIN, columns
from pantau.store.sealed import all_sealed, files_of
from pantau.store.series import Minute, Series, SeriesQuery
from pantau.store.tables import aggregates, from_micros, micros, naive
from pantau.store.zones import Zones
from pantau.types import DIRECTIONS, NO_DIRECTION, Event, require_utc
from pantau.vocabulary import Indicator, families, indicator

MAX_EVENTS = 1000
"""Most events on one page."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, newest first, and where the next page begins: the (start, id) of the last one, None on the last page."""

    events: tuple[Event, ...]
    before: tuple[datetime, str] | None = None


class Reader:
    """The questions that the store answers."""

    def __init__(self, database: Database, zones: Zones, rollup: Rollup, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._zones = zones
        self._rollup = rollup
        self._clock = clock

    def series(self, query: SeriesQuery) -> Series:
        """The asked indicators of one place, bucket by bucket, as `pantau.store.series` says.

        Raises:
            ConfigError: an indicator is unknown.
            DataError: indicators of several families or none, or a range that is empty or too long.
            StoreError: the store could not be read.
        """
        asked = _asked(query)
        name = asked[0].family
        only = tuple(sorted({base for i in asked for base in (i.of or (i.name,))}))
        timezone = self._zones.of(query.place)
        grid = starts(query.tier, timezone, require_utc(query.start), require_utc(query.end))
        last = bucket(query.tier, timezone, grid[-1])[1]
        if query.tier != "minute":
            self._rollup.freshen(name, query.place)
        directions = [NO_DIRECTION, *(DIRECTIONS if query.direction == "both" else [query.direction])]
        asked_for: dict[str, object] = {
            "place": query.place,
            "start": naive(grid[0]),
            "finish": naive(last),
            "directions": directions,
        }
        with self._database.read() as connection:
            files = files_of(connection, name, grid[0], last) if query.tier == "minute" else []
            asked_for |= {"files": files} if files else {}
            statement = partial(queries.series, name, query.tier, only, sealed=bool(files))
            hot = not (files and all_sealed(connection, name, grid[0], last))
            found = connection.execute(statement(single=True, hot=hot), asked_for).to_arrow_table()
            if query.tier == "minute" and max(found.column("most").to_pylist(), default=0) > 1:
                found = connection.execute(statement(), asked_for).to_arrow_table()
        rows = {column: found.column(column).to_pylist() for column in found.column_names}
        at = {start: i for i, start in enumerate(rows["at"])}
        picks = [at.get(micros(start)) for start in grid]
        now = require_utc(self._clock())
        ends = [*grid[1:], last]
        return Series(
            place=query.place,
            tier=query.tier,
            timezone=timezone,
            starts=grid,
            columns={i.id: _values(i, rows, picks) for i in asked},
            coverage=tuple(
                0.0 if pick is None else _coverage(rows, pick, (min(end, now) - start).total_seconds())
                for start, end, pick in zip(grid, ends, picks, strict=True)
            ),
            method=tuple("" if pick is None else _method(rows, pick) for pick in picks),
            revision=tuple(0 if pick is None else int(rows["revision"][pick]) for pick in picks),
            provisional=tuple(end + timedelta(seconds=SETTLE_S) > now for end in ends),
            places=tuple(None if pick is None else rows["places"][pick] for pick in picks),
        )

    def minutes(self, name: str, start: datetime, end: datetime) -> Iterator[Minute]:
        """Every minute of every place that began in [start, end) and has anything of this family, in order of time."""
        asked = {"start": naive(start), "finish": naive(end)}
        with self._database.read() as connection:
            files = files_of(connection, name, start, end)
            found = connection.execute(
                queries.minutes(name, sealed=bool(files)), asked | ({"files": files} if files else {})
            ).to_arrow_table()
        for row in found.to_pylist():
            values = aggregates(name, row)
            yield Minute(row["place"], row["direction"], from_micros(row["at"]), row["observed_s"], values)

    def bounds(self, place: str) -> tuple[datetime, datetime] | None:
        """Start of the first and end of the last stored bucket of a place, whatever its family; None without any."""
        spans = self.extent(place).values()
        return (min(s for s, _ in spans), max(e for _, e in spans)) if spans else None

    def extent(self, place: str) -> Mapping[str, tuple[datetime, datetime]]:
        """As `bounds`, for each family that has anything."""
        with self._database.read() as connection:
            rows = {
                name: connection.execute(queries.extents(name, of_place=True), {"place": place}).fetchone()
                for name in families()
            }
        return {name: (from_micros(r[1]), from_micros(r[2])) for name, r in rows.items() if r}

    def extents(self) -> Mapping[str, Mapping[str, tuple[datetime, datetime]]]:
        """`extent` of every place that has anything, in one question."""
        found: dict[str, dict[str, tuple[datetime, datetime]]] = {}
        with self._database.read() as connection:
            for name in families():
                for place, first, final in connection.execute(queries.extents(name)).fetchall():
                    found.setdefault(place, {})[name] = from_micros(first), from_micros(final)
        return found

    def methods(self) -> Mapping[str, Mapping[str, str]]:
        """For each camera and family, what measured in the newest run."""
        found: dict[str, dict[str, str]] = {}
        with self._database.read() as connection:
            for camera, name, method in connection.execute(queries.METHODS).fetchall():
                found.setdefault(camera, {})[name] = method
        return found

    def events(  # each is one filter of the page, all but `limit` may be left out
        self,
        place: str | None = None,
        kind: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 100,
        before: tuple[datetime, str] | None = None,
    ) -> EventPage:
        """A page of events that began in [start, end), newest first; `before` is that of the page above.

        An event written while someone pages never moves those already shown, and each is shown once.

        Raises:
            DataError: `limit` is out of range, or a time is not UTC.
        """
        if not 1 <= limit <= MAX_EVENTS:
            raise DataError(f"expected a limit from 1 to {MAX_EVENTS} events, got {limit}")
        asked = {
            "place": place,
            "kind": kind,
            "start": naive(start) if start else None,
            "finish": naive(end) if end else None,
            "cut": naive(before[0]) if before else None,
            "cut_id": before[1] if before else "",
            "limit": limit + 1,
        }
        with self._database.read() as connection:
            rows = connection.execute(queries.EVENTS, asked).fetchall()
        page = tuple(_event(row) for row in rows[:limit])
        return EventPage(page, (page[-1].start, page[-1].id) if len(rows) > limit else None)


def _asked(query: SeriesQuery) -> list[Indicator]:
    asked = [indicator(id_) for id_ in query.indicators]
    if len({i.family for i in asked}) != 1:
        raise DataError(f"expected indicators of one family, got {', '.join(query.indicators) or 'none'}")
    return asked


def _values(
    which: Indicator, rows: Mapping[str, Sequence[float | None]], picks: Sequence[int | None]
) -> tuple[float | None, ...]:
    if which.over_time == "sum":
        sums = rows[which.name]
        return tuple(None if pick is None else sums[pick] for pick in picks)
    bases = [indicator(f"{which.family}.{name}") for name in which.of] or [which]
    parts = [{part: rows[column] for column, part in columns(base).items()} for base in bases]
    found = [_taken(which.take, bases[0].edges, parts, row) for row in range(len(rows["at"]))]
    return tuple(None if pick is None else found[pick] for pick in picks)


def _taken(
    take: str, edges: Sequence[float], parts: Sequence[Mapping[str, Sequence[float | None]]], row: int
) -> float | None:
    """The mean, maximum or percentile of some sampled indicators together, in one row."""
    seen = [{name: values[row] for name, values in part.items()} for part in parts if part["n"][row]]
    if not seen:
        return None
    if take == "max":
        return max(one["max"] or 0.0 for one in seen)
    if take.startswith("p"):
        counts = [int(sum(one[f"{BIN}{n:02}"] or 0 for one in seen)) for n in range(len(edges) + 1)]
        bounds = min(one["min"] or 0.0 for one in seen), max(one["max"] or 0.0 for one in seen)
        return percentile(counts, edges, bounds, float(take[1:]))
    return sum(one["sum"] or 0.0 for one in seen) / sum(one["n"] or 0 for one in seen)


def _method(rows: Mapping[str, Sequence[Any]], pick: int) -> str:
    same = rows["oldest"][pick] == rows["revision"][pick]
    return queries.one_method(rows["method"][pick], rows["other"][pick], rows["newest"][pick], same_revision=same)


def _coverage(rows: Mapping[str, Sequence[float | None]], pick: int, passed_s: float) -> float:
    """Observed ÷ scheduled: the seconds that have passed, or those that all places of a group should have been observed."""
    scheduled = rows["expected_s"][pick] or passed_s
    return min(1.0, (rows["observed_s"][pick] or 0.0) / scheduled) if scheduled > 0 else 0.0


def _event(row: tuple[object, ...]) -> Event:
    id_, kind, place, start, finish, attributes, picture = row
    return Event(
        id=str(id_),
        kind=str(kind),
        place=str(place),
        start=from_micros(int(str(start))),
        end=None if finish is None else from_micros(int(str(finish))),
        attributes=json.loads(str(attributes)),
        picture=str(picture),
    )
