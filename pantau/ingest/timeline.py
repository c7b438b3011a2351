"""Where a clip's own clock and the capture time stand to each other.

A *segment* is a stretch in which the clip's clock can be believed; within it, capture time = `base` + media time. The
clip's clock is not trusted further than it deserves: missing PTS fall back on the frame rate; a step back of up to
`JUMP_S` is disorder and the shot is dropped; a larger one starts a new segment, as does a hole in the recording. So
capture times always rise.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from pantau.types import Gap

JUMP_S: Final = 1.0
"""A step back of the clip's clock that is more than disorder."""
HOLE_S: Final = 10.0
"""A step forward of the clip's clock that is a hole in the recording rather than a slow camera."""


@dataclass
class Timeline:
    """The time of one reading of a clip.

    Args:
        camera: id of the camera, for the gaps.
        base: UTC of capture of the segment's first shot.
        segment: number of the segment, from 0.
        media_s: seconds of the newest shot since the segment's first; negative before there is one.
        frame_s: seconds a shot lasts where the clip's clock says nothing.
        faults: times the clip's clock failed: no_pts, jump_back, hole.
    """

    camera: str
    base: datetime
    segment: int = 0
    media_s: float = -math.inf
    frame_s: float = 0.0
    faults: Counter[str] = field(default_factory=lambda: Counter({"no_pts": 0, "jump_back": 0, "hole": 0}))
    _origin_s: float | None = None  # the segment's first shot on the clip's clock

    @property
    def time(self) -> datetime:
        """UTC of capture of the newest shot."""
        return self.base + timedelta(seconds=max(0.0, self.media_s))

    @property
    def end(self) -> datetime:
        """The moment after the newest shot."""
        return self.base + timedelta(seconds=max(0.0, self.media_s + self.frame_s))

    def cut(self, kind: Literal["seam", "outage"], reason: str, resume: datetime | None = None) -> Gap:
        """Close the segment; the next shot opens a new one at `resume`, or right after the newest shot."""
        gap = Gap(self.camera, self.end, kind, reason)
        self.base = max(gap.time, resume or gap.time)
        self.segment += 1
        self._origin_s, self.media_s = None, -math.inf
        return gap

    def skip(self, resume: datetime, reason: str) -> Gap:
        """As `cut`, but the newest shot itself becomes the new segment's first, at `resume`."""
        origin_s = (self._origin_s or 0.0) + self.media_s
        gap = Gap(self.camera, self.time, "outage", reason)
        self.base, self.segment = max(self.time, resume), self.segment + 1
        self._origin_s, self.media_s = origin_s, 0.0
        return gap

    def place(self, clock_s: float | None) -> tuple[Gap | None, bool]:
        """Move on to the shot at `clock_s` of the clip's clock: (the gap before it, whether it may be used)."""
        if clock_s is None or not math.isfinite(clock_s):
            self.faults["no_pts"] += 1
            clock_s = 0.0 if self._origin_s is None else self._origin_s + self.media_s + self.frame_s
        if self._origin_s is None:
            self._origin_s, self.media_s = clock_s, 0.0
            return None, True
        step_s = clock_s - self._origin_s - self.media_s
        if -JUMP_S <= step_s <= 0:
            return None, False
        if 0 < step_s <= HOLE_S:
            self.media_s += step_s
            return None, True
        if step_s < 0:
            self.faults["jump_back"] += 1
            gap = self.cut("seam", f"clock: the clip's own clock stepped back by {-step_s:.1f} s")
        else:
            self.faults["hole"] += 1
            resume = self.time + timedelta(seconds=step_s)
            gap = self.cut("outage", f"hole: the clip has no pictures for {step_s:.1f} s", resume)
        self._origin_s, self.media_s = clock_s, 0.0
        return gap, True
