"""Spot speeds: how fast each vehicle passes a line, by class and direction.

One value for each settled crossing (`pantau.measure.crossing`), from the positions on the ground within `WINDOW_S` before and
after it (`pantau.measure.ground_path`). The mean of these values is the *time-mean* speed of traffic engineering; the mean
over a stretch of road at one moment (*space-mean*, always the lower one, Wardrop 1952) is the family ``road``. The store keeps
counts between fixed edges, so the 85th percentile of an hour is that of the hour and not a mean of minutes.

A crossing whose track is too short or too unsure has no speed and is missing here, while ``traffic`` counts it. Lines where the
calibration can't vouch for positions are not measured at all. After the camera was moved there is nothing until it is
calibrated anew (`pantau.measure.drift`). Without a calibration there is no such analyser.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pantau.errors import ConfigError
from pantau.findings import Findings
from pantau.ground_file import line_spread_m
from pantau.measure.crossing import Passage
from pantau.measure.drift import DriftWatch
from pantau.measure.following import FollowingCounter
from pantau.measure.ground_path import UNSURE, GroundPaths
from pantau.places import DIRECTIONS, Camera, Ground
from pantau.ports import Needs
from pantau.types import CLASSES, Key, Observation, View

WINDOW_S: Final = 1.5
VEHICLES: Final = frozenset(CLASSES) - {"person"}


class SpeedAnalyser:
    """Implements `pantau.ports.Analyser` for one calibrated camera.

    Raises:
        ConfigError: the camera has no calibration.
    """

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        ground = calibration(camera, "speed")
        self._cadence_s = cadence_s
        self._lines = tuple(line for line in camera.lines if line_spread_m(camera, line) <= ground.limit_m)
        self._crossings = FollowingCounter(self._lines)
        self._paths = GroundPaths(ground)
        self._drift = DriftWatch(camera)
        self._waiting: list[Passage] = []

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return "speed"

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        return f"speed/1 {self._crossings.method} window={2 * WINDOW_S:g}s {self._paths.method}"

    @property
    def needs(self) -> Needs:
        """Tracks at the camera's cadence, and now and then the picture."""
        return Needs(self._cadence_s, frozenset({"image", "detections", "tracks"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Each line within sight of the calibration, in both directions."""
        return tuple(Key("speed", line.id, line.revision, d) for line in self._lines for d in DIRECTIONS)

    def step(self, view: View) -> Findings:
        """The speeds of crossings whose window is complete with this sample."""
        moved = self._drift.step(view)
        if self._drift.moved:
            self.close(view.time)
            return Findings(events=moved, usable=False)
        self._paths.step(view.time, view.frame.size, view.tracks)
        self._waiting += self._crossings.step(view.time, view.frame.size, view.tracks)
        for old, new in self._crossings.went_on():
            self._paths.join(old, new)
        due = [
            p for p in self._waiting if p.track in view.tracks.ended or (view.time - p.time).total_seconds() >= WINDOW_S
        ]
        self._waiting = [p for p in self._waiting if p not in due]
        found = self._speeds(due)
        self._paths.forget(view.tracks.ended)
        return Findings(observations=found, events=moved)

    def close(self, time: datetime) -> Findings:
        """Settle what is open because the pictures stop at `time`."""
        del time  # a crossing is where it was
        found = self._speeds([*self._waiting, *self._crossings.close()])
        self._waiting = []
        self._paths.clear()
        return Findings(observations=found)

    def _speeds(self, passages: Sequence[Passage]) -> tuple[Observation, ...]:
        found = []
        for p in passages:
            speed = self._paths.speed(p.track, p.time, WINDOW_S, WINDOW_S) if p.class_name in VEHICLES else None
            if speed is not None and speed.spread_kmh <= UNSURE * speed.kmh:
                found.append(Observation(p.line.id, f"speed.{p.class_name}", p.direction, p.time, 0.0, speed.kmh))
        return tuple(found)


def calibration(camera: Camera, analyser: str) -> Ground:
    """The camera's calibration.

    Raises:
        ConfigError: it has none, so there are no metres.
    """
    if camera.ground is None:
        raise ConfigError(
            f"camera {camera.id!r}: the analyser {analyser!r} measures metres, and the camera has no [camera.ground]; "
            "add four or more calibration points (docs/how-to/calibrate-a-camera.md), or take the analyser out"
        )
    return camera.ground
