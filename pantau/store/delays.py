"""How long it takes from the capture of a sample until it is safely kept, as a distribution that only grows.

Counted when a batch is acknowledged (it is in the journal and survives a kill), a value for each sample of each family. It is what
the wire, the gate's held groups, the detector's queue, the ledger's second and the disk take together; the first thing that
grows when a computer has more cameras than it can carry. Bins between fixed edges can be subtracted, so that whoever asks twice
(Prometheus, ``python -m bench.rtsp``) has the distribution of the time between. The last hour's is kept beside it, by the minute, for
who asks once: that of all time would hide a city that has become slow today.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import deque
from datetime import datetime, timedelta
from typing import Final

from pantau.types import Batch

EDGES_S: Final = (
    0.25,
    0.5,
    0.75,
    1.0,
    1.25,
    1.5,
    1.75,
    2.0,
    2.25,
    2.5,
    2.75,
    3.0,
    3.5,
    4.0,
    5.0,
    7.5,
    10.0,
    20.0,
    60.0,
)
"""Fine where a healthy city lies: a group of pictures, a second of ledger."""
BINS: Final = len(EDGES_S) + 1
RECENT: Final = timedelta(hours=1)


class Delays:
    """Seconds from capture to kept, counted. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = [0] * BINS
        self._sum_s = 0.0
        self._minutes: deque[tuple[datetime, list[int]]] = deque(maxlen=RECENT // timedelta(minutes=1))

    def note(self, batch: Batch, kept: datetime) -> None:
        """The samples of a batch were all kept at this moment."""
        late_s = [(kept - time).total_seconds() for times in batch.samples.values() for time in times]
        minute = kept.replace(second=0, microsecond=0)
        with self._lock:
            if not self._minutes or self._minutes[-1][0] < minute:  # a clock that was set back goes on in the newest
                self._minutes.append((minute, [0] * BINS))
            for one in late_s:
                where = bisect_left(EDGES_S, one)
                self._counts[where] += 1
                self._minutes[-1][1][where] += 1
            self._sum_s += sum(late_s)

    def counted(self) -> tuple[tuple[int, ...], float]:
        """How many lie in each of the len(`EDGES_S`) + 1 bins, an edge belonging to the bin below it; and the sum, seconds."""
        with self._lock:
            return tuple(self._counts), self._sum_s

    def recent(self, now: datetime) -> tuple[int, ...]:
        """How many of those kept in the last hour lie in each bin, to the minute."""
        with self._lock:
            counted = [counts for minute, counts in self._minutes if now - minute < RECENT]
            return tuple(map(sum, zip([0] * BINS, *counted, strict=True)))
