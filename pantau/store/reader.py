"""Answers: a series with a point for every bucket, the bounds of a place, pages of events.

Any thread may ask; each question reads one committed state of the store. Tiers are brought up to date for the asked place
first, so an hour is right to the last acknowledged batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import isnan

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pantau.distribution import percentile
from pantau.errors import DataError
from pantau.places import DIRECTIONS, NO_DIRECTION
from pantau.store import queries
from pantau.store.buckets import bucket, starts
from pantau.store.database import Database
from pantau.store.day_file import place_minutes
from pantau.store.groups import memberships, over_some
from pantau.store.minutes import SETTLE_S
from pantau.store.packs import Packs, newest
from pantau.store.rollup import Rollup
from pantau.store.schema import BIN, columns
from pantau.store.sealed import covered, files_of, sealed_days
from pantau.store.series import Minute, Series, SeriesQuery
from pantau.store.tables import aggregates, from_micros, micros, moments, naive, staged, table
from pantau.store.totals import Floats, Ints, Totals, nothing, of_tier, totals
from pantau.store.zones import Zones
from pantau.types import Event, require_utc
from pantau.vocabulary import Indicator, indicator

Bools = npt.NDArray[np.bool_]
SETTLE_US = int(SETTLE_S * 1_000_000)
MAX_METHODS = 50_000
"""Runs whose method is remembered."""
MAX_EVENTS = 1000
"""Most events on one page."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, newest first, and where the next page begins: the (start, id) of the last one, None on the last page."""

    events: tuple[Event, ...]
    before: tuple[datetime, str] | None = None


class Reader:
    """The questions that the store answers."""

    def __init__(
        self, database: Database, zones: Zones, packs: Packs, rollup: Rollup, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._packs = database, packs
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
        timezone = self._zones.of(query.place)
        grid = starts(query.tier, timezone, require_utc(query.start), require_utc(query.end))
        last = bucket(query.tier, timezone, grid[-1])[1]
        if query.fresh and query.tier != "minute":
            self._rollup.freshen(asked[0].family, query.place, query.tier, last)
        stored = [base for i in asked for base in (map(partial(_sibling, i), i.of) if i.of else (i,))]
        parts = {column: part for base in stored for column, part in columns(base).items()}
        with self._database.read() as connection:
            ask = self._minutes if query.tier == "minute" else self._some if query.members is not None else self._tier
            found = ask(connection, query, (*grid, last), parts)
        edges = moments((*grid, last))
        at = np.searchsorted(found.at, edges[:-1])
        there = np.append(found.at, -1)[at] == edges[:-1]
        now = micros(require_utc(self._clock()))
        return Series(
            place=query.place,
            tier=query.tier,
            timezone=timezone,
            starts=grid,
            columns={i.id: _picked(_values(i, found), at, there) for i in asked},
            coverage=_coverage(found, at, there, (np.minimum(edges[1:], now) - edges[:-1]) / 1e6),
            method=_texts(found.method, at, there),
            revision=tuple(np.append(found.revision, 0)[np.where(there, at, -1)].tolist()),
            provisional=tuple((edges[1:] + SETTLE_US > now).tolist()),
            places=tuple(None if n is None else int(n) for n in _picked(found.places, at, there)),
        )

    def _tier(
        self,
        connection: duckdb.DuckDBPyConnection,
        query: SeriesQuery,
        edges: Sequence[datetime],
        parts: Mapping[str, str],
    ) -> Totals:
        """Rows of a place in the table of a tier."""
        name = indicator(query.indicators[0]).family
        mine = self._series(name, query)
        if not mine:
            return nothing(parts)
        span = naive(edges[0]), naive(edges[-1])
        statement = queries.tier_series(name, query.tier, tuple(parts), tuple(mine), span)
        return of_tier(connection.execute(statement).fetchnumpy(), mine, parts)

    def _series(self, name: str, query: SeriesQuery) -> dict[int, tuple[int, str]]:
        """Numbers of the series of a place in the asked directions, with revision and direction."""
        known = self._database.remembered("series", _numbers).get((name, query.place), ())
        return {number: (revision, way) for number, revision, way in known if way in self._ways(query)}

    def _ways(self, query: SeriesQuery) -> list[str]:
        """The directions of the series that are asked for; of a group, only where its indicators have theirs."""
        ways: list[str] = [*(DIRECTIONS if query.direction == "both" else [query.direction])]
        if query.place not in self._database.remembered("members", memberships):
            return [NO_DIRECTION, *ways]
        kinds = {indicator(name).over_places for name in query.indicators}
        return [*([NO_DIRECTION] if "yes" in kinds else []), *(ways if "cordon" in kinds else [])]

    def _some(
        self,
        connection: duckdb.DuckDBPyConnection,
        query: SeriesQuery,
        edges: Sequence[datetime],
        parts: Mapping[str, str],
    ) -> Totals:
        """A group's buckets over some of its members, added up now."""
        name = indicator(query.indicators[0]).family
        staged_: dict[str, Sequence[object]] = {
            "place": [query.place] * (len(edges) - 1),
            "bucket": edges[:-1],
            "finish": edges[1:],
        }
        asked, some = {"low": naive(edges[0]), "high": naive(edges[-1])}, table({"place": query.members or ()})
        with staged(connection, table(staged_)), staged(connection, some, queries.SOME):
            found = connection.execute(over_some(name, query.tier), asked).to_arrow_table()
        missing = [column for column in parts if column not in found.column_names]
        for column in missing:  # what has no sum over places
            found = found.append_column(column, pa.nulls(found.num_rows, pa.float64()))
        wanted = pc.is_in(found.column("direction"), pa.array(self._ways(query)))
        return totals(found.filter(wanted), parts)

    def _minutes(
        self,
        connection: duckdb.DuckDBPyConnection,
        query: SeriesQuery,
        edges: Sequence[datetime],
        parts: Mapping[str, str],
    ) -> Totals:
        """Minutes of a place, in the table, in sealed days and in packs."""
        name, low, high = indicator(query.indicators[0]).family, edges[0], edges[-1]
        mine = self._series(name, query)
        if not mine:
            return nothing(parts)
        sealed = self._database.remembered("sealed", sealed_days)
        days = [day for day in sealed.get(name, ()) if day.start < high and day.end > low]
        span, wanted = (naive(low), naive(high)), ("run", "seq", "span_start", "span_end", "observed_s", *parts)
        waiting = self._packs.rows(name, tuple(mine), low, high)
        found = [place_minutes(day.path, query.place, tuple(mine), wanted, span) for day in days]
        if not covered(days, low, high):
            found.append(connection.execute(queries.minute_rows(name, wanted, tuple(mine), span)).to_arrow_table())
        if self._database.remembered("sealed", sealed_days) is not sealed:
            return self._minutes(connection, query, edges, parts)  # minutes moved between table and files meanwhile
        rows = pa.concat_tables(found, promote_options="permissive")
        if waiting is not None and waiting.num_rows:
            rows = newest(pa.concat_tables([rows, waiting.select(rows.column_names)], promote_options="permissive"))
        rows = _of_series(rows.combine_chunks(), mine)
        added = totals(self._with_methods(connection, name, rows), parts)
        if added.most > 1:
            place = pa.array([query.place], pa.string()).take(pa.array(np.zeros(rows.num_rows, np.int64)))
            with staged(connection, rows.append_column("place", place)):
                counted = connection.execute(queries.contested_minutes(name, tuple(parts))).to_arrow_table()
            added = totals(counted, parts)
        return added

    def _with_methods(self, connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> pa.Table:
        """Rows of minutes as `pantau.store.totals` adds them up."""
        for column, time in (("at", "minute"), ("until", "span_end")):
            rows = rows.append_column(column, rows.column(time).cast(pa.int64()))
        runs = pc.dictionary_encode(rows.column("run").combine_chunks())
        numbers = runs.dictionary.to_pylist()
        methods = self._methods(connection, name, set(numbers))
        rows = rows.append_column("method", _listed([methods[run] for run in numbers], pa.string()).take(runs.indices))
        for column in ("expected_s", "places"):
            rows = rows.append_column(column, pa.nulls(rows.num_rows, pa.float64()))
        return rows

    def _methods(self, connection: duckdb.DuckDBPyConnection, name: str, runs: set[int]) -> Mapping[int, str]:
        """What measured a family in these runs; asked once of each run, and of the newest together."""
        known: dict[tuple[str, int], str] = self._database.remembered("run_methods", _newest_methods)
        if missing := tuple(run for run in runs if (name, run) not in known):
            found = connection.execute(queries.methods_of(name, missing)).fetchall()
            known |= {(name, number): method for number, method in found}
        of = {run: known[name, run] for run in runs}
        if len(known) > MAX_METHODS:
            known.clear()
        return of

    def minutes(self, name: str, start: datetime, end: datetime) -> Iterator[Minute]:
        """Every minute of every place that began in [start, end) and has anything of this family, in order of time."""
        asked = {"start": naive(start), "finish": naive(end)}
        self._packs.settle()
        with self._database.read() as connection:
            files = files_of(connection, name, start, end)
            found = connection.execute(
                queries.minutes(name, sealed=bool(files)), asked | ({"files": files} if files else {})
            ).to_arrow_table()
        for row in found.to_pylist():
            values = aggregates(name, row)
            yield Minute(row["place"], row["direction"], from_micros(row["at"]), row["observed_s"], values)

    def methods(self) -> Mapping[str, Mapping[str, str]]:
        """For each camera and family, what measured in the newest run."""
        return self._database.remembered("runs", _methods)

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


def _newest_methods(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], str]:
    found = connection.execute(queries.newest_methods(MAX_METHODS // 2)).fetchall()
    return {(name, number): method for name, number, method in found}


def _of_series(found: pa.Table, mine: Mapping[int, tuple[int, str]]) -> pa.Table:
    """Rows with the revision and direction of their series."""
    which = pc.index_in(found.column("series").combine_chunks(), _listed(list(mine), pa.int32()))
    for name, part, type_ in (("revision", 0, pa.int64()), ("direction", 1, pa.string())):
        found = found.append_column(name, _listed([one[part] for one in mine.values()], type_).take(which))
    return found


def _listed(values: Sequence[object], type_: pa.DataType) -> pa.Array:
    return pa.array(values, type_)


def _methods(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for camera, name, method in connection.execute(queries.METHODS).fetchall():
        found.setdefault(camera, {})[name] = method
    return found


def _sibling(of: Indicator, name: str) -> Indicator:
    return indicator(f"{of.family}.{name}")


def _numbers(
    connection: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str], tuple[tuple[int, int, str], ...]]:
    """The series of each family and place: number, revision, direction."""
    found: dict[tuple[str, str], tuple[tuple[int, int, str], ...]] = {}
    rows = connection.execute("SELECT family, place, number, revision, direction FROM series").fetchall()
    for name, place, number, revision, way in rows:
        found[name, place] = (*found.get((name, place), ()), (number, revision, way))
    return found


def _picked(values: Floats, at: Ints, there: Bools) -> tuple[float | None, ...]:
    """The values of the asked buckets; None where there is none."""
    if not values.size:
        return (None,) * at.size
    found = np.where(there, values[np.minimum(at, values.size - 1)], np.nan)
    told = found.astype(object)
    told[np.isnan(found)] = None
    return tuple(told.tolist())


def _texts(texts: Sequence[str], at: Ints, there: Bools) -> tuple[str, ...]:
    """The texts of the asked buckets; empty where there is none."""
    return tuple(np.array((*texts, ""), dtype=object)[np.where(there, at, -1)].tolist())


def _values(which: Indicator, found: Totals) -> Floats:
    if which.over_time == "sum":
        return found.values[which.name]
    bases = [_sibling(which, name) for name in which.of] or [which]
    parts = [{part: found.values[column] for column, part in columns(base).items()} for base in bases]
    if which.take in {"", "mean"}:
        total, n = (_together(np.stack([part[name] for part in parts])) for name in ("sum", "n"))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(n > 0, total / n, np.nan)
    taken = (_taken(which.take, bases[0].edges, parts, row) for row in range(found.at.size))
    return np.array([np.nan if one is None else one for one in taken], dtype=np.float64)


def _together(values: npt.NDArray[np.float64]) -> Floats:
    return np.asarray(np.nansum(values, axis=0))


def _taken(take: str, edges: Sequence[float], parts: Sequence[Mapping[str, Floats]], row: int) -> float | None:
    """The maximum or a percentile of some sampled indicators together, in one row."""
    seen = [{name: float(values[row]) for name, values in part.items()} for part in parts if part["n"][row] > 0]
    if not seen:
        return None
    low = [one["min"] for one in seen if not isnan(one["min"])]
    high = [one["max"] for one in seen if not isnan(one["max"])]
    if take == "max":
        return max(high, default=0.0)
    counts = [sum(int(n) for one in seen if not isnan(n := one[f"{BIN}{b:02}"])) for b in range(len(edges) + 1)]
    return percentile(counts, edges, (min(low, default=0.0), max(high, default=0.0)), float(take[1:]))


def _coverage(found: Totals, at: Ints, there: Bools, passed_s: Floats) -> tuple[float, ...]:
    """Observed ÷ scheduled: the seconds that have passed, or those that all places of a group should have been observed."""
    if not found.at.size:
        return (0.0,) * at.size
    pick = np.minimum(at, found.at.size - 1)
    scheduled = np.where(found.expected_s[pick] > 0, found.expected_s[pick], passed_s)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(there & (scheduled > 0), np.nan_to_num(found.observed_s[pick]) / scheduled, 0.0)
    return tuple(np.minimum(share, 1.0).tolist())


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
