"""The parts of a camera's loop that do as a test says: a sink, a board, a detector, a tracker and analysers of a few lines each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from pantau.errors import StoreError
from pantau.findings import Fault, Findings, Live
from pantau.ingest.fake import FakeSource
from pantau.pipeline import Parts
from pantau.places import Camera, Line
from pantau.ports import Needs
from pantau.types import Batch, Detections, Event, Frame, Gap, Image, Key, Observation, Run, Tracks, View

START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
LINE = Line(id="a.L", camera="a", name="L", start=(0, 0.5), end=(1, 0.5))
CAMERA = Camera(id="a", name="A", source="script", lines=(LINE,))
KEY = Key("visitors", "a.L", 1, "forward")
RUN = Run(
    id="r1", camera="a", kind="live", started=START, keys=(KEY,), method={"visitors": "m"}, cadence_s={"visitors": 0.2}
)


class MemorySink:
    """Keeps what it is given; refuses while `refusals` last, or always when negative."""

    def __init__(self, refusals: int = 0) -> None:
        self.runs: list[Run] = []
        self.batches: list[Batch] = []
        self.refusals = refusals
        self.ended = ""

    def begin(self, run: Run) -> None:
        self.runs.append(run)

    def write(self, batch: Batch) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreError("disk full: 0 bytes free in data")
        self.batches.append(batch)

    def end(self, run: str) -> None:
        self.ended = run

    @property
    def events(self) -> list[Event]:
        return [e for b in self.batches for e in b.events]

    @property
    def samples(self) -> list[datetime]:
        return [t for b in self.batches for t in b.samples.get("visitors", ())]


class MemoryBoard:
    """Keeps every post, so that tests can read the order."""

    def __init__(self) -> None:
        self.posts: list[Live] = []
        self.looked = True

    def post(self, live: Live) -> None:
        self.posts.append(live)

    def looked_at(self, camera: str) -> bool:
        del camera
        return self.looked


class StubDetector:
    """One person in every picture; `slow` samples are not done in time."""

    method = "stub"

    def __init__(self, slow: tuple[int, ...] = ()) -> None:
        self.slow, self.calls = slow, 0
        self.seen: list[Image] = []

    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        self.calls += 1
        self.seen.append(image)
        if deadline_s is not None and self.calls in self.slow:
            return None
        return Detections(np.array([[10, 10, 20, 30]], np.float32), np.array([0.9], np.float32), np.array([0]))


class StubTracker:
    """Everything seen is track 7 until the pictures stop."""

    method = "stub"

    def step(self, detections: Detections, time: datetime) -> Tracks:
        return Tracks(detections, np.full(len(detections), 7), np.zeros((len(detections), 2), np.float32))

    def close(self) -> tuple[int, ...]:
        return (7,)


class StubAnalyser:
    """A crossing every `every` samples, and one more that settles only when the pictures stop."""

    family, method, keys = "visitors", "stub", (KEY,)
    needs = Needs(0.2, frozenset({"tracks"}))

    def __init__(self, every: int = 5) -> None:
        self.every, self.steps, self.closed = every, 0, list[datetime]()

    def step(self, view: View) -> Findings:
        self.steps += 1
        return self._crossing(view.time) if self.steps % self.every == 0 else Findings()

    def close(self, time: datetime) -> Findings:
        self.closed.append(time)
        return self._crossing(time) if len(self.closed) == 1 else Findings()

    def _crossing(self, time: datetime) -> Findings:
        attributes: dict[str, str | int | float] = {"direction": "forward", "class": "person"}
        return Findings(
            (Observation("a.L", "visitors.person", "forward", time, 0.0, 1.0),),
            (Event(f"c{self.steps}-{len(self.closed)}", "crossing", "a.L", time, None, attributes),),
        )


class StubHealth:
    """Says from `blind` on, until `mended`, that the pictures are useless; it is asked once a second."""

    family, method, keys = "health", "stub", (Key("health", "a", 1, ""),)
    needs = Needs(1.0, frozenset({"image"}))

    def __init__(self, blind: datetime, mended: datetime) -> None:
        self.blind, self.mended = blind, mended

    def step(self, view: View) -> Findings:
        if self.blind <= view.time < self.mended:
            return Findings(faults=(Fault("covered", self.blind, blind=True),))
        return Findings(faults=())

    def close(self, time: datetime) -> Findings:
        return Findings()


def parts(script: list[Frame | Gap], **changes: object) -> Parts:
    made = Parts(
        camera=CAMERA,
        run=RUN,
        source=FakeSource(script, {"late": 2}),
        detector=StubDetector(),
        tracker=StubTracker(),
        analysers=(StubAnalyser(),),
        sink=MemorySink(),
        board=MemoryBoard(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests name the fields
