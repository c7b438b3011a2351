"""What a loop found and the sink has not yet acknowledged, in batches numbered from 1.

A batch leaves only when the sink has committed it, so a full disk or a slow store loses nothing that was measured; at
`PENDING` waiting batches the loop is told to stop taking samples. Rejected: dropping the oldest batch (a count would be
wrong and nobody would know), and waiting without a limit (memory).
"""

from __future__ import annotations

from collections import deque
from datetime import datetime

import structlog

from pantau.errors import StoreError
from pantau.findings import Findings
from pantau.ports import Sink
from pantau.types import Batch, Event, Observation, Unseen

FLUSH_S = 1.0
"""Seconds of capture time between batches: what a kill -9 can lose at most, because it was not acknowledged."""
PENDING = 120
"""Batches that wait for the sink before the loop stops taking samples: two minutes."""

log = structlog.get_logger(__name__)


class Ledger:
    """What was found and is not yet acknowledged, in batches numbered from 1."""

    def __init__(self, run: str, sink: Sink) -> None:
        self._run, self._sink = run, sink
        self._seq = 0
        self._samples: dict[str, list[datetime]] = {}
        self._observations: list[Observation] = []
        self._events: list[Event] = []
        self._unseen: list[Unseen] = []
        self._waiting: deque[Batch] = deque()
        self._flushed: datetime | None = None
        self.trouble = ""

    def observe(self, family: str, time: datetime) -> None:
        """One usable sample of a family."""
        self._samples.setdefault(family, []).append(time)

    def add(self, findings: Findings) -> None:
        """Findings to be kept with the next batch."""
        self._observations.extend(findings.observations)
        self._events.extend(findings.events)
        self._unseen.extend(findings.unseen)

    def due(self, time: datetime) -> bool:
        """Whether a batch should go out at this capture time."""
        if self._flushed is None:
            self._flushed = time
        return (time - self._flushed).total_seconds() >= FLUSH_S

    @property
    def waiting(self) -> int:
        """Batches that the sink has not acknowledged."""
        return len(self._waiting)

    def flush(self, time: datetime) -> int:
        """Hand over what waits, oldest first; how many batches still wait, and `trouble` says why."""
        self._flushed = time
        if self._samples or self._observations or self._events:
            self._seq += 1
            samples = {family: tuple(times) for family, times in self._samples.items()}
            found = tuple(self._observations), tuple(self._events), tuple(self._unseen)
            self._waiting.append(Batch(self._run, self._seq, samples, *found))
            self._samples, self._observations, self._events, self._unseen = {}, [], [], []
        while self._waiting:
            try:
                self._sink.write(self._waiting[0])
            except StoreError as error:
                self.trouble = f"store: {error}"
                log.warning("sink.refused", run=self._run, waiting=len(self._waiting), error=str(error))
                break
            self._waiting.popleft()
            self.trouble = ""
        return len(self._waiting)
