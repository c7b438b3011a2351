"""What is remembered is forgotten by whoever changes it, in this process or another; and spans follow what is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pantau.errors import StoreError
from pantau.places import Camera, Line
from pantau.store.control import Control
from pantau.store.database import Database
from pantau.store.releases import Decision
from pantau.store.series import SeriesQuery, Tier
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

T = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
LINE = Line(id="pets.W", camera="pets", name="Barat", start=(0.1, 0.8), end=(0.1, 0.3))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "x.duckdb")
    with opened.transaction() as connection:
        connection.execute("CREATE TABLE meta (key VARCHAR)")
    yield opened
    opened.close()


def count(connection: duckdb.DuckDBPyConnection) -> int:
    ((n,),) = connection.execute("SELECT count(*) FROM meta").fetchall()
    return int(n)


def fail(database: Database) -> None:
    with database.transaction() as connection:
        database.changed("rows")
        connection.execute("INSERT INTO nothing VALUES (1)")


def test_it_is_read_once_until_a_commit_changes_it(database: Database) -> None:
    asked: list[int] = []

    def load(connection: duckdb.DuckDBPyConnection) -> int:
        asked.append(1)
        return count(connection)

    assert [database.remembered("rows", load) for _ in range(3)] == [0, 0, 0]
    assert len(asked) == 1
    with database.transaction() as connection:
        connection.execute("INSERT INTO meta VALUES ('a')")
        database.changed("rows")
        assert database.remembered("rows", load) == 0  # not committed
    assert database.remembered("rows", load) == 1
    with pytest.raises(StoreError):
        fail(database)
    before = len(asked)
    assert database.remembered("rows", load) == 1
    assert len(asked) == before


def test_the_register_follows_other_processes(tmp_path: Path) -> None:
    """Two openings of one file are what two processes are to it."""
    mine, other = (Control.open(tmp_path, clock=lambda: T) for _ in range(2))
    assert (mine.cameras(), mine.place("pets.W"), mine.releases.decisions()) == ((), None, ())
    other.apply([Camera(id="pets", name="Plaza", source="x", lines=(LINE,))])
    found = mine.camera("pets")
    assert found is not None
    assert mine.camera("pets") is found  # remembered
    assert mine.place("pets.W") == LINE
    other.releases.decide(Decision(family="", place="", open=True, by="Sri", time=T))
    assert [one.by for one in mine.releases.decisions()] == ["Sri"]
    assert mine.camera("pets") is found  # a decision is no change of the register
    other.apply([], whole=True)
    assert mine.cameras() == ()
    assert mine.place("pets.W") == LINE  # retired, and still known
    mine.close()
    other.close()


def test_spans_follow_what_is_written_and_what_a_repeat_takes_away(tmp_path: Path) -> None:
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T + timedelta(days=1))
    assert store.extents() == {}
    key = Key("visitors", "pets.W", 1, "forward")

    def replay(hours: int) -> None:
        store.begin(
            Run(id="r", camera="pets", kind="replay", started=T, keys=(key,), method={"visitors": "m"}, cadence_s={"visitors": 60.0})
        )  # fmt: skip
        times = tuple(T + timedelta(minutes=m) for m in range(60 * hours))
        store.write(
            Batch("r", 1, {"visitors": times}, (Observation("pets.W", "visitors.person", "forward", T, 0.0, 1.0),))
        )
        store.end("r")
        store.rollup(T + timedelta(days=1))

    replay(3)
    assert store.extents() == {"pets.W": {"visitors": (T, T + timedelta(hours=3))}}
    replay(2)
    assert store.extent("pets.W") == {"visitors": (T, T + timedelta(hours=2))}
    store.close()


def test_the_public_reads_what_was_rolled_up_and_the_room_what_was_acknowledged(tmp_path: Path) -> None:
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T + timedelta(hours=2))
    key = Key("visitors", "pets.W", 1, "forward")
    store.begin(
        Run(id="r", camera="pets", kind="live", started=T, keys=(key,), method={"visitors": "m"}, cadence_s={"visitors": 60.0})
    )  # fmt: skip
    said = Observation("pets.W", "visitors.person", "forward", T, 0.0, 1.0)
    store.write(Batch("r", 1, {"visitors": (T,)}, (said,)))

    def hours(*, fresh: bool) -> list[float | None]:
        query = SeriesQuery(
            place="pets.W", indicators=("visitors.person",), tier="hour", start=T, end=T + timedelta(hours=1), fresh=fresh
        )  # fmt: skip
        return list(store.series(query).columns["visitors.person"])

    assert hours(fresh=False) == [None]
    assert hours(fresh=True) == [1.0]
    store.write(Batch("r", 2, {"visitors": (T + timedelta(minutes=1),)}, (said,)))
    assert hours(fresh=False) == [1.0]
    store.rollup(T + timedelta(hours=2))
    assert hours(fresh=False) == [2.0]
    store.close()


def test_a_fresh_read_brings_in_what_it_reads_and_no_more(tmp_path: Path) -> None:
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T + timedelta(hours=3))
    key = Key("visitors", "pets.W", 1, "forward")
    store.begin(
        Run(id="r", camera="pets", kind="live", started=T, keys=(key,), method={"visitors": "m"}, cadence_s={"visitors": 60.0})
    )  # fmt: skip
    for hour in range(2):
        at = T + timedelta(hours=hour)
        said = Observation("pets.W", "visitors.person", "forward", at, 0.0, 1.0)
        store.write(Batch("r", hour + 1, {"visitors": (at,)}, (said,)))

    def told(tier: Tier, end: datetime, *, fresh: bool) -> list[float | None]:
        query = SeriesQuery(
            place="pets.W", indicators=("visitors.person",), tier=tier, start=T, end=end, fresh=fresh
        )  # fmt: skip
        return list(store.series(query).columns["visitors.person"])

    one, two = T + timedelta(hours=1), T + timedelta(hours=2)
    assert told("hour", one, fresh=True) == [1.0]
    assert told("hour", two, fresh=False) == [1.0, None]  # the second hour was not asked for
    assert told("day", two, fresh=False) == [None]
    assert told("hour", two, fresh=True) == [1.0, 1.0]
    assert told("day", two, fresh=True) == [2.0]  # what lies under a day is brought in with it
    store.rollup(T + timedelta(days=2))
    assert told("day", two, fresh=False) == [2.0]
    store.close()


def test_a_bucket_that_was_computed_is_dirty_again_when_its_minutes_change(tmp_path: Path) -> None:
    """The sink remembers what it has marked; whoever computes a bucket makes it forget."""
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T + timedelta(hours=3))
    key = Key("visitors", "pets.W", 1, "forward")
    store.begin(
        Run(id="r", camera="pets", kind="live", started=T, keys=(key,), method={"visitors": "m"}, cadence_s={"visitors": 60.0})
    )  # fmt: skip
    query = SeriesQuery(
        place="pets.W", indicators=("visitors.person",), tier="hour", start=T, end=T + timedelta(hours=1)
    )
    for number in range(1, 7):
        at = T + timedelta(minutes=number)
        said = Observation("pets.W", "visitors.person", "forward", at, 0.0, 1.0)
        store.write(Batch("r", number, {"visitors": (at,)}, (said,)))
        if number % 3 == 0:
            store.rollup(T + timedelta(hours=3))  # as after the hour: it is clean
        if number % 2 == 0:
            assert store.series(query).columns["visitors.person"] == (float(number),)
    store.close()
