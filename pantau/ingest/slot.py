"""Where a reader leaves its newest frame for a slow consumer: bounded, newest wins.

Holds at most a frame, the gap after it and the newest frame after that: a consumer that slept through any number of
frames and outages finds the first unseen gap and the newest picture, never a backlog.
"""

from __future__ import annotations

import threading
from collections import deque

from pantau.types import Frame, Gap


class Slot:
    """Passes frames and gaps from one thread to another, in order."""

    def __init__(self) -> None:
        self._items: deque[Frame | Gap] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: Frame | Gap) -> int:
        """Leave `item`; the number of frames that were not taken in time and are gone."""
        with self._changed:
            lost = 0
            if isinstance(item, Gap) and any(isinstance(waiting, Gap) for waiting in self._items):
                while isinstance(self._items[-1], Frame):  # the gap that waits covers this one too
                    self._items.pop()
                    lost += 1
            elif isinstance(item, Frame) and self._items and isinstance(self._items[-1], Frame):
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
            return self._items.popleft() if self._items and not self._closed else None

    def close(self) -> None:
        """Give out nothing more, and wake who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed
