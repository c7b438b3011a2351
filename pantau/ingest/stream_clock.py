"""When was this frame of a live stream captured? Wall clock at the first packet + PTS, kept honest.

A packet can't arrive before it was captured, but it may arrive any time later: the start of a stream comes in a burst, the
network stalls and catches up. So the clock believes the *earliest* arrivals. With drift = arrival - (anchor + PTS):

* negative drift: the anchor was too late, and moves at once (a step, when by more than `DRIFT_S`: PTS jumped forward);
* the least drift of `WINDOW_S` above `DRIFT_S`: the camera's clock runs slow or its PTS stood still; a step by that much.

A stall of some seconds after which everything arrives changes nothing. PTS that jump back by more than `JUMP_S` are a
new timeline: the caller starts a new segment, with a new clock. Streams without PTS go by arrival. The time of day that a
camera itself tells (RTCP) is not used: camera clocks are wrong by hours as often as not. Limit: the constant part of the
camera's and the network's own delay (mostly below half a second) is unknown and stays in.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Final

DRIFT_S: Final = 1.0
"""Capture times may be off by so much before the clock steps."""
WINDOW_S: Final = 5.0
"""How long packets must keep arriving late before it is the camera's clock and not the network."""
JUMP_S: Final = 1.0
"""PTS that go back by more are a new timeline; packets of B-frames go back by less."""
UNSTAMPED: Final = 25
"""After so many packets without PTS, and none with, there will be none. (FFmpeg leaves out the first few of RTSP.)"""


class StreamClock:
    """Turns the PTS of one segment into UTC.

    Args:
        timed: false for streams whose PTS mean nothing; they go by arrival.
    """

    def __init__(self, *, timed: bool = True) -> None:
        self._timed = timed
        self._unstamped = 0
        self._arrival: datetime | None = None
        self._first_arrival: datetime | None = None
        self._anchor: datetime | None = None  # UTC at PTS 0
        self._first_s: float | None = None  # PTS of the first frame
        self._newest_s = -math.inf
        self._least_s = math.inf
        self._window_end: datetime | None = None

    def arrive(self, arrival: datetime, pts_s: float | None) -> float:
        """Take note of a packet; by how many seconds the clock stepped (0 nearly always)."""
        self._arrival = arrival
        if pts_s is None:
            self._unstamped += 1
            if self._anchor is None and self._unstamped >= UNSTAMPED:
                self._timed = False
            return 0.0
        self._newest_s = max(self._newest_s, pts_s)
        anchor = arrival - timedelta(seconds=pts_s)
        if self._anchor is None or self._window_end is None:
            self._begin(anchor, arrival)
            return 0.0
        drift_s = (anchor - self._anchor).total_seconds()
        if drift_s < 0:
            self._begin(anchor, arrival)
            return drift_s if drift_s < -DRIFT_S else 0.0
        self._least_s = min(self._least_s, drift_s)
        if arrival < self._window_end:
            return 0.0
        step_s = self._least_s if self._least_s > DRIFT_S else 0.0
        self._begin(self._anchor + timedelta(seconds=step_s), arrival)
        return step_s

    def jumped_back(self, pts_s: float | None) -> bool:
        """Whether a packet with this PTS begins a new timeline."""
        return self._timed and pts_s is not None and pts_s < self._newest_s - JUMP_S

    def place(self, pts_s: float | None) -> tuple[datetime, float] | None:
        """(UTC of capture, seconds since the segment's first frame) of a frame, or nothing while that is unknown."""
        if not self._timed and self._arrival is not None:
            self._first_arrival = self._first_arrival or self._arrival
            return self._arrival, (self._arrival - self._first_arrival).total_seconds()
        if pts_s is None or self._anchor is None:
            return None
        if self._first_s is None:
            self._first_s = pts_s
        return self._anchor + timedelta(seconds=pts_s), pts_s - self._first_s

    def _begin(self, anchor: datetime, arrival: datetime) -> None:
        self._anchor = anchor
        self._least_s, self._window_end = math.inf, arrival + timedelta(seconds=WINDOW_S)
