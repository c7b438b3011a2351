"""While a stream is decoded and nothing moves, its detector rests: the pictures are given on as quiet, a moment late.

    moved ──► as they are                          moved again: what still waits is given as it is, because who
    calm  ──► wait `BACK_S` ──► quiet              is seen now was there before, too small or too faint

Others than the detector go by the picture (whether it is frozen, what lies there, how high the water is): it must not grow old, so
a quiet one shows a picture at most `FRESH_S` old. And as often as a sleeper is audited the detector looks again at what it takes for
granted. Limit: what waits is at most `MOST_BYTES` of decoded pictures; of a large picture less time waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from av.video.frame import VideoFrame

from pantau.ingest.decode import Decoded

BACK_S: Final = 0.8
FRESH_S: Final = 2.0
MOST_BYTES: Final = 24 * 2**20


@dataclass(slots=True)
class Rest:
    """One stream's.

    Args:
        moved_s: when something last moved, on the stream's clock; at first nobody knows.
        asked_s: the newest picture that the detector was to look at.
    """

    moved_s: float = np.inf
    asked_s: float = -np.inf
    _waiting: deque[Decoded] = field(default_factory=deque)
    _shown: VideoFrame | None = None  # the newest picture that was given out as its own
    _shown_s: float = -np.inf

    def give(self, seen: Decoded, calm_s: float, audit_s: float) -> Iterator[Decoded]:
        """The picture and what waited for it, or those that have waited long enough.

        Args:
            seen: the newest picture.
            calm_s: seconds in which nothing moves before the detector rests.
            audit_s: seconds after which it looks all the same.
        """
        clock_s = seen.clock_s
        if clock_s is not None and clock_s - self.moved_s > calm_s and clock_s - self.asked_s < audit_s:
            self._waiting.append(seen)
            most = max(1, int(MOST_BYTES / (1.5 * seen.frame.width * seen.frame.height)))
            while len(self._waiting) > most or clock_s - (self._waiting[0].clock_s or 0.0) >= BACK_S:
                yield self._quiet(self._waiting.popleft())
            return
        if clock_s is None or clock_s - self.moved_s > calm_s:
            yield from self.end()
        yield from self._waiting
        self._waiting.clear()
        self._shown, self._shown_s = seen.frame, -np.inf if clock_s is None else clock_s
        self.asked_s = self._shown_s
        yield seen

    def end(self) -> Iterator[Decoded]:
        """What still waits: the stream ends, or falls asleep."""
        while self._waiting:
            yield self._quiet(self._waiting.popleft())

    def _quiet(self, seen: Decoded) -> Decoded:
        clock_s = seen.clock_s or 0.0
        if self._shown is None or clock_s - self._shown_s >= FRESH_S:
            self._shown, self._shown_s = seen.frame, clock_s
        return Decoded(seen.clock_s, self._shown, quiet=True)
