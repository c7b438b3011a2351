"""The night's work: finished days become files, and what is kept long enough goes.

    seal      each finished day of each family is written to MINUTES/FAMILY/DATE.N.parquet (zstd, sorted by place and time)
              and leaves the table; a question reads both
    unseal    late minutes of a sealed day bring the day back into the table, where they are merged like any others; the
              next night seals it again
    order     tables of months whose places lie scattered are written again (`pantau.store.order`)
    forget    files of minutes and rows of tiers that are older than `Retention` go; from then on what they change is frozen

A day is written from one snapshot, beside the writer; it leaves the table only if no row of it has changed meanwhile (a
fingerprint of all keys and seqs), in the transaction that names the file. So a kill at any moment leaves each row in one
place: a file that no transaction named is replaced by the next one.

Limits: a late minute of a sealed city day brings 75 million rows back; days are the installation's. Rejected: reading late
rows beside the file by seq (every question would have to look for doubles for ever).
"""

# ruff: noqa: S608 -- what is put into a statement are names of the vocabulary, quoted; every value is a parameter

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from pantau.store.archive import archive, archive_events, archive_frozen
from pantau.store.buckets import bucket, zone
from pantau.store.database import Database
from pantau.store.order import order_months
from pantau.store.packs import Packs
from pantau.store.runs import OpenRun
from pantau.store.schema import table_of
from pantau.store.sealed import FOLDER, files_of, frozen_before, unseal
from pantau.store.series import TIERS, Tier
from pantau.store.tables import from_micros, micros, naive
from pantau.store.zones import Zones
from pantau.types import EPOCH
from pantau.vocabulary import families

ROWS_PER_GROUP = 122_880
"""Rows of one block of a file: a camera's day is in one or two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many days each tier is kept, and how many the minutes stay in the table; 0: for ever."""

    hot_days: int = 2
    minute_days: int = 90
    quarter_hour_days: int = 730
    hour_days: int = 0

    def before(self, tier: Tier, now: datetime) -> datetime | None:
        """What of a tier is older than this goes; None where nothing does."""
        days = {"minute": self.minute_days, "quarter_hour": self.quarter_hour_days, "hour": self.hour_days}.get(tier, 0)
        return now - timedelta(days=days) if days else None


KEEP = Retention()


@dataclass(frozen=True, slots=True)
class Night:
    """What one night did: days sealed (a family each), their rows and bytes, files forgotten."""

    sealed: int = 0
    rows: int = 0
    bytes: int = 0
    forgotten: int = 0


class Sealer:
    """Moves the days of one store from the table to files, and back."""

    def __init__(self, database: Database, zones: Zones, packs: Packs, folder: Path, retention: Retention) -> None:
        self._database, self._packs = database, packs
        self._zones = zones
        self._folder = folder
        self._retention = retention

    def night(self, now: datetime) -> Night:
        """Seal what is finished and forget what is old; call it after a rollup, as often as wanted.

        Raises:
            StoreError: the day at hand is as it was.
        """
        self._packs.settle()
        zone_name = self._zones.default
        limit = bucket("day", zone_name, now)[0] - timedelta(days=self._retention.hot_days - 1)
        due = [(name, *day) for name in families() for day in self._days(name, limit)]
        done = [self._seal(*one) for one in due]
        archive_events(self._database, self._folder, sorted({(low, high) for _, low, high in due}), zone_name)
        forgotten = self._forget(now)
        order_months(self._database)
        if due or forgotten:
            archive(self._database, self._folder)
        sizes = [size for size in done if size]
        return Night(len(sizes), sum(r for r, _ in sizes), sum(b for _, b in sizes), forgotten)

    def _days(self, name: str, limit: datetime) -> list[tuple[datetime, datetime]]:
        """Local days before `limit` that have minutes in the table."""
        with self._database.read() as connection:
            found = connection.execute(
                f"SELECT DISTINCT epoch_us(time_bucket(INTERVAL 1 HOUR, minute)) FROM {table_of('minute', name)} WHERE minute < ?",
                [naive(limit)],
            ).fetchall()
        edges = {bucket("day", self._zones.default, from_micros(at)) for (at,) in found}
        return sorted(day for day in edges if day[1] <= limit)

    def _seal(self, name: str, low: datetime, high: datetime) -> tuple[int, int] | None:
        """Write a day, and take it from the table if it is still the same."""
        target = self._target(name, low)
        asked = {"low": naive(low), "high": naive(high)}
        partial = target.with_suffix(".partial")
        with self._database.read() as connection:
            connection.execute("BEGIN")
            before = _fingerprint(connection, name, asked)
            connection.execute(_copy(name, partial), asked)
            connection.execute("ROLLBACK")
        _sync(partial)
        partial.rename(target)
        _sync(target.parent)
        size = target.stat().st_size
        with self._database.transaction() as connection:
            self._packs.fold(connection, name)  # what came meanwhile is a change
            if _fingerprint(connection, name, asked) != before:
                target.unlink()
                return None
            connection.execute(f"DELETE FROM {table_of('minute', name)} WHERE minute >= $low AND minute < $high", asked)
            place = str(target.relative_to(self._folder))
            self._database.changed("sealed")
            connection.execute(
                "INSERT INTO sealed VALUES (?, ?, ?, ?, ?, ?)", [name, naive(low), naive(high), place, before[0], size]
            )
        for older in target.parent.glob(f"{target.name.split('.')[0]}.*.parquet"):
            if older != target:
                older.unlink()
        return before[0], size

    def _target(self, name: str, low: datetime) -> Path:
        folder = self._folder / FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        date = low.astimezone(zone(self._zones.default)).date().isoformat()
        numbers = [int(file.name.split(".")[1]) for file in folder.glob(f"{date}.*.parquet")]
        return folder / f"{date}.{max(numbers, default=0) + 1}.parquet"

    def _forget(self, now: datetime) -> int:
        """Let go of what is older than it is kept."""
        gone: list[str] = []
        limits = {t: bucket("day", self._zones.default, at)[0] for t in TIERS if (at := self._retention.before(t, now))}
        with self._database.read() as connection:
            before = frozen_before(connection)
        if (limit := limits.pop("minute", before)) > before:
            archive_frozen(self._database, self._folder, before, limit, self._zones.default)
        with self._database.transaction() as connection:
            self._packs.fold(connection)  # while it may still change what is going to be frozen
            if limit > before:
                self._database.changed("sealed")
                asked = [naive(limit)]
                gone = [
                    f
                    for (f,) in connection.execute(
                        "DELETE FROM sealed WHERE finish <= ? RETURNING file", asked
                    ).fetchall()
                ]
                connection.execute("DELETE FROM meta WHERE key = 'frozen_before'")
                connection.execute("INSERT INTO meta VALUES ('frozen_before', ?)", [str(micros(limit))])
            for tier, at in limits.items():
                for name in families():
                    connection.execute(
                        f"DELETE FROM {table_of(tier, name)} WHERE bucket < ? AND origin = 'computed'", [naive(at)]
                    )
        for file in gone:
            (self._folder / file).unlink(missing_ok=True)
        return len(gone)


def unseal_run(connection: duckdb.DuckDBPyConnection, folder: Path, state: OpenRun) -> None:
    """Bring back every sealed day that has rows of this run, within the caller's transaction."""
    for name in {key.family for key in state.run.keys}:
        files = files_of(connection, name, EPOCH, datetime.max.replace(tzinfo=EPOCH.tzinfo))
        if files:
            found = connection.execute(
                "SELECT DISTINCT epoch_us(minute) FROM read_parquet(?, union_by_name = true) WHERE run = ?",
                [files, state.number],
            ).fetchall()
            unseal(connection, folder, name, (from_micros(at) for (at,) in found))


def _fingerprint(connection: duckdb.DuckDBPyConnection, name: str, asked: dict[str, datetime]) -> tuple[int, int]:
    """How many rows a day has, and a number that changes with any of them."""
    ((rows, print_),) = connection.execute(
        f"SELECT count(*), coalesce(bit_xor(hash(series, minute, run, seq)), 0) FROM {table_of('minute', name)}"
        " WHERE minute >= $low AND minute < $high",
        asked,
    ).fetchall()
    return int(rows), int(print_)


def _copy(name: str, target: Path) -> str:
    path = str(target).replace("'", "''")
    return f"""COPY (SELECT k.place, k.revision, k.direction, m.* FROM {table_of("minute", name)} m
            JOIN series k ON k.number = m.series WHERE m.minute >= $low AND m.minute < $high
            ORDER BY k.place, m.minute, k.direction)
        TO '{path}' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS_PER_GROUP})"""


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
