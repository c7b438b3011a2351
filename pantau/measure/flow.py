"""Where they come from and go to: for each road user the first and the last line of their path.

Draw a line across every arm of a junction. Somebody who crosses one and then another was one trip, counted once at the pair
(origin, destination) when their track ends, at the time of the last crossing; who comes back over the same line made a
turn. Who crosses one line only has no trip: they stopped in view, or their track was lost, and nobody guesses where they went. So
the sum over a row is at most what the line counted, and the share between them says how complete the matrix is.

The same rule as for counts decides what a crossing is (`pantau.measure.crossing`), also that a track which vanished for a moment goes
on in a new one. Memory: one entry for each track in view.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pantau.errors import ConfigError
from pantau.findings import Findings
from pantau.measure.crossing import Passage
from pantau.measure.following import FollowingCounter
from pantau.places import NO_DIRECTION, Camera, Flow
from pantau.ports import Needs
from pantau.types import Key, Observation, View

MOST: Final = 10
"""Lines of a camera at most: each pair is a series."""


@dataclass(slots=True, eq=False)
class _Trip:
    """The first and the last crossing of one road user so far."""

    first: Passage
    last: Passage
    crossings: int = 1


class FlowAnalyser:
    """Implements `pantau.ports.Analyser` for the pairs of lines of one camera.

    Raises:
        ConfigError: the camera has fewer than two lines, or more than `MOST`.
    """

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        if not 2 <= len(camera.lines) <= MOST:
            raise ConfigError(
                f"camera {camera.id!r}: the analyser 'flow' needs 2 to {MOST} lines, one across each arm, got {len(camera.lines)}; "
                "draw them, or take the analyser out"
            )
        self._cadence_s = cadence_s
        self._flows = {(flow.origin.id, flow.target.id): flow for flow in camera.flows}
        self._crossings = FollowingCounter(camera.lines)
        self._trips: dict[int, _Trip] = {}

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return "flow"

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        return f"flow/1 {self._crossings.method}"

    @property
    def needs(self) -> Needs:
        """Tracks at the camera's cadence."""
        return Needs(self._cadence_s, frozenset({"detections", "tracks"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every pair of lines."""
        return tuple(Key("flow", flow.id, flow.revision, NO_DIRECTION) for flow in self._flows.values())

    def step(self, view: View) -> Findings:
        """The trips of those whose track ended."""
        passages = self._crossings.step(view.time, view.frame.size, view.tracks)
        for old, new in self._crossings.went_on():
            if (trip := self._trips.pop(old, None)) is not None:
                self._trips[new] = trip
        self._take(passages)
        ended = [self._trips.pop(track) for track in view.tracks.ended if track in self._trips]
        return Findings(self._said(ended))

    def close(self, time: datetime) -> Findings:
        """End every trip because the pictures stop at `time`."""
        del time  # a trip ends where it was last seen
        self._take(self._crossings.close())
        ended = list(self._trips.values())
        self._trips.clear()
        return Findings(self._said(ended))

    def _take(self, passages: tuple[Passage, ...]) -> None:
        for passage in passages:
            trip = self._trips.get(passage.track)
            if trip is None:
                self._trips[passage.track] = _Trip(passage, passage)
            else:
                trip.crossings += 1
                trip.last = max(trip.last, passage, key=lambda p: p.time)
                trip.first = min(trip.first, passage, key=lambda p: p.time)

    def _said(self, trips: list[_Trip]) -> tuple[Observation, ...]:
        found = []
        for trip in trips:
            if trip.crossings < 2:
                continue
            flow: Flow = self._flows[trip.first.line.id, trip.last.line.id]
            name = f"flow.{trip.last.class_name}"
            found.append(Observation(flow.id, name, NO_DIRECTION, trip.last.time, 0.0, 1.0))
        return tuple(found)
