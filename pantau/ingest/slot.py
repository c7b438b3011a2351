"""Where a reader leaves its newest frame for a slow consumer: bounded, newest wins.

Holds at most a frame, the gap after it and the newest frame after that: a consumer that slept through any number of
frames and outages finds the first unseen gap and the newest picture, never a backlog. The exception is a bunch of frames that
was held back by the gate (`pantau.ingest.lazy`): they come all at once and none of them replaces another; the reader waits for
room, up to `PATIENCE_S`, while the network holds what the camera sends. Beyond that the oldest go, counted.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from pantau.types import Frame, Gap

HELD: Final = 24
"""Frames of bunches that wait at most; a group of two seconds has ten samples."""
HELD_BYTES: Final = 64 * 2**20
"""And no more, once their pictures take so many bytes: two of 4K, all of 720p."""
PATIENCE_S: Final = 2.0


class Slot:
    """Passes frames and gaps from one thread to another, in order."""

    def __init__(self) -> None:
        self._items: deque[Frame | Gap] = deque()
        self._bunch = 0  # frames at the head of the queue that nothing may replace
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: Frame | Gap, *, held: bool = False) -> int:
        """Leave `item`, one of a bunch where it was `held`; the number of frames that were not taken in time and are gone."""
        with self._changed:
            lost = 0
            if held:
                self._changed.wait_for(lambda: not self._full() or self._closed, PATIENCE_S)
                if self._full():  # the oldest frame; a gap is never let go
                    del self._items[next(n for n, one in enumerate(self._items) if isinstance(one, Frame))]
                    lost = 1
                self._items.append(item)
                self._bunch = len(self._items)
            elif isinstance(item, Gap) and any(isinstance(waiting, Gap) for waiting in self._items):
                while len(self._items) > self._bunch and isinstance(
                    self._items[-1], Frame
                ):  # the waiting gap covers it
                    self._items.pop()
                    lost += 1
            elif isinstance(item, Frame) and len(self._items) > self._bunch and isinstance(self._items[-1], Frame):
                self._items[-1] = item
                lost = 1
            else:
                self._items.append(item)
            self._changed.notify()
            return lost

    def take(self, timeout_s: float) -> Frame | Gap | None:
        """The oldest item, as soon as there is one; nothing after `timeout_s` seconds or once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed, timeout_s)
            if not self._items or self._closed:
                return None
            self._bunch = max(0, self._bunch - 1)
            self._changed.notify_all()
            return self._items.popleft()

    def _full(self) -> bool:
        pictures = {id(one.image): one.image.nbytes for one in self._items if isinstance(one, Frame)}
        return len(self._items) >= HELD or sum(pictures.values()) >= HELD_BYTES

    def close(self) -> None:
        """Give out nothing more, and wake who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed
