"""Minutes that wait in packs count as those in the table do: once, in their newest version, whenever they are laid into it."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pantau.store import packs
from pantau.store.series import TIERS, Series, SeriesQuery
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

T = datetime(2026, 11, 1, 17, 0, tzinfo=UTC)  # midnight of 2 November in Jakarta
DAYS = 3
NOW = T + timedelta(days=DAYS + 1)
KEYS = (
    Key("traffic", "c.line", 1, "forward"),
    Key("traffic", "c.line", 1, "backward"),
    Key("traffic", "c.zone", 1, ""),
)


def open_at(folder: Path) -> Store:
    return Store.open(folder, timezone="Asia/Jakarta", clock=lambda: NOW)


def begin(store: Store, run: str) -> None:
    store.begin(
        Run(id=run, camera="c", kind="live", started=T, keys=KEYS, method={"traffic": run}, cadence_s={"traffic": 20.0})
    )


def batch(run: str, seq: int, minute: int, cars: float) -> Batch:
    at = T + timedelta(minutes=minute, seconds=seq % 60)
    seen = (
        Observation("c.line", "traffic.car", "forward", at, 0.0, cars),
        Observation("c.zone", "traffic.inside", "", at, 0.0, cars + 0.25),
    )
    return Batch(run, seq, {"traffic": (at,)}, seen)


def ask(store: Store, place: str, tier: str) -> Series:
    query = SeriesQuery(
        place=place, indicators=("traffic.car", "traffic.inside"), tier=tier, start=T, end=T + timedelta(days=DAYS)  # type: ignore[arg-type]  # one of TIERS
    )  # fmt: skip
    return store.series(query)


def everything(store: Store) -> list[Series]:
    """Minutes first, as they wait; what is above lays them into the table."""
    return [ask(store, place, tier) for tier in TIERS for place in ("c.line", "c.zone")]


def waiting(store: Store) -> int:
    with store._database.read() as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM packs").fetchall()
    return int(count)


def flush(store: Store) -> None:
    store._sink.flush()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_is_the_same_whether_minutes_wait_or_are_laid_at_once(tmp_path: Path, seed: int) -> None:
    """Late minutes, minutes written again and again, two runs over one minute, sealed days, and a death now and then."""
    lazy, eager = open_at(tmp_path / "lazy"), open_at(tmp_path / "eager")
    chance = random.Random(seed)
    for run in ("a", "b"):
        for store in (lazy, eager):
            begin(store, run)
        for seq in range(1, 60):
            one = batch(run, seq, chance.choice((chance.randrange(DAYS * 1440), seq // 6)), chance.randrange(9))
            for store in (lazy, eager):
                store.write(one)
                flush(store)
            eager._packs.settle()
            if seq % 25 == 0:
                for store in (lazy, eager):
                    store.night(NOW)
            if seq % 17 == 0:  # as it lies on the disk now, it is opened again
                dead, lazy = lazy, open_at(shutil.copytree(tmp_path / "lazy", tmp_path / f"lazy-{run}-{seq}"))
                shutil.copytree(tmp_path / f"lazy-{run}-{seq}", tmp_path / "next")
                dead.close()
                lazy.close()
                shutil.rmtree(tmp_path / "lazy")
                lazy = open_at((tmp_path / "next").rename(tmp_path / "lazy"))
    assert waiting(lazy) > 0
    assert waiting(eager) == 0
    assert everything(lazy) == everything(eager)
    lazy.close()
    eager.close()


def test_a_question_about_minutes_leaves_them_waiting_and_tells_their_newest_version(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    begin(store, "a")
    store.write(batch("a", 1, 5, 3.0))
    store.rollup(NOW)
    for seq in (2, 3):
        store.write(batch("a", seq, 5, 1.0))
        flush(store)
    assert waiting(store) == 2
    told = ask(store, "c.line", "minute")
    assert told.columns["traffic.car"][5] == 5.0
    assert told.coverage[5] == 1.0
    assert waiting(store) == 2
    assert sum(minute.values["car"].sum for minute in store.minutes("traffic", T, NOW) if "car" in minute.values) == 5.0
    store.close()


def test_a_late_minute_of_a_sealed_day_is_told_before_the_day_comes_back(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    begin(store, "a")
    store.write(batch("a", 1, 5, 3.0))
    assert store.night(NOW).sealed == 1
    store.write(batch("a", 2, 5, 1.0))
    store.write(batch("a", 3, 6, 2.0))
    for laid in (False, True):
        assert ask(store, "c.line", "minute").columns["traffic.car"][5:7] == (4.0, 2.0)
        with store._database.read() as connection:
            sealed = connection.execute("SELECT 1 FROM sealed").fetchall()
        assert bool(sealed) is not laid
        if not laid:
            assert ask(store, "c.line", "day").columns["traffic.car"][0] == 6.0
    assert store.night(NOW).rows == 6
    assert ask(store, "c.line", "minute").columns["traffic.car"][5:7] == (4.0, 2.0)
    store.close()


def test_a_quarter_of_an_hour_is_laid_out_by_series_one_row_for_each_key(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    begin(store, "a")
    for seq in range(1, 40):
        store.write(batch("a", seq, seq // 3, 1.0))
        flush(store)
    assert waiting(store) == 39
    store.rollup(T + timedelta(minutes=14))
    assert waiting(store) == 39  # nothing above them has ended
    store.rollup(T + timedelta(minutes=15))
    assert waiting(store) == 0
    with store._database.read() as connection:
        rows = connection.execute("SELECT series, minute FROM minute_traffic ORDER BY rowid").fetchall()
    assert rows == sorted(set(rows))
    assert len(rows) == 14 * len(KEYS)
    store.close()


def test_more_than_a_memory_should_hold_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MOST_ROWS", 2 * len(KEYS))
    store = open_at(tmp_path)
    begin(store, "a")
    for seq, left in ((1, 1), (2, 0)):
        store.write(batch("a", seq, 5, 1.0))
        store.rollup(T)
        assert waiting(store) == left
    assert ask(store, "c.line", "minute").columns["traffic.car"][5] == 2.0
    store.close()


def test_a_file_from_before_there_were_packs_goes_on(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    begin(store, "a")
    store.write(batch("a", 1, 5, 3.0))
    store.rollup(NOW)
    before = everything(store)
    store.close()
    with duckdb.connect(tmp_path / "pantau.duckdb") as connection:
        connection.execute("DROP TABLE packs")
        connection.execute("UPDATE meta SET value = '2' WHERE key = 'format'")
    again = open_at(tmp_path)
    assert everything(again) == before
    again.write(batch("a", 2, 5, 1.0))
    assert ask(again, "c.line", "day").columns["traffic.car"][0] == 4.0
    again.close()
