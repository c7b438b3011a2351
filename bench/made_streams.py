"""H.264 streams that a fixed camera might send, made of real footage: what `bench.streams` and `bench.rtsp` watch.

720p, 15 a second, a key frame every second (what the docs tell to set where lines count) or every two, at most 1.5 Mb/s, no B-frames, with a sensor's noise and a brightness that wanders. The
footage is PETS09-S2L1, enlarged; between its pieces the stream shows the clip's own background plate (temporal median). Composite: the
people are real, the stillness is a still.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from typing_extensions import override

from bench import data, score
from pantau.commands.plan import Nowhere, Stopwatch, Timed
from pantau.ingest.lazy import hold_of
from pantau.ingest.sources import SourceOptions, open_source
from pantau.pipeline import Parts, watch
from pantau.places import Camera, Zone
from pantau.ports import Detector, Embedder
from pantau.replay import analysers_of, keys_of
from pantau.see.detectors import LoadedModel
from pantau.see.tracker import TwoStageTracker
from pantau.types import Batch, Detections, Image, Run

SIZE: Final = (1280, 720)
FPS: Final = 15
KEY_S: Final = 1.0
"""Seconds between key frames."""
SHOWN: Final = 2
"""Times that each frame of PETS (about 7 a second) is shown."""
NOISE: Final = 2.5
"""Standard deviation of the sensor's noise, grey levels."""
START: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames [first, last) of the clip, or, without them, seconds of its background plate."""

    first: int = 0
    last: int = 0
    quiet_s: float = 0.0


def stream(name: str, pieces: tuple[Piece, ...], key_s: float = KEY_S) -> Path:
    """The stream's file, encoded where it isn't there."""
    path, gop = data.CACHE / "streams" / f"{name}-{key_s:g}s.mp4", round(key_s * FPS)
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    small = list(data.frames("pets"))
    plate = larger(np.median(np.stack(small[::8]), axis=0).astype(np.uint8))
    clip = [larger(image) for image in small[: max(piece.last for piece in pieces)]]
    partial = path.with_suffix(".partial.mp4")
    with av.open(str(partial), "w") as out:
        video = out.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt, video.bit_rate = *SIZE, "yuv420p", 1_500_000
        video.options = {
            "preset": "veryfast", "g": str(gop), "keyint_min": str(gop), "sc_threshold": "0", "bf": "0", "refs": "1",
            "crf": "23", "maxrate": "1500k", "bufsize": "3000k",
        }  # fmt: skip
        for number, image in enumerate(noisy(pictures(pieces, clip, plate))):
            for packet in video.encode(av.VideoFrame.from_ndarray(image, "bgr24")):
                out.mux(packet)
            if number % 600 == 0:
                say(f"{name}: {number} frames encoded")
        for packet in video.encode():
            out.mux(packet)
    partial.replace(path)
    return path


def larger(image: Image) -> Image:
    """At the streams' size."""
    return np.asarray(cv2.resize(image, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


def pictures(pieces: tuple[Piece, ...], clip: list[Image], plate: Image) -> Iterator[Image]:
    """Clean pictures, `FPS` a second."""
    for piece in pieces:
        if piece.quiet_s:
            yield from (plate for _ in range(round(piece.quiet_s * FPS)))
        for image in clip[piece.first : piece.last]:
            yield from (image for _ in range(SHOWN))


def noisy(clean: Iterator[Image]) -> Iterator[Image]:
    """With a sensor's noise, which is the same in all colours, and a brightness that wanders by a few percent."""
    chance = np.random.default_rng(1)
    pool = chance.normal(0, NOISE, (8, SIZE[1] + 64, SIZE[0] + 64)).astype(np.float32)
    for number, image in enumerate(clean):
        y, x = chance.integers(0, 64, 2)
        grain = pool[chance.integers(8), y : y + SIZE[1], x : x + SIZE[0], None]
        light = 1 + 0.03 * np.sin(number / FPS / 17)
        yield np.clip(image * np.float32(light) + grain, 0, 255).astype(np.uint8)


class Tally(Nowhere):
    """Keeps only how many crossed each line."""

    def __init__(self) -> None:
        self.crossed: Counter[str] = Counter()

    @override
    def write(self, batch: Batch) -> None:
        """Count the crossings."""
        crossings = (event for event in batch.events if event.kind == "crossing")
        self.crossed.update(f"{event.place} {event.attributes['direction']}" for event in crossings)


def camera(path: Path, *, counting: bool = True) -> Camera:
    """The clip's camera with the lines of its labels; one that is not `counting` crossings has the whole picture as its zone."""
    if not counting:
        zone = Zone(id="p.all", camera="p", name="P", polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
        return Camera(id="p", name="P", source=str(path), zones=(zone,))
    lines = tuple(replace(line, id=f"p.{line.id}", camera="p") for line in score.labels("pets").lines)
    return Camera(id="p", name="P", source=str(path), lines=lines)


@dataclass(frozen=True, slots=True)
class Watched:
    """Who crossed which line, what the gate did in groups of pictures, and how many pictures the detector was asked about."""

    crossed: Mapping[str, int]
    gated: Mapping[str, int]
    analysed: int


@dataclass(slots=True)
class Asked:
    """A detector that counts how often it is asked."""

    detector: Detector
    times: int = 0

    @property
    def method(self) -> str:
        """The detector's."""
        return self.detector.method

    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        """The detector's."""
        self.times += 1
        return self.detector.detect(image, deadline_s)


def counted(
    path: Path, detector: LoadedModel, stopwatch: Stopwatch, *, lazy: bool = True, counting: bool = True
) -> Watched:
    """Our loop over a stream."""
    one = camera(path, counting=counting)
    source = open_source(one, SourceOptions(start=START, lazy=lazy, hold_s=hold_of(one)))
    kept, analysers, asked = Tally(), analysers_of(one, "UTC", _nobody), Asked(detector.open())
    run = Run(
        id="r", camera="p", kind="replay", started=START, keys=keys_of(analysers), method={},
        cadence_s={a.family: a.needs.cadence_s for a in analysers},
    )  # fmt: skip
    parts = Parts(
        camera=one, run=run, source=Timed(source, stopwatch), detector=asked, tracker=TwoStageTracker(), analysers=analysers,
        sink=kept, board=kept,
    )  # fmt: skip
    watch(parts)
    return Watched(kept.crossed, source.gated, asked.times)


def _nobody() -> Embedder:
    raise SystemExit("nothing is taught here")


def say(what: str) -> None:
    """On stderr."""
    print(what, file=sys.stderr, flush=True)
