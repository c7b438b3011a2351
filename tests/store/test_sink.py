"""What is written is there once, whatever comes twice, late or in another run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from pantau.errors import DataError, LockedError, StoreError
from pantau.ports import Sink
from pantau.store.series import Series, SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Batch, Event, Key, Observation, Run

T = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEYS = (
    Key("traffic", "c.line", 1, "forward"),
    Key("traffic", "c.line", 1, "backward"),
    Key("traffic", "c.zone", 1, ""),
)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def a_run(id_: str, kind: Literal["live", "replay"] = "live", started: datetime = T, method: str = "m") -> Run:
    return Run(
        id=id_,
        camera="c",
        kind=kind,
        started=started,
        keys=KEYS,
        method={"traffic": method},
        cadence_s={"traffic": 1.0},
    )


def a_batch(run: str, seq: int, first: int, last: int, cars: tuple[float, ...] = ()) -> Batch:
    """One sample a second in [first, last), and cars forward at the given seconds."""
    return Batch(
        run,
        seq,
        {"traffic": tuple(at(s) for s in range(first, last))},
        tuple(Observation("c.line", "traffic.car", "forward", at(s), 0.0, 1.0) for s in cars),
        tuple(Event(f"{run}-{s}", "crossing", "c.line", at(s)) for s in cars),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: at(86_400))
    yield opened
    opened.close()


def cars(store: Store, tier: Tier = "minute", start: float = 0, end: float = 180) -> Series:
    return store.series(
        SeriesQuery(place="c.line", indicators=("traffic.car",), tier=tier, start=at(start), end=at(end))
    )


def test_the_store_is_a_sink(store: Store) -> None:
    assert isinstance(store, Sink)


def test_a_gap_is_not_a_zero(store: Store) -> None:
    store.begin(a_run("r"))
    store.write(a_batch("r", 1, 0, 60))
    store.write(a_batch("r", 2, 120, 150, cars=(121, 122)))
    series = cars(store)
    assert series.columns["traffic.car"] == (0.0, None, 2.0)
    assert series.coverage == (1.0, 0.0, 0.5)
    assert series.method == ("m", "", "m")
    assert series.revision == (1, 0, 1)


def test_a_place_has_no_value_for_what_its_kind_does_not_measure(store: Store) -> None:
    store.begin(a_run("r"))
    store.write(a_batch("r", 1, 0, 60))
    query = SeriesQuery(place="c.zone", indicators=("traffic.car", "traffic.inside"), tier="hour", start=T, end=at(60))
    assert store.series(query).columns == {"traffic.car": (None,), "traffic.inside": (None,)}


def test_a_batch_given_twice_counts_once(store: Store) -> None:
    store.begin(a_run("r"))
    for _ in range(2):
        store.write(a_batch("r", 1, 0, 30, cars=(3,)))
    for _ in range(2):
        store.write(a_batch("r", 2, 30, 60, cars=(33,)))
    store.write(a_batch("r", 1, 0, 30, cars=(3,)))
    assert cars(store).columns["traffic.car"][0] == 2.0
    assert cars(store).coverage[0] == 1.0
    assert len(store.events().events) == 2


def test_a_restart_in_the_middle_of_a_minute_adds_up(store: Store, tmp_path: Path) -> None:
    store.begin(a_run("before"))
    store.write(a_batch("before", 1, 0, 20, cars=(3,)))
    store.close()
    again = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: at(86_400))
    again.begin(a_run("after", started=at(25)))
    again.write(a_batch("after", 1, 30, 60, cars=(31, 32)))
    for tier in ("minute", "hour"):
        assert cars(again, tier).columns["traffic.car"][0] == 3.0
    assert cars(again).coverage[0] == pytest.approx(50 / 60)
    again.close()


def test_of_two_runs_over_the_same_time_the_longer_counts(store: Store) -> None:
    store.begin(a_run("short"))
    store.write(a_batch("short", 1, 10, 30, cars=(11, 12, 13)))
    store.begin(a_run("long", started=at(1)))
    store.write(a_batch("long", 1, 0, 50, cars=(11,)))
    store.begin(a_run("beside", started=at(2)))
    store.write(a_batch("beside", 1, 51, 60, cars=(55,)))
    for tier in ("minute", "hour", "day"):
        assert cars(store, tier).columns["traffic.car"][0] == 2.0


def test_data_that_is_late_by_hours_changes_its_minute_and_every_tier(store: Store) -> None:
    store.begin(a_run("r"))
    store.write(a_batch("r", 1, 0, 60, cars=(3,)))
    store.write(a_batch("r", 2, 7200, 7260))
    assert cars(store, "day").columns["traffic.car"] == (1.0,)
    store.write(a_batch("r", 3, 0, 0, cars=(59,)))
    for tier in ("minute", "hour", "day"):
        assert cars(store, tier).columns["traffic.car"][0] == 2.0
    assert cars(store).coverage[0] == 1.0


def test_a_replay_begun_again_replaces_and_one_that_stops_destroys_nothing(store: Store) -> None:
    store.begin(a_run("hash", "replay"))
    store.write(a_batch("hash", 1, 0, 180, cars=(3, 63, 64, 123)))
    store.end("hash")
    assert cars(store).columns["traffic.car"] == (1.0, 2.0, 1.0)
    store.begin(a_run("hash", "replay"))
    store.write(a_batch("hash", 1, 0, 100, cars=(3, 4, 63)))
    assert cars(store).columns["traffic.car"] == (2.0, 2.0, 1.0)  # the first minute has closed, the second not
    store.begin(a_run("hash", "replay"))
    store.write(a_batch("hash", 1, 0, 120, cars=(3, 4, 5, 63)))
    store.end("hash")
    assert cars(store).columns["traffic.car"] == (3.0, 1.0, None)
    assert cars(store, "hour").columns["traffic.car"] == (4.0,)
    assert [event.start for event in store.events().events] == [at(63), at(5), at(4), at(3)]


@pytest.mark.parametrize(
    "observation",
    [
        Observation("c.line", "traffic.car", "", T, 0.0, 1.0),
        Observation("elsewhere", "traffic.car", "forward", T, 0.0, 1.0),
        Observation("c.line", "traffic.tank", "forward", T, 0.0, 1.0),
        Observation("c.line", "traffic.inside", "forward", T, 0.0, 1.0),
        Observation("c.line", "traffic.car", "forward", T, 0.0, float("nan")),
        Observation("c.line", "traffic.car", "forward", T.replace(tzinfo=None), 0.0, 1.0),
    ],
)
def test_what_a_run_did_not_announce_is_refused_and_nothing_is_kept(store: Store, observation: Observation) -> None:
    store.begin(a_run("r"))
    with pytest.raises(DataError):
        store.write(Batch("r", 1, {"traffic": (T,)}, (observation,)))
    assert cars(store).columns["traffic.car"] == (None, None, None)
    store.write(a_batch("r", 1, 0, 60))
    assert cars(store).columns["traffic.car"][0] == 0.0


def test_a_batch_of_an_unknown_run_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="never announced"):
        store.write(a_batch("nobody", 1, 0, 1))


def test_a_second_owner_is_refused_with_the_folder_and_the_process(store: Store, tmp_path: Path) -> None:
    with pytest.raises(LockedError, match=rf"{tmp_path}.*process \d+"):
        Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T)
    assert cars(store).columns["traffic.car"] == (None, None, None)


def test_a_run_that_names_a_series_twice_is_refused(tmp_path: Path) -> None:
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T)
    try:
        with pytest.raises(DataError, match="twice"):
            store.begin(replace(a_run("doubled"), keys=(*KEYS, KEYS[0])))
    finally:
        store.close()
