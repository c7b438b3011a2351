"""What a camera has sent and nobody has looked at yet: between the thread that reads a stream and the loop that decodes it.

    reader: connect ─► demux ─► put         loop: take ─► decode ─► sample ─► detect …
                                 └─ packets ─┘ └─ behind? ─► skip to the newest key frame

The reader does nothing but read. So a packet's time of arrival is true, however busy the computer is, and so is how far the loop is behind: the age
of the packet that it takes. Packets are small: a loop that is held up for some seconds, by a bunch of pictures or by its turn at the detector, loses nothing.
One that is too slow for good *skips*: what waits before the newest key frame goes undecoded, and is counted. Decoding some of it instead would help nobody, because each
picture needs all before it. More than `MOST_BYTES` never wait: who has no key frame to skip to then loses what comes until there is one. And who takes nothing for so long
that it would skip anyway (a store that refuses holds up every loop of a city) finds no more than the newest group.

Rejected: pictures in place of packets (a hundred times as large, so that only the newest could wait, and decoding was never shed: an overloaded city fell behind by a minute,
because its readers did not come to read).
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from av.packet import Packet
from av.video.stream import VideoStream

from pantau.ingest.fault import Fault

MOST_BYTES: Final = 16 * 2**20
MOST_S: Final = 15.0
"""Nor is what came so long before a key frame kept: longer than any loop may be behind before it skips."""
NAP_S: Final = 0.5
"""Who naps is woken by a key frame, or when something has waited for so long."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection: its picture stream, whose container may be closed by now (then only its codec context may be used), the name of its format, and when."""

    stream: VideoStream = field(repr=False)
    format: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """A packet and when it came."""

    packet: Packet[VideoStream] = field(repr=False)  # it would show its stream
    at: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """So many packets are gone; a key frame comes next."""

    packets: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A connection, or a try at one, that began then is over, and why."""

    fault: Fault
    began: datetime


Item = Opened | Arrived | Skipped | Ended


class Backlog:
    """Of one camera: passes items from one thread to another, in order."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._lost = 0  # packets that go until a key frame comes
        self._losing = False
        self._napping = False
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: Item) -> bool:
        """Leave it; never waits. False for a packet that is lost, as all are until a key frame comes."""
        with self._changed:
            if isinstance(item, Arrived):
                if item.packet.is_keyframe and self._waited_s(item.at) > MOST_S:
                    self._lose()
                elif self._losing and not item.packet.is_keyframe:
                    self._lost += 1
                    return False
                self._bytes += item.packet.size
            self._found_again()
            self._items.append(item)
            if self._bytes > MOST_BYTES:
                self._skip()
            if self._bytes > MOST_BYTES:  # there is no key frame, or what comes after it is too much
                self._lose()
                return False
            if not self._napping or self._wakes(item):
                self._changed.notify()
            return True

    def take(self, timeout_s: float, *, nap: bool = False) -> Item | None:
        """The oldest item, as soon as there is one; nothing after `timeout_s` seconds or once closed.

        Args:
            timeout_s: seconds to wait at the most.
            nap: nothing is urgent but a key frame: others may come together.
        """
        with self._changed:
            self._napping = nap
            self._changed.wait_for(lambda: self._items or self._closed, timeout_s)
            self._napping = False
            if not self._items or self._closed:
                return None
            item = self._items.popleft()
            if isinstance(item, Arrived):
                self._bytes -= item.packet.size
            return item

    def skip(self) -> bool:
        """Let go what waits before the newest key frame of the connection whose turn it is; false where no key frame waits."""
        with self._changed:
            return self._skip()

    def close(self) -> None:
        """Give out nothing more, and wake who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def _skip(self) -> bool:
        newest, gone = 0, 0
        for number, item in enumerate(self._items):
            if isinstance(item, Opened | Ended):
                break
            if isinstance(item, Arrived) and item.packet.is_keyframe:
                newest = number
        for _ in range(newest):
            gone += self._drop(self._items.popleft())
        if gone:
            self._items.appendleft(Skipped(gone))
        return newest > 0

    def _waited_s(self, now: datetime) -> float:
        """Seconds that the oldest packet has waited."""
        oldest = next((item.at for item in self._items if isinstance(item, Arrived)), now)
        return (now - oldest).total_seconds()

    def _lose(self) -> None:
        """Let go the packets of the newest connection, and those to come until there is one."""
        while self._items and isinstance(self._items[-1], Arrived | Skipped):
            self._lost += self._drop(self._items.pop())
        self._losing = True

    def _found_again(self) -> None:
        if self._lost:
            self._items.append(Skipped(self._lost))
        self._lost, self._losing = 0, False

    def _drop(self, item: Item) -> int:
        if isinstance(item, Arrived):
            self._bytes -= item.packet.size
            return 1
        return item.packets if isinstance(item, Skipped) else 0

    def _wakes(self, item: Item) -> bool:
        first = self._items[0]
        return (
            not isinstance(item, Arrived)
            or not isinstance(first, Arrived)
            or item.packet.is_keyframe
            or (item.at - first.at).total_seconds() >= NAP_S
        )
