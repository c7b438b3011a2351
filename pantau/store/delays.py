"""How long it takes from the capture of a sample until it is safely kept, as a distribution that only grows.

Counted when a batch is acknowledged (it is in the journal and survives a kill), a value for each sample of each family. It is what
the wire, the gate's held groups, the detector's queue, the ledger's second and the disk take together; the first thing that
grows when a computer has more cameras than it can carry. Bins between fixed edges can be subtracted, so that whoever asks twice
(Prometheus, ``python -m bench.rtsp``) has the distribution of the time between.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from datetime import datetime
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


class Delays:
    """Seconds from capture to kept, counted. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = [0] * (len(EDGES_S) + 1)
        self._sum_s = 0.0

    def note(self, batch: Batch, kept: datetime) -> None:
        """The samples of a batch were all kept at this moment."""
        late_s = [(kept - time).total_seconds() for times in batch.samples.values() for time in times]
        with self._lock:
            for one in late_s:
                self._counts[bisect_left(EDGES_S, one)] += 1
            self._sum_s += sum(late_s)

    def counted(self) -> tuple[tuple[int, ...], float]:
        """How many lie in each of the len(`EDGES_S`) + 1 bins, an edge belonging to the bin below it; and the sum, seconds."""
        with self._lock:
            return tuple(self._counts), self._sum_s
