"""A street on which one person walks to and fro over a line, and detectors that see them, or not always."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import numpy as np

from pantau.places import Camera, Line, Zone
from pantau.types import Detections, Frame, Image

START = datetime(2026, 1, 1, 7, 0, tzinfo=UTC)
FPS = 5.0
SIZE = (160, 120)  # width, height
SWING_S = 6.0
"""Seconds from one side to the other."""
LINE = Line(id="a.L", camera="a", name="L", start=(0.5, 0.9), end=(0.5, 0.1))
ZONE = Zone(id="a.Z", camera="a", name="Z", polygon=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
CAMERA = Camera(id="a", name="A", source="script", fps=FPS, lines=(LINE,), zones=(ZONE,), analysers=("visitors",))


def x_at(seconds: float) -> float:
    """Where the person is: up and down between 20 and 140."""
    phase = seconds % (2 * SWING_S) / SWING_S
    return 20 + 120 * (phase if phase < 1 else 2 - phase)


def seen(seconds: float) -> Detections:
    x = x_at(seconds)
    box = np.array([[x - 8, 40, x + 8, 80]], np.float32)
    return Detections(box, np.full(1, 0.9, np.float32), np.zeros(1, np.int64))


def picture(seconds: float) -> Image:
    """The person in red on black."""
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    x = int(x_at(seconds))
    image[40:80, x - 8 : x + 8, 2] = 255
    return image


def street(length_s: float, begin_s: float = 0.0, camera: str = "a") -> Iterator[tuple[Frame, Detections]]:
    """Frames and what a detector that misses nothing finds in them."""
    for number in range(int(begin_s * FPS), int((begin_s + length_s) * FPS)):
        s = number / FPS
        yield Frame(camera, START + timedelta(seconds=s), picture(s), number + 1, s), seen(s)


class BlindEvery:
    """Sees red things, but nothing for one swing in `every` (0: always sees); it knows the time by the order of calls."""

    def __init__(self, every: int = 0, method: str = "new") -> None:
        self.method = method
        self._every, self._calls = every, 0

    def detect(self, image: Image, deadline_s: float | None = None) -> Detections | None:
        del deadline_s
        swing = int((self._calls / FPS) // SWING_S)
        self._calls += 1
        xs = np.flatnonzero(image[60, :, 2] > 200)
        if not len(xs) or (self._every and swing % self._every == self._every - 1):
            return Detections.empty()
        box = np.array([[xs[0], 40, xs[-1] + 1, 80]], np.float32)
        return Detections(box, np.full(1, 0.9, np.float32), np.zeros(1, np.int64))


def idles() -> BlindEvery:
    """For another process: sees all, as soon as there is idle time."""
    return BlindEvery()


def opens() -> BlindEvery:
    """The same, but it waits for no idle time: a computer that runs tests may have none."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    return BlindEvery()
