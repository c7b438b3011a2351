"""``pantau plan``: how many cameras this computer carries, measured here and now.

Two made streams (a textured ground with a sensor's noise; on one of them things move) go through the very loop of a live
camera, with the detector that is installed: as many of them at once as keep every core busy, in threads of one process, as in a running
city. So what its cameras take from one another is in the answer: cores that are two halves of one, the memory they share, the interpreter that only one
thread has at a time, a card. What is found is kept in a store, and pictures are made for alarms, as in a city. A camera that moves for a share `a` of its time is awake for
`AWAKE` times as long, and takes quiet + AWAKE · a · (active - quiet) of the whole computer, which carries

    room / (quiet + AWAKE · a · (active - quiet))

of them, where `room` leaves some of it for the pages, the keeper's rounds and the system. What the network costs is not measured: `NETWORK_MS` stands for it. Nor is
redaction for who looks. Made streams are made: the real ones of a city may be noisier; ``python -m bench.streams`` compares with footage. What other programs
take of the cores meanwhile is counted as if it were free; but what waits for something shared can't be told from what waits for them, so it is said, too.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from typing_extensions import override

from pantau.findings import Live
from pantau.ingest.encode import encode_pictures
from pantau.ingest.lazy import hold_of
from pantau.ingest.sources import SourceOptions, open_source
from pantau.pipeline import Parts, watch
from pantau.places import Camera, Line
from pantau.ports import Sink, Source
from pantau.replay import Models, analysers_of, keys_of, methods_of
from pantau.see.cores import busy_s, cores
from pantau.see.tracker import TwoStageTracker
from pantau.store.store import Store
from pantau.types import EPOCH, Batch, Frame, Gap, Image, Run

SIZES: Final[Mapping[str, tuple[int, int]]] = {"360p": (640, 360), "720p": (1280, 720), "1080p": (1920, 1080)}
FPS: Final = 15
QUIET_S: Final = 60
ACTIVE_S: Final = 12
SETTLED_S: Final = 24.0
"""Seconds of the quiet stream in which the gate learns; they are not timed."""
WARM_S: Final = 2.0
TAIL_S: Final = 2.5
NETWORK_MS: Final = 7.0
"""CPU milliseconds a second to receive 1.5 Mb/s by RTSP over TCP: an estimate, of what the readers of `bench.rtsp` took."""
AWAKE: Final = 1.25
"""A camera is awake for some groups more than something moves: of the fifth of `bench.rtsp` that makes a quarter (`decoded_share`)."""
ROOM: Final = 0.8
KBPS: Final[Mapping[str, int]] = {"360p": 400, "720p": 1500, "1080p": 3000}
"""What a camera of that size sends in a second at the most: its key frames are as heavy as that allows, and they are what a quiet camera costs."""
NOISE: Final = 2.5
SHARES: Final = (0.0, 0.1, 0.2, 0.5, 1.0)
A_CORE: Final = 2
"""Streams at once, so that no core waits for a slower one."""
MOST: Final = 32
"""And no more: where the interpreter is what they wait for, more of them do not say more."""
WAITING: Final = 0.8
"""Share of the cores: where fewer are busy, the others wait for something that they share."""
OTHERS: Final = 0.1
"""Share of the cores that other programs may take before it is said."""


@dataclass(frozen=True, slots=True)
class Spent:
    """For a second of one camera, while the computer is full of such cameras.

    Args:
        cpu_ms: CPU milliseconds.
        wall_ms: milliseconds of the whole computer.
        others: cores that other programs kept busy meanwhile.
    """

    cpu_ms: float
    wall_ms: float
    others: float = 0.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a camera costs while nothing moves and while something does, and how many cores there are to pay it."""

    size: str
    detector: str
    quiet: Spent
    active: Spent
    cores: int

    def ms(self, active: float) -> float:
        """CPU milliseconds per second of a camera on which something moves for a share `active` of the time."""
        return NETWORK_MS + self.quiet.cpu_ms + _awake(active) * (self.active.cpu_ms - self.quiet.cpu_ms)

    def cameras(self, active: float) -> int:
        """How many of them this computer carries."""
        wall_ms = self.quiet.wall_ms + _awake(active) * (self.active.wall_ms - self.quiet.wall_ms)
        return int(ROOM * 1000 / (NETWORK_MS / self.cores + wall_ms))

    @property
    def busy(self) -> float:
        """Cores that are busy where something always moves; the others wait for those."""
        return self.active.cpu_ms / self.active.wall_ms

    @property
    def others(self) -> float:
        """Cores that other programs kept busy while it was measured."""
        return max(self.quiet.others, self.active.others)


def _awake(active: float) -> float:
    return min(AWAKE * active, 1.0)


def measure(
    size: str, models: Models, detector: str, fps: float, say: Callable[[str], None], key_s: float = 2.0
) -> Cost:
    """Measure here, with key frames `key_s` seconds apart; takes half a minute to two, by the size.

    Raises:
        ModelError: the detector can't be had.
    """
    found = {}
    method, there = models.detector(detector).method, cores()
    streams = min(A_CORE * there, MOST)
    with tempfile.TemporaryDirectory() as folder:
        for name, seconds, after_s in (("quiet", QUIET_S, SETTLED_S), ("active", ACTIVE_S, WARM_S)):
            path = Path(folder) / f"{name}.mp4"
            say(f"{size}: making {seconds} s of a camera, {name}")
            pictures = _pictures(SIZES[size], seconds * FPS, moving=name == "active")
            encode_pictures(pictures, path, fps=FPS, gop_s=key_s, most_kbps=KBPS[size])
            say(f"{size}: watching {streams} of it at once")
            with closing(Store.open(Path(folder) / name, timezone="UTC", clock=lambda: EPOCH)) as store:
                one = partial(_watch, path, models, detector, fps, store)
                found[name] = spent(one, after_s, seconds - TAIL_S, streams)
    return Cost(size, method, found["quiet"], found["active"], there)


def _pictures(size: tuple[int, int], count: int, *, moving: bool) -> Iterator[Image]:
    width, height = size
    chance = np.random.default_rng(1)
    ground = np.zeros((height, width, 3), np.int16)
    for side, low, high in ((16, 60, 180), (4, -12, 12)):
        blocks = chance.integers(low, high, (height // side + 1, width // side + 1, 3))
        ground += np.kron(blocks, np.ones((side, side, 1)))[:height, :width].astype(np.int16)
    grain = chance.normal(0, NOISE, (height + 64, width + 64, 1)).astype(np.int16)
    for number in range(count):
        y, x = chance.integers(0, 64, 2)
        image = np.clip(ground + grain[y : y + height, x : x + width], 0, 255).astype(np.uint8)
        if moving:
            left = number * width // (FPS * 8) % (width - width // 12)
            image[height // 3 : height // 2, left : left + width // 12] = 220
        yield image


def spent(
    watch_one: Callable[[Leg], None],
    after_s: float,
    until_s: float,
    streams: int,
    busy: Callable[[], float] = busy_s,
) -> Spent:
    """What a second of a stream takes between two of its seconds, when so many are watched at once.

    Raises:
        Exception: whatever watching one raises.
    """
    start = threading.Barrier(streams)
    legs = [Leg(after_s, until_s, start, busy) for _ in range(streams)]
    with ThreadPoolExecutor(streams, thread_name_prefix="plan") as pool:
        jobs = [pool.submit(watch_one, leg) for leg in legs]
        if errors := [error for job in jobs if (error := job.exception())]:
            raise min(
                errors, key=lambda error: isinstance(error, threading.BrokenBarrierError)
            )  # the cause, not who waited
    began, ended = min(leg.began for leg in legs), max(leg.ended for leg in legs)
    wall_s, cpu_s, all_s = ended.at_s - began.at_s, ended.cpu_s - began.cpu_s, ended.busy_s - began.busy_s
    others, there = max(all_s - cpu_s, 0.0) / wall_s, cores()
    left = max(there - others, cpu_s / wall_s)
    watched_s = sum(leg.watched_s for leg in legs)
    return Spent(1000 * cpu_s / watched_s, 1000 * wall_s * left / there / watched_s, others)


def _watch(path: Path, models: Models, detector: str, fps: float, sink: Sink, leg: Leg) -> None:
    """The loop of a camera over this stream."""
    name = f"plan{id(leg)}"
    line = Line(id=f"{name}.line", camera=name, name="line", start=(0.1, 0.6), end=(0.9, 0.6))
    camera = Camera(id=name, name=name, source=str(path), fps=fps, lines=(line,))
    source = Timed(open_source(camera, SourceOptions(start=EPOCH, lazy=True, hold_s=hold_of(camera))), leg)
    analysers, looks, tracker = (
        analysers_of(camera, "UTC", models.embedder),
        models.detector(detector),
        TwoStageTracker(),
    )
    run = Run(
        id=name, camera=name, kind="live", started=EPOCH, keys=keys_of(analysers),
        method=methods_of(camera, analysers, looks, tracker.method), cadence_s={a.family: a.needs.cadence_s for a in analysers},
    )  # fmt: skip
    with leg:
        watch(
            Parts(
                camera=camera, run=run, source=source, detector=looks, tracker=tracker,
                analysers=analysers, sink=sink, board=Nowhere(), redactor=models.redactor(camera),
            )
        )  # fmt: skip


class Stopwatch:
    """CPU milliseconds per second of a stream that is watched alone, without its first `after_s`, in which a gate learns and everything warms up.

    The last `TAIL_S` are left out as well: the group that a file's end lets loose; a live camera has no end.
    """

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._marks: list[tuple[float, float]] = []  # (seconds of the stream, of CPU)

    def at(self, media_s: float) -> None:
        """The loop has come to this second of the stream."""
        if media_s >= self._after_s:
            self._marks.append((media_s, time.process_time()))

    def ms(self) -> float:
        """What a second has cost."""
        kept = [mark for mark in self._marks if mark[0] < self._marks[-1][0] - TAIL_S]
        (begin_s, begin), (end_s, end) = kept[0], kept[-1]
        return (end - begin) * 1000 / (end_s - begin_s)


@dataclass(frozen=True, slots=True, order=True)
class _Moment:
    """Seconds on the clock, of CPU of this process, and that the cores were busy with whatever."""

    at_s: float
    cpu_s: float
    busy_s: float


class Leg(Stopwatch):
    """From one second of a stream to another, begun by all streams together."""

    def __init__(self, after_s: float, until_s: float, start: threading.Barrier, busy: Callable[[], float]) -> None:
        super().__init__(after_s)
        self._after_s, self._until_s, self._start, self._busy = after_s, until_s, start, busy
        self.began = self.ended = _Moment(0.0, 0.0, 0.0)
        self._from_s = self.watched_s = 0.0

    @override
    def at(self, media_s: float) -> None:
        if self.watched_s or media_s < self._after_s:
            return
        if not self.began.at_s:
            self._start.wait()
            self.began, self._from_s = self._now(), media_s
        elif media_s >= self._until_s:
            self.ended, self.watched_s = self._now(), media_s - self._from_s

    def _now(self) -> _Moment:
        return _Moment(time.perf_counter(), time.process_time(), self._busy())

    def __enter__(self) -> Leg:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.watched_s:
            self._start.abort()  # nobody waits for one that failed


@dataclass(slots=True)
class Timed:
    """A source under a stopwatch."""

    source: Source
    stopwatch: Stopwatch

    @property
    def dropped(self) -> Mapping[str, int]:
        """The source's."""
        return self.source.dropped

    @property
    def gated(self) -> Mapping[str, int]:
        """The source's."""
        return self.source.gated

    def samples(self) -> Iterator[Frame | Gap]:
        """The source's."""
        for item in self.source.samples():
            if isinstance(item, Frame):
                self.stopwatch.at(item.media_s)
            yield item

    def close(self) -> None:
        """The source's."""
        self.source.close()


class Nowhere:
    """A sink and a board for numbers that nobody keeps and pictures that nobody looks at."""

    def begin(self, run: Run) -> None:
        """Nothing to prepare."""

    def write(self, batch: Batch) -> None:
        """Nothing is kept."""

    def end(self, run: str) -> None:
        """Nothing waits."""

    def post(self, live: Live) -> None:
        """Nobody looks."""

    def looked_at(self, camera: str) -> bool:
        """Nobody does."""
        del camera
        return False
