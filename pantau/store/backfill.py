"""Years that someone else measured, brought in through the same tables: an import writes the base rows of its tier.

An imported bucket counts as fully observed, is never computed again from below, and is summed into the tier above like any
other. The run's id is the hash of what is imported: giving it again replaces what it wrote, so does a newer import of the
same buckets. All rows are checked before one is kept, and a refusal lists what is wrong row by row: a shifted hour, an
hour that is there twice, an unknown place or indicator, a value that can't be.

Rows are staged in chunks, so memory stays bounded however many years there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, pairwise
from math import inf
from typing import Literal

import duckdb

from pantau.errors import DataError
from pantau.store import queries
from pantau.store.buckets import starts
from pantau.store.database import Database
from pantau.store.minutes import kind_of
from pantau.store.rollup import compute_above, mark_groups
from pantau.store.runs import check_run, numbers_of, save_run
from pantau.store.schema import columns
from pantau.store.tables import from_micros, micros, staged, table, value_types
from pantau.store.zones import Zones
from pantau.types import Key, Run, require_utc
from pantau.vocabulary import Indicator, family

Row = tuple[str, datetime, Mapping[str, float]]
"""A place, the UTC start of a bucket, and its value per indicator id. A bucket without data is simply not there."""

CHUNK = 50_000
FAULTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """What was brought in."""

    rows: int
    values: int


@dataclass(slots=True)
class _Grid:
    """Which moments are starts of buckets in one zone: microseconds since 1970 and width in seconds, a year at a time."""

    tier: Literal["hour", "day"]
    timezone: str
    known: dict[datetime, tuple[int, float]] = field(default_factory=dict)
    years: set[int] = field(default_factory=set)

    def find(self, start: datetime) -> tuple[int, float] | None:
        """The bucket that begins at `start`, or None."""
        found = self.known.get(start)
        if found is None and require_utc(start).year not in self.years:
            self.years.add(start.year)
            year = datetime(start.year, 1, 1, tzinfo=start.tzinfo)
            edges = starts(self.tier, self.timezone, year, year + timedelta(days=368))
            self.known |= {at: (micros(at), (end - at).total_seconds()) for at, end in pairwise(edges)}
            found = self.known.get(start)
        return found


@dataclass(slots=True)
class _Rows:
    """Accepted rows of one family, column by column."""

    key: list[Key] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    values: list[dict[str, float]] = field(default_factory=list)


@dataclass(slots=True)
class _Intake:
    """The rows of one import on their way in: checked, counted, spread over the families."""

    keys: Mapping[tuple[str, str], Key]
    wanted: Mapping[tuple[str, str], Indicator]
    grids: Mapping[str, _Grid]
    faults: list[str] = field(default_factory=list)
    refused: int = 0
    rows: int = 0
    values: int = 0

    def refuse(self, what: str) -> None:
        self.refused += 1
        if len(self.faults) < FAULTS_SHOWN:
            self.faults.append(f"  {what}")

    def spread(self, chunk: Iterable[Row]) -> dict[str, _Rows]:
        """Rows of a chunk by family."""
        spread = {name: _Rows() for name, _ in self.keys}
        for place, start, values in chunk:
            self.rows += 1
            grid = self.grids.get(place)
            found = grid.find(start) if grid else None
            if grid is None:
                self.refuse(f"row {self.rows}: unknown place {place!r}")
            elif found is None:
                self.refuse(f"row {self.rows}: {place} {start} is not the start of a {grid.tier} in {grid.timezone}")
            else:
                for name, of_family in self._by_family(place, values).items():
                    rows = spread[name]
                    rows.key.append(self.keys[name, place])
                    rows.start.append(found[0])
                    rows.seconds.append(found[1])
                    rows.values.append(of_family)
        return spread

    def _by_family(self, place: str, values: Mapping[str, float]) -> dict[str, dict[str, float]]:
        by_family: dict[str, dict[str, float]] = {}
        for id_, value in values.items():
            indicator = self.wanted.get((place, id_))
            if indicator is None:
                self.refuse(f"row {self.rows}: {place} has no {id_!r} in this import")
            elif not (0 if indicator.over_time == "sum" else -inf) <= value < inf:
                self.refuse(f"row {self.rows}: {place} {id_} is {value}, expected a count of 0 or more")
            else:
                by_family.setdefault(indicator.family, {})[indicator.name] = value
                self.values += 1
        return by_family


def _wanted(run: Run) -> dict[tuple[str, str], Indicator]:
    """What an import may say, by place and indicator id; a distribution can't come as one number."""
    known = ((k, i) for k in run.keys for i in family(k.family).of_kind(kind_of(run, k)))
    return {(k.place, i.id): i for k, i in known if i.stored and not i.edges}


class Backfill:
    """Brings imports in."""

    def __init__(self, database: Database, zones: Zones) -> None:
        self._database = database
        self._zones = zones

    def backfill(
        self, run: Run, tier: Literal["hour", "day"], rows: Iterable[Row], timezones: Mapping[str, str]
    ) -> BackfillReport:
        """Import rows of one tier, and compute the tier above.

        Args:
            run: of kind ``import``; its id is the hash of what is imported, its keys name every place.
            tier: of the rows.
            rows: in any order.
            timezones: IANA zone per place that has its own; the others are in the installation's.

        Raises:
            ConfigError: a zone does not exist.
            DataError: rows are refused; the message lists them and nothing was kept.
            StoreError: nothing was kept.
        """
        check_run(run)
        if run.kind != "import" or not run.keys:
            raise DataError(f"run {run.id}: expected an import that names its series, got {run.kind}")
        zones = {key.place: timezones.get(key.place, self._zones.of(key.place)) for key in run.keys}
        grids = {name: _Grid(tier, name) for name in zones.values()}
        keys = {(key.family, key.place): key for key in run.keys}
        intake = _Intake(keys, _wanted(run), {place: grids[zone] for place, zone in zones.items()})
        families = sorted({key.family for key in run.keys})
        with self._database.transaction() as connection:
            self._zones.put(connection, zones)
            for name in families:
                connection.execute(queries.make_incoming(name))
            save_run(connection, run, 1, 0)
            self._database.changed("series", "runs", "run_methods")
            numbers = numbers_of(connection, run.id)
            for chunk in _chunks(rows):
                for name, spread in intake.spread(chunk).items():
                    _stage(connection, name, run, spread, numbers)
            for name in families:
                _refuse_doubles(connection, name, intake)
            if intake.refused:
                shown = "\n".join(intake.faults)
                raise DataError(f"import {run.id}: {intake.refused} rows are refused, nothing was kept\n{shown}")
            for name in families:
                _replace(connection, name, tier, zones, run)
        self._zones.remember(zones)
        return BackfillReport(intake.rows, intake.values)


def _replace(
    connection: duckdb.DuckDBPyConnection, name: str, tier: Literal["hour", "day"], zones: Mapping[str, str], run: Run
) -> None:
    asked = {"run": run.id}
    touched = connection.execute(queries.touched_by_import(name, tier), asked).fetchall()
    connection.execute(queries.drop_import(name, tier), asked)
    connection.execute(queries.drop_replaced(name, tier))
    connection.execute(queries.take_incoming(name, tier), {"method": run.method[name]})
    connection.execute(queries.drop_incoming(name))
    spans = {place: (zones[place], from_micros(low), from_micros(high)) for place, low, high in touched}
    mark_groups(connection, name, tier, spans)
    compute_above(connection, name, tier, spans)


def _stage(connection: duckdb.DuckDBPyConnection, name: str, run: Run, rows: _Rows, numbers: Mapping[Key, int]) -> None:
    if not rows.key:
        return
    content: dict[str, Sequence[object]] = {
        "series": [numbers[key] for key in rows.key],
        "bucket": rows.start,
        "run": [run.id] * len(rows.key),
        "observed_s": rows.seconds,
    }
    said = {column for values in rows.values for column in values}
    for indicator in (i for i in family(name).indicators if i.name in said):
        given = [values.get(indicator.name) for values in rows.values]
        for column, part in columns(indicator).items():
            content[column] = [None if v is None else 1 for v in given] if part == "n" else given
    with staged(connection, table(content, value_types(name))):
        connection.execute(queries.stage_incoming(name))


def _refuse_doubles(connection: duckdb.DuckDBPyConnection, name: str, intake: _Intake) -> None:
    for place, at, times in connection.execute(queries.doubled(name)).fetchall():
        intake.refuse(f"{place} {from_micros(at)} is there {times} times")


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rising = iter(rows)
    while chunk := list(islice(rising, CHUNK)):
        yield chunk
