"""What stands beside the sealed days so that the DuckDB file can be made again from files alone (`pantau rebuild`).

    MINUTES/FAMILY/DATE.N.parquet     sealed minutes (`pantau.store.seal`); everything that is still computed follows from them
    MINUTES/_tables/NAME.parquet      runs, series, zones, members, meta: whole, written again every night
    MINUTES/_imported/TIER_FAMILY     rows that were imported: whole
    MINUTES/_events/DATE              events that began on a sealed day
    MINUTES/_frozen/TIER_FAMILY/DATE  rows of tiers whose minutes went that night

Not here: the days that are not sealed yet. They are in the DuckDB file and in a backup only.
"""

# ruff: noqa: S608 -- what is put into a statement are names of the vocabulary, quoted; every value is a parameter

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import duckdb

from pantau.errors import StoreError
from pantau.store.buckets import bucket, zone
from pantau.store.database import Database
from pantau.store.schema import create, table_of
from pantau.store.sealed import FOLDER
from pantau.store.series import TIERS
from pantau.store.tables import naive
from pantau.types import EPOCH
from pantau.vocabulary import families

TABLES = ("meta", "zones", "series", "runs", "run_families", "run_keys", "members", "refusals")


def archive(database: Database, folder: Path) -> None:
    """Write the tables that are small, and the rows that were imported."""
    root = folder / FOLDER
    with database.read() as connection:
        for name in TABLES:
            _write(connection, f"FROM {name}", root / "_tables" / f"{name}.parquet")
        for family in families():
            for tier in TIERS[1:]:
                rows = f"FROM {table_of(tier, family)} WHERE origin = 'imported'"
                if connection.execute(f"{rows} LIMIT 1").fetchone():
                    _write(connection, rows, root / "_imported" / f"{tier}-{family}.parquet")


def archive_events(database: Database, folder: Path, days: Iterable[tuple[datetime, datetime]], timezone: str) -> None:
    """Write the events that began on these days."""
    with database.read() as connection:
        for low, high in days:
            rows = f"FROM events WHERE start >= {_moment(low)} AND start < {_moment(high)}"
            _write(connection, rows, folder / FOLDER / "_events" / f"{_date(low, timezone)}.parquet")


def archive_frozen(database: Database, folder: Path, low: datetime, high: datetime, timezone: str) -> None:
    """Write the computed rows of all tiers in [low, high): their minutes are about to go."""
    with database.read() as connection:
        for family in families():
            for tier in TIERS[1:]:
                rows = f"""FROM {table_of(tier, family)} WHERE origin = 'computed'
                    AND bucket >= {_moment(low)} AND bucket < {_moment(high)}"""
                if connection.execute(f"{rows} LIMIT 1").fetchone():
                    place = folder / FOLDER / "_frozen" / f"{tier}-{family}" / f"{_date(high, timezone)}.parquet"
                    _write(connection, rows, place)


def rebuild(folder: Path, timezone: str) -> int:
    """Make the DuckDB file of a data folder from its files; how many sealed days it has. Tiers are computed when it is opened.

    Raises:
        StoreError: there is one already, or there are no files.
    """
    root, target = folder / FOLDER, folder / "pantau.duckdb"
    if target.exists():
        raise StoreError(
            f"{target} is there; move it away before it is made again, it may hold days that are not sealed"
        )
    if not (root / "_tables" / "meta.parquet").exists():
        raise StoreError(f"{root} has no _tables/meta.parquet, so there is nothing to make the store of")
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    database = Database(partial)
    try:
        with database.transaction() as connection:
            create(connection, timezone)
            days = _load(connection, folder)
    finally:
        database.close()
    partial.rename(target)
    return days


def _load(connection: duckdb.DuckDBPyConnection, folder: Path) -> int:
    root = folder / FOLDER
    for name in TABLES:
        connection.execute(f"DELETE FROM {name}")
        _read(connection, name, [root / "_tables" / f"{name}.parquet"])
    _read(connection, "events", (root / "_events").glob("*.parquet"))
    for family in families():
        for tier in TIERS[1:]:
            files = [
                root / "_imported" / f"{tier}-{family}.parquet",
                *(root / "_frozen" / f"{tier}-{family}").glob("*.parquet"),
            ]
            _read(connection, table_of(tier, family), files)
    ((timezone,),) = connection.execute("SELECT value FROM meta WHERE key = 'timezone'").fetchall()
    connection.execute("INSERT INTO meta VALUES ('regrid', 'all')")
    days = {day for family in families() for day in _list_sealed(connection, folder, family, str(timezone))}
    return len(days)


def _list_sealed(connection: duckdb.DuckDBPyConnection, folder: Path, family: str, timezone: str) -> list[str]:
    """Note which days of a family are in files: of each day the newest."""
    newest: dict[str, tuple[int, Path]] = {}
    for file in (folder / FOLDER / family).glob("*.parquet"):
        date, number, _ = file.name.split(".")
        newest[date] = max(newest.get(date, (0, file)), (int(number), file))
    for date, (_, file) in newest.items():
        low, high = bucket(
            "day",
            timezone,
            datetime.fromisoformat(f"{date}T12:00").replace(tzinfo=zone(timezone)).astimezone(EPOCH.tzinfo),
        )
        ((rows,),) = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(file)]).fetchall()
        place = str(file.relative_to(folder))
        connection.execute(
            "INSERT INTO sealed VALUES (?, ?, ?, ?, ?, ?)",
            [family, naive(low), naive(high), place, rows, file.stat().st_size],
        )
    return list(newest)


def _read(connection: duckdb.DuckDBPyConnection, table: str, files: Iterable[Path]) -> None:
    there = [str(file) for file in files if file.exists()]
    if there:
        connection.execute(f"INSERT INTO {table} BY NAME FROM read_parquet(?, union_by_name = true)", [there])


def _write(connection: duckdb.DuckDBPyConnection, rows: str, target: Path) -> None:
    """All of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    path = str(partial).replace("'", "''")
    connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    partial.rename(target)


def _moment(time: datetime) -> str:
    return f"TIMESTAMP '{naive(time).isoformat(sep=' ')}'"


def _date(time: datetime, timezone: str) -> str:
    return time.astimezone(zone(timezone)).date().isoformat()
