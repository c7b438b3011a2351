"""Days of minutes that lie in Parquet files: which there are, and which a question needs.

A day is sealed once nothing about it is expected any more (`pantau.store.seal`); from then on its minutes are read from the
file, and no longer from the table. Before `frozen_before` minutes are gone for good, and nothing below can change the tiers.
"""

# ruff: noqa: S608 -- what is put into a statement are names of the vocabulary, quoted; every value is a parameter

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import duckdb

from pantau.store.schema import table_of
from pantau.store.tables import from_micros, micros, naive
from pantau.types import EPOCH

FOLDER = "minutes"
"""Folder of the files, in the data folder."""


def files_of(connection: duckdb.DuckDBPyConnection, name: str, start: datetime, end: datetime) -> list[str]:
    """Paths of the sealed days of a family that touch [start, end), rising; the data folder is that of the database."""
    asked = [name, naive(end), naive(start)]
    found = connection.execute(
        "SELECT file FROM sealed WHERE family = ? AND day < ? AND finish > ? ORDER BY day", asked
    ).fetchall()
    if not found:
        return []
    asked_path = "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
    ((path,),) = connection.execute(asked_path).fetchall()
    return [str(Path(path).parent / file) for (file,) in found]


@dataclass(frozen=True, slots=True)
class Day:
    """A sealed day of a family."""

    start: datetime
    end: datetime
    path: str


def sealed_days(connection: duckdb.DuckDBPyConnection) -> Mapping[str, tuple[Day, ...]]:
    """Every sealed day of each family, rising."""
    asked_path = "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
    ((path,),) = connection.execute(asked_path).fetchall()
    rows = connection.execute(
        "SELECT family, epoch_us(day), epoch_us(finish), file FROM sealed ORDER BY ALL"
    ).fetchall()
    found: dict[str, list[Day]] = {}
    for name, start, end, file in rows:
        found.setdefault(name, []).append(Day(from_micros(start), from_micros(end), str(Path(path).parent / file)))
    return {name: tuple(days) for name, days in found.items()}


def covered(days: Sequence[Day], start: datetime, end: datetime) -> bool:
    """Whether every moment of [start, end) lies in one of these days, so that the table has none of it."""
    joined = all(before.end == after.start for before, after in pairwise(days))
    return bool(days) and joined and days[0].start <= start and days[-1].end >= end


def frozen_before(connection: duckdb.DuckDBPyConnection) -> datetime:
    """Minutes before this are not kept any more; 1970 where all are."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'frozen_before'").fetchone()
    return from_micros(int(found[0])) if found else EPOCH


def unseal(connection: duckdb.DuckDBPyConnection, folder: Path, name: str, minutes: Iterable[datetime]) -> None:
    """Bring the sealed days of these minutes back into the table, within the caller's transaction."""
    asked = sorted(minutes)
    if not asked:
        return
    spans = connection.execute(
        "SELECT epoch_us(day), epoch_us(finish), file FROM sealed WHERE family = ? AND day <= ? AND finish > ?",
        [name, naive(asked[-1]), naive(asked[0])],
    ).fetchall()
    for low, high, file in spans:
        if not any(low <= micros(minute) < high for minute in asked):
            continue
        connection.execute(
            f"INSERT INTO {table_of('minute', name)} BY NAME SELECT * EXCLUDE (place, revision, direction) FROM read_parquet(?)",
            [str(folder / file)],
        )
        connection.execute("DELETE FROM sealed WHERE family = ? AND file = ?", [name, file])
