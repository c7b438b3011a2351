"""``pantau plan``: how many cameras this computer carries, measured here and now.

Two made streams (a textured ground with a sensor's noise; on one of them things move) go through the very loop of a live
camera, with the detector that is installed, and are timed: CPU per second of a quiet camera and of one on which something always
moves. A camera that moves for a share `a` of its time costs quiet + a · (active - quiet), so a core carries

    room · 1000 / (quiet + a · (active - quiet))

of them, where `room` leaves some of the core for the pages, the store and the system. What the network costs is not in it
(1.5 ms a second, measured once for many: docs/methods/gate.md), nor redaction for who looks. Made streams are made: the real
ones of a city may be noisier; ``python -m bench.streams`` compares with footage.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from pantau.findings import Live
from pantau.ingest.encode import encode_pictures
from pantau.ingest.lazy import hold_of
from pantau.ingest.sources import SourceOptions, open_source
from pantau.pipeline import Parts, watch
from pantau.places import Camera, Line
from pantau.ports import Source
from pantau.replay import Models, analysers_of, keys_of
from pantau.see.tracker import TwoStageTracker
from pantau.types import EPOCH, Batch, Frame, Gap, Image, Run

SIZES: Final[Mapping[str, tuple[int, int]]] = {"360p": (640, 360), "720p": (1280, 720), "1080p": (1920, 1080)}
FPS: Final = 15
QUIET_S: Final = 44
ACTIVE_S: Final = 12
SETTLED_S: Final = 24.0
"""Seconds of the quiet stream in which the gate learns; they are not timed."""
WARM_S: Final = 2.0
TAIL_S: Final = 2.5
NETWORK_MS: Final = 1.5
ROOM: Final = 0.8
NOISE: Final = 2.0
SHARES: Final = (0.0, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds per second of one camera, and how many cores there are to pay them."""

    size: str
    detector: str
    quiet_ms: float
    active_ms: float
    cores: int

    def ms(self, active: float) -> float:
        """Of a camera on which something moves for a share `active` of the time."""
        return NETWORK_MS + self.quiet_ms + active * (self.active_ms - self.quiet_ms)

    def cameras(self, active: float) -> int:
        """How many of them this computer carries."""
        return int(self.cores * ROOM * 1000 / self.ms(active))


def measure(
    size: str, models: Models, detector: str, fps: float, say: Callable[[str], None], key_s: float = 2.0
) -> Cost:
    """Measure here, with key frames `key_s` seconds apart; takes half a minute to two, by the size.

    Raises:
        ModelError: the detector can't be had.
    """
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, seconds, after_s in (("quiet", QUIET_S, SETTLED_S), ("active", ACTIVE_S, WARM_S)):
            path = Path(folder) / f"{name}.mp4"
            say(f"{size}: making {seconds} s of a camera, {name}")
            encode_pictures(_pictures(SIZES[size], seconds * FPS, moving=name == "active"), path, fps=FPS, gop_s=key_s)
            say(f"{size}: watching it")
            found[name] = _cost(path, models, detector, fps, after_s)
    method = models.detector(detector).method
    return Cost(size, method, found["quiet"], found["active"], len(os.sched_getaffinity(0)))


def _pictures(size: tuple[int, int], count: int, *, moving: bool) -> Iterator[Image]:
    width, height = size
    chance = np.random.default_rng(1)
    blocks = chance.integers(60, 180, (height // 8 + 1, width // 8 + 1, 3))
    ground = np.kron(blocks, np.ones((8, 8, 1)))[:height, :width].astype(np.int16)
    grain = chance.normal(0, NOISE, (height + 64, width + 64, 1)).astype(np.int16)
    for number in range(count):
        y, x = chance.integers(0, 64, 2)
        image = np.clip(ground + grain[y : y + height, x : x + width], 0, 255).astype(np.uint8)
        if moving:
            left = number * width // (FPS * 8) % (width - width // 12)
            image[height // 3 : height // 2, left : left + width // 12] = 220
        yield image


def _cost(path: Path, models: Models, detector: str, fps: float, after_s: float) -> float:
    """CPU ms per second of this stream in the loop of a camera, after its first `after_s`."""
    line = Line(id="plan.line", camera="plan", name="line", start=(0.1, 0.6), end=(0.9, 0.6))
    camera = Camera(id="plan", name="plan", source=str(path), fps=fps, lines=(line,))
    timed = Timed(
        open_source(camera, SourceOptions(start=EPOCH, lazy=True, hold_s=hold_of(camera))), Stopwatch(after_s)
    )
    analysers = analysers_of(camera, "UTC", models.embedder)
    run = Run(
        id="plan", camera=camera.id, kind="replay", started=EPOCH, keys=keys_of(analysers), method={},
        cadence_s={a.family: a.needs.cadence_s for a in analysers},
    )  # fmt: skip
    watch(
        Parts(
            camera=camera, run=run, source=timed, detector=models.detector(detector), tracker=TwoStageTracker(),
            analysers=analysers, sink=Nowhere(), board=Nowhere(),
        )
    )  # fmt: skip
    return timed.stopwatch.ms()


class Stopwatch:
    """CPU milliseconds per second of a stream, without its first `after_s`, in which a gate learns and everything warms up.

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
