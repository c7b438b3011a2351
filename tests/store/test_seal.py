"""Sealed days answer as the table did; late data, kills, retention and a lost file lose nothing and double nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.errors import StoreError
from pantau.store.archive import rebuild
from pantau.store.seal import Retention
from pantau.store.series import TIERS, Series, SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Batch, Event, Key, Observation, Run

T = datetime(2026, 11, 1, 17, 0, tzinfo=UTC)  # midnight of 2 November in Jakarta
DAYS = 4
KEYS = (
    Key("traffic", "c.line", 1, "forward"),
    Key("traffic", "c.line", 1, "backward"),
    Key("traffic", "c.zone", 1, ""),
)
NOW = T + timedelta(days=DAYS + 1)


def run_of(name: str) -> Run:
    return Run(
        id=name, camera="c", kind="live", started=T, keys=KEYS, method={"traffic": "m"}, cadence_s={"traffic": 60.0}
    )


def batch(run: str, seq: int, minute: int, cars: float) -> Batch:
    at = T + timedelta(minutes=minute)
    seen = (
        Observation("c.line", "traffic.car", "forward", at, 0.0, cars),
        Observation("c.zone", "traffic.inside", "", at, 0.0, cars + 0.25),
    )
    return Batch(run, seq, {"traffic": (at,)}, seen, (Event(f"{run}-{seq}", "crossing", "c.line", at),))


def ask(store: Store, tier: Tier) -> list[Series]:
    return [
        store.series(
            SeriesQuery(
                place=place,
                indicators=("traffic.car", "traffic.inside"),
                tier=tier,
                start=T,
                end=T + timedelta(days=DAYS),
            )
        )
        for place in ("c.line", "c.zone")
    ]


def everything(store: Store) -> dict[Tier, list[Series]]:
    return {tier: ask(store, tier) for tier in TIERS}


def open_at(folder: Path, retention: Retention | None = None) -> Store:
    kept = retention or Retention(minute_days=0)
    return Store.open(folder, timezone="Asia/Jakarta", clock=lambda: NOW, retention=kept)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_at(tmp_path)
    opened.begin(run_of("a"))
    chance = random.Random(5)
    for seq in range(1, 200):
        opened.write(batch("a", seq, chance.randrange(DAYS * 1440), chance.randrange(9)))
    yield opened
    opened.close()


def test_a_sealed_day_answers_as_the_table_did_at_every_tier(store: Store, tmp_path: Path) -> None:
    before = everything(store)
    night = store.night(NOW)
    assert (night.sealed, night.rows) == (
        DAYS,
        sum(1 for s in before["minute"] for v in s.coverage if v) + _backward(before),
    )
    assert len(list((tmp_path / "minutes" / "traffic").glob("*.parquet"))) == DAYS
    assert everything(store) == before
    assert store.night(NOW).sealed == 0
    assert store.bounds("c.zone") is not None


def _backward(before: dict[Tier, list[Series]]) -> int:
    """The line's other direction has as many rows as the zone."""
    return sum(1 for v in before["minute"][0].coverage if v)


def test_late_data_of_a_sealed_day_is_exact_at_every_tier(store: Store, tmp_path: Path) -> None:
    store.night(NOW)
    plain = open_at(tmp_path / "plain")
    plain.begin(run_of("a"))
    chance = random.Random(5)
    for seq in range(1, 200):
        plain.write(batch("a", seq, chance.randrange(DAYS * 1440), chance.randrange(9)))
    for to in (store, plain):
        to.write(batch("a", 200, 77, 5.0))
        to.write(batch("a", 201, 1440 + 77, 5.0))
        to.begin(run_of("b"))
        to.write(batch("b", 1, 78, 3.0))
    assert everything(store) == everything(plain)
    assert store.night(NOW).sealed == 2
    assert everything(store) == everything(plain)
    plain.close()


def test_a_minute_that_is_sealed_is_read_back_before_it_is_changed(store: Store, tmp_path: Path) -> None:
    store.write(batch("a", 300, 10, 2.0))
    before = ask(store, "day")[0].columns["traffic.car"][0]
    store.night(NOW)
    store.close()
    again = open_at(tmp_path)
    again.write(batch("a", 301, 10, 4.0))
    assert ask(again, "day")[0].columns["traffic.car"][0] == (before or 0.0) + 4.0
    again.close()


def test_what_is_frozen_is_refused_row_by_row_and_its_tiers_stay(store: Store, tmp_path: Path) -> None:
    store.night(NOW)
    hours = ask(store, "hour")
    store.close()
    short = open_at(tmp_path, Retention(minute_days=3))
    assert short.night(NOW).forgotten == 2
    frozen = T + timedelta(days=2)
    assert ask(short, "minute")[0].coverage[: 2 * 1440] == (0.0,) * 2 * 1440
    assert ask(short, "hour") == hours
    short.write(batch("a", 400, 5, 9.0))
    short.write(batch("a", 401, 2 * 1440 + 5, 9.0))
    short.rollup(NOW)
    assert short.refusals() == 3  # the three series of one minute
    later = ask(short, "hour")[0]
    assert later.columns["traffic.car"][:48] == hours[0].columns["traffic.car"][:48]
    assert sum(v or 0.0 for v in later.columns["traffic.car"]) == 9.0 + sum(
        v or 0.0 for v in hours[0].columns["traffic.car"]
    )
    assert later.starts[48] == frozen
    short.close()


def test_a_file_that_no_transaction_named_is_not_read_and_is_replaced(store: Store, tmp_path: Path) -> None:
    before = everything(store)
    folder = tmp_path / "minutes" / "traffic"
    folder.mkdir(parents=True)
    (folder / "2026-11-02.7.parquet").write_bytes(b"half a file")
    (folder / "2026-11-02.8.partial").write_bytes(b"half a file")
    assert everything(store) == before
    store.night(NOW)
    assert everything(store) == before
    assert sorted(f.name for f in folder.glob("2026-11-02.*.parquet")) == ["2026-11-02.8.parquet"]


def test_the_store_is_made_again_from_files_alone(store: Store, tmp_path: Path) -> None:
    store.night(NOW)
    before = everything(store)
    events = store.events(kind="crossing", limit=1000).events
    store.close()
    with pytest.raises(StoreError, match="move it away"):
        rebuild(tmp_path, "Asia/Jakarta")
    (tmp_path / "pantau.duckdb").unlink()
    assert rebuild(tmp_path, "Asia/Jakarta") == DAYS
    again = open_at(tmp_path)
    assert everything(again) == before
    assert again.events(kind="crossing", limit=1000).events == events
    again.write(batch("a", 500, 33, 1.0))
    assert sum(v or 0.0 for v in ask(again, "month")[0].columns["traffic.car"]) == 1.0 + sum(
        v or 0.0 for v in before["month"][0].columns["traffic.car"]
    )
    again.close()
