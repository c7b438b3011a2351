"""A copy is whole or refused; the way back overwrites nothing; an older file is read by this Pantau."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pantau.errors import LockedError, StoreError
from pantau.store.backup import backup, restore
from pantau.store.seal import Retention
from pantau.store.series import TIERS, Series, SeriesQuery
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

T = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
NOW = T + timedelta(days=4)
KEY = Key("traffic", "c.line", 1, "forward")


def open_at(folder: Path) -> Store:
    return Store.open(folder, timezone="Asia/Jakarta", clock=lambda: NOW, retention=Retention(minute_days=0))


def filled(folder: Path) -> Store:
    store = open_at(folder)
    store.begin(
        Run(
            id="r",
            camera="c",
            kind="live",
            started=T,
            keys=(KEY,),
            method={"traffic": "m"},
            cadence_s={"traffic": 60.0},
        )
    )
    for hour in range(80):
        at = T + timedelta(hours=hour)
        seen = Observation("c.line", "traffic.car", "forward", at, 0.0, float(hour))
        store.write(Batch("r", hour + 1, {"traffic": (at,)}, (seen,)))
    return store


def everything(store: Store) -> list[Series]:
    return [
        store.series(SeriesQuery(place="c.line", indicators=("traffic.car",), tier=tier, start=T, end=NOW))
        for tier in TIERS
    ]


def test_a_backup_comes_back_as_it_was(tmp_path: Path) -> None:
    store = filled(tmp_path / "data")
    store.night(NOW)
    before = everything(store)
    with pytest.raises(LockedError):
        backup(tmp_path / "data", tmp_path / "copy")
    store.close()
    assert backup(tmp_path / "data", tmp_path / "copy") > 3
    with pytest.raises(StoreError, match="new folder"):
        backup(tmp_path / "data", tmp_path / "copy")
    with pytest.raises(StoreError, match="overwrites nothing"):
        restore(tmp_path / "copy", tmp_path / "data")
    restore(tmp_path / "copy", tmp_path / "again")
    again = open_at(tmp_path / "again")
    assert everything(again) == before
    again.close()


def test_an_altered_backup_is_refused_whole(tmp_path: Path) -> None:
    store = filled(tmp_path / "data")
    store.night(NOW)
    store.close()
    backup(tmp_path / "data", tmp_path / "copy")
    file = next((tmp_path / "copy" / "minutes" / "traffic").glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(StoreError, match="1 files are missing or altered, nothing was restored"):
        restore(tmp_path / "copy", tmp_path / "again")
    assert not (tmp_path / "again" / "pantau.duckdb").exists()


def test_a_file_of_format_1_is_brought_up_with_its_numbers(tmp_path: Path) -> None:
    store = filled(tmp_path)
    before = everything(store)
    store.close()
    with duckdb.connect(tmp_path / "pantau.duckdb") as connection:
        _back_to_format_1(connection)
    again = open_at(tmp_path)
    assert everything(again) == before
    again.write(Batch("r", 200, {"traffic": (T,)}, (Observation("c.line", "traffic.car", "forward", T, 0.0, 5.0),)))
    assert everything(again)[-1].columns["traffic.car"][0] == (before[-1].columns["traffic.car"][0] or 0.0) + 5.0
    again.close()


def _back_to_format_1(connection: duckdb.DuckDBPyConnection) -> None:
    """The file as the first Pantau would have written it, as far as its numbers go."""
    key = "s.place, s.revision, s.direction"
    connection.execute(
        f"CREATE TABLE old AS SELECT {key}, m.* EXCLUDE (series) REPLACE ('r' AS run)"
        " FROM minute_traffic m JOIN series s ON s.number = m.series"
    )
    connection.execute(
        f"CREATE TABLE tier_traffic AS SELECT tier, {key}, t.* EXCLUDE (series, tier, expected_s, places) FROM ("
        " SELECT 'hour' AS tier, * FROM hour_traffic UNION ALL SELECT 'day', * FROM day_traffic) t"
        " JOIN series s ON s.number = t.series"
    )
    tables = "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%\\_%' ESCAPE '\\'"
    kept = {"tier_traffic", "run_families", "run_keys"}
    for (name,) in connection.execute(tables).fetchall():
        if name not in kept:
            connection.execute(f'DROP TABLE "{name}"')
    for name in ("series", "members", "sealed", "refusals"):
        connection.execute(f"DROP TABLE {name}")
    connection.execute("ALTER TABLE old RENAME TO minute_traffic")
    connection.execute("ALTER TABLE runs DROP COLUMN number")
    connection.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
