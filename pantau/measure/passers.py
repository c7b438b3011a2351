"""What visitors and traffic have in common: some classes of road users, counted at lines and timed in zones.

`PassersAnalyser` is told its family and the classes that belong to it. The counting itself (`CrossingCounter`,
`ZoneWatch`) knows no classes: what something is, is only voted when its crossing is settled, so a motorcycle that was
called a person for one sample is in exactly one of the two families.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from pantau.findings import NOTHING, Findings
from pantau.measure.crossing import CrossingCounter, CrossingSettings, Passage
from pantau.measure.occupancy import Stay, ZoneWatch
from pantau.places import DIRECTIONS, NO_DIRECTION, Camera
from pantau.ports import Needs
from pantau.types import Event, Key, Observation, View

STAY_S: Final = 3.0
"""Visits shorter than this are passers-by: they count in the dwell, but make no event of their own."""

NAMES: Final = 256
"""How many events back two of the same millisecond are told apart; far more than are open at once."""


@dataclass(frozen=True, slots=True)
class Group:
    """A family of the vocabulary and the classes (`pantau.types.CLASSES`) it counts."""

    family: str
    classes: frozenset[str]


class PassersAnalyser:
    """Implements `pantau.ports.Analyser` for one camera and one group of classes."""

    def __init__(
        self, group: Group, camera: Camera, cadence_s: float, settings: CrossingSettings | None = None
    ) -> None:
        self._group = group
        self._camera = camera
        self._cadence_s = cadence_s
        self._crossings = CrossingCounter(camera.lines, settings)
        # what is taught takes the outline of another zone: who is there is counted once
        self._counted = tuple(zone for zone in camera.zones if zone.kind != "scene")
        self._zones = [ZoneWatch(zone) for zone in self._counted]
        self._named: deque[str] = deque(maxlen=NAMES)

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return self._group.family

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        return f"{self.family}/1 {self._crossings.method}"

    @property
    def needs(self) -> Needs:
        """Tracks at the camera's cadence."""
        return Needs(self._cadence_s, frozenset({"detections", "tracks"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Each line in both directions, and each zone."""
        lines = [Key(self.family, line.id, line.revision, d) for line in self._camera.lines for d in DIRECTIONS]
        zones = [Key(self.family, zone.id, zone.revision, NO_DIRECTION) for zone in self._counted]
        return (*lines, *zones)

    def step(self, view: View) -> Findings:
        """Crossings and visits settled by this sample, and how many are inside each zone now."""
        size = view.frame.size
        passages = self._crossings.step(view.time, size, view.tracks)
        stays = [stay for zone in self._zones for stay in zone.step(view.time, size, view.tracks)]
        inside = [self._inside(zone, view.time) for zone in self._zones]
        return self._findings(passages, stays, inside)

    def close(self, time: datetime) -> Findings:
        """Settle what is open because the pictures stop at `time`."""
        del time  # crossings and visits end where they were last seen
        return self._findings(self._crossings.close(), [stay for zone in self._zones for stay in zone.close()], [])

    def _inside(self, watch: ZoneWatch, time: datetime) -> Observation:
        count = sum(n for name, n in watch.inside().items() if name in self._group.classes)
        return Observation(watch.zone.id, f"{self.family}.inside", NO_DIRECTION, time, self._cadence_s, float(count))

    def _findings(self, passages: Sequence[Passage], stays: Sequence[Stay], inside: Sequence[Observation]) -> Findings:
        if not (passages or stays or inside):
            return NOTHING
        classes = self._group.classes
        crossed = [p for p in passages if p.class_name in classes]
        stayed = [s for s in stays if s.class_name in classes]
        observations = [
            *(Observation(p.line.id, f"{self.family}.{p.class_name}", p.direction, p.time, 0.0, 1.0) for p in crossed),
            *inside,
            *(Observation(s.zone.id, f"{self.family}.dwell", NO_DIRECTION, s.end, 0.0, s.dwell_s) for s in stayed),
        ]
        events = [self._crossing(p) for p in crossed] + [self._stay(s) for s in stayed if s.dwell_s >= STAY_S]
        return Findings(tuple(observations), tuple(events))

    def _crossing(self, p: Passage) -> Event:
        attributes: Mapping[str, str | int | float] = {
            "direction": p.direction,
            "class": p.class_name,
            "confidence": round(p.confidence, 3),
        }
        id_ = self._name("crossing", p.line.id, p.direction, p.class_name, p.time)
        return Event(id_, "crossing", p.line.id, p.time, attributes=attributes)

    def _stay(self, s: Stay) -> Event:
        attributes: Mapping[str, str | int | float] = {
            "class": s.class_name,
            "confidence": round(s.confidence, 3),
            "dwell_s": round(s.dwell_s, 1),
        }
        id_ = self._name("stay", s.zone.id, "", s.class_name, s.start)
        return Event(id_, "stay", s.zone.id, s.start, s.end, attributes)

    def _name(self, kind: str, place: str, direction: str, class_name: str, time: datetime) -> str:
        """A name made of what happened only, so that the same footage gives the same name in any run.

        Two things of one class in one millisecond are told apart by their order.
        """
        facts = "|".join((kind, self._camera.id, place, direction, class_name, time.isoformat(timespec="milliseconds")))
        again = self._named.count(facts)
        self._named.append(facts)
        return blake2b(f"{facts}|{again}".encode(), digest_size=12).hexdigest()
