"""When was this frame of a live stream captured? Wall clock at the first packet + PTS, kept honest.

A packet can't arrive before it was captured, but it may arrive any time later: the start of a stream comes in a burst, the
network stalls and catches up, and on a computer that is too busy packets wait in the socket until they are read. So the
clock believes the *earliest* arrivals. With drift = arrival - (anchor + PTS):

* negative drift: the anchor was too late, and moves at once (a step, when by more than `DRIFT_S`: PTS jumped forward);
* the least drift of `WINDOW_S` of packets that were all later than `DRIFT_S`, where it never fell: the camera's clock runs slow or its PTS stood
  still; a step by that much. A drift that falls is a queue that is being read up, and is believed after `PATIENCE_S` only.

A stall of some seconds after which everything arrives changes nothing, and neither do the bursts of HLS: each one's last packet is on time. An anchor that moves back sets no frame before the
one placed last: until they are true again, times go on at `SLEW` of the camera's pace, and may lie ahead of arrival. The first packets mostly come in a
burst, of which the last one knows best: the caller places none of them before the clock is `settled`.

PTS that jump back by more than `JUMP_S` are a new timeline: the caller starts a new segment, with a new clock. Streams
without PTS go by arrival. The time of day that a camera itself tells (RTCP) is not used: camera clocks are wrong by hours as
often as not. Limits: the constant part of the camera's and the network's own delay (mostly below half a second) is unknown
and stays in; a queue that is not read up for a minute, or that keeps one length for five seconds, passes for the camera's
clock, and times are late by it until it is read. Rejected: dropping what seems to come before the newest frame (a starved
city lost thousands of frames by it).
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Final

DRIFT_S: Final = 1.0
"""Capture times may be off by so much before the clock steps."""
WINDOW_S: Final = 5.0
"""How long packets must keep arriving late before it is the camera's clock and not the network."""
FALL_S: Final = 0.25
"""A drift that fell by more while packets arrived late: some of it was a queue."""
PATIENCE_S: Final = 60.0
"""How long packets must keep arriving late where that is so."""
SLEW: Final = 0.8
"""Seconds of capture time to a second of the camera's, while times that were too late become true again."""
AHEAD_S: Final = 5.0
"""A frame further ahead of its packets' arrival: its PTS jumped, and the anchor will, too; of B-frames packets' DTS tell it some packets later."""
SETTLED_S: Final = 1.0
"""The first packets are not waited for longer."""
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
        self._late: datetime | None = None  # since when all packets have come late
        self._least_s, self._most_s, self._fell_s = math.inf, 0.0, 0.0  # their drifts
        self._ahead_s = 0.0  # by how much steps forward may have been mistaken
        self._placed: tuple[datetime, float] | None = None  # the newest frame's time and PTS
        self._began: datetime | None = None
        self.settled = not timed
        """Whether the first burst is over: a packet had to be waited for."""

    def arrive(self, arrival: datetime, pts_s: float | None) -> float:
        """Take note of a packet; by how many seconds the clock stepped (0 nearly always)."""
        self._settle(arrival, pts_s)
        self._arrival = arrival
        if pts_s is None:
            self._unstamped += 1
            if self._anchor is None and self._unstamped >= UNSTAMPED:
                self._timed, self.settled = False, True
        if pts_s is None or not self._timed:
            return 0.0
        self._newest_s = max(self._newest_s, pts_s)
        anchor = arrival - timedelta(seconds=pts_s)
        if self._anchor is None:
            self._begin(anchor)
            return 0.0
        drift_s = (anchor - self._anchor).total_seconds()
        if drift_s < 0:
            if self.jumps_ahead(arrival, pts_s):  # PTS jumped: those of before say nothing of those to come
                self._placed = None
            self._ahead_s = max(self._ahead_s + drift_s, 0.0)
            self._begin(anchor)
            return drift_s if drift_s < -DRIFT_S else 0.0
        if drift_s <= DRIFT_S:
            self._begin(self._anchor)
            return 0.0
        self._late = self._late or arrival
        self._most_s, self._least_s = max(self._most_s, drift_s), min(self._least_s, drift_s)
        self._fell_s = max(self._fell_s, self._most_s - drift_s)
        if (arrival - self._late).total_seconds() < (PATIENCE_S if self._fell_s > FALL_S else WINDOW_S):
            return 0.0
        step_s = self._least_s
        self._ahead_s += step_s
        self._begin(self._anchor + timedelta(seconds=step_s))
        return step_s

    def jumped_back(self, pts_s: float | None) -> bool:
        """Whether a packet with this PTS begins a new timeline."""
        return self._timed and pts_s is not None and pts_s < self._newest_s - JUMP_S

    def jumps_ahead(self, arrival: datetime, pts_s: float | None) -> bool:
        """Whether a packet with this PTS is further ahead of its arrival than any queue explains: `arrive` will move the anchor at once."""
        if pts_s is None or self._anchor is None:
            return False
        return (self._anchor - arrival).total_seconds() + pts_s > DRIFT_S + self._ahead_s

    def place(self, pts_s: float | None) -> tuple[datetime, float] | None:
        """(UTC of capture, seconds since the segment's first frame) of a frame, or nothing while that is unknown.

        To be asked in the order of frames: where PTS rise, so do the times.
        """
        if not self._timed and self._arrival is not None:
            self._first_arrival = self._first_arrival or self._arrival
            return self._arrival, (self._arrival - self._first_arrival).total_seconds()
        if pts_s is None or self._anchor is None:
            return None
        time = self._anchor + timedelta(seconds=pts_s)
        if self._arrival is not None and (time - self._arrival).total_seconds() > AHEAD_S:
            return None
        if self._first_s is None:
            self._first_s = pts_s
        if self._placed is not None and pts_s > self._placed[1]:
            time = max(time, self._placed[0] + timedelta(seconds=SLEW * (pts_s - self._placed[1])))
        if self._placed is None or pts_s > self._placed[1]:
            self._placed = time, pts_s
        return time, pts_s - self._first_s

    def _settle(self, arrival: datetime, pts_s: float | None) -> None:
        self._began = self._began or arrival
        if self._arrival is None or self._newest_s == -math.inf:
            return
        waited_s = (arrival - self._arrival).total_seconds()
        self.settled = (
            self.settled
            or (pts_s is not None and waited_s >= 0.9 * (pts_s - self._newest_s) > 0)
            or (arrival - self._began).total_seconds() >= SETTLED_S
        )

    def _begin(self, anchor: datetime) -> None:
        self._anchor, self._late = anchor, None
        self._least_s, self._most_s, self._fell_s = math.inf, 0.0, 0.0
