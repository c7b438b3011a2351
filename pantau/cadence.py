"""A cadence is a grid of sample slots: the sampler fills them, coverage counts them.

A stream at 7 fps asked for 5 samples a second can't be cut evenly, and a live stream jitters. So a segment's time is cut
into slots of `period_s`, its first frame lies a quarter into slot 0, and the first frame that falls into a free slot
takes it. Usable samples never exceed scheduled ones, and a 10 fps clip asked for 5 gives every second frame.

Rejected: "a frame is due when the last one is a period old" (drifts to 3.3 fps on a 10 fps stream with jitter), and
slots tied to the wall clock (a 5 fps camera whose phase sits on a slot's edge would lose every second frame).
"""

from __future__ import annotations

import math

PHASE = 0.25
"""Where in slot 0 the first frame lies; leaves ± a quarter period for jitter on both sides at the stream's own rate."""


class Cadence:
    """Slots of `period_s` seconds over the media time of one source."""

    def __init__(self, period_s: float) -> None:
        self.period_s = period_s
        self._segment: int | None = None
        self._origin_s = 0.0
        self._last = -1

    def due(self, media_s: float, segment: int) -> bool:
        """Whether the frame at `media_s` of `segment` is the first in its slot."""
        return segment != self._segment or self._slot(media_s) > self._last

    def take(self, media_s: float, segment: int) -> bool:
        """Whether it is; if so, the slot is filled."""
        if not self.due(media_s, segment):
            return False
        if segment != self._segment:
            self._segment, self._origin_s = segment, media_s
        self._last = self._slot(media_s)
        return True

    def _slot(self, media_s: float) -> int:
        return math.floor((media_s - self._origin_s) / self.period_s + PHASE + 1e-6)
