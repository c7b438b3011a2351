"""How fast the portal is answered while the writer runs: `python -m bench.api [--quick]`.

A made city (places with hours of people under the cell rule and of vehicles, a camera that writes once a second, rollups every five) is
served on a real socket. Another process asks as portals do, in an open loop of 100 requests a second: at least half are series of random
places over random ranges that nobody asked for before, the rest are front-page reads with the tag they were given. Latency counts from the moment a request was
due, so that a server which stalls is not asked less (Tene, *coordinated omission*). `miss_share` is the share of requests for an address that nobody had asked
for before; the server gives a public answer again for `REMEMBER_S`, as in a running city.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from bench.data import report
from pantau.app import REMEMBER_S
from pantau.places import Camera, Line, Site
from pantau.process import keep_what_is_made
from pantau.serve.app import create_app
from pantau.serve.memory import memory_services
from pantau.serve.open.publisher import TURN_S, Publisher
from pantau.serve.server import Server
from pantau.serve.services import CityFacts
from pantau.store.control import Control
from pantau.store.releases import Decision
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

NOW = datetime(2026, 3, 31, 16, 14, 40, tzinfo=UTC)
"""Twenty seconds before an hour of people becomes public."""
ZONE = "Asia/Jakarta"
RPS = 100
ASKERS = 32
LINES = 20
"""Of the camera; half of the series that are asked for are theirs, whose gaps, faults and doubts are looked up with each answer."""
NAMES = ("visitors.person", "traffic.car")


@dataclass(frozen=True)
class Load:
    """How large the city is, and how long it is asked."""

    places: int
    days: int
    seconds: float


def fill(store: Store, control: Control, load: Load) -> None:
    """Places with hours, and a camera."""
    control.releases.decide(Decision(family="", place="", open=True, by="bench", time=NOW))
    noise = np.random.default_rng(0)
    first = NOW.replace(minute=0, second=0) - timedelta(days=load.days)
    hours = [first + timedelta(hours=h) for h in range(24 * load.days)]
    sites = [
        Site(id=f"b.{i}", name=f"Place {i}", timezone=ZONE, source="bench", licence="") for i in range(load.places)
    ]
    for site in sites:
        control.put_site(site)
    for name in NAMES:
        family = name.partition(".")[0]
        keys = tuple(Key(family, site.id, 1, "") for site in sites)
        run = Run(
            id=f"fill-{family}",
            camera="b",
            kind="import",
            started=first,
            keys=keys,
            method={family: "made"},
            cadence_s={family: 3600.0},
        )
        counts = {site.id: noise.poisson(40 * (1 + i % 5), len(hours)) for i, site in enumerate(sites)}
        rows = (
            (place, hour, {name: float(n)})
            for place, found in counts.items()
            for hour, n in zip(hours, found, strict=True)
        )
        store.backfill(run, "hour", rows, {site.id: ZONE for site in sites})
    lines = tuple(
        Line(id=f"c.{i}", camera="c", name=f"Line {i}", start=(0.1, 0.1), end=(0.1, 0.9)) for i in range(LINES)
    )
    control.apply([Camera(id="c", name="Camera", source="rtsp://127.0.0.1/none", lines=lines)])


def write(store: Store, publisher: Publisher, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """A batch a second of every line; every five seconds a rollup and what has become public, as the running city does."""
    keys = tuple(Key("visitors", f"c.{i}", 1, way) for i in range(LINES) for way in ("forward", "backward"))
    store.begin(
        Run(
            id="live",
            camera="c",
            kind="live",
            started=NOW,
            keys=keys,
            method={"visitors": "made"},
            cadence_s={"visitors": 0.2},
        )
    )
    seq = 0
    while not stop.wait(1.0):
        at = clock()
        times = tuple(at + timedelta(seconds=0.2 * i) for i in range(5))
        seq += 1
        found = tuple(Observation(f"c.{i}", "visitors.person", "forward", at, 0.0, 1.0) for i in range(LINES))
        store.write(Batch("live", seq, {"visitors": times}, found))
        if seq % 5 == 0:
            store.rollup(clock())
            publisher.turn(clock(), TURN_S)


def questions(load: Load) -> Iterator[tuple[str, bool]]:
    """Addresses, and whether each is a front-page read that is asked with its tag."""
    chance = random.Random(1)  # a made load
    while True:
        if chance.random() < 0.65:
            start = NOW - timedelta(hours=chance.randrange(24, 24 * load.days))
            tier = "hour" if chance.random() < 0.5 else "day"
            end = min(start + timedelta(hours=chance.randrange(24, 24 * (14 if tier == "hour" else 365))), NOW)
            line = chance.random() < 0.5
            place = f"c.{chance.randrange(LINES)}" if line else f"b.{chance.randrange(load.places)}"
            asked = {"place": place, "indicator": chance.choice(NAMES), "tier": tier}
            yield f"/api/v1/series?{urlencode(asked | {'from': start.isoformat(), 'to': end.isoformat()})}", False
        elif chance.random() < 0.5:
            asked = {"place": f"b.{chance.randrange(6)}", "indicator": NAMES[0], "tier": "hour"}
            span = {"from": (NOW - timedelta(days=7)).isoformat(), "to": NOW.isoformat()}
            yield f"/api/v1/series?{urlencode(asked | span)}", True
        else:
            yield chance.choice(("/api/v1/city", "/api/v1/indicators", "/api/v1/areas", "/api/v1/places")), True


class Askers:
    """Threads that each keep a connection, and the tags of what they were given."""

    def __init__(self, port: int) -> None:
        self._port, self._own = port, threading.local()
        self._tags: dict[str, str] = {}

    def ask(self, path: str, due: float, *, tagged: bool) -> tuple[float, int]:
        """Seconds since it was due, and the status; 0 where no answer came."""
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        headers = {"If-None-Match": self._tags[path]} if tagged and path in self._tags else {}
        try:
            self._own.connection.request("GET", path, headers=headers)
            answer = self._own.connection.getresponse()
            answer.read()
        except OSError:
            self._own.connection.close()
            return time.perf_counter() - due, 0
        if tagged and (tag := answer.headers.get("etag")):
            self._tags[path] = tag
        return time.perf_counter() - due, answer.status


def drive(port: int, load: Load, told: multiprocessing.Queue[tuple[list[tuple[float, int]], float]]) -> None:
    """Ask in an open loop; in a process of its own, whose seconds of CPU are told too."""
    used, askers, asked = time.process_time(), Askers(port), questions(load)
    begin = time.perf_counter() + 0.2
    with ThreadPoolExecutor(ASKERS) as pool:
        waiting = []
        for i in range(round(RPS * load.seconds)):
            due = begin + i / RPS
            time.sleep(max(0.0, due - time.perf_counter()))
            path, tagged = next(asked)
            waiting.append(pool.submit(askers.ask, path, due, tagged=tagged))
        answers = [one.result() for one in waiting]
    told.put((answers, time.process_time() - used))


@contextmanager
def served(folder: Path, load: Load) -> Iterator[int]:
    """The port of a city that is written to."""
    began = time.monotonic()

    def clock() -> datetime:
        return NOW + timedelta(seconds=max(0.0, time.monotonic() - began))

    store = Store.open(folder, timezone=ZONE, clock=clock)
    control = Control.open(folder, clock=clock)
    fill(store, control, load)
    services = replace(
        memory_services(NOW),
        city=CityFacts(name="Bench", region="33.74", timezone=ZONE),
        numbers=store,
        register=control,
        sessions=control,
        releases=control.releases,
        secret=control.releases.key(NOW),
        clock=clock,
    )
    publisher = Publisher(services)
    while publisher.turn(NOW, 60.0):
        pass  # a city that runs has published its past
    began = time.monotonic()
    server, stop = Server(create_app(services, remember_s=REMEMBER_S), "127.0.0.1", 0), threading.Event()
    writer = threading.Thread(target=write, args=(store, publisher, clock, stop))
    keep_what_is_made()
    server.start()
    writer.start()
    try:
        yield int(server.address.rpartition(":")[2])
    finally:
        stop.set()
        writer.join()
        server.stop()
        control.close()
        store.close()


def measure(load: Load) -> dict[str, object]:
    """The figures of one run."""
    context = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue[tuple[list[tuple[float, int]], float]] = context.Queue()
    first = len({path for path, _ in islice(questions(load), round(RPS * load.seconds))})
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), load) as port:
        sys.stderr.write(f"api: {load.places} places, {load.days} days, {RPS} requests/s for {load.seconds:g} s\n")
        asker = context.Process(target=drive, args=(port, load, told))
        used = time.process_time()
        asker.start()
        answers, asking = told.get(timeout=load.seconds + 120)
        used = time.process_time() - used
        asker.join()
    took = sorted(seconds * 1000 for seconds, _ in answers)
    last = max(i / RPS + answers[i][0] for i in range(len(answers)))
    return {
        "p50_ms": round(float(np.percentile(took, 50)), 1),
        "p95_ms": round(float(np.percentile(took, 95)), 1),
        "p99_ms": round(float(np.percentile(took, 99)), 1),
        "rps": round(len(answers) / last, 1),
        "errors": sum(status not in {200, 304} for _, status in answers),
        "miss_share": round(first / len(answers), 3),
        "server_cpu_ms": round(1000 * used / len(answers), 2),
        "asker_cpu_ms": round(1000 * asking / len(answers), 2),
        "n": len(answers),
    }


def main() -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smaller city, for a shorter time")
    quick = parser.parse_args().quick
    load = Load(12, 120, 10.0) if quick else Load(60, 730, 60.0)
    report("api", measure(load), "a made city", quick=quick)


if __name__ == "__main__":
    main()
