"""A city of real RTSP streams on two cores: `python -m bench.rtsp [--streams N] [--minutes M] [--quick]`.

A real ``pantau run`` (a process and a data folder of its own, the default detector, a line a camera) watches N cameras of a real RTSP
server (GStreamer's, over TCP on the loopback) in real time. Every stream is a composite of its own phase (`bench.made_streams`): a
fifth of each round is a quarter of PETS09-S2L1, the rest its background plate; they begin spread over their rounds, so that as
many move at any moment. Server, city and this bench share the same two cores; what the server takes of them is told apart.

The first `WARM_S` are left out: cameras connect, gates learn. After them, from the city's own ``/metrics``, its process and its store:

* ``fps_got_share``: samples analysed in the last minute ÷ asked, mean over cameras and looks; ``observed_share``: the same out of the store's minutes.
* ``latency_*_s``: from the capture of a sample to its acknowledgement by the store (it survives a kill), every sample.
* ``coverage_share``: camera minutes of which at least 95 % was observed. ``late_share``: samples that nobody took in time.
* ``rss_slope_mb_per_h``: Theil-Sen of the resident set, with its 95 % interval; looks `LOOK_S` apart are not independent, so it is a narrow one.
* ``count_loss``: crossings of whole rounds against the clip's own count (read alone from its file, every frame decoded), per camera and
  direction: sum of differences ÷ crossings. ``planned``: what ``pantau plan`` promises here for a fifth.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import tomli_w
from scipy.stats import theilslopes

from bench import data, score
from bench.city_process import CityProcess, Look, free_port
from bench.made_streams import FPS, KEY_S, SHOWN, Piece, counted, say, stream
from pantau.commands.plan import Stopwatch
from pantau.demo.rtsp import SYSTEM_PYTHON, server_python
from pantau.distribution import percentile
from pantau.ingest.decode import wall_clock
from pantau.places import Line
from pantau.see.tracker import TwoStageTracker
from pantau.store.delays import EDGES_S
from pantau.store.store import Store

CORES: Final = 2
CLIPS: Final = 4
FRAMES: Final = 200
"""Of PETS09-S2L1 in each clip."""
ROUND_S: Final = 134.0
"""A round of a clip: `FRAMES` shown twice are a fifth of it. A whole number of groups of pictures."""
LINE: Final = "M2"
ZONE: Final = "Asia/Jakarta"
WARM_S: Final = 120.0
LOOK_S: Final = 15.0
COVERED_S: Final = 57.0


def main() -> None:
    """Measure and print the one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=30.0, help="measured, after two minutes that are not")
    parser.add_argument("--quick", action="store_true", help="eight streams for three minutes")
    parser.add_argument("--warm", type=float, default=WARM_S, help="seconds before")
    options = parser.parse_args()
    streams, minutes = (8, 3.0) if options.quick else (options.streams, options.minutes)
    if not server_python():
        sys.exit("bench.rtsp: no GStreamer RTSP server here; run scripts/system-packages.sh test")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    say("the clips, and what is counted in them alone")
    clips = [clip(number) for number in range(CLIPS)]
    with tempfile.TemporaryDirectory() as folder:
        home = settle(Path(folder))
        promised = planned(home)
        figures = measure(home, clips, streams, (options.warm, minutes * 60))
    figures = {"streams": streams, "minutes": minutes, "cores": CORES, **figures, "planned": promised}
    data.report("rtsp", figures, "composite: quarters of PETS09-S2L1 on its plate, re-encoded", quick=options.quick)


# --- the streams ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip and how many cross its line in one round, by direction."""

    path: Path
    crossed: Mapping[str, int]


def clip(number: int) -> Clip:
    """The clip with this quarter of the footage in the middle of its stillness."""
    quiet_s = (ROUND_S - FRAMES * SHOWN / FPS) / 2
    pieces = (Piece(quiet_s=quiet_s), Piece(number * FRAMES, number * FRAMES + FRAMES), Piece(quiet_s=quiet_s))
    path = stream(f"round-{number}", pieces)
    crossed = alone(path)
    wanted = {key.partition(" ")[2]: n for key, n in crossed.items() if key.startswith(f"p.{LINE} ")}
    say(f"{path.name}: {sum(wanted.values())} crossings a round")
    return Clip(path, wanted)


def alone(path: Path) -> Mapping[str, int]:
    """What is counted in a clip by itself, every frame decoded; kept beside it, by what counts."""
    detector = data.loaded("centernet", "auto")
    told = f"{detector.method} {TwoStageTracker().method} {path.stat().st_size}"
    kept = path.with_suffix(f".{hashlib.sha256(told.encode()).hexdigest()[:12]}.json")
    if not kept.is_file():
        crossed = counted(path, detector, Stopwatch(0.0), lazy=False).crossed
        kept.write_text(json.dumps(crossed), "utf-8")
    found: dict[str, int] = json.loads(kept.read_text("utf-8"))
    return found


@contextmanager
def served(clips: Sequence[Clip], streams: int) -> Iterator[tuple[str, int]]:
    """The address before the cameras' names, and the server's process id."""
    port, script = free_port(), str(files("pantau.demo").joinpath("rtsp_server.py"))
    mounts = [f"{name_of(i)}={clips[i % len(clips)].path}" for i in range(streams)]
    child = subprocess.Popen(
        [SYSTEM_PYTHON, script, "--with-parent", "--spread", "--port", str(port), *mounts],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        if child.stdout is None or not child.stdout.readline().startswith("ready"):
            sys.exit("bench.rtsp: the RTSP server did not start; run scripts/system-packages.sh test")
        yield f"rtsp://127.0.0.1:{port}/", child.pid
    finally:
        child.kill()
        child.wait()


def name_of(number: int) -> str:
    """A camera's id."""
    return f"c{number:03d}"


# --- the city ---------------------------------------------------------------------------------------------------------


def settle(home: Path) -> Path:
    """An installation in this folder; its settings file."""
    path = home / "pantau.toml"
    table = {
        "city": {"name": "Bench", "region": "33.74"},
        "server": {"port": free_port(), "metrics_token": secrets.token_hex(24)},
        "data": {"models": str(data.models())},
    }
    path.write_text(tomli_w.dumps(table), "utf-8")
    return path


def planned(config: Path) -> int:
    """How many cameras of which a fifth of the time something moves ``pantau plan`` promises here."""
    say("pantau plan")
    command = [sys.executable, "-m", "pantau.cli", "plan", "--json", "--config", str(config), "--key-s", str(KEY_S)]
    asked = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return int(json.loads(asked.stdout.strip().splitlines()[-1])["cameras"]["0.2"])


def camera_file(config: Path, address: str, streams: int) -> Path:
    """The cameras, a line each."""
    line: Line = next(line for line in score.labels("pets").lines if line.id == LINE)
    cameras = [
        {
            "id": name_of(i), "name": name_of(i), "source": f"{address}{name_of(i)}",
            "line": [{"id": LINE, "name": LINE, "start": list(line.start), "end": list(line.end)}],
        }
        for i in range(streams)
    ]  # fmt: skip
    path = config.with_name("cameras.toml")
    path.write_text(tomli_w.dumps({"camera": cameras}), "utf-8")
    return path


def measure(config: Path, clips: Sequence[Clip], streams: int, seconds: tuple[float, float]) -> dict[str, object]:
    """The figures of one city; `seconds` to warm up and to measure."""
    with served(clips, streams) as (address, server):
        city = CityProcess(config, server)
        city.apply(camera_file(config, address, streams))
        city.start()
        try:
            say(f"{streams} cameras are connected to; {seconds[0]:.0f} s to warm up")
            time.sleep(seconds[0])
            begin, looks = wall_clock(), [city.look()]
            while (left := seconds[1] - (looks[-1].at - looks[0].at)) > 0:
                time.sleep(min(LOOK_S, left))
                looks.append(city.look())
                if len(looks) % 4 == 0:
                    say(told(looks))
            end = wall_clock()
        finally:
            city.stop()
    store = Store.open(config.parent / "data", timezone=ZONE, clock=wall_clock)
    try:
        return of_looks(looks) | of_store(store, clips, streams, (begin, end))
    finally:
        store.close()


# --- the figures ------------------------------------------------------------------------------------------------------


def told(looks: Sequence[Look]) -> str:
    """Progress."""
    first, last = looks[0], looks[-1]
    return (
        f"{(last.at - first.at) / 60:.1f} min: got {np.mean(last.shares):.4f}, rss {last.rss_mb:.0f} MB, "
        f"p95 {latency(first, last, 95):.2f} s, cores {cpu(looks, 'city'):.2f} + {cpu(looks, 'server'):.2f}, late {last.dropped.get('late', 0)}"
    )


def of_looks(looks: Sequence[Look]) -> dict[str, object]:
    """What the metrics and the process say."""
    first, last = looks[0], looks[-1]
    hours = [(one.at - first.at) / 3600 for one in looks]
    slope, _, low, high = theilslopes([one.rss_mb for one in looks], hours)
    dropped = Counter(last.dropped)
    dropped.subtract(first.dropped)
    grown = Counter(last.groups)
    grown.subtract(first.groups)
    watched = grown["decoded"] + grown["quiet"] + grown["audited"]
    return {
        "fps_got_share": round(float(np.mean([share for one in looks for share in one.shares])), 4),
        "fps_got_least": round(float(min(np.mean(camera) for camera in zip(*(one.shares for one in looks), strict=True))), 4),
        "latency_p50_s": round(latency(first, last, 50), 2),
        "latency_p95_s": round(latency(first, last, 95), 2),
        "latency_p99_s": round(latency(first, last, 99), 2),
        "rss_mb": round(last.rss_mb),
        "rss_slope_mb_per_h": round(float(slope), 2),
        "rss_slope_interval": [round(float(low), 2), round(float(high), 2)],
        "rss_looks": len(looks),
        "city_cores": round(cpu(looks, "city"), 3),
        "server_cores": round(cpu(looks, "server"), 3),
        "decoded_share": round((grown["decoded"] + grown["audited"]) / watched, 4) if watched else None,
        "groups": dict(grown),
        "dropped": dict(dropped),
        "reconnected": last.outages,
    }  # fmt: skip


def cpu(looks: Sequence[Look], what: str) -> float:
    """Cores that a process has kept busy."""
    first, last = looks[0], looks[-1]
    return (last.cpu_s[what] - first.cpu_s[what]) / max(last.at - first.at, 1e-9)


def latency(first: Look, last: Look, percent: float) -> float:
    """Seconds from capture to kept, between two looks."""
    counts = np.diff([0, *(b - a for a, b in zip(first.kept, last.kept, strict=True))]).astype(int).tolist()
    return percentile(counts, EDGES_S, (0.0, 2 * EDGES_S[-1]), percent) or 0.0


def of_store(store: Store, clips: Sequence[Clip], streams: int, span: tuple[datetime, datetime]) -> dict[str, object]:
    """What was kept."""
    begin, end = span
    minute = timedelta(minutes=1)
    first, last = begin.replace(second=0, microsecond=0) + minute, end.replace(second=0, microsecond=0)
    seen: defaultdict[tuple[str, datetime], float] = defaultdict(float)
    for one in store.minutes("visitors", first, last):
        if one.direction == "forward":
            seen[one.place, one.start] += one.observed_s
    scheduled = streams * round((last - first) / minute)
    rounds = int((end - begin).total_seconds() / ROUND_S)
    got, expected, apart = 0, 0, 0
    for i in range(streams):
        true = {way: n * rounds for way, n in clips[i % len(clips)].crossed.items()}
        mine = crossings(store, f"{name_of(i)}.{LINE}", begin, begin + timedelta(seconds=rounds * ROUND_S))
        got, expected = got + sum(mine.values()), expected + sum(true.values())
        apart += sum(abs(mine.get(way, 0) - true.get(way, 0)) for way in {*mine, *true})
    return {
        "observed_share": round(sum(min(s, 60.0) for s in seen.values()) / (60 * scheduled), 4) if scheduled else None,
        "coverage_share": round(sum(s >= COVERED_S for s in seen.values()) / scheduled, 4) if scheduled else None,
        "camera_minutes": scheduled,
        "count_loss": round(apart / expected, 4) if expected else None,
        "counted": got,
        "crossings": expected,
        "rounds": rounds,
    }


def crossings(store: Store, place: str, begin: datetime, end: datetime) -> Counter[str]:
    """Who crossed a line, by direction."""
    found: Counter[str] = Counter()
    before = None
    while True:
        page = store.events(place, "crossing", begin, end, 1000, before)
        found.update(str(event.attributes["direction"]) for event in page.events)
        if (before := page.before) is None:
            return found


if __name__ == "__main__":
    main()
