"""A made road seen by a made camera: vehicles are boxes of known size that drive at known speeds, so every truth is exact.

The camera is a pinhole at `height` metres over the road, looking along it and down; the ground is flat, x to the right and y away from
the camera, metres. What a perfect detector would draw is the rectangle around the eight corners of a vehicle, cut at the
picture's edge. `Noise` makes of it what a real one draws: errors and misses of real boxes against real truth, taken in
stretches as they came, because a detector's errors last for some samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.places import Ground, GroundPoint
from pantau.types import CLASSES, Detections

Array = npt.NDArray[np.float64]

SIZES: Final = {
    "car": (4.4, 1.8, 1.5),
    "motorcycle": (2.0, 0.7, 1.6),
    "bus": (11.0, 2.5, 3.1),
    "truck": (8.0, 2.4, 3.0),
}
"""Length, width and height, metres."""
SEEN: Final = 0.5
"""Share of a vehicle's rectangle that must be in the picture."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the camera hangs and how it looks.

    Args:
        height: metres over the road.
        tilt: degrees below the horizon.
        turn: degrees to the right of the road's direction.
        fov: degrees from the left to the right edge.
        size: (width, height) of its picture.
    """

    height: float = 7.0
    tilt: float = 22.0
    turn: float = 8.0
    fov: float = 60.0
    size: tuple[int, int] = (1280, 720)

    def pixels(self, points: Array) -> Array:
        """(N, 2) of (N, 3) points on and over the ground."""
        tilt, turn = np.radians(self.tilt), np.radians(self.turn)
        right = np.array([np.cos(turn), -np.sin(turn), 0])
        ahead = np.array([np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), -np.sin(tilt)])
        down = np.cross(ahead, right)
        seen = (points - np.array([0, 0, self.height])) @ np.stack([right, down, ahead]).T
        focal = self.size[0] / 2 / np.tan(np.radians(self.fov) / 2)
        return np.asarray(focal * seen[:, :2] / seen[:, 2:] + np.array(self.size) / 2)

    def calibration(self, places: Sequence[tuple[float, float]], clicks: Array | None = None) -> Ground:
        """Points on the ground with the pixels that someone clicked; `clicks` (N, 2) are the errors of that."""
        pixels = self.pixels(np.array([(x, y, 0) for x, y in places]))
        pixels = (pixels + (0 if clicks is None else clicks)) / self.size
        points = (
            GroundPoint(f"point {n}", (float(px), float(py)), place)
            for n, ((px, py), place) in enumerate(zip(pixels.tolist(), places, strict=True), start=1)
        )
        return Ground(points=tuple(points), size=self.size)


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """One that drives along the road: where its middle is at given seconds, straight lines between them.

    Args:
        name: its class.
        x: of its middle, metres.
        times, places: seconds, and y of its middle at them.
    """

    name: str
    x: float
    times: Sequence[float]
    places: Sequence[float]

    @classmethod
    def steady(cls, name: str, x: float, begin: tuple[float, float], kmh: float, until: float) -> Vehicle:
        """At `begin` (seconds, y) and from there at a steady speed, negative towards the camera, until y is `until`."""
        at, y = begin
        return cls(name, x, (at, at + (until - y) / (kmh / 3.6)), (y, until))

    def y(self, t: float) -> float | None:
        """Where it is; nothing before and after."""
        return float(np.interp(t, self.times, self.places)) if self.times[0] <= t <= self.times[-1] else None

    def corners(self, t: float) -> Array | None:
        """(8, 3) of its box."""
        y = self.y(t)
        if y is None:
            return None
        length, width, height = SIZES[self.name]
        return np.array([
            (self.x + sx * width / 2, y + sy * length / 2, z * height) for sx, sy, z in product((-1, 1), (-1, 1), (0, 1))
        ])  # fmt: skip


def perfect(camera: Camera, vehicles: Iterable[Vehicle], t: float) -> dict[int, tuple[Array, str]]:
    """The true rectangle (4,) and class of each vehicle in the picture, by its number."""
    width, height = camera.size
    found = {}
    for number, vehicle in enumerate(vehicles):
        corners = vehicle.corners(t)
        if corners is None or corners[:, 1].min() < 1:
            continue
        pixels = camera.pixels(corners)
        box = np.array([*pixels.min(axis=0), *pixels.max(axis=0)])
        cut = np.clip(box, 0, (width, height, width, height))
        area = (box[2] - box[0]) * (box[3] - box[1])
        if (cut[2] - cut[0]) * (cut[3] - cut[1]) > SEEN * area and cut[3] - cut[1] > 8:
            found[number] = (cut, vehicle.name)
    return found


@dataclass(slots=True, eq=False)
class Noise:
    """Errors of real boxes, in stretches: rows of (left, top, right, bottom) in box sizes and confidence; nan for a miss.

    Args:
        stretches: (K, 5) each, in the order of their samples.
        random: what chooses.
    """

    stretches: Sequence[Array]
    random: np.random.Generator
    _at: dict[int, tuple[int, int]] = field(default_factory=dict)

    def of(self, number: int) -> Array:
        """(5,) the next error of one vehicle."""
        which, row = self._at.get(number, (-1, 0))
        if which < 0 or row >= len(self.stretches[which]):
            which, row = int(self.random.integers(len(self.stretches))), 0
        self._at[number] = which, row + 1
        error: Array = self.stretches[which][row]
        return error


def detected(camera: Camera, vehicles: Sequence[Vehicle], t: float, noise: Noise | None = None) -> Detections:
    """What a detector draws at `t`."""
    rows = []
    for number, (box, name) in perfect(camera, vehicles, t).items():
        error = noise.of(number) if noise else np.array([0, 0, 0, 0, 0.8])
        if np.isfinite(error).all():
            width, height = box[2] - box[0], box[3] - box[1]
            drawn = box + error[:4] * (width, height, width, height)
            rows.append([*np.clip(drawn, 0, (*camera.size, *camera.size)), error[4], CLASSES.index(name)])
    if not rows:
        return Detections.empty()
    values = np.array(rows, np.float64)
    return Detections(values[:, :4].astype(np.float32), values[:, 4].astype(np.float32), values[:, 5].astype(np.int64))
