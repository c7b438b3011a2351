"""How many series the alarm engine judges, and how soon it speaks: `python -m bench.alarms [--quick]`.

*series_per_core_minute*: made-up batches of many cameras, one a second each with five samples of a zone, go through the real engine
with its real control database; each zone has a threshold rule, and one in a hundred crosses its limit now and then. Counted
are (rule, place) pairs that one core can judge once a second: pairs judged per second of processor time, times 60.

*latency_p95_s*: real time. A ledger as in the loop hands batches over once a second to a real store behind the real tap; at a
random moment of the second a value crosses its limit (`hold_s` = 0), and it is timed until a real webhook receiver has the
notice. It is from the sample to the siren, without the camera and the detector, whose delay is the stream's own.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from typing_extensions import override

from bench import data
from pantau.alert.desk import Desk
from pantau.alert.engine import AlarmEngine
from pantau.alert.rule_file import rules_of, targets_of
from pantau.alert.service import AlarmService
from pantau.alert.stills import Stills
from pantau.alert.tap import TappedSink
from pantau.findings import Findings
from pantau.ledger import Ledger
from pantau.places import Camera, Zone
from pantau.store.alarms import AlarmQuery
from pantau.store.control import Control
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

START = datetime(2026, 11, 23, 3, tzinfo=UTC)
SQUARE = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))
RULE: Mapping[str, Any] = {
    "id": "penuh", "place": "*", "indicator": "visitors.inside", "above": 8.0, "clear": 6.0, "hold_s": 3.0,
}  # fmt: skip


class NoPictures:
    """A board that shows nothing."""

    def pictures(self, camera: str) -> Sequence[tuple[datetime, bytes]]:
        """None."""
        del camera
        return ()

    def wake(self) -> None:
        """Nobody looks."""


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer cameras, seconds and alarms")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        figures = judged(Path(folder), cameras=200 if quick else 2000, seconds=20 if quick else 60)
    with tempfile.TemporaryDirectory() as folder:
        figures |= delays(Path(folder), alarms=8 if quick else 50)
    data.report("alarms", figures, "made up: zones that fill and empty", quick=quick)


def cameras_of(n: int) -> list[Camera]:
    """Cameras with one zone each."""
    return [
        Camera(
            id=f"c{i}", name=f"C{i}", source="rtsp://10.0.0.1/", zones=(Zone(id=f"c{i}.z", camera=f"c{i}", name="Z", polygon=SQUARE),)
        )
        for i in range(n)
    ]  # fmt: skip


def run_of(camera: str) -> Run:
    """The run of a camera that watches its zone."""
    key = Key("visitors", f"{camera}.z", 1, "")
    return Run(
        id=f"{camera}-1", camera=camera, kind="live", started=START, keys=(key,), method={"visitors": "bench"},
        cadence_s={"visitors": 0.2},
    )  # fmt: skip


def judged(folder: Path, cameras: int, seconds: int) -> dict[str, object]:
    """Series per core-minute, and what a turn of all cameras takes."""
    say(f"{cameras} cameras for {seconds} s")
    control = Control.open(folder, clock=lambda: START)
    control.apply(cameras_of(cameras))
    store = Store.open(folder / "numbers", timezone="Asia/Jakarta", clock=lambda: START)
    engine = AlarmEngine(Desk(control.alarms, Stills(folder, NoPictures()), lambda: None), store, "Asia/Jakarta")
    control.apply_rules([dict(RULE)], [])
    service_rules(engine, control)
    engine.recover(START, None)
    for i in range(cameras):
        engine.begin(run_of(f"c{i}"))
    engine.turn(START)
    used, turns = 0.0, []
    for second in range(1, seconds + 1):
        now = START + timedelta(seconds=second)
        batches = [batch(i, second, now) for i in range(cameras)]
        begin = time.process_time()
        for one in batches:
            engine.take(one)
        engine.turn(now)
        turns.append(time.process_time() - begin)
        used += turns[-1]
    fired = len(control.alarms.open()) + len(control.alarms.page(AlarmQuery(limit=10_000)))
    store.close()
    control.close()
    return {
        "series_per_core_minute": round(cameras * seconds / used * 60),
        "series": cameras,
        "turn_ms": round(sorted(turns)[len(turns) // 2] * 1000, 1),
        "alarms": fired,
    }


def service_rules(engine: AlarmEngine, control: Control) -> None:
    """Put the rules of the control database in force."""
    engine.follow(rules_of(control.alarms.rules()), targets_of(control.alarms.targets()), control, START)


def batch(camera: int, second: int, now: datetime) -> Batch:
    """Five samples of a zone; one zone in a hundred is full for ten seconds of each half minute."""
    full = camera % 100 == 0 and second % 30 < 10
    times = tuple(now - timedelta(seconds=0.2 * k) for k in reversed(range(5)))
    place = f"c{camera}.z"
    found = tuple(Observation(place, "visitors.inside", "", t, 0.2, 9.0 if full else 2.0) for t in times)
    return Batch(f"c{camera}-1", second, {"visitors": times}, found)


class Receiver(BaseHTTPRequestHandler):
    """Notes when a notice came."""

    came: list[tuple[float, float]]

    @override
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Take it."""
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if told["type"] == "alarm.firing":
            self.came.append((datetime.fromisoformat(told["data"]["since"]).timestamp(), time.time()))
        self.send_response(204)
        self.end_headers()


def delays(folder: Path, alarms: int) -> dict[str, object]:
    """Seconds from the sample that crosses a limit to the receiver that has the notice."""
    say(f"{alarms} alarms in real time")
    came: list[tuple[float, float]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Bound", (Receiver,), {"came": came}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    control = Control.open(folder, clock=clock)
    control.apply(cameras_of(1))
    store = Store.open(folder / "numbers", timezone="Asia/Jakarta", clock=clock)
    url = f"http://127.0.0.1:{server.server_port}/"
    control.apply_rules([{**RULE, "hold_s": 0.0}], [{"id": "siren", "url": url}])
    service = AlarmService(control, store, NoPictures(), folder=folder, timezone="Asia/Jakarta", clock=clock)
    service.start()
    began = watch(TappedSink(store, service.engine), alarms)
    time.sleep(2)
    service.stop()
    server.shutdown()
    store.close()
    control.close()
    ends = [*began[1:], float("inf")]
    taken = sorted(
        min(at for since, at in came if begin <= since < end) - begin
        for begin, end in zip(began, ends, strict=True)
        if any(begin <= since < end for since, _ in came)
    )
    return {
        "latency_p95_s": round(taken[int(0.95 * len(taken))], 2) if taken else None,
        "latency_p50_s": round(taken[len(taken) // 2], 2) if taken else None,
        "latency_max_s": round(taken[-1], 2) if taken else None,
        "latency_n": len(taken),
        "told_share": round(len(taken) / len(began), 4),
    }


def watch(sink: TappedSink, alarms: int) -> list[float]:
    """Sample a zone five times a second; it fills at random moments. When each time began."""
    chance = random.Random(1)
    run = run_of("c0")
    sink.begin(run)
    ledger, value, change = Ledger(run.id, sink), 2.0, time.time() + 1.0
    began: list[float] = []
    while len(began) < alarms or value > 8:
        now = clock()
        if now.timestamp() >= change:
            value = 2.0 if value > 8 else 9.0
            change = now.timestamp() + 2.5 + chance.random()
            if value > 8:
                began.append(now.timestamp())
        ledger.observe("visitors", now)
        ledger.add(Findings((Observation("c0.z", "visitors.inside", "", now, 0.2, value),)))
        if ledger.due(now):
            ledger.flush(now)
        time.sleep(0.2)
    ledger.flush(clock())
    return began


def clock() -> datetime:
    """UTC now."""
    return datetime.now(UTC)


def say(what: str) -> None:
    """Progress."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
