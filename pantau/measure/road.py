"""A section of road (a zone of kind ``road``): how full, how fast, how long the queue, whether it is congested.

Occupancy needs no calibration. The others are on the ground and are there for calibrated cameras only: space-mean speed (every
vehicle's speed at every look, so that the mean over looks is Edie's), density (vehicles ÷ length of the section), the queue
behind the zone's `stop_line` (`pantau.measure.queue`), congestion (`pantau.measure.congestion`; an event of kind
``congestion`` holds from its onset to its end). A look is once a second; tracks are followed at the camera's cadence.

Limits: a parked vehicle in the zone stands like any other; draw the zone without parking places. A vehicle whose speed can't be told
yet counts in density and occupancy only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.findings import Findings
from pantau.geometry import points_in_polygon, side_of_line
from pantau.measure.congestion import Congestion
from pantau.measure.drift import DriftWatch
from pantau.measure.ground_path import UNSURE, GroundPaths
from pantau.measure.path import Path, samples
from pantau.measure.queue import Queue, Waiting, queue_of, stands
from pantau.measure.speed import VEHICLES
from pantau.places import NO_DIRECTION, Camera, Zone
from pantau.ports import Needs
from pantau.types import Event, Key, Observation, Tracks, View

Array = npt.NDArray[np.float64]

LOOK_S: Final = 1.0
WINDOW_S: Final = 1.6
SLOW_KMH: Final = 4.0
"""Standard deviation up to which a speed says whether somebody stands."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle on the road now: pixels and metres of its ground point, speed where known, whether it stands."""

    name: str
    pixel: tuple[float, float]
    metres: tuple[float, float]
    kmh: float | None
    standing: bool


class Section:
    """One road zone on the ground: its length, its stop line, its state."""

    def __init__(self, zone: Zone, camera: Camera, paths: GroundPaths) -> None:
        self.zone = zone
        self.paths = paths
        self.state = Congestion()
        self.event: Event | None = None
        size = paths.ground.size
        corners = paths.plane.metres(np.multiply(zone.polygon, size))
        line = next((one for one in camera.lines if one.id == f"{camera.id}.{zone.stop_line}"), None)
        self.stop: tuple[Array, Array] | None = None
        if line is not None:
            start, end = paths.plane.metres(np.multiply([line.start, line.end], size))
            if side_of_line(corners.mean(axis=0)[None, :], start, end)[0] < 0:
                start, end = end, start
            self.stop = start, end  # so that upstream is positive
            self.length_m = float(max(side_of_line(corners, start, end).max(), 1.0))
        else:
            self.length_m = float(max(cv2.minAreaRect(corners.astype(np.float32))[1]))

    def queue(self, vehicles: list[Vehicle]) -> Queue | None:
        """The queue behind the stop line now; None without one."""
        if self.stop is None:
            return None
        standing = [v for v in vehicles if v.standing]
        if not standing:
            return Queue()
        start, end = self.stop
        back = side_of_line(np.array([v.metres for v in standing]), start, end)
        to_line = np.array([end[1] - start[1], start[0] - end[0]]) / np.hypot(*(end - start))
        to_camera = self.paths.plane.scale(np.array([v.pixel for v in standing]))[:, :, 1]
        facing = to_camera @ to_line / np.maximum(np.linalg.norm(to_camera, axis=1), 1e-12)
        rows = zip(back.tolist(), facing.tolist(), standing, strict=True)
        return queue_of([Waiting.at(metres, cosine, v.name) for metres, cosine, v in rows])


class RoadAnalyser:
    """Implements `pantau.ports.Analyser` for the road zones of one camera."""

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        self._camera, self._cadence_s = camera, cadence_s
        self._zones = tuple(zone for zone in camera.zones if zone.kind == "road")
        self._paths = GroundPaths(camera.ground) if camera.ground else None
        self._drift = DriftWatch(camera) if camera.ground else None
        self._sections = [Section(zone, camera, self._paths) for zone in self._zones] if self._paths else []
        self._names: dict[int, Path] = {}
        self._standing: set[int] = set()
        self._looked: datetime | None = None

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return "road"

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        return f"road/1 window={WINDOW_S:g}s {self._paths.method if self._paths else 'ground=none'}"

    @property
    def needs(self) -> Needs:
        """Tracks at the camera's cadence, and now and then the picture."""
        return Needs(self._cadence_s, frozenset({"image", "detections", "tracks"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Each road zone."""
        return tuple(Key("road", zone.id, zone.revision, NO_DIRECTION) for zone in self._zones)

    def step(self, view: View) -> Findings:
        """What each section looks like now, once a second."""
        moved = self._drift.step(view) if self._drift else ()
        if self._drift and self._drift.moved:
            ended = self.close(view.time)
            return Findings(events=(*moved, *ended.events), usable=False)
        metres = self._paths.step(view.time, view.frame.size, view.tracks) if self._paths else None
        self._name(view)
        if self._looked is None or (view.time - self._looked).total_seconds() >= LOOK_S - self._cadence_s / 2:
            look_s = min((view.time - self._looked).total_seconds(), 2 * LOOK_S) if self._looked else LOOK_S
            self._looked = view.time
            said = self._look(view, metres, look_s)
        else:
            said = Findings()
        self._forget(view.tracks)
        return replace(said, events=(*moved, *said.events))

    def close(self, time: datetime) -> Findings:
        """End what holds because the pictures stop at `time`."""
        events = [event for section in self._sections if (event := _ended(section, time))]
        for section in self._sections:
            section.state.clear()
        if self._paths:
            self._paths.clear()
        self._names.clear()
        self._standing.clear()
        self._looked = None
        return Findings(events=tuple(events))

    def _name(self, view: View) -> None:
        """What each track is, voted over its life."""
        _, found = samples(view.time, view.tracks)
        detections = view.tracks.detections
        for row, track in enumerate(view.tracks.track_id.tolist()):
            path = self._names.setdefault(track, Path(track, found[row], found[row]))
            path.add(found[row], int(detections.class_id[row]), float(detections.confidence[row]))

    def _look(self, view: View, metres: Array | None, look_s: float) -> Findings:
        observations: list[Observation] = []
        events: list[Event] = []
        names = [self._names[track].class_name for track in view.tracks.track_id.tolist()]
        wheels = np.array([name in VEHICLES for name in names], np.bool_)
        feet = view.tracks.detections.ground.astype(np.float64)
        vehicles = self._vehicles(view, metres, names) if metres is not None else {}
        for number, zone in enumerate(self._zones):
            inside = points_in_polygon(feet, np.multiply(zone.polygon, view.frame.size)) & wheels
            said = {"occupied": [100.0 * bool(inside.any())]}
            if self._sections:
                section = self._sections[number]
                here = [vehicles[row] for row in np.flatnonzero(inside).tolist() if row in vehicles]
                said |= self._on_ground(section, here, int(inside.sum()))
                events += self._congestion(section, here, view.time, look_s)
                if section.state.congested is not None:
                    said["congested"] = [100.0 * section.state.congested]
            observations += [
                Observation(zone.id, f"road.{name}", NO_DIRECTION, view.time, look_s, value)
                for name, values in said.items()
                for value in values
            ]
        return Findings(tuple(observations), tuple(events))

    def _vehicles(self, view: View, metres: Array, names: list[str]) -> dict[int, Vehicle]:
        """The vehicles whose place on the ground is known, by row."""
        assert self._paths is not None  # noqa: S101  # metres come from it
        scale = np.array(self._paths.ground.size) / view.frame.size
        feet = view.tracks.detections.ground.astype(np.float64) * scale
        found = {}
        for row in np.flatnonzero(np.isfinite(metres).all(axis=1)).tolist():
            track = int(view.tracks.track_id[row])
            if names[row] not in VEHICLES:
                continue
            speed = self._paths.speed(track, view.time, WINDOW_S, 0.0)
            known = speed is not None and speed.spread_kmh <= max(SLOW_KMH, UNSURE * speed.kmh)
            kmh = speed.kmh if speed is not None and known else None
            if stands(kmh, track in self._standing):
                self._standing.add(track)
            else:
                self._standing.discard(track)
            pixel, place = (float(v) for v in feet[row]), (float(v) for v in metres[row])
            found[row] = Vehicle(names[row], tuple(pixel), tuple(place), kmh, track in self._standing)  # type: ignore[arg-type]  # two each
        return found

    def _on_ground(self, section: Section, here: list[Vehicle], present: int) -> dict[str, list[float]]:
        said = {
            "density": [present / (section.length_m / 1000)],
            "speed": [v.kmh for v in here if v.kmh is not None],
        }
        queue = section.queue(here)
        if queue is not None:
            said |= {"queue": [queue.length_m], "queued": [float(queue.vehicles)]}
        return said

    def _congestion(self, section: Section, here: list[Vehicle], time: datetime, look_s: float) -> list[Event]:
        """The event of a congestion that begins or ends now."""
        speeds = [v.kmh for v in here if v.kmh is not None]
        state = section.state
        state.step(section.paths.seconds(time), speeds, look_s)
        if state.congested and section.event is None:
            kmh = round(state.kmh or 0.0, 1)
            section.event = Event(
                id=f"congestion:{section.zone.id}:{time.isoformat()}",
                kind="congestion",
                place=section.zone.id,
                start=time,
                attributes={"speed_kmh": kmh},
            )
            return [section.event]
        if not state.congested and section.event is not None:
            ended = _ended(section, time)
            return [ended] if ended else []
        return []

    def _forget(self, tracks: Tracks) -> None:
        if self._paths:
            self._paths.forget(tracks.ended)
        for track in tracks.ended:
            self._names.pop(track, None)
            self._standing.discard(track)


def _ended(section: Section, time: datetime) -> Event | None:
    event, section.event = section.event, None
    return replace(event, end=time) if event else None
