"""A zone in which one may not stay: since when somebody does, and when that is too long.

`NoParking` watches standing vehicles (`measure.standing`), each a stay of its own, and asks `measure.passing` whether it
is parked or waits. `Danger` watches people by their number alone: the stay is the zone's, from the first sample with somebody
inside to the last, whoever it is, so that a lost track or a second person changes nothing, and nobody is identified.

Both count only the time in which the zone's schedule holds. Limits: in a danger zone that is never empty, one stay lasts all
day; its alarm sounds once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from pantau.geometry import points_in_polygon
from pantau.measure.hours import Hours
from pantau.measure.passing import Passing, beside, parked
from pantau.measure.standing import Stand, StandingWatch
from pantau.places import Camera, Zone
from pantau.types import CLASSES, Detections, View

Grey = npt.NDArray[np.uint8]
Stage = Literal["within", "over"]

NO_PARKING_S: Final = 180.0
"""Limit of a no-parking zone that says none."""
DANGER_S: Final = 1.5
"""Limit of a danger zone that says none."""
ABSENCE_S: Final = 1.5
"""Nobody seen in a danger zone for so long means that it is empty."""
MOST_PAST: Final = 8
"""Ended stays that may be taken up again."""
PERSON: Final = 0.35
"""Confidence from which a person in a danger zone counts."""


@dataclass(slots=True, eq=False)
class Stay:
    """One stay in a zone with a limit.

    Args:
        start: since when, capture time.
        seen: when last seen.
        dwell_s: seconds of it in which the limit held.
        ended: whether it is over.
        people: the most people at once, in a danger zone.
        spot: where it stands, pixels; tells two apart that began in the same moment.
        counted: whether it was counted as one that went over.
    """

    zone: Zone
    start: datetime
    seen: datetime
    class_name: str
    stage: Stage = "within"
    dwell_s: float = 0.0
    ended: bool = False
    people: int = 0
    spot: tuple[int, ...] = ()
    counted: bool = False


class NoParking:
    """Vehicles that stand in one no-parking zone."""

    def __init__(self, camera: Camera, zone: Zone, cadence_s: float) -> None:
        self.zone, self.limit_s = zone, zone.limit_s or NO_PARKING_S
        self._hours = Hours(camera, zone)
        self._standing = StandingWatch(zone, cadence_s)
        self._passing = Passing()
        self._stays: dict[int, Stay] = {}
        self._past: dict[int, Stay] = {}
        self._last: datetime | None = None

    @property
    def inside(self) -> int:
        """How many stand there now."""
        return len(self._standing.stands)

    def step(self, view: View, grey: Grey, vehicles: Detections, around: npt.NDArray[np.float64]) -> list[Stay]:
        """Stays that began, went over their limit or ended by this sample."""
        held = self._hours.hold(view.time)
        ended = self._standing.step(view.time, grey, vehicles, around)
        stands = self._standing.stands
        self._passing.step(view.time, stands, view.tracks)
        changed = [self._end(stand) for stand in ended if stand.number in self._stays]
        for stand in stands:
            changed += self._hold(stand, stands, view.time, held=held)
        self._last = view.time
        return changed

    def open(self) -> list[Stay]:
        """Stays that last, oldest first."""
        return sorted(self._stays.values(), key=lambda stay: stay.start)

    def _hold(self, stand: Stand, stands: Sequence[Stand], time: datetime, *, held: bool) -> list[Stay]:
        stay = self._stays.get(stand.number)
        if not held:
            return [self._end(stand, again=False)] if stay else []
        if stay is None and (stay := self._past.pop(stand.number, None)):
            stay.ended = False  # it had only been lost from view
            self._stays[stand.number] = stay
            return [stay]
        if stay is None:
            # Where the limit holds only now (the schedule begins), what it stood before does not count.
            start = stand.start if self._last is None or self._hours.hold(stand.start) else time
            stay = Stay(self.zone, start, stand.seen, stand.class_name)
            stay.spot = tuple(np.round(stand.box).astype(int).tolist())
            self._stays[stand.number] = stay
            stay.dwell_s = (stand.seen - start).total_seconds()
            return [stay]
        stay.seen, stay.class_name = max(stay.seen, stand.seen), stand.class_name
        stay.dwell_s = (stay.seen - stay.start).total_seconds()
        passed, queued = self._passing.passed(stand), beside(stand, stands)
        if stay.stage == "within" and parked(stay.dwell_s, self.limit_s, passed=passed, queued=queued):
            stay.stage = "over"
            return [stay]
        return []

    def _end(self, stand: Stand, *, again: bool = True) -> Stay:
        stay = self._stays.pop(stand.number)
        stay.ended = True
        if again:
            self._past[stand.number] = stay
        if len(self._past) > MOST_PAST:
            self._past.pop(next(iter(self._past)))
        return stay


class Danger:
    """People in one danger zone, as a number."""

    def __init__(self, camera: Camera, zone: Zone, cadence_s: float) -> None:
        self.zone, self.limit_s = zone, zone.limit_s or DANGER_S
        self._hours = Hours(camera, zone)
        self._absence_s = max(ABSENCE_S, 2.5 * cadence_s)
        self._stay: Stay | None = None
        self.inside = 0

    def step(self, view: View) -> list[Stay]:
        """The stay, when it began, went over its limit or ended by this sample."""
        self.inside = self._people(view)
        stay = self._stay
        if self.inside and self._hours.hold(view.time):
            if stay is None:
                self._stay = Stay(self.zone, view.time, view.time, "person", people=self.inside)
                return [self._stay]
            stay.seen, stay.people = view.time, max(stay.people, self.inside)
            stay.dwell_s = (stay.seen - stay.start).total_seconds()
            if stay.stage == "within" and stay.dwell_s >= self.limit_s:
                stay.stage = "over"
                return [stay]
            return []
        if stay and (view.time - stay.seen).total_seconds() > self._absence_s:
            return self.close()
        return []

    def open(self) -> list[Stay]:
        """The stay that lasts, if one does."""
        return [self._stay] if self._stay else []

    def close(self) -> list[Stay]:
        """The pictures stop, or nobody is there: it ended when somebody was last seen."""
        stay, self._stay = self._stay, None
        if stay is None:
            return []
        stay.ended = True
        return [stay]

    def _people(self, view: View) -> int:
        """People whose ground point is inside: detected, or tracked through a missed box."""
        person = CLASSES.index("person")
        counts = []
        for found, least in ((view.detections, PERSON), (view.tracks.detections, 0.0)):
            here = found[(found.class_id == person) & (found.confidence >= least)]
            polygon = np.multiply(self.zone.polygon, view.frame.size)
            counts.append(int(points_in_polygon(here.ground.astype(np.float64), polygon).sum()) if len(here) else 0)
        return max(counts)
