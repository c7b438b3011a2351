"""The live board: the newest picture and numbers of each camera. Threads post, the event loop waits; latest wins.

A post replaces what the camera showed before and raises the board's version by one; a reader asks what has changed since
the version it last saw, so a slow reader misses what was overtaken and never makes a queue. The entries lie in the order of
their versions, so that this question costs only what has changed.

Waiting costs no thread and no polling: each reader registers a `Watcher` with its event loop, and a post wakes those that
are asleep, once until they look again. Rejected: a queue per client (unbounded or lossy in the wrong place) and an
asyncio.Condition (posts come from threads that know no loop).

The last few pictures of a camera are held by their tag: the browser is told the boxes first and fetches their picture a
moment later, when the camera may have moved on; a box must not lie beside its road user. An alarm keeps one from before it
began.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zlib import crc32

from pantau.errors import PantauError
from pantau.findings import Live

CAMERAS = 16_384
"""Entries held at most; the city with the most cameras has 10,417."""
WATCHERS = 64
"""Readers that may wait at the same time."""
PICTURES = 8
"""Pictures held of one camera, three seconds of them or more: an alarm is raised a moment after its onset, and shows before it."""
LOOKS_S = 10.0
"""Who has not asked for a picture for so long is not looking any more."""


class FullError(PantauError):
    """As many readers are waiting as may."""


class Watcher:
    """One reader's place on the waiting list; made by `LiveBoard.watch`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self._called = False

    def wake(self) -> None:
        """Let `wait` return; from any thread. Only the first call since the last wait costs anything."""
        if not self._called:
            self._called = True
            try:
                self._loop.call_soon_threadsafe(self._event.set)
            except RuntimeError:  # the loop has been closed: nobody is left to wake
                return

    async def wait(self, timeout_s: float) -> bool:
        """Sleep until something is posted or `timeout_s` seconds have passed; whether something was."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        self._called = False
        return True


class LiveBoard:
    """Implements `pantau.ports.Board`.

    Args:
        cameras: entries held at most; beyond it, the one that was not posted for the longest time goes.
        watchers: readers that may wait at the same time.
        clock: seconds, for how long ago somebody looked.
    """

    def __init__(
        self, cameras: int = CAMERAS, watchers: int = WATCHERS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self.watchers, self._clock = cameras, watchers, clock
        self._asked: dict[str, float] = {}  # when a picture of a camera was last asked for; only of those that show one
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[int, Live]] = OrderedDict()
        self._pictures: dict[str, deque[tuple[str, bytes, datetime]]] = {}
        self._version = 0
        self._waiting: set[Watcher] = set()
        self._closed = False

    def post(self, live: Live) -> None:
        """Replace what is shown of this camera; from any thread."""
        with self._lock:
            self._version += 1
            self._entries[live.camera] = (self._version, live)
            self._entries.move_to_end(live.camera)
            self._hold(live)
            if len(self._entries) > self._limit:
                gone = self._entries.popitem(last=False)[0]
                self._pictures.pop(gone, None)
                self._asked.pop(gone, None)
            for watcher in self._waiting:
                watcher.wake()

    def wake(self) -> None:
        """Let every reader look again: something beside the board has changed."""
        with self._lock:
            for watcher in self._waiting:
                watcher.wake()

    def forget(self, camera: str) -> None:
        """Take a camera that has left the register off the board."""
        with self._lock:
            self._entries.pop(camera, None)
            self._pictures.pop(camera, None)
            self._asked.pop(camera, None)

    def latest(self, camera: str) -> Live | None:
        """What is shown of a camera, or None when it never posted."""
        with self._lock:
            entry = self._entries.get(camera)
        return entry[1] if entry else None

    def picture(self, camera: str, tag: str = "") -> tuple[str, bytes] | None:
        """The picture with this tag, else the newest, with its tag; None when there is none to show."""
        with self._lock:
            held = self._pictures.get(camera, ())
            if held:
                self._asked[camera] = self._clock()
            found = next((one for one in held if one[0] == tag), held[-1] if held else None)
        return found[:2] if found else None

    def looked_at(self, camera: str) -> bool:
        """Whether a picture of it was asked for in the last `LOOKS_S`."""
        with self._lock:
            asked = self._asked.get(camera)
        return asked is not None and self._clock() - asked < LOOKS_S

    def pictures(self, camera: str) -> tuple[tuple[datetime, bytes], ...]:
        """The pictures that are held, each with its time of capture, the oldest first."""
        with self._lock:
            return tuple((time, jpeg) for _, jpeg, time in self._pictures.get(camera, ()))

    def all(self) -> tuple[Live, ...]:
        """What is shown of every camera, the longest unchanged first."""
        with self._lock:
            return tuple(live for _, live in self._entries.values())

    def changed_since(self, version: int) -> tuple[int, tuple[Live, ...]]:
        """The board's version, and what has changed after `version` (0: everything), the oldest change first."""
        changed: list[Live] = []
        with self._lock:
            for posted, live in reversed(self._entries.values()):
                if posted <= version:
                    break
                changed.append(live)
            return self._version, tuple(reversed(changed))

    @contextmanager
    def watch(self) -> Iterator[Watcher]:
        """A place on the waiting list, for as long as the context lasts; from within an event loop.

        Raises:
            FullError: as many readers are waiting as may.
        """
        watcher = Watcher()
        with self._lock:
            if len(self._waiting) >= self.watchers:
                raise FullError(f"{self.watchers} live pages are open already; close one and try again")
            self._waiting.add(watcher)
        try:
            yield watcher
        finally:
            with self._lock:
                self._waiting.discard(watcher)

    def close(self) -> None:
        """End every live stream; the server is going down. Posts are still taken."""
        with self._lock:
            self._closed = True
            for watcher in self._waiting:
                watcher.wake()

    def _hold(self, live: Live) -> None:
        """Keep the picture beside its predecessors; a camera that shows none now has none."""
        if not live.picture:
            self._pictures.pop(live.camera, None)
            return
        held = self._pictures.setdefault(live.camera, deque(maxlen=PICTURES))
        if not held or held[-1][1] is not live.picture:
            held.append((tag_of(live.picture), live.picture, live.time))

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def watching(self) -> int:
        """How many readers are waiting."""
        with self._lock:
            return len(self._waiting)


def tag_of(picture: bytes) -> str:
    """A short name of a picture's content."""
    return f"{crc32(picture):08x}"
