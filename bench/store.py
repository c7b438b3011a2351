"""How fast and how safe is the store: `python -m bench.store [--quick]`.

A city minute is 10,417 cameras with 20 stored numbers each, as this vocabulary lays them out: a line's two directions and a
zone in traffic (5 + 5 + 8), the line's two directions in visitors (1 + 1), that is 5 rows. From rows in memory it is merged into a day that is
already there; so is the same minute again (a replay), and a late one. A camera's hot day is asked as the pages ask it.
Kills are kill -9 at a random moment of a process that writes and prints what was acknowledged; then the store is opened and
every acknowledged batch is looked for.
"""

from __future__ import annotations

import argparse
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bench import data
from pantau.store.database import Database
from pantau.store.minutes import MinuteRow
from pantau.store.series import SeriesQuery
from pantau.store.sink import save_minutes
from pantau.store.store import Store
from pantau.types import Aggregate, Batch, Direction, Event, Key, Observation, Run

CAMERAS = 10_417
DAY = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
KEYS: tuple[tuple[str, str, Direction], ...] = (
    ("traffic", "line", "forward"),
    ("traffic", "line", "backward"),
    ("traffic", "zone", ""),
    ("visitors", "line", "forward"),
    ("visitors", "line", "backward"),
)
NAMES = {
    ("traffic", "line"): ("car", "motorcycle", "bus", "truck", "bicycle"),
    ("traffic", "zone"): ("inside", "dwell"),
    ("visitors", "line"): ("person",),
}


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the cameras, five kills")
    parser.add_argument("--writer", nargs=3, metavar=("FOLDER", "RUN", "START"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.writer:
        write_for_ever(Path(options.writer[0]), options.writer[1], datetime.fromisoformat(options.writer[2]))
    cameras, kills = (CAMERAS // 20, 5) if options.quick else (CAMERAS, 100)
    with tempfile.TemporaryDirectory() as folder:
        figures = speed(Path(folder), cameras) | {"cameras": cameras}
    with tempfile.TemporaryDirectory() as folder:
        figures |= kill(Path(folder), kills)
    data.report("store", figures, "made up: uniform counts, every minute of a day", quick=options.quick)


def speed(folder: Path, cameras: int) -> dict[str, object]:
    """Merging a minute into a full day, and asking for one camera's day."""
    say(f"a day of {cameras} cameras")
    store = Store.open(folder, timezone="Asia/Jakarta", clock=lambda: DAY + timedelta(days=1))
    database: Database = store._database  # noqa: SLF001  # the bench times one statement of it
    fill(database, cameras)
    minutes = [DAY + timedelta(days=1, minutes=m) for m in range(10)]
    new = [timed(partial(merge, database, m, cameras, 1)) for m in minutes]
    again = [timed(partial(merge, database, m, cameras, 1)) for m in minutes]
    late = [timed(partial(merge, database, DAY + timedelta(hours=h), cameras, 2)) for h in range(10)]
    chance = random.Random(1)
    day = [timed(partial(ask, store, chance.randrange(cameras))) for _ in range(21)]
    store.close()
    size = (folder / "pantau.duckdb").stat().st_size
    return {
        "merge_city_minute_ms": median_ms(new),
        "merge_city_minute_max_ms": round(max(new) * 1000, 1),
        "merge_same_minute_ms": median_ms(again),
        "merge_late_minute_ms": median_ms(late),
        "camera_day_hot_ms": median_ms(day),
        "hot_day_bytes_per_number": round(size / (cameras * 1440 * 20), 2),
    }


def fill(database: Database, cameras: int) -> None:
    """A day of minutes, one run per camera, in the order of time."""
    with database.transaction() as connection:
        for table, rest in (
            ("runs", "'c' || c, 'live', TIMESTAMP '2026-11-22', 1, 0, 1"),
            ("run_families", "'traffic', 'bench', 0.2"),
            ("run_families", "'visitors', 'bench', 0.2"),
        ):
            connection.execute(f"INSERT INTO {table} SELECT 'r' || c, {rest} FROM range({cameras}) t(c)")
    for hour in range(24):
        start = (DAY + timedelta(hours=hour)).replace(tzinfo=None)
        for family, kind, direction in KEYS:
            values = ", ".join(made_up(family, kind))
            with database.transaction() as connection:
                connection.execute(
                    f"""INSERT INTO minute_{family} BY NAME SELECT 'c' || c || '.{kind}' AS place, 1 AS revision,
                    '{direction}' AS direction, $start + m * INTERVAL 1 MINUTE AS minute, 'r' || c AS run, 1 AS seq,
                    minute AS span_start, minute + INTERVAL 59 SECOND AS span_end, 60.0 AS observed_s, 300 AS samples,
                    {values} FROM range(60) t(m), range({cameras}) u(c)""",
                    {"start": start},
                )


def made_up(family: str, kind: str) -> list[str]:
    """SQL of one row's numbers."""
    names = NAMES[family, kind]
    if kind == "line":
        return [f"floor(random() * 6) AS {name}" for name in names]
    parts = ("floor(random() * 300) AS {}_n", "floor(random() * 900) AS {}_sum", "0 AS {}_min", "9 AS {}_max")
    return [part.format(name) for name in names for part in parts]


def merge(database: Database, minute: datetime, cameras: int, seq: int) -> None:
    """One minute of all cameras, as the sink writes it."""
    rows: dict[str, list[tuple[MinuteRow, str, int]]] = {"traffic": [], "visitors": []}
    for camera in range(cameras):
        for family, kind, direction in KEYS:
            value = Aggregate(1, camera % 6, 0, 9)
            row = MinuteRow(
                key=Key(family, f"c{camera}.{kind}", 1, direction), minute=minute, span=(minute, minute),
                observed_s=60.0, samples=300, values=dict.fromkeys(NAMES[family, kind], value),
            )  # fmt: skip
            rows[family].append((row, f"r{camera}", seq))
    clock = time.perf_counter()
    with database.transaction() as connection:
        for family, of_family in rows.items():
            save_minutes(connection, family, of_family)
    TOOK.append(time.perf_counter() - clock)


TOOK: list[float] = []
"""What the last call of `merge` took without making up its rows."""


def ask(store: Store, camera: int) -> None:
    """One camera's day, minute by minute."""
    query = SeriesQuery(
        place=f"c{camera}.line", indicators=("traffic.car", "traffic.motorcycle"), tier="minute",
        start=DAY, end=DAY + timedelta(days=1),
    )  # fmt: skip
    series = store.series(query)
    if len(series.starts) != 1440 or None in series.columns["traffic.car"]:
        raise SystemExit(f"bench.store: camera {camera} has holes in its day")


def timed(work: Callable[[], None]) -> float:
    """Seconds that `work` took, without what it says was preparation."""
    TOOK.clear()
    clock = time.perf_counter()
    work()
    return TOOK[0] if TOOK else time.perf_counter() - clock


def median_ms(seconds: list[float]) -> float:
    """Median in milliseconds."""
    return round(statistics.median(seconds) * 1000, 1)


def write_for_ever(folder: Path, run: str, start: datetime) -> None:
    """Write a batch after the other, and print each that was acknowledged, until killed."""
    key = Key("traffic", "c.line", 1, "forward")
    store = Store.open(folder, timezone="Asia/Jakarta", clock=lambda: start)
    about = Run(
        id=run, camera="c", kind="live", started=start, keys=(key,), method={"traffic": "bench"},
        cadence_s={"traffic": 0.2},
    )  # fmt: skip
    store.begin(about)
    print("ready", flush=True)
    for seq in range(1, 1_000_000):
        at = start + timedelta(seconds=seq / 5)
        crossing = Observation("c.line", "traffic.car", "forward", at, 0.0, 1.0)
        store.write(
            Batch(run, seq, {"traffic": (at,)}, (crossing,), (Event(f"{run}-{seq}", "crossing", "c.line", at),))
        )
        print(f"{run}-{seq}", flush=True)
        if seq % 40 == 0:
            store.rollup(at)


def kill(folder: Path, kills: int) -> dict[str, object]:
    """Kill the writer again and again; look for everything it had acknowledged."""
    chance = random.Random(2)
    acknowledged: set[str] = set()
    start = DAY
    for number in range(kills):
        say(f"kill {number + 1} of {kills}")
        command = [sys.executable, "-m", "bench.store", "--writer", str(folder), f"run{number}", start.isoformat()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise SystemExit("bench.store: the writer did not start")
            said: list[str] = []
            wanted, wait_s = chance.randrange(1, 150), chance.random() / 50
            for line in process.stdout:
                said.append(line.strip())
                if len(said) == wanted:
                    time.sleep(wait_s)
                    process.send_signal(signal.SIGKILL)
        acknowledged |= set(said)
        start += timedelta(seconds=len(said) / 5 + 7)
    return {"kills": kills, "acknowledged": len(acknowledged)} | compare(folder, acknowledged, start)


def compare(folder: Path, acknowledged: set[str], end: datetime) -> dict[str, object]:
    """Acknowledged batches that are not there, and crossings counted more often than they happened."""
    store = Store.open(folder, timezone="Asia/Jakarta", clock=lambda: end)
    there: set[str] = set()
    page = store.events(kind="crossing", limit=1000)
    there |= {event.id for event in page.events}
    while page.before:
        page = store.events(kind="crossing", limit=1000, before=page.before)
        there |= {event.id for event in page.events}
    counted = {}
    for tier in ("minute", "hour", "day"):
        query = SeriesQuery(place="c.line", indicators=("traffic.car",), tier=tier, start=DAY, end=end)
        counted[tier] = sum(value or 0.0 for value in store.series(query).columns["traffic.car"])
    store.close()
    lost = len(acknowledged - there) + sum(max(0.0, len(there) - total) for total in counted.values())
    doubled = sum(max(0.0, total - len(there)) for total in counted.values())
    return {"lost": int(lost), "doubled": int(doubled), "unacknowledged_but_kept": len(there - acknowledged)}


def say(what: str) -> None:
    """Progress."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
