"""The shadow's side of the pipe: a twin for each camera whose turn it is."""

from __future__ import annotations

from datetime import datetime

from pantau.evaluate.bridge import Stretch
from pantau.ports import Detector
from pantau.shadow.twin import Twin
from pantau.shadow.witness import Look, Message, Pause, Rise, Sit
from pantau.types import Image


class Table:
    """The cameras that are compared now, and the newest picture of each."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._twins: dict[str, Twin] = {}
        self._last: dict[str, datetime] = {}
        self._pictures: dict[str, Image] = {}

    def picture(self, camera: str) -> Image:
        """The one that it was sent last."""
        return self._pictures[camera]

    def hear(self, message: Message) -> tuple[Stretch, ...]:
        """Do what a message asks; the stretches that this closed. What is about a camera that does not sit is nothing."""
        if isinstance(message, Sit):
            left = self._rise(message.camera.id)
            self._twins[message.camera.id] = Twin(message.camera, self._detector, message.old)
            return left
        if isinstance(message, Rise):
            return self._rise(message.camera)
        camera = message.camera if isinstance(message, Pause) else message.frame.camera
        if isinstance(message, Look):
            self._pictures[camera] = message.frame.image
        twin = self._twins.get(camera)
        if twin is None:
            return ()
        if isinstance(message, Pause):
            twin.pause(message.time)
            return ()
        self._last[camera] = message.frame.time
        return tuple(twin.look(message.frame, message.found, message.lost))

    def _rise(self, camera: str) -> tuple[Stretch, ...]:
        self._pictures.pop(camera, None)
        twin, last = self._twins.pop(camera, None), self._last.pop(camera, None)
        return tuple(twin.end(last)) if twin and last else ()
