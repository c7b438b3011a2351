"""Hours from minutes and days from hours, by computing whole dirty buckets again.

Whoever writes marks the buckets above in the same transaction, so the tiers can never miss a change, however late; whoever
computes a bucket deletes it and sums its rows again, so doing it twice is doing it once. Imported buckets are base rows of
their own tier: never computed from below, but summed into the tier above like any other.

Buckets that still run are left dirty by the owner's regular `rollup`; a reader has the place that it asks for brought up
to date first (`freshen`). Rejected: adding what arrives to a tier incrementally (a replayed batch counts twice, measured on
materialised views), and triggers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import duckdb

from pantau.store import queries
from pantau.store.buckets import DAY, bucket, starts
from pantau.store.database import Database
from pantau.store.tables import from_micros, naive, staged, table
from pantau.store.zones import Zones
from pantau.vocabulary import families

HOURS_AT_ONCE = 48
"""Bounds the minutes that one statement sorts: 48 times 60 rows per series."""


@dataclass(frozen=True, slots=True, order=True)
class _Bucket:
    start: datetime
    end: datetime
    place: str


class Rollup:
    """Keeps the tiers of one store true to its minutes."""

    def __init__(self, database: Database, zones: Zones) -> None:
        self._database = database
        self._zones = zones

    def rollup(self, now: datetime) -> int:
        """Compute every dirty bucket that has ended by `now`; how many there were.

        Raises:
            StoreError: nothing was changed.
        """
        done = 0
        for name in families():
            with self._database.transaction() as connection:
                done += self._roll(connection, name, "AND finish <= $limit", {"limit": naive(now)})
        return done

    def freshen(self, name: str, place: str) -> None:
        """Compute the dirty buckets of one family at one place, also those that still run."""
        with self._database.read() as connection:
            asked = {"family": name, "place": place}
            if not connection.execute("FROM dirty WHERE family = $family AND place = $place LIMIT 1", asked).fetchone():
                return
        with self._database.transaction() as connection:
            self._roll(connection, name, "AND place = $place", {"place": place})

    def _roll(self, connection: duckdb.DuckDBPyConnection, name: str, only: str, value: dict[str, object]) -> int:
        hours = _take(connection, "hour", name, only, value)
        for chunk in _chunks(hours):
            _compute(connection, "hour", name, chunk, queries.hours_from_minutes)
        days = {
            _Bucket(*bucket("day", self._zones.of(b.place), b.start), b.place) for b in hours
        }  # an hour belongs to the day that it begins in
        _mark_days(connection, name, days)
        dirty_days = _take(connection, "day", name, only, value)
        if dirty_days:
            _compute(connection, "day", name, dirty_days, queries.days_from_hours)
        return len(hours) + len(dirty_days)


def compute_days(
    connection: duckdb.DuckDBPyConnection, name: str, spans: Mapping[str, tuple[str, datetime, datetime]]
) -> None:
    """Compute the days between two moments at each place (zone, first, last), within the caller's transaction."""
    grids = {span: starts("day", span[0], span[1], span[2] + DAY + DAY) for span in set(spans.values())}
    days = [_Bucket(start, end, place) for place, span in spans.items() for start, end in pairwise(grids[span])]
    if days:
        _compute(connection, "day", name, sorted(days), queries.days_from_hours)


def _mark_days(connection: duckdb.DuckDBPyConnection, name: str, days: set[_Bucket]) -> None:
    """Note that these days of a family have to be computed again."""
    if days:
        content = _columns(list(days)) | {"tier": ["day"] * len(days), "family": [name] * len(days)}
        with staged(connection, table(content)):
            connection.execute(queries.MARK_DIRTY)


def _take(
    connection: duckdb.DuckDBPyConnection, tier: str, name: str, only: str, value: dict[str, object]
) -> list[_Bucket]:
    """The dirty buckets asked for, rising; they are clean once the transaction commits."""
    asked = {"tier": tier, "family": name, **value}
    rows = connection.execute(queries.dirty(only), asked).fetchall()
    if rows:
        connection.execute(queries.clean(only), asked)
    return sorted({_Bucket(from_micros(start), from_micros(end), place) for place, start, end in rows})


def _chunks(hours: Sequence[_Bucket]) -> Iterator[list[_Bucket]]:
    """Cut rising hours where they do not follow one another, and at most `HOURS_AT_ONCE` apart."""
    chunk: list[_Bucket] = []
    for hour in hours:
        if chunk and (
            hour.start > chunk[-1].end or (hour.start - chunk[0].start).total_seconds() >= HOURS_AT_ONCE * 3600
        ):
            yield chunk
            chunk = []
        chunk.append(hour)
    if chunk:
        yield chunk


def _compute(
    connection: duckdb.DuckDBPyConnection,
    tier: str,
    name: str,
    dirty: Sequence[_Bucket],
    statement: Callable[[str], str],
) -> None:
    bounds = {"low": naive(dirty[0].start)}
    last = naive(max(b.start for b in dirty))
    with staged(connection, table(_columns(dirty))):
        connection.execute(queries.clear_buckets(name), bounds | {"high": last, "tier": tier})
        connection.execute(statement(name), bounds | {"finish": naive(max(b.end for b in dirty))})


def _columns(dirty: Sequence[_Bucket]) -> dict[str, list[object]]:
    return {
        "place": [b.place for b in dirty],
        "bucket": [b.start for b in dirty],
        "finish": [b.end for b in dirty],
    }
