"""Where the camera's loop meets a shadow: an analyser that measures nothing and passes the sample on, without waiting.

It stands among the camera's analysers, so it gets what they get: the masked picture, the boxes the loop found, and no
picture of a blind camera. While nobody sits at it (`seated`), it does nothing. What it passes on waits in an `Inbox` that holds
`HELD_BYTES` of pictures: where that is full the sample is lost to the shadow, and counted (`Look.lost`).
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pantau.findings import Findings
from pantau.places import Camera
from pantau.ports import Needs
from pantau.types import Detections, Frame, Key, View

HELD_BYTES: Final = 96 << 20
"""Pictures that wait at most; a held group of two seconds (`pantau.ingest.lazy`) in full HD has 62 MB."""
COUNTING: Final = frozenset({"visitors", "traffic"})
"""The analysers whose counts are compared."""
NOTHING: Final = Findings(usable=False)


def counts(camera: Camera) -> bool:
    """Whether the camera counts anything that can be compared."""
    return bool(COUNTING & set(camera.analysers)) and bool(camera.lines or camera.zones)


@dataclass(frozen=True, slots=True)
class Sit:
    """Begin to compare a camera; `old` is the method of its detector."""

    camera: Camera
    old: str


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A sample, what the old detector found in it, and how many samples of this camera before it were lost."""

    frame: Frame
    found: Detections
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """The camera's pictures stop."""

    camera: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Rise:
    """Compare this camera no longer."""

    camera: str


Message = Sit | Look | Pause | Rise


class Inbox:
    """What waits for the shadow. Safe from any thread; putting never waits."""

    def __init__(self, held_bytes: int = HELD_BYTES) -> None:
        self._limit, self._bytes = held_bytes, 0
        self._messages: deque[Message] = deque()
        self._lost: dict[str, int] = {}
        self._changed = threading.Condition()

    def put(self, message: Message) -> None:
        """Leave a message; a picture for which there is no room is lost, and told with the next."""
        with self._changed:
            if isinstance(message, Look):
                frame = message.frame
                if self._bytes and self._bytes + frame.image.nbytes > self._limit:
                    self._lost[frame.camera] = self._lost.get(frame.camera, 0) + 1
                    return
                self._bytes += frame.image.nbytes
                message = Look(frame, message.found, self._lost.pop(frame.camera, 0))
            self._messages.append(message)
            self._changed.notify()

    def take(self, timeout_s: float) -> Message | None:
        """The oldest, as soon as there is one; nothing after `timeout_s` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._messages, timeout_s)
            if not self._messages:
                return None
            message = self._messages.popleft()
            if isinstance(message, Look):
                self._bytes -= message.frame.image.nbytes
            return message

    def __len__(self) -> int:
        return len(self._messages)

    def clear(self) -> None:
        """Forget everything."""
        with self._changed:
            self._messages.clear()
            self._lost.clear()
            self._bytes = 0


class Witness:
    """Passes one camera's samples on; implements `pantau.ports.Analyser`.

    Args:
        camera: whose.
        old: the method of its detector.
        inbox: where they go.
    """

    family: Final = "shadow"
    method: Final = "shadow/1"
    keys: Final[tuple[Key, ...]] = ()

    def __init__(self, camera: Camera, old: str, inbox: Inbox) -> None:
        self.camera, self.old = camera, old
        self._inbox = inbox
        self._seated = False

    @property
    def needs(self) -> Needs:
        """What the camera's counting needs."""
        return Needs(1 / self.camera.fps, frozenset({"image", "detections"}))

    @property
    def seated(self) -> bool:
        """Whether its samples are asked for."""
        return self._seated

    def seat(self) -> None:
        """Pass samples on from now on."""
        self._inbox.put(Sit(self.camera, self.old))
        self._seated = True

    def rise(self) -> None:
        """Pass nothing on any more."""
        self._seated = False
        self._inbox.put(Rise(self.camera.id))

    def step(self, view: View) -> Findings:
        """Pass the sample on, where it is asked for."""
        if self._seated:
            self._inbox.put(Look(view.frame, view.detections))
        return NOTHING

    def close(self, time: datetime) -> Findings:
        """Say that the pictures stop."""
        if self._seated:
            self._inbox.put(Pause(self.camera.id, time))
        return NOTHING
