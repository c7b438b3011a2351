"""Who is inside a zone, and for how long.

A road user is inside when their ground point is. They have entered once they are seen inside, and left once they were
seen outside, or not at all, for `absence_s`; so a missed box or a step over the edge and back is neither a departure nor
a second visit. A dwell is from the first to the last sighting inside. Someone unseen for less than `absence_s` still
counts as inside.

Limits: a dwell is cut where the track is lost; the sum of dwells is a lower bound. Memory: one entry per track inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pantau.geometry import points_in_polygon
from pantau.measure.path import Path, samples
from pantau.places import Zone
from pantau.types import Tracks


@dataclass(frozen=True, slots=True)
class Stay:
    """One finished visit to a zone."""

    zone: Zone
    start: datetime
    end: datetime
    class_name: str
    confidence: float
    track: int

    @property
    def dwell_s(self) -> float:
        """Seconds from the first to the last sighting inside."""
        return (self.end - self.start).total_seconds()


@dataclass(slots=True, eq=False)
class _Visit:
    path: Path
    entered: datetime
    inside: datetime


class ZoneWatch:
    """Occupancy and dwell of one zone, over all classes."""

    def __init__(self, zone: Zone, absence_s: float = 1.5) -> None:
        self.zone = zone
        self.absence_s = absence_s
        self._visits: dict[int, _Visit] = {}
        self._size: tuple[int, int] | None = None
        # The newest tracks, and the visits of those, with class and confidence.
        self._tracks: Tracks | None = None
        self._present: list[tuple[_Visit, int, float]] = []

    def step(self, time: datetime, size: tuple[int, int], tracks: Tracks) -> tuple[Stay, ...]:
        """Visits that this sample of a picture of `size` (width, height) ended."""
        stays = list(self.close()) if size != self._size else []
        self._size = size
        if tracks is self._tracks:
            for visit, class_id, confidence in self._present:
                visit.inside = time
                visit.path.stay(1, time, class_id, confidence)
        else:
            self._tracks, self._present = tracks, []
            if len(tracks):
                self._enter(time, size, tracks)
        ended = set(tracks.ended)
        for track, visit in list(self._visits.items()):
            if track in ended or (time - visit.inside).total_seconds() > self.absence_s:
                stays.append(self._leave(track))
        return tuple(stays)

    def inside(self) -> dict[str, int]:
        """How many of each class are inside now."""
        count: dict[str, int] = {}
        for visit in self._visits.values():
            name = visit.path.class_name
            count[name] = count.get(name, 0) + 1
        return count

    def close(self) -> tuple[Stay, ...]:
        """End every visit: the pictures stop here."""
        self._tracks = None
        return tuple(self._leave(track) for track in list(self._visits))

    def _enter(self, time: datetime, size: tuple[int, int], tracks: Tracks) -> None:
        ground, found = samples(time, tracks)
        within = points_in_polygon(ground, np.multiply(self.zone.polygon, size))
        for row in np.flatnonzero(within & (tracks.track_id >= 0)).tolist():
            track = int(tracks.track_id[row])
            visit = self._visits.get(track)
            if visit is None:
                visit = self._visits[track] = _Visit(Path(track, found[row], found[row]), time, time)
            visit.inside = time
            class_id, confidence = int(tracks.detections.class_id[row]), float(tracks.detections.confidence[row])
            visit.path.add(found[row], class_id, confidence)
            self._present.append((visit, class_id, confidence))

    def _leave(self, track: int) -> Stay:
        visit = self._visits.pop(track)
        path = visit.path
        return Stay(self.zone, visit.entered, visit.inside, path.class_name, path.certainty, track)
