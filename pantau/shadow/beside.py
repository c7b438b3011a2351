"""A shadow on a recording: both detectors in one loop, one after the other, each sample seen by both."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pantau.evaluate.bridge import Stretch
from pantau.findings import Findings
from pantau.places import Camera
from pantau.ports import Detector, Needs
from pantau.shadow.twin import Twin
from pantau.types import Key, View

STRETCH_S: Final = 5.0
"""A clip has few minutes, and an interval needs ten stretches."""


class Beside:
    """Compares as it goes; implements `pantau.ports.Analyser` and measures nothing.

    Args:
        camera: whose recording.
        detector: the new one.
        old: the method of the camera's own.
    """

    family: Final = "shadow"
    method: Final = "shadow/1"
    keys: Final[tuple[Key, ...]] = ()

    def __init__(self, camera: Camera, detector: Detector, old: str) -> None:
        self._twin = Twin(camera, detector, old, STRETCH_S)
        self._cadence_s = 1 / camera.fps
        self._stretches: list[Stretch] = []
        self._last: datetime | None = None

    @property
    def needs(self) -> Needs:
        """What the camera's counting needs."""
        return Needs(self._cadence_s, frozenset({"image", "detections"}))

    def step(self, view: View) -> Findings:
        """Count the sample twice."""
        self._last = view.time
        self._stretches += self._twin.look(view.frame, view.detections)
        return Findings(usable=False)

    def close(self, time: datetime) -> Findings:
        """The pictures stop."""
        self._twin.pause(time)
        return Findings(usable=False)

    def end(self) -> tuple[Stretch, ...]:
        """What both counted of the whole recording."""
        if self._last is not None:
            self._stretches += self._twin.end(self._last)
        return tuple(self._stretches)
