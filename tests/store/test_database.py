"""The file survives what happens to files: sudden death, a full disk, a newer and an older Pantau."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pantau.errors import ConfigError, LockedError, StoreError
from pantau.store import schema
from pantau.store.series import SeriesQuery
from pantau.store.store import Store
from pantau.types import Event
from pantau.vocabulary import Family, Indicator, Text, families

T = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

WRITER = """
import sys
from datetime import datetime, timedelta
from pathlib import Path
from pantau.store import store as kept
from pantau.store.store import Store
from pantau.types import Batch, Event, Key, Observation, Run

folder, run, start, batches = Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3]), int(sys.argv[4])
kept.LOG_FOR = timedelta(seconds=int(sys.argv[5]))
key = Key("traffic", "c.line", 1, "forward")
store = Store.open(folder, timezone="Asia/Jakarta", clock=lambda: start)
store.begin(Run(id=run, camera="c", kind="live", started=start, keys=(key,), method={"traffic": "m"}, cadence_s={"traffic": 0.5}))
print("ready", flush=True)
for seq in range(1, batches + 1):
    t = start + timedelta(seconds=seq / 2)
    crossing = Observation("c.line", "traffic.car", "forward", t, 0.0, 1.0)
    store.write(Batch(run, seq, {"traffic": (t,)}, (crossing,), (Event(f"{run}-{seq}", "crossing", "c.line", t),)))
    if seq % 9 == 0:
        store.rollup(t)
    print("ack", seq, flush=True)
"""


def writer(folder: Path, run: str, start: datetime, batches: int, log_s: int = 900) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), run, start.isoformat(), str(batches), str(log_s)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stderr=subprocess.STDOUT)


def stored(folder: Path) -> tuple[float, int]:
    """Crossings counted, and crossing events."""
    store = Store.open(folder, timezone="Asia/Jakarta", clock=lambda: T + timedelta(days=2))
    query = SeriesQuery(place="c.line", indicators=("traffic.car",), tier="minute", start=T, end=T + timedelta(hours=3))
    counted = sum(value or 0.0 for value in store.series(query).columns["traffic.car"])
    hourly = store.series(
        SeriesQuery(place="c.line", indicators=("traffic.car",), tier="day", start=T, end=T + timedelta(hours=3))
    )
    assert sum(value or 0.0 for value in hourly.columns["traffic.car"]) == counted
    events = len(store.events(kind="crossing", limit=1000).events)
    store.close()
    return counted, events


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("log_s", [900, 0], ids=["as it is", "with a checkpoint at every rollup"])
def test_a_process_killed_at_any_moment_loses_and_doubles_nothing_it_acknowledged(tmp_path: Path, log_s: int) -> None:
    chance = random.Random(20261123)
    acknowledged, start = 0, T
    for round_ in range(3):
        wanted, last = chance.randrange(1, 30), 0
        with writer(tmp_path, f"run-{round_}", start, 10_000, log_s) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            for line in process.stdout:
                last = int(line.split()[1])
                if last == wanted:
                    process.send_signal(signal.SIGKILL)
        acknowledged += last
        start += timedelta(seconds=last / 2 + 20)
        counted, events = stored(tmp_path)
        # the batch that was being written when the process died may be there without its acknowledgement
        assert acknowledged <= counted <= acknowledged + 1
        assert events == counted
        acknowledged = int(counted)


FULL_DISK = """
import resource, sys
from datetime import datetime, timedelta
from pathlib import Path
from pantau.errors import StoreError
from pantau.store.store import Store
from pantau.types import Batch, Event, Key, Observation, Run

folder, start, flush_every = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])
key = Key("traffic", "c.line", 1, "forward")
store = Store.open(folder, timezone="Asia/Jakarta", clock=lambda: start)
store.begin(Run(id="r", camera="c", kind="live", started=start, keys=(key,), method={"traffic": "m"}, cadence_s={"traffic": 0.5}))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
acknowledged, refused, left = 0, "", 30
while left:
    t = start + timedelta(seconds=(acknowledged + 1) / 2)
    crossing = Observation("c.line", "traffic.car", "forward", t, 0.0, 1.0)
    event = Event(f"r-{acknowledged + 1}", "crossing", "c.line", t)
    try:
        store.write(Batch("r", acknowledged + 1, {"traffic": (t,)}, (crossing,), (event,)))
        acknowledged += 1
        left -= bool(refused)
        if acknowledged % flush_every == 0:
            store.rollup(t)
    except StoreError as error:
        refused = refused or str(error).replace(chr(10), " ")
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
store.close()
print(acknowledged)
print(refused)
"""


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("flush_every", [4, 100_000])
def test_a_full_disk_is_said_and_when_there_is_room_again_all_goes_on(tmp_path: Path, flush_every: int) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), T.isoformat(), str(flush_every)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)
    assert said.returncode == 0, said.stderr
    acknowledged, refused = said.stdout.splitlines()
    assert str(tmp_path) in refused
    assert "bytes free" in refused
    assert stored(tmp_path) == (int(acknowledged), min(int(acknowledged), 1000))


FULL_AT_CHECKPOINT = """
import resource, sys
from datetime import datetime, timedelta
from pathlib import Path
from pantau.errors import StoreError
from pantau.store.store import Store
from pantau.types import Batch, Event, Key, Observation, Run

folder, start = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
key = Key("traffic", "c.line", 1, "forward")
store = Store.open(folder, timezone="Asia/Jakarta", clock=lambda: start)
store.begin(Run(id="r", camera="c", kind="live", started=start, keys=(key,), method={"traffic": "m"}, cadence_s={"traffic": 0.5}))
for seq in range(1, 201):
    t = start + timedelta(seconds=seq / 2)
    crossing = Observation("c.line", "traffic.car", "forward", t, 0.0, 1.0)
    store.write(Batch("r", seq, {"traffic": (t,)}, (crossing,), (Event(f"r-{seq}", "crossing", "c.line", t),)))
    store.rollup(t)
log = folder / "pantau.duckdb.wal"
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, hard))
refused = ""
try:
    store.rollup(start + timedelta(minutes=16))
except StoreError as error:
    refused = str(error).replace(chr(10), " ")
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
store.rollup(start + timedelta(minutes=17))
print(log.stat().st_size if log.exists() else 0)
store.close()
print(refused)
"""


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_disk_that_is_full_at_a_checkpoint_loses_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_AT_CHECKPOINT, str(tmp_path), T.isoformat()]
    said = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)
    assert said.returncode == 0, said.stderr
    log, refused = said.stdout.splitlines()
    assert "bytes free" in refused
    assert int(log) == 0
    assert stored(tmp_path) == (200, 200)


def test_the_log_and_what_it_holds_in_memory_are_let_go_every_quarter_of_an_hour(tmp_path: Path) -> None:
    """DuckDB would wait for 256 MB of log: days of a small city, whose memory grew meanwhile."""
    store, log = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T), tmp_path / "pantau.duckdb.wal"

    def only_in_memory() -> int:
        with store._database.read() as connection:
            asked = (
                "SELECT sum(memory_usage_bytes) FROM duckdb_memory() WHERE tag IN ('IN_MEMORY_TABLE', 'TRANSACTION')"
            )
            ((held,),) = connection.execute(asked).fetchall()
        return int(held)

    store.add_events([Event(f"e{n}", "outage", "c", T + timedelta(seconds=n)) for n in range(2000)])
    store.rollup(T + timedelta(minutes=14))
    assert log.stat().st_size > 0
    held = only_in_memory()
    with store._database.read() as reader:  # one who reads meanwhile hinders nothing
        reader.execute("SELECT * FROM events").fetchone()
        store.rollup(T + timedelta(minutes=15))
    assert not log.exists()
    assert only_in_memory() < held / 2
    assert len(store.events(limit=1000).events) == 1000
    store.rollup(T + timedelta(minutes=29))
    store.close()


def test_after_a_failed_write_the_store_goes_on(tmp_path: Path) -> None:
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T)
    with pytest.raises(StoreError, match="bytes free"), store._database.transaction() as connection:
        connection.execute("INSERT INTO nowhere VALUES (1)")
    store.add_events([Event("e", "outage", "c", T)])
    assert [event.id for event in store.events().events] == ["e"]
    store.close()


def test_the_lock_is_free_again_when_the_owner_is_gone(tmp_path: Path) -> None:
    with writer(tmp_path, "run", T, 10_000) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(LockedError, match=f"process {process.pid}"):
            Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T)
        process.kill()
    Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T).close()


def test_a_file_of_a_newer_format_is_refused_and_unlocked(tmp_path: Path) -> None:
    Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T).close()
    with duckdb.connect(tmp_path / "pantau.duckdb") as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    for _ in range(2):
        with pytest.raises(StoreError, match=r"data format 99.*newer Pantau"):
            Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pantau.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match=str(tmp_path)):
        Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T)


def test_a_zone_that_is_none_is_refused_and_unlocked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Asia/Atlantis"):
        Store.open(tmp_path, timezone="Asia/Atlantis", clock=lambda: T)
    Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T).close()


def test_a_new_indicator_becomes_a_column_of_a_file_that_was_made_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T).close()
    text = Text("Becak", "Pedicabs")
    becak = Indicator(
        family="traffic", name="becak", unit="{vehicle}", over_time="sum", over_places="cordon", places=("line",),
        label=text, definition=text, source="a city", since="9.9",
    )  # fmt: skip
    traffic = families()["traffic"]
    grown: Mapping[str, Family] = {
        **families(), "traffic": replace(traffic, indicators=(*traffic.indicators, becak)),
    }  # fmt: skip
    monkeypatch.setattr(schema, "families", lambda: grown)
    for _ in range(2):
        Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: T).close()
    with duckdb.connect(tmp_path / "pantau.duckdb", read_only=True) as connection:
        for table in ("minute_traffic", "month_traffic"):
            columns = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
            assert columns.count("becak") == 1
