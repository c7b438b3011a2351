"""Two detectors counting the same samples of a camera: the same tracker, the same rules, a tracker of its own each.

The old detector's boxes come with the frame (they are what the camera's loop found), the new one's are found here. What both
count goes into a `Stretch` per `length_s` seconds. A sample that only one of them saw is in neither: so that a slow
newcomer is compared on what it saw, and never with a gap as zero.

Limits: paths begin anew where a twin sits down, so that who is on a line at that moment is missed by both. A stretch is closed
`LATE_S` after its end, as a minute is; what settles later goes into the oldest one that is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from pantau.evaluate.accuracy import TOLERANCE_S, pair
from pantau.evaluate.bridge import PERSON, VEHICLE, Cell, Stretch
from pantau.measure.traffic import TrafficAnalyser
from pantau.measure.visitors import VisitorsAnalyser
from pantau.places import NO_DIRECTION, Camera, Direction, Line, Zone
from pantau.ports import Analyser, Detector
from pantau.see.tracker import TwoStageTracker
from pantau.types import CLASSES, Detections, Frame, Observation, View

ANALYSERS: Final = {"visitors": VisitorsAnalyser, "traffic": TrafficAnalyser}
"""Those of `pantau.shadow.witness.COUNTING`."""
MINUTE_S: Final = 60.0
LATE_S: Final = 30.0
OLD: Final = 0
NEW: Final = 1

What = tuple[str, Direction, str]
"""Place, direction and class."""


class _Side:
    """One detector's tracks and counts."""

    def __init__(self, camera: Camera) -> None:
        self._tracker = TwoStageTracker()
        self._analysers: tuple[Analyser, ...] = tuple(
            kind(camera, 1 / camera.fps) for name, kind in ANALYSERS.items() if name in camera.analysers
        )

    def step(self, frame: Frame, detections: Detections) -> list[Observation]:
        """What this sample says."""
        view = View(frame, detections, self._tracker.step(detections, frame.time))
        return [o for analyser in self._analysers for o in analyser.step(view).observations]

    def close(self, time: datetime) -> list[Observation]:
        """Settle what is open: the pictures stop at `time`."""
        self._tracker.close()
        return [o for analyser in self._analysers for o in analyser.close(time).observations]


@dataclass(slots=True)
class _Open:
    """A stretch that still fills: crossings by side and what, and sums of those inside by zone and kind."""

    given: int = 0
    seen: int = 0
    crossed: tuple[dict[What, list[float]], dict[What, list[float]]] = field(default_factory=lambda: ({}, {}))
    inside: tuple[dict[What, float], dict[What, float]] = field(default_factory=lambda: ({}, {}))


class Twin:
    """Counts one camera's samples twice.

    Args:
        camera: whose lines and zones.
        detector: the new one.
        old: the method of the one whose boxes come with the frames.
        length_s: seconds of a stretch.
    """

    def __init__(self, camera: Camera, detector: Detector, old: str, length_s: float = MINUTE_S) -> None:
        self._camera, self._detector, self._old, self._length_s = camera, detector, old, length_s
        self._sides = _Side(camera), _Side(camera)
        self._found: Detections | None = None
        self._open: dict[datetime, _Open] = {}
        self._unpaired: dict[What, list[float]] = {}  # the new one's crossings whose partner may still come
        places: tuple[Line | Zone, ...] = (*camera.lines, *camera.zones)
        self._revisions = {place.id: place.revision for place in places}

    def look(self, frame: Frame, old: Detections, lost: int = 0) -> list[Stretch]:
        """Count a sample on both sides; the stretches that this closes. `lost` samples before it were not seen."""
        new = self._found if frame.quiet else None  # nothing moved: what was found holds, as in the camera's loop
        if new is None:
            new = self._detector.detect(frame.image)
        self._found = new
        if new is None:
            lost += 1
        else:
            for side, detections in ((OLD, old), (NEW, new)):
                self._take(side, self._sides[side].step(frame, detections), frame.time)
        now = self._at(frame.time)
        now.seen += new is not None
        now.given += lost + (new is not None)
        return self._closed(frame.time - timedelta(seconds=self._length_s + LATE_S))

    def pause(self, time: datetime) -> None:
        """The camera's pictures stop, or are useless, from `time` on: every path ends."""
        self._found = None
        for side in (OLD, NEW):
            self._take(side, self._sides[side].close(time), time)

    def end(self, time: datetime) -> list[Stretch]:
        """Settle and give out everything."""
        self.pause(time)
        return self._closed(time + timedelta(seconds=self._length_s))

    def _take(self, side: int, observations: Iterable[Observation], now: datetime) -> None:
        for o in observations:
            family, _, what = o.indicator.partition(".")
            if what in CLASSES:
                key, at_s = (o.place, o.direction, what), o.time.timestamp()
                self._at(o.time, now).crossed[side].setdefault(key, []).append(at_s)
                if side == NEW:
                    self._unpaired.setdefault(key, []).append(at_s)
            elif what == "inside":
                inside, kind = self._at(o.time, now).inside[side], PERSON if family == "visitors" else VEHICLE
                inside[o.place, NO_DIRECTION, kind] = inside.get((o.place, NO_DIRECTION, kind), 0.0) + o.value

    def _at(self, time: datetime, now: datetime | None = None) -> _Open:
        """The stretch of a moment; of one whose stretch is given out, or was never seen, the oldest that is open."""
        start = self._start(time)
        if start not in self._open and now is not None and start != self._start(now):
            if not self._open:
                return self._open.setdefault(self._start(now), _Open())
            return self._open[min(self._open)]
        return self._open.setdefault(start, _Open())

    def _start(self, time: datetime) -> datetime:
        return datetime.fromtimestamp(time.timestamp() // self._length_s * self._length_s, UTC)

    def _closed(self, until: datetime) -> list[Stretch]:
        """Give out the stretches that began before `until`."""
        return [self._give(start) for start in sorted(self._open) if start <= until]

    def _give(self, start: datetime) -> Stretch:
        one = self._open.pop(start)
        old, new = one.crossed
        cells = [
            self._cell(what, len(old.get(what, ())), len(new.get(what, ())), self._pairs(what, old.get(what, ())))
            for what in sorted(old.keys() | new.keys())
        ]
        before, after, n = *one.inside, max(one.seen, 1)
        cells += [
            self._cell(what, before.get(what, 0.0) / n, after.get(what, 0.0) / n, 0)
            for what in sorted(before.keys() | after.keys())
            if before.get(what) or after.get(what)
        ]
        past_s = start.timestamp() + self._length_s - TOLERANCE_S
        self._unpaired = {what: left for what, ts in self._unpaired.items() if (left := [t for t in ts if t >= past_s])}
        return Stretch(
            camera=self._camera.id,
            start=start,
            length_s=self._length_s,
            old=self._old,
            new=self._detector.method,
            given=one.given,
            seen=one.seen,
            cadence_s=1 / self._camera.fps,
            cells=tuple(cells),
        )

    def _cell(self, what: What, old: float, new: float, both: int) -> Cell:
        place, direction, road_user = what
        return Cell(place, self._revisions.get(place, 1), direction, road_user, old, new, both)

    def _pairs(self, what: What, old: Sequence[float]) -> int:
        """How many of the old one's crossings the new one has, too; each of its own is a partner once."""
        partners = self._unpaired.get(what, [])
        found = {j for _, j in pair(old, partners, TOLERANCE_S)}
        if found:
            self._unpaired[what] = [t for j, t in enumerate(partners) if j not in found]
        return len(found)
