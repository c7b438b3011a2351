"""Made scenes with exact truth: who stands where at which moment, shown to the real tracker and the real analysers.

Nothing here knows how anything is counted. A scene is a list of samples, a sample a list of boxes, in pixels of a picture of
`SIZE`; `watch` gives what came out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from pantau.findings import Findings
from pantau.measure.traffic import TrafficAnalyser
from pantau.measure.visitors import VisitorsAnalyser
from pantau.places import Camera, Line, Zone
from pantau.see.tracker import TwoStageTracker
from pantau.types import CLASSES, EPOCH, Detections, Event, Frame, Observation, View

SIZE: Final = (1600, 900)
FPS: Final = 5.0
GATE: Final = Line(id="c.gate", camera="c", name="gate", start=(0.5, 1.0), end=(0.5, 0.0))
"""Upwards through the middle: forward is rightwards."""
PERSON: Final = (40.0, 110.0)
CAR: Final = (130.0, 80.0)
Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its ground point, size, class and confidence."""

    x: float
    y: float
    name: str = "person"
    size: Spot = PERSON
    confidence: float = 0.8

    def corners(self) -> tuple[float, float, float, float]:
        width, height = self.size
        return (self.x - width / 2, self.y - height, self.x + width / 2, self.y)


Scene = Sequence[Sequence[Box]]


@dataclass
class Watched:
    """What came out: crossings and stays, who was inside at each sample, every track id, and what the tracker dropped."""

    events: list[Event] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    ids: set[int] = field(default_factory=set)
    ended: list[int] = field(default_factory=list)
    dropped: int = 0

    def count(self, direction: str = "", line: str = "", name: str = "") -> int:
        """Crossings; of one direction, line and class where they are given."""
        return sum(
            event.kind == "crossing"
            and direction in {"", event.attributes["direction"]}
            and line in {"", event.place}
            and name in {"", event.attributes["class"]}
            for event in self.events
        )

    def inside(self, zone: str, family: str = "visitors") -> list[float]:
        """Who was in a zone, sample by sample."""
        return [o.value for o in self.observations if (o.place, o.indicator) == (zone, f"{family}.inside")]

    def add(self, found: Findings) -> None:
        self.events += found.events
        self.observations += found.observations


def camera(lines: Sequence[Line] = (GATE,), zones: Sequence[Zone] = ()) -> Camera:
    return Camera(id="c", name="c", source="clip.avi", fps=FPS, lines=tuple(lines), zones=tuple(zones))


def detections(boxes: Sequence[Box]) -> Detections:
    return Detections(
        np.array([box.corners() for box in boxes], np.float32).reshape(-1, 4),
        np.array([box.confidence for box in boxes], np.float32),
        np.array([CLASSES.index(box.name) for box in boxes], np.int64),
    )


def watch(
    scene: Scene,
    subject: Camera | None = None,
    *,
    fps: float = FPS,
    start: datetime = EPOCH,
    seen: Callable[[Sequence[Box]], Detections] = detections,
) -> Watched:
    """Show a scene to a tracker and both counting analysers; `seen` may spoil what the detector says."""
    subject = subject or camera()
    tracker = TwoStageTracker()
    analysers = (VisitorsAnalyser(subject, 1 / fps), TrafficAnalyser(subject, 1 / fps))
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    result, time = Watched(), start
    for i, boxes in enumerate(scene):
        time = start + timedelta(seconds=i / fps)
        found = seen(boxes)
        tracks = tracker.step(found, time)
        result.ids |= set(tracks.track_id.tolist())
        result.ended += tracks.ended
        for analyser in analysers:
            result.add(analyser.step(View(Frame("c", time, image, i + 1, i / fps), found, tracks)))
    result.ended += tracker.close()
    result.dropped = tracker.dropped
    for analyser in analysers:
        result.add(analyser.close(time))
    return result


def walk(xs: Iterable[float], y: float = 500.0, **look: object) -> list[list[Box]]:
    """One who is at these places, sample after sample."""
    return [[replace(Box(float(x), y), **look)] for x in xs]  # type: ignore[arg-type]  # by name


def together(*scenes: Scene) -> list[list[Box]]:
    """Several scenes at once, the shorter ones empty at their end."""
    length = max(map(len, scenes))
    return [[box for scene in scenes if i < len(scene) for box in scene[i]] for i in range(length)]


def mirrored(scene: Scene) -> list[list[Box]]:
    """Left and right exchanged."""
    return [[replace(box, x=SIZE[0] - box.x) for box in boxes] for boxes in scene]
