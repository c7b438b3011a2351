"""Painted scenes with exact truth: a ground, vehicles with a texture of their own, people, light; and the boxes of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np

from pantau.types import CLASSES, EPOCH, Detections, Frame, Image, Tracks, View

SIZE = (320, 240)
T0 = EPOCH + timedelta(days=20_000, hours=3)


@dataclass(frozen=True)
class Body:
    """Something with a box (xyxy, pixels), a look of its own, and whether the detector sees it; `track` -1: not tracked."""

    box: tuple[float, float, float, float]
    look: int = 1
    class_name: str = "car"
    seen: bool = True
    confidence: float = 0.6
    track: int = -1
    velocity: tuple[float, float] = (0.0, 0.0)


def ground(seed: int = 0) -> Image:
    """Bare asphalt with a little grain."""
    grain = np.random.default_rng(seed).normal(0, 2, (SIZE[1], SIZE[0]))
    return np.repeat(np.clip(110 + grain, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def texture(look: int, width: int, height: int) -> Image:
    """Blotches with edges, the same for the same look at any size."""
    small = np.random.default_rng(1000 + look).integers(30, 225, (7, 7), dtype=np.uint8)
    big = cv2.resize(small, (max(width, 1), max(height, 1)), interpolation=cv2.INTER_NEAREST)
    return np.repeat(np.asarray(big, np.uint8)[..., None], 3, axis=2)


def paint(bodies: Sequence[Body], light: float = 1.0, seed: int = 0) -> Image:
    """The bodies on the ground, the farthest first, in a light."""
    canvas = ground(seed).copy()
    for body in sorted(bodies, key=lambda b: b.box[3]):
        x1, y1, x2, y2 = (round(v) for v in body.box)
        drawn = texture(body.look, x2 - x1, y2 - y1)
        left, top = max(x1, 0), max(y1, 0)
        right, bottom = min(x2, SIZE[0]), min(y2, SIZE[1])
        if right > left and bottom > top:
            canvas[top:bottom, left:right] = drawn[top - y1 : bottom - y1, left - x1 : right - x1]
    return np.asarray(np.clip(canvas * light, 0, 255), np.uint8)


def detections(bodies: Sequence[Body]) -> Detections:
    """The boxes of those that are seen, in the order given."""
    found = [body for body in bodies if body.seen]
    return Detections(
        np.array([body.box for body in found], np.float32).reshape(-1, 4),
        np.array([body.confidence for body in found], np.float32),
        np.array([CLASSES.index(body.class_name) for body in found], np.int64),
    )


def view(bodies: Sequence[Body], time: datetime = T0, light: float = 1.0, seed: int = 0) -> View:
    """One sample."""
    found = detections(bodies)
    tracked = [body for body in bodies if body.seen and body.track >= 0]
    tracks = Tracks(
        detections(tracked),
        np.array([body.track for body in tracked], np.int64),
        np.array([body.velocity for body in tracked], np.float32).reshape(-1, 2),
    )
    return View(Frame("c", time, paint(bodies, light, seed), 1, (time - T0).total_seconds()), found, tracks)
