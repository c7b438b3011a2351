"""Traffic flow as road capacity manuals want it: passenger car units, degree of saturation, headway.

Each motor vehicle that crosses a line counts its equivalent (`pantau.manual`; EMP) from the column that the flow of the last
quarter hour, vehicles an hour, points to: of one lane and direction where the road is divided, of both directions where it is
not. Going up it changes at the manual's threshold, coming down 5 % below it. Until `RATE_S` were watched, the column for low flows holds.

Once a minute the flow of the last 15 minutes is said, extrapolated from what was watched of them if that is four fifths, and
divided by the capacity, the degree of saturation (DJ). Both need the whole window, so there is none in the first minutes of a run.

Headway is the time between settled crossings of one line in one direction; lines across several lanes mix them, so draw
one for each lane where it matters. The manual's id, the type of road and the capacity are in the method, and a change of them is a break.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pantau.errors import ConfigError
from pantau.findings import Findings
from pantau.manual import RoadType, road_type
from pantau.measure.crossing import CrossingCounter, Passage
from pantau.measure.speed import VEHICLES
from pantau.places import DIRECTIONS, Camera, Direction, Line, Road
from pantau.ports import Needs
from pantau.types import Key, Observation, View

MINUTES: Final = 15
WATCHED: Final = 0.8
RATE_S: Final = 300.0
DOWN: Final = 0.95

Way = tuple[str, Direction]
"""A line and a direction of it."""


@dataclass(slots=True, eq=False)
class _Minute:
    """Seconds watched, motor vehicles and passenger car units of one minute."""

    watched_s: float = 0.0
    vehicles: int = 0
    smp: float = 0.0


class VolumeAnalyser:
    """Implements `pantau.ports.Analyser` for the lines of one camera with a road.

    Raises:
        ConfigError: the camera has no ``[camera.road]``.
    """

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        if camera.road is None:
            raise ConfigError(
                f"camera {camera.id!r}: the analyser 'volume' needs to know the road; add [camera.road] with its type, such as "
                '"4/2-T" (docs/methods/flow.md), or take the analyser out'
            )
        self._road: Road = camera.road
        self._type: RoadType = road_type(camera.road)
        self._camera, self._cadence_s = camera, cadence_s
        self._crossings = CrossingCounter(camera.lines)
        self._minutes: dict[Way, dict[datetime, _Minute]] = {
            (line.id, direction): {} for line in camera.lines for direction in DIRECTIONS
        }
        self._high: dict[Way, bool] = {}
        self._last: dict[Way, datetime] = {}
        self._now: datetime | None = None

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return "volume"

    @property
    def method(self) -> str:
        """What counts, then `` + ``, then what is made of it (`pantau.serve.series.validity` relies on the order)."""
        road = self._road
        return (
            f"traffic/1 {self._crossings.method} + volume/1 manual={road.manual} road={road.type} "
            f"lanes={road.lanes}{' narrow' if road.narrow else ''} capacity={self._capacity:g}"
        )

    @property
    def needs(self) -> Needs:
        """Tracks at the camera's cadence."""
        return Needs(self._cadence_s, frozenset({"detections", "tracks"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Each line in both directions."""
        return tuple(Key("volume", line.id, line.revision, d) for line in self._camera.lines for d in DIRECTIONS)

    @property
    def _capacity(self) -> float:
        """Passenger car units an hour, of one direction where the road is divided, else of both."""
        lanes = self._road.lanes if self._type.divided else 1
        return self._type.capacity * lanes * self._road.factor

    def step(self, view: View) -> Findings:
        """Equivalents and headways of crossings settled by this sample, and once a minute the flow."""
        minute = view.time.replace(second=0, microsecond=0)
        said = self._flows(minute) if self._now is not None and minute > self._now else []
        self._now = minute
        for way in self._minutes:
            self._of(way, minute).watched_s += self._cadence_s
        passages = self._crossings.step(view.time, view.frame.size, view.tracks)
        return Findings((*said, *self._counted(passages)))

    def close(self, time: datetime) -> Findings:
        """Settle what is open because the pictures stop at `time`; headways don't reach over a gap."""
        del time  # crossings are where they were
        found = self._counted(self._crossings.close())
        self._last.clear()
        return Findings(tuple(found))

    def _counted(self, passages: Sequence[Passage]) -> list[Observation]:
        found = []
        for p in passages:
            way = p.line.id, p.direction
            if p.class_name in VEHICLES and p.class_name != "bicycle":
                found += self._headway(way, p.time)
            weights = self._type.above if self._is_high(p.line, p.direction) else self._type.below
            if p.class_name in weights:
                weight = weights[p.class_name]
                minute = self._of(way, p.time.replace(second=0, microsecond=0))
                minute.vehicles += 1
                minute.smp += weight
                found.append(Observation(p.line.id, "volume.smp", p.direction, p.time, 0.0, weight))
        return found

    def _headway(self, way: Way, time: datetime) -> list[Observation]:
        """Since the one before; a crossing that settled late has none."""
        before = self._last.get(way)
        if before is not None and time <= before:
            return []
        self._last[way] = time
        return (
            [Observation(way[0], "volume.headway", way[1], time, 0.0, (time - before).total_seconds())]
            if before
            else []
        )

    def _is_high(self, line: Line, direction: Direction) -> bool:
        """Whether the flow is above the manual's threshold, with hysteresis."""
        ways: list[Way] = [(line.id, direction)] if self._type.divided else [(line.id, d) for d in DIRECTIONS]
        rate = sum(self._rate(way, "vehicles", RATE_S) or 0.0 for way in ways)
        rate /= self._road.lanes if self._type.divided else 1
        threshold = self._type.threshold
        was = self._high.get(ways[0], False)
        self._high[ways[0]] = threshold > 0 and rate >= threshold * (DOWN if was else 1.0)
        return self._high[ways[0]]

    def _flows(self, minute: datetime) -> list[Observation]:
        """Flow and saturation of the 15 minutes before `minute`, at its end."""
        at = minute - timedelta(microseconds=1)
        found = []
        for line in self._camera.lines:
            flows = {d: self._rate((line.id, d), "smp", 60.0 * MINUTES * WATCHED, before=minute) for d in DIRECTIONS}
            both = sum(flow for flow in flows.values() if flow is not None)
            for direction, flow in flows.items():
                if flow is None:
                    continue
                found.append(Observation(line.id, "volume.flow", direction, at, 60.0, flow))
                if self._capacity > 0:
                    used = flow if self._type.divided else both
                    found.append(Observation(line.id, "volume.ratio", direction, at, 60.0, used / self._capacity))
        return found

    def _rate(self, way: Way, what: str, least_s: float, before: datetime | None = None) -> float | None:
        """Vehicles or units an hour over the minutes that are kept; None where fewer seconds were watched."""
        minutes = [m for at, m in self._minutes[way].items() if before is None or at < before]
        watched = sum(m.watched_s for m in minutes)
        return sum(getattr(m, what) for m in minutes) / watched * 3600 if watched >= least_s else None

    def _of(self, way: Way, minute: datetime) -> _Minute:
        """A minute's sums; older ones than the window are dropped."""
        kept = self._minutes[way]
        if minute not in kept:
            kept[minute] = _Minute()
            for old in [at for at in kept if at < minute - timedelta(minutes=MINUTES)]:
                del kept[old]
        return kept[minute]
