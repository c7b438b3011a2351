"""How fast and how safe is the store: `python -m bench.store [--quick]`.

A city minute is 10,417 cameras with 20 stored numbers each, as this vocabulary lays them out: a line's two directions and a
zone in traffic (5 + 5 + 8), the line's two directions in visitors (1 + 1), that is 5 rows. It is written by the sink's own
code beside a day that is already there: `prepare` packs the rows in memory, before the writer is taken; `merge` is the
transaction, with the buckets above marked and the commit; `fold` is what laying the packs of a quarter of an hour into the
tables costs for each of its minutes, before they are rolled up. So are the same minutes again (a replay), and such as are 23
hours late. A camera's day is asked as the pages ask it, of the tables (laid out as folds do), while a quarter of an hour
waits in packs, and when the day is sealed.

Ten years are the hours, days and months of a line of 1,042 cameras with their city, of which the months are asked; and asked
again with the months of 10,417. Kills are kill -9 at a random moment of a process that writes and prints what was
acknowledged; then the store is opened and every acknowledged batch is looked for, at every tier.
"""

from __future__ import annotations

import argparse
import itertools
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
from pantau.places import Direction
from pantau.store.buckets import starts
from pantau.store.database import Database
from pantau.store.minutes import MinuteRow
from pantau.store.packs import Packs
from pantau.store.runs import OpenRun
from pantau.store.series import TIERS, SeriesQuery
from pantau.store.sink import none_marked, waiting_of
from pantau.store.store import Store
from pantau.store.tables import naive
from pantau.store.zones import Zones
from pantau.types import Aggregate, Batch, Event, Key, Observation, Run

CAMERAS = 10_417
TEN_YEAR_CAMERAS = 1_042
YEARS = 10
ZONE = "Asia/Jakarta"
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
NUMBERS = 20
"""Stored numbers of a camera-minute: five sums a direction, four parts of two states, one sum a direction."""


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the cameras, five kills")
    parser.add_argument("--writer", nargs=3, metavar=("FOLDER", "RUN", "START"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.writer:
        write_for_ever(Path(options.writer[0]), options.writer[1], datetime.fromisoformat(options.writer[2]))
    part = 20 if options.quick else 1
    with tempfile.TemporaryDirectory() as folder:
        figures = speed(Path(folder), CAMERAS // part) | {"cameras": CAMERAS // part}
    with tempfile.TemporaryDirectory() as folder:
        figures |= ten_years(Path(folder), TEN_YEAR_CAMERAS // part, CAMERAS // part) | {"years": YEARS}
    with tempfile.TemporaryDirectory() as folder:
        say(str(figures))
        figures |= kill(Path(folder), 5 if options.quick else 100)
    data.report(
        "store",
        figures,
        "made up: uniform counts and states, every minute of a day, spans with 200 ms of jitter; ten years of hours of one line",
        quick=options.quick,
    )


def speed(folder: Path, cameras: int) -> dict[str, object]:
    """Merging a minute into a full day, asking for one camera's day, sealing the day, and asking again."""
    say(f"a day of {cameras} cameras")
    clock = [DAY + timedelta(days=1)]
    store = Store.open(folder, timezone=ZONE, clock=lambda: clock[0])
    database: Database = store._database  # noqa: SLF001  # the bench times parts of it
    fill(database, cameras)
    say("minutes")
    states = open_runs(cameras)
    minutes = [DAY + timedelta(days=1, minutes=m) for m in range(15)]
    packs: Packs = store._packs  # noqa: SLF001  # as above
    chance = random.Random(1)
    new = [write(database, packs, states, m, 1) for m in minutes]
    waiting = [timed(partial(ask, store, chance.randrange(cameras), minutes[-1])) for _ in range(21)]
    laid = timed(packs.settle)
    again = [write(database, packs, states, m, 2) for m in minutes]
    laid_again = timed(packs.settle)
    say("a quarter of an hour")
    clock[0] = DAY + timedelta(days=1, minutes=20)
    rolled = timed(lambda: store.rollup(clock[0]))
    hot = [timed(partial(ask, store, chance.randrange(cameras))) for _ in range(21)]
    late = [write(database, packs, states, DAY + timedelta(hours=h + 1), 3) for h in range(11)]
    laid_late = timed(packs.settle)
    figures: dict[str, object] = {
        "merge_city_minute_ms": median_ms([t for _, t in new]),
        "merge_city_minute_max_ms": round(max(t for _, t in new) * 1000, 1),
        "prepare_city_minute_ms": median_ms([t for t, _ in new]),
        "fold_city_minute_ms": round(laid * 1000 / len(new), 1),
        "merge_same_minute_ms": median_ms([t for _, t in again]),
        "fold_same_minute_ms": round(laid_again * 1000 / len(again), 1),
        "merge_late_minute_ms": median_ms([t for _, t in late]),
        "fold_late_minute_ms": round(laid_late * 1000 / len(late), 1),
        "camera_day_hot_ms": median_ms(hot),
        "camera_day_waiting_ms": median_ms(waiting),
    }
    figures["rollup_quarter_hour_s"] = round(rolled, 2)
    say("sealing")
    clock[0] = DAY + timedelta(days=3)
    before = time.perf_counter()
    night = store.night(clock[0] - timedelta(days=1))
    figures["seal_day_s"] = round(time.perf_counter() - before, 1)
    figures["bytes_per_number"] = round(night.bytes / (cameras * 1440 * NUMBERS), 3)
    sealed = [timed(partial(ask, store, chance.randrange(cameras))) for _ in range(21)]
    figures["camera_day_sealed_ms"] = median_ms(sealed)
    store.close()
    return figures


def fill(database: Database, cameras: int) -> None:
    """A day of minutes, one run per camera, laid out as folds do: each quarter of an hour in the order of its series."""
    with database.transaction() as connection:
        for number, (family, kind, direction) in enumerate(KEYS):
            connection.execute(
                f"INSERT INTO series SELECT c * 5 + {number}, '{family}', 'c' || c || '.{kind}', 1, '{direction}'"
                f" FROM range({cameras}) t(c)"
            )
        for table, rest in (
            ("runs", "c, 'c' || c, 'live', TIMESTAMP '2026-11-22', 1, 0, 1"),
            ("run_families", "'traffic', 'bench', 0.2"),
            ("run_families", "'visitors', 'bench', 0.2"),
        ):
            connection.execute(f"INSERT INTO {table} SELECT 'r' || c, {rest} FROM range({cameras}) t(c)")
    for quarter in range(96):
        start = naive(DAY + timedelta(minutes=15 * quarter))
        for name in dict.fromkeys(family for family, _, _ in KEYS):
            parts = [
                f"""SELECT CAST(c * 5 + {number} AS INTEGER) AS series, $start + m * INTERVAL 1 MINUTE AS minute,
                CAST(c AS INTEGER) AS run, 1 AS seq,
                minute + CAST(hash(c, m) % 200000 AS BIGINT) * INTERVAL 1 MICROSECOND AS span_start,
                span_start + INTERVAL 59800 MILLISECOND AS span_end, 60.0 AS observed_s, 300 AS samples,
                {", ".join(made_up(family, kind))} FROM range(15) t(m), range({cameras}) u(c)"""
                for number, (family, kind, _) in enumerate(KEYS)
                if family == name
            ]
            rows = " UNION ALL BY NAME ".join(parts)
            with database.transaction() as connection:
                connection.execute(
                    f"INSERT INTO minute_{name} BY NAME SELECT * FROM ({rows}) ORDER BY series, minute",
                    {"start": start},
                )


def made_up(family: str, kind: str) -> list[str]:
    """SQL of one row's numbers."""
    names = NAMES[family, kind]
    if kind == "line":
        return [f"floor(random() * 6) AS {name}" for name in names]
    parts = (
        "CAST(floor(random() * 300) AS BIGINT) AS {}_n",
        "round(random() * 900, 1) AS {}_sum",
        "floor(random() * 3) AS {}_min",
        "floor(random() * 9) AS {}_max",
    )
    return [part.format(name) for name in names for part in parts]


def open_runs(cameras: int) -> list[OpenRun]:
    """The runs of all cameras, as the sink holds them."""
    states = []
    for camera in range(cameras):
        keys = tuple(Key(family, f"c{camera}.{kind}", 1, direction) for family, kind, direction in KEYS)
        run = Run(
            id=f"r{camera}", camera=f"c{camera}", kind="live", started=DAY, keys=keys,
            method=dict.fromkeys(("traffic", "visitors"), "bench"), cadence_s=dict.fromkeys(("traffic", "visitors"), 0.2),
        )  # fmt: skip
        numbers = {key: camera * 5 + number for number, key in enumerate(keys)}
        states.append(OpenRun(run, number=camera, numbers=numbers, known_from=DAY + timedelta(days=1)))
    return states


def write(database: Database, packs: Packs, states: list[OpenRun], minute: datetime, seq: int) -> tuple[float, float]:
    """One minute of all cameras as the sink writes it; seconds to prepare it, and of the transaction."""
    due = []
    for camera, state in enumerate(states):
        value = Aggregate(1, camera % 6, 0, 9)
        for key, (family, kind, _) in zip(state.run.keys, KEYS, strict=True):
            state.rows[key, minute] = MinuteRow(
                key=key, minute=minute, span=(minute, minute + timedelta(seconds=59)), observed_s=60.0, samples=300,
                values=dict.fromkeys(NAMES[family, kind], value),
            )  # fmt: skip
        state.seq = seq
        due.append((state, [(key, minute) for key in state.run.keys]))
    clock = time.perf_counter()
    waiting = waiting_of(due, Zones(ZONE, {}))
    middle = time.perf_counter()
    with database.transaction() as connection:
        marked = database.remembered("dirty", none_marked)
        waiting.save(connection, packs, marked)
    marked |= waiting.above
    end = time.perf_counter()
    for state in states:
        state.rows.clear()
    return middle - clock, end - middle


def ask(store: Store, camera: int, last: datetime = DAY + timedelta(days=1, minutes=-1)) -> None:
    """One camera's day, minute by minute, the last of which begins then."""
    query = SeriesQuery(
        place=f"c{camera}.line", indicators=("traffic.car", "traffic.motorcycle"), tier="minute",
        start=last - timedelta(minutes=1439), end=last + timedelta(minutes=1),
    )  # fmt: skip
    series = store.series(query)
    if len(series.starts) != 1440 or None in series.columns["traffic.car"]:
        raise SystemExit(f"bench.store: camera {camera} has holes in its day")


def ten_years(folder: Path, cameras: int, grown: int) -> dict[str, object]:
    """Ten years of hours of one line of each camera, their days and months, and the city's; then the city's months asked."""
    say(f"ten years of {cameras} cameras")
    first, end = datetime(2016, 11, 30, 17, tzinfo=UTC), datetime(2026, 11, 30, 17, tzinfo=UTC)
    store = Store.open(folder, timezone=ZONE, clock=lambda: end)
    database: Database = store._database  # noqa: SLF001  # as above
    with database.transaction() as connection:
        connection.execute(
            f"INSERT INTO series SELECT c, 'traffic', 'c' || c || '.line', 1, 'forward' FROM range({grown}) t(c)"
        )
        connection.execute("INSERT INTO series VALUES (-1, 'traffic', 'city', 1, 'forward')")
    edges = starts("month", ZONE, first, end + timedelta(days=1))
    for low, high in itertools.pairwise(edges):
        with database.transaction() as connection:
            _month(connection, low, high, cameras)
    store.night(end)
    figures: dict[str, object] = {
        "city_10y_ms": median_ms([timed(partial(trend, store, first, end)) for _ in range(31)])
    }
    figures["camera_10y_days_ms"] = median_ms(
        [timed(partial(days, store, c * 7 % cameras, first, end)) for c in range(11)]
    )
    size = (folder / "pantau.duckdb").stat().st_size
    figures["ten_years_gb"] = round(size / 1e9, 2)
    with database.transaction() as connection:
        connection.execute(
            f"""INSERT INTO month_traffic BY NAME SELECT CAST(c AS INTEGER) AS series, m.* EXCLUDE (series)
            FROM month_traffic m, range({cameras}, {grown}) t(c) WHERE m.series = 0"""
        )
    store.night(end)
    figures["city_10y_of_all_ms"] = median_ms([timed(partial(trend, store, first, end)) for _ in range(31)])
    store.close()
    return figures


def _month(connection: object, low: datetime, high: datetime, cameras: int) -> None:
    names = NAMES["traffic", "line"]
    run = connection.execute  # type: ignore[attr-defined]  # DuckDB's
    asked = {"low": naive(low), "high": naive(high)}
    run(
        f"""INSERT INTO hour_traffic BY NAME SELECT CAST(c AS INTEGER) AS series, h AS bucket, 'computed' AS origin,
        '' AS run, 'bench' AS method, 3600.0 AS observed_s, {", ".join(f"floor(random() * 300) AS {n}" for n in names)}
        FROM range(CAST($low AS TIMESTAMP), CAST($high AS TIMESTAMP), INTERVAL 1 HOUR) t(h), range({cameras}) u(c)""",
        asked,
    )
    sums = ", ".join(f"sum({n}) AS {n}" for n in names)
    shift = f"INTERVAL {int((high - low).total_seconds())} SECOND"
    for tier, at in (("day", "time_bucket(INTERVAL 1 DAY, bucket, $low)"), ("month", "CAST($low AS TIMESTAMP)")):
        run(
            f"""INSERT INTO {tier}_traffic BY NAME SELECT series, {at} AS bucket, 'computed' AS origin, '' AS run,
            'bench' AS method, sum(observed_s) AS observed_s, {sums} FROM hour_traffic
            WHERE bucket >= $low AND bucket < $low + {shift} AND series >= 0 GROUP BY ALL""",
            {"low": naive(low)},
        )
    for tier in ("hour", "day", "month"):
        run(
            f"""INSERT INTO {tier}_traffic BY NAME SELECT -1 AS series, bucket, 'computed' AS origin, '' AS run,
            'group' AS method, sum(observed_s) AS observed_s, sum(observed_s) AS expected_s, count(*) AS places, {sums}
            FROM {tier}_traffic WHERE bucket >= $low AND bucket < $high AND series >= 0 GROUP BY bucket""",
            asked,
        )


def trend(store: Store, first: datetime, end: datetime) -> None:
    """The city's cars, motorcycles and buses, month by month."""
    names = ("traffic.car", "traffic.motorcycle", "traffic.bus")
    series = store.series(SeriesQuery(place="city", indicators=names, tier="month", start=first, end=end))
    if len(series.starts) != YEARS * 12 or None in series.columns["traffic.car"]:
        raise SystemExit("bench.store: the city has holes in its ten years")


def days(store: Store, camera: int, first: datetime, end: datetime) -> None:
    """One camera's cars, day by day for ten years."""
    store.series(SeriesQuery(place=f"c{camera}.line", indicators=("traffic.car",), tier="day", start=first, end=end))


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` took."""
    clock = time.perf_counter()
    work()
    return time.perf_counter() - clock


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
    for tier in TIERS:
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
