"""Where road users are on the ground, in metres, and how fast: the newest seconds of each track.

The bottom of a box trembles by a few per cent of its height, and far away that is metres, mostly along the view. So a speed is
never the difference of two positions: a straight line is fitted to all positions of a window, each weighed by its own error
ellipse (a pixel of the picture, carried to the ground there), with Huber's weights against single bad boxes. The length of
a noisy velocity is too long on average (Rice 1945); its variance is taken off before the root.

A position is not used where the box is cut by the edge of the picture (its bottom is not where wheels are), or where the
calibration can't vouch for it (`Ground.limit_m`). A speed is not given on too few positions or too short a stretch, or when its own
standard deviation is more than `UNSURE` of it: a gap, not a guess.

Limits: the bottom centre is not always the same spot of a vehicle; on a bend, and close under the camera, it wanders. A
straight line over the window is the mean velocity, so braking is smoothed. Rejected: the tracker's own velocity (smoothed in
pixels, at the pace of association), differences of filtered positions (twice filtered, of unknown error).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from math import hypot, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.ground import GroundPlane, plane_of
from pantau.places import Ground
from pantau.types import Tracks

Array = npt.NDArray[np.float64]

KEPT_S: Final = 6.0
KEPT: Final = 128
"""Positions of a track that are kept at most, in seconds and in number."""
FOOT: Final = 0.03
FOOT_PX: Final = 1.0
"""Error of a box's bottom: a share of its height and pixels, both together."""
EDGE: Final = 0.008
"""A box that ends so near the edge of the picture is cut by it."""
LEAST: Final = 3
LEAST_S: Final = 0.35
UNSURE: Final = 0.2
HUBER: Final = 2.0
ROUNDS: Final = 4
KMH: Final = 3.6
FASTEST_KMH: Final = 220.0


@dataclass(frozen=True, slots=True)
class Speed:
    """A velocity over a window: km/h, its standard deviation, and the direction it goes, metres."""

    kmh: float
    spread_kmh: float
    heading: tuple[float, float]


@dataclass(slots=True, eq=False)
class Positions:
    """The newest positions of one track: seconds, x, y in metres, and the inverse root of the error ellipse."""

    rows: deque[tuple[float, float, float, Array]]

    def between(self, low: float, high: float) -> list[tuple[float, float, float, Array]]:
        """Those of a stretch of time, in order."""
        return [row for row in self.rows if low <= row[0] <= high]


class GroundPaths:
    """The tracks of one calibrated camera on the ground.

    Raises:
        ConfigError: the calibration does not hold.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.plane: GroundPlane = plane_of(ground)
        self._paths: dict[int, Positions] = {}
        self._start: datetime | None = None

    @property
    def method(self) -> str:
        """Names the calibration, as stored beside every number that rests on it."""
        points = [(p.image, p.metres) for p in self.ground.points]
        told = repr((points, self.ground.size, self.ground.click_px, self.ground.place_m, self.ground.limit_m))
        return f"ground={blake2b(told.encode(), digest_size=4).hexdigest()}"

    def seconds(self, time: datetime) -> float:
        """Seconds since the first sample."""
        if self._start is None:
            self._start = time
        return (time - self._start).total_seconds()

    def step(self, time: datetime, size: tuple[int, int], tracks: Tracks) -> Array:
        """Take this sample; (N, 2) where each track is, not a number where that is not known."""
        now, boxes = self.seconds(time), tracks.detections.xyxy.astype(np.float64)
        scale = np.array(self.ground.size) / size
        foot = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1) * scale
        metres = self.plane.metres(foot) if len(boxes) else np.empty((0, 2))
        if not len(boxes):
            return metres
        height = (boxes[:, 3] - boxes[:, 1]) * scale[1]
        known = (self.plane.spread_m(foot) <= self.ground.limit_m) & ~_cut(boxes, size)
        metres[~known] = np.nan
        slopes = self.plane.scale(foot)
        for row in np.flatnonzero(known & (tracks.track_id >= 0)).tolist():
            noise = sqrt((FOOT * height[row]) ** 2 + FOOT_PX**2)
            white = np.linalg.inv(slopes[row] * noise)
            path = self._paths.setdefault(int(tracks.track_id[row]), Positions(deque(maxlen=KEPT)))
            path.rows.append((now, float(metres[row, 0]), float(metres[row, 1]), white))
            while path.rows[0][0] < now - KEPT_S:
                path.rows.popleft()
        return metres

    def speed(self, track: int, time: datetime, before_s: float, after_s: float) -> Speed | None:
        """How fast a track was in the window around `time`; nothing when that can't be told."""
        path, at = self._paths.get(track), self.seconds(time)
        return speed_of(path.between(at - before_s, at + after_s)) if path else None

    def join(self, old: int, new: int) -> None:
        """A track went on under another id: what was kept of both is one path, under either."""
        before, after = self._paths.get(old), self._paths.get(new)
        if before is None:
            return
        if after is not None:
            before.rows.extend(after.rows)
        self._paths[new] = before

    def forget(self, ended: Iterable[int]) -> None:
        """Drop tracks that will not come again."""
        for track in ended:
            self._paths.pop(track, None)

    def clear(self) -> None:
        """Drop every track: the pictures stop here."""
        self._paths.clear()


def speed_of(rows: list[tuple[float, float, float, Array]]) -> Speed | None:
    """The velocity of a straight line through positions; nothing when they can't tell one."""
    if len(rows) < LEAST or rows[-1][0] - rows[0][0] < LEAST_S:
        return None
    t = np.array([row[0] for row in rows])
    t -= t.mean()
    white = np.stack([row[3] for row in rows])
    places = np.array([(row[1], row[2]) for row in rows])
    design = np.concatenate([white, white * t[:, None, None]], axis=2)  # (N, 2, 4): x0, y0, vx, vy
    right = np.einsum("nij,nj->ni", white, places)
    weight, off, found, normal = np.ones(len(rows)), np.zeros(len(rows)), np.zeros(4), np.eye(4)
    for _ in range(ROUNDS):
        left = (design * weight[:, None, None]).reshape(-1, 4)
        normal = left.T @ left
        found = np.linalg.solve(normal, left.T @ (right * weight[:, None]).reshape(-1))
        off = np.linalg.norm(right - design @ found, axis=1)
        weight = np.sqrt(np.minimum(1.0, HUBER / np.maximum(off, 1e-9)))
    freedom = 2 * len(rows) - 4
    excess = max(1.0, float((weight * off) @ (weight * off)) / freedom) if freedom else 1.0
    spread = np.linalg.inv(normal)[2:, 2:] * excess
    vx, vy = float(found[2]), float(found[3])
    length = hypot(vx, vy)
    # Only noise across the heading makes a velocity longer than it is.
    across = np.array([-vy, vx]) / max(length, 1e-9)
    along = np.array([vx, vy]) / max(length, 1e-9)
    speed = sqrt(max(length**2 - float(across @ spread @ across), 0.0)) * KMH
    spread_kmh = sqrt(float(along @ spread @ along)) * KMH
    if speed > FASTEST_KMH:
        return None
    return Speed(speed, spread_kmh, (float(along[0]), float(along[1])))


def _cut(boxes: Array, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """(N,) whether a box is cut at the left, right or lower edge of the picture."""
    width, height = size
    margin = EDGE * width
    return np.asarray((boxes[:, 0] < margin) | (boxes[:, 2] > width - margin) | (boxes[:, 3] > height - EDGE * height))
