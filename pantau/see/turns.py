"""Whose picture is looked at next: a computer's inferences, shared among its cameras by weight.

Idea: as many inferences run side by side as there are cores; everybody else waits for a turn. Among those that wait, the camera that has had
the least of the computer for its weight goes first (start-time fair queueing: Goyal, Vin, Cheng 1996), measured in seconds of inference, so that a
camera with a dear model does not crowd out one with a cheap one. A camera waits for one picture at a time. While the computer has time for
all, nobody waits and the order is nobody's business; when it hasn't, every camera gets fewer samples a second, evenly spaced, those with little weight
first. None is starved. A picture that has waited for longer than its deadline is given up, and its sample is unobserved: coverage falls, and
`dropped` says *deadline*.

Limits: decoding, tracking and analysing are not shared out, only waited for. Rejected: first come first served (a camera that asks more often gets more), strict
priorities (the low ones see nothing for hours), and a thread that runs everybody's inferences (a copy of each picture, and one more thing that can hang).
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from pantau.findings import Load
from pantau.places import Priority
from pantau.ports import Detector
from pantau.types import Detections, Image

WEIGHTS: Final[dict[Priority, float]] = {"low": 1.0, "normal": 2.0, "high": 4.0}
DEADLINE_S: Final = 2.0
"""How long a live picture may wait and be looked at: as long as a group of pictures that is held back."""
MEMORY: Final = 0.02
"""Of the newest wait in the moving mean."""


@dataclass(slots=True)
class _Share:
    """One camera's: its weight, and, in virtual seconds, where its newest turn begins and where it has had its part."""

    weight: float
    start: float = 0.0
    finish: float = 0.0


@dataclass(order=True, slots=True)
class _Waiting:
    """One that waits: who began to be owed longest goes first, then who came first."""

    start: float
    came: int
    woken: threading.Event = field(compare=False, default_factory=threading.Event)
    gone: bool = field(compare=False, default=False)


class Turns:
    """Gives turns. Safe from any thread.

    Args:
        at_once: how many may have a turn at the same time.
        clock: seconds; only differences count.
    """

    def __init__(self, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._free = self._at_once = at_once
        self._clock = clock
        self._queue: list[_Waiting] = []
        self._came = itertools.count()
        self._now = 0.0  # virtual time: what the newest turn began at
        self._busy_s = self._wait_s = 0.0
        self._given_up = 0

    def load(self) -> Load:
        """How busy it is."""
        with self._lock:
            return Load(self._busy_s, self._at_once, self._wait_s, self._given_up)

    def share(self, detector: Detector, weight: float = 1.0) -> Detector:
        """The same detector, waiting for its turn.

        Args:
            detector: one camera's.
            weight: its part against the other cameras' when there is not enough for all; above 0.
        """
        return _Fair(detector, self, _Share(weight), self._clock)

    def take(self, share: _Share, deadline_s: float | None) -> bool:
        """Wait for a turn; false when it has not come within the deadline. Who has one must `give` it back."""
        with self._lock:
            share.start = max(self._now, share.finish)
            if self._free:
                self._free -= 1
                self._begin(share, 0.0)
                return True
            waiting = _Waiting(share.start, next(self._came))
            heapq.heappush(self._queue, waiting)
        begin = self._clock()
        waiting.woken.wait(deadline_s)
        with self._lock:
            if not waiting.woken.is_set():
                waiting.gone = True
                self._given_up += 1
                return False
            self._begin(share, self._clock() - begin)
            return True

    def give(self, share: _Share, took_s: float) -> None:
        """Give a turn back after so many seconds; the one that is owed most has it next."""
        with self._lock:
            self._busy_s += took_s
            share.finish = share.start + took_s / share.weight
            while self._queue:
                following = heapq.heappop(self._queue)
                if not following.gone:
                    following.woken.set()
                    return
            self._free += 1

    def give_up(self) -> None:
        """Count a picture that had its turn, and whose answer would have come too late."""
        with self._lock:
            self._given_up += 1

    def _begin(self, share: _Share, waited_s: float) -> None:
        self._now = max(self._now, share.start)
        self._wait_s += MEMORY * (waited_s - self._wait_s)


class _Fair:
    """A detector that waits for its turn."""

    def __init__(self, inner: Detector, turns: Turns, share: _Share, clock: Callable[[], float]) -> None:
        self._inner, self._turns, self._share, self._clock = inner, turns, share, clock

    @property
    def method(self) -> str:
        """The detector's own: waiting changes no box."""
        return self._inner.method

    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        """As the detector, or nothing when its turn or its answer would come too late."""
        asked = self._clock()
        if not self._turns.take(self._share, deadline_s):
            return None
        begin, found = self._clock(), None
        try:
            found = self._inner.detect(image, None if deadline_s is None else max(0.0, deadline_s - (begin - asked)))
        finally:
            self._turns.give(self._share, self._clock() - begin)
        if found is None:  # its turn came, and too late for an answer in time
            self._turns.give_up()
        return found
