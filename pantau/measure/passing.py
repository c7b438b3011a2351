"""Who flows past a standing vehicle: what tells a parked one from one that waits with everybody else.

At a red light, in a queue and in a jam the whole lane stands, and is released together. Around a parked vehicle the others
go on. So a vehicle is *passed* when another one, on one track, comes from behind it and goes on ahead of it, within
`ASIDE` box sizes to the side, in the direction in which the standing one was seen to arrive; where it was there before the
pictures began, or its arrival was not tracked, nobody counts as passing.

`parked` is the rule, in seconds that count (inside the schedule):

    1. limit_s reached, at least `PASSERS` vehicles passed since it stood `PULLED_IN_S`, and it was seen there `STAYED_S` after
       that: the road is open and it is not going
    2. limit_s + RED_S reached with no other standing vehicle beside it: no red light is that long
    3. limit_s + JAM_S reached

Limits: a lane that turns on its own green beside a red one passes those who wait, so set limit_s above the longest red of the
approach; at slow cadences nobody can be seen to pass, and 2 and 3 decide; a row of parked cars in an empty street is told
apart from a queue only after JAM_S. Rejected: the colour of the traffic light (hardly ever in view), and the limit alone
(every red light longer than it would be an alarm).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.geometry import box_iou
from pantau.measure.standing import Stand
from pantau.types import CLASSES, Tracks

Array = npt.NDArray[np.float64]

PASSERS: Final = 2
PULLED_IN_S: Final = 8.0
STAYED_S: Final = 10.0
"""So long after it was passed it must still be there: a queue that was released passes those who start last."""
RED_S: Final = 150.0
"""The longest red light."""
JAM_S: Final = 900.0
ASIDE: Final = 2.5
BESIDE: Final = 3.0
"""Box sizes within which another standing vehicle may be one of the same queue."""
MOVING: Final = 0.5
"""Box sizes a second from which a vehicle moves."""
MOST_TRACKS: Final = 512


@dataclass(slots=True)
class _Flow:
    """What passed one stand: the direction it arrived in, tracks behind it, tracks that went past, and when enough had."""

    arrived: Array | None
    behind: set[int] = field(default_factory=set)
    passed: set[int] = field(default_factory=set)
    since: datetime | None = None


class Passing:
    """Counts, for each stand, the vehicles that flowed past it."""

    def __init__(self) -> None:
        self._heading: dict[int, Array] = {}
        self._flows: dict[int, _Flow] = {}

    def step(self, time: datetime, stands: Sequence[Stand], tracks: Tracks) -> None:
        """One sample: everything that moves, held against everything that stands."""
        boxes = tracks.detections.xyxy.astype(np.float64)
        ground = tracks.detections.ground.astype(np.float64)
        size = np.sqrt(np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 1e-6, None), axis=1))
        speed = np.hypot(tracks.velocity[:, 0], tracks.velocity[:, 1]).astype(np.float64)
        vehicle = tracks.detections.class_id != CLASSES.index("person")
        moving = np.flatnonzero(vehicle & (speed > MOVING * size)).tolist()
        for row in moving:
            self._heading[int(tracks.track_id[row])] = tracks.velocity[row].astype(np.float64) / speed[row]
        flows = {}
        for stand in stands:
            flow = flows[stand.number] = self._flows.get(stand.number) or _Flow(self._arrival(stand, boxes, tracks))
            if (time - stand.start).total_seconds() >= PULLED_IN_S:
                for row in moving:
                    self._pass(flow, stand, int(tracks.track_id[row]), ground[row])
                if flow.since is None and len(flow.passed) >= PASSERS:
                    flow.since = time
        self._flows = flows
        self._forget(tracks)

    def passed(self, stand: Stand) -> bool:
        """Whether traffic flowed past it and it stayed."""
        flow = self._flows.get(stand.number)
        since = flow.since if flow else None
        return since is not None and (stand.seen - since).total_seconds() >= STAYED_S

    def _arrival(self, stand: Stand, boxes: Array, tracks: Tracks) -> Array | None:
        """Where it came from, by the track that stands on its place when it settles."""
        if not len(boxes):
            return None
        overlap = box_iou(stand.box[None], boxes)[0]
        row = int(overlap.argmax())
        return self._heading.get(int(tracks.track_id[row])) if overlap[row] >= 0.5 else None

    def _pass(self, flow: _Flow, stand: Stand, track: int, ground: Array) -> None:
        heading = self._heading[track]
        if flow.arrived is None or float(heading @ flow.arrived) < 0.7:
            return
        offset = (ground - stand.foot) / stand.size
        if abs(float(offset[0] * heading[1] - offset[1] * heading[0])) > ASIDE:
            return
        ahead = float(offset @ heading)
        if ahead < -0.5:
            flow.behind.add(track)
        elif ahead > 0.5 and track in flow.behind and len(flow.passed) < PASSERS:
            flow.passed.add(track)

    def _forget(self, tracks: Tracks) -> None:
        for track in tracks.ended:
            self._heading.pop(track, None)
            for flow in self._flows.values():
                flow.behind.discard(track)
        while len(self._heading) > MOST_TRACKS:
            self._heading.pop(next(iter(self._heading)))


def beside(stand: Stand, others: Sequence[Stand]) -> bool:
    """Whether another vehicle stands so near that both may be in one queue."""
    return any(np.hypot(*(o.foot - stand.foot)) <= BESIDE * stand.size for o in others if o is not stand)


def parked(dwell_s: float, limit_s: float, *, passed: bool, queued: bool) -> bool:
    """Whether a vehicle that stood for `dwell_s` is parked and does not wait: the rule above."""
    if dwell_s < limit_s:
        return False
    over_s = dwell_s - limit_s
    return passed or (over_s >= RED_S and not queued) or over_s >= JAM_S
