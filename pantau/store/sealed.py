"""Days of minutes that lie in Parquet files: which there are, and which a question needs.

A day is sealed once nothing about it is expected any more (`pantau.store.seal`); from then on its minutes are read from the
file, and no longer from the table. Before `frozen_before` minutes are gone for good, and nothing below can change the tiers.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import duckdb

from pantau.store.tables import from_micros, naive
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


def all_sealed(connection: duckdb.DuckDBPyConnection, name: str, start: datetime, end: datetime) -> bool:
    """Whether every moment of [start, end) lies in a sealed day of the family, so that the table has none of it."""
    days = connection.execute(
        "SELECT epoch_us(day), epoch_us(finish) FROM sealed WHERE family = ? AND day < ? AND finish > ? ORDER BY day",
        [name, naive(end), naive(start)],
    ).fetchall()
    joined = all(before[1] == after[0] for before, after in pairwise(days))
    return bool(days) and joined and from_micros(days[0][0]) <= start and from_micros(days[-1][1]) >= end


def sealed_before(connection: duckdb.DuckDBPyConnection) -> datetime:
    """Minutes from this on are in the tables; 1970 where none is sealed."""
    ((latest,),) = connection.execute("SELECT epoch_us(max(finish)) FROM sealed").fetchall()
    return EPOCH if latest is None else from_micros(latest)


def frozen_before(connection: duckdb.DuckDBPyConnection) -> datetime:
    """Minutes before this are not kept any more; 1970 where all are."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'frozen_before'").fetchone()
    return from_micros(int(found[0])) if found else EPOCH
