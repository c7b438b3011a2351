"""Each tier from the one below it, by computing whole dirty buckets again: quarters of an hour, hours, days, months.

Whoever writes marks the buckets above in the same transaction, so the tiers can never miss a change, however late; whoever
computes a bucket deletes it and sums its rows again, so doing it twice is doing it once, and marks the one above it.
Imported buckets are base rows of their own tier: never computed from below, but summed into the tier above like any other.

Buckets that still run are left dirty by the owner's regular `rollup`; a reader has the place that it asks for brought up
to date first (`freshen`). Rejected: adding what arrives to a tier incrementally (a replayed batch counts twice, measured on
materialised views), and triggers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import duckdb

from pantau.store import queries
from pantau.store.buckets import DAY, bucket, starts
from pantau.store.database import Database
from pantau.store.groups import MARK_ABOVE_PLACES, addable, compute, names_of
from pantau.store.packs import Packs
from pantau.store.sealed import files_of
from pantau.store.series import TIERS, Tier
from pantau.store.tables import from_micros, naive, staged, table
from pantau.store.zones import Zones
from pantau.vocabulary import families

AT_ONCE = timedelta(hours=48)
"""Bounds the minutes that one statement sorts: 48 times 60 rows per series."""
ABOVE_MINUTES: tuple[Tier, ...] = TIERS[1:]


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """A bucket of one place, UTC, end exclusive."""

    start: datetime
    end: datetime
    place: str


class Rollup:
    """Keeps the tiers of one store true to its minutes."""

    def __init__(self, database: Database, zones: Zones, packs: Packs) -> None:
        self._database = database
        self._zones = zones
        self._packs = packs

    def rollup(self, now: datetime) -> int:
        """Compute every dirty bucket that has ended by `now`; how many there were.

        Raises:
            StoreError: nothing was changed.
        """
        done = 0
        asked = "SELECT DISTINCT family FROM dirty WHERE finish <= ?"
        with self._database.read() as connection:
            many = self._packs.many(connection)
            waiting = {str(name) for (name,) in connection.execute(asked, [naive(now)]).fetchall()}
        if many:
            self._packs.settle()
        for name in (n for n in families() if n in waiting):
            with self._database.transaction() as connection:
                self._packs.fold(connection, name)
                done += self._roll(connection, name, "AND finish <= $limit", {"limit": naive(now)})
        return done

    def freshen(self, name: str, place: str, tier: Tier, before: datetime) -> None:
        """Compute what a read needs: the dirty buckets, up to a tier, of one family at one place that begin before a moment.

        Also those that still run; a group's wait until they end.
        """
        tiers = ABOVE_MINUTES[: ABOVE_MINUTES.index(tier) + 1]
        with self._database.read() as connection:
            waiting = connection.execute(queries.any_dirty(name, place, naive(before), tiers)).fetchone()
            if not waiting or place in names_of(connection):
                return
        only, value = "AND place = $place AND bucket < $before", {"place": place, "before": naive(before)}
        with self._database.transaction() as connection:
            self._packs.fold(connection, name)
            self._roll(connection, name, only, value, tiers)

    def _roll(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        only: str,
        value: Mapping[str, object],
        tiers: Sequence[Tier] = ABOVE_MINUTES,
    ) -> int:
        done = 0
        groups = names_of(connection)
        for tier in tiers:
            taken = _take(connection, tier, name, only, value)
            dirty = [b for b in taken if b.place not in groups]
            _compute(connection, tier, name, dirty)
            if groups and "limit" in value:  # their members' buckets are complete only then
                again = _take(connection, tier, name, only, value)
                _compute_groups(connection, tier, name, sorted({*again, *taken} - {*dirty}))
            if tier != ABOVE_MINUTES[-1]:
                above = TIERS[TIERS.index(tier) + 1]  # a bucket belongs to the one above that it begins in
                mark(connection, above, name, {_around(above, self._zones.of(b.place), b) for b in dirty})
            done += len(taken)
        if done:
            self._database.changed("dirty")
        return done


def compute_above(
    connection: duckdb.DuckDBPyConnection, name: str, tier: Tier, spans: Mapping[str, tuple[str, datetime, datetime]]
) -> None:
    """Compute the tiers above `tier` between two moments at each place (zone, first, last), within the caller's transaction."""
    for above in TIERS[TIERS.index(tier) + 1 :]:
        grids = {span: starts(above, span[0], span[1], span[2] + DAY) for span in set(spans.values())}
        ends = {span: bucket(above, span[0], grid[-1])[1] for span, grid in grids.items()}
        found = [
            Bucket(start, end, place)
            for place, span in spans.items()
            for start, end in pairwise((*grids[span], ends[span]))
        ]
        _compute(connection, above, name, sorted(found))


def mark_groups(
    connection: duckdb.DuckDBPyConnection, name: str, tier: Tier, spans: Mapping[str, tuple[str, datetime, datetime]]
) -> None:
    """Note that groups have to be computed again between two moments of their places (zone, first, last)."""
    members = {str(place) for (place,) in connection.execute("SELECT DISTINCT place FROM members").fetchall()}
    for place in members & set(spans):
        zone, low, high = spans[place]
        edges = starts(tier, zone, low, high + DAY)
        with staged(connection, table(_columns([Bucket(a, b, place) for a, b in pairwise(edges)]))):
            connection.execute(MARK_ABOVE_PLACES, {"tier": tier, "family": name})


def mark(connection: duckdb.DuckDBPyConnection, tier: Tier, name: str, dirty: Iterable[Bucket]) -> None:
    """Note that these buckets of a family have to be computed again."""
    if found := sorted(dirty):
        content = _columns(found) | {"tier": [tier] * len(found), "family": [name] * len(found)}
        with staged(connection, table(content)):
            connection.execute(queries.MARK_DIRTY)


def _around(tier: Tier, timezone: str, inner: Bucket) -> Bucket:
    return Bucket(*bucket(tier, timezone, inner.start), inner.place)


def _take(
    connection: duckdb.DuckDBPyConnection, tier: Tier, name: str, only: str, value: Mapping[str, object]
) -> list[Bucket]:
    """The dirty buckets asked for, rising; they are clean once the transaction commits."""
    asked = {"tier": tier, "family": name, **value}
    rows = connection.execute(queries.dirty(only), asked).fetchall()
    if rows:
        connection.execute(queries.clean(only), asked)
    return sorted({Bucket(from_micros(start), from_micros(end), place) for place, start, end in rows})


def _chunks(dirty: Sequence[Bucket]) -> Iterator[list[Bucket]]:
    """Cut rising buckets where they do not follow one another, and at most `AT_ONCE` apart."""
    chunk: list[Bucket] = []
    for one in dirty:
        if chunk and (one.start > chunk[-1].end or one.start - chunk[0].start >= AT_ONCE):
            yield chunk
            chunk = []
        chunk.append(one)
    if chunk:
        yield chunk


def _compute(connection: duckdb.DuckDBPyConnection, tier: Tier, name: str, dirty: Sequence[Bucket]) -> None:
    """Compute these buckets, rising, again."""
    for chunk in _chunks(dirty) if tier == ABOVE_MINUTES[0] else filter(None, [dirty]):
        low, last, finish = chunk[0].start, max(b.start for b in chunk), max(b.end for b in chunk)
        files = files_of(connection, name, low, finish) if tier == ABOVE_MINUTES[0] else []
        asked: dict[str, object] = {"low": naive(low), "finish": naive(finish)}
        with staged(connection, table(_columns(chunk))):
            connection.execute(queries.clear_buckets(name, tier), {"low": naive(low), "high": naive(last)})
            statement = queries.compute(name, tier, sealed=bool(files))
            connection.execute(statement, asked | ({"files": files} if files else {}))
            connection.execute(MARK_ABOVE_PLACES, {"tier": tier, "family": name})


def _compute_groups(connection: duckdb.DuckDBPyConnection, tier: Tier, name: str, dirty: Sequence[Bucket]) -> None:
    if dirty and addable(families()[name]):
        bounds = {"low": naive(dirty[0].start), "high": naive(dirty[-1].start)}
        with staged(connection, table(_columns(dirty))):
            connection.execute(queries.clear_buckets(name, tier), bounds)
            connection.execute(compute(name, tier), bounds)


def _columns(dirty: Sequence[Bucket]) -> dict[str, list[object]]:
    return {
        "place": [b.place for b in dirty],
        "bucket": [b.start for b in dirty],
        "finish": [b.end for b in dirty],
    }
