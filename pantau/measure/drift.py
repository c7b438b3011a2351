"""Whether a calibrated camera still looks where it looked: a camera that was moved has no metres.

Once in `LOOK_S` the fixed things of the picture (ORB features outside all boxes, Rublee et al. 2011) are matched with those of the
calibration; the similarity that most matches agree with (RANSAC) says how far the calibration points lie from where they were. A
picture that still matches becomes a second reference whose own offset is kept, so that a slow dusk is followed and a slow
slide is not. Nobody is believed at once: after a look that is off, the next comes soon, and it takes `OFF` or `LOST` of them.

    still    the points are where they were, to a share `TOLERANCE` of the picture's width
    off      they moved together: the camera was pushed, turned or zoomed
    lost     plenty to see, and none of it known: it looks somewhere else
    dim      too little to see (night, fog): nothing is said, what held before holds on

From the look that settles it until a picture matches the calibration again (the camera is turned back, or calibrated
anew) the analysers on the ground observe nothing: a gap with its reason, as event of kind ``moved``.

The reference is a list of corners and their bit patterns, not a picture; it says nothing of people, because what was in boxes
is left out. `pantau calibrate` writes it into the camera file. Without one, the first picture of a run is the reference: a move while
nobody watched is then not noticed.

Rejected: phase correlation (cheap too, but blind to turning and zoom, and led by large moving things), and comparing pixels
(every cloud is a move).
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from pantau.errors import ConfigError
from pantau.types import Camera, Event, Floats, Image, Point, View

LOOK_S: Final = 60.0
AGAIN_S: Final = 5.0
OFF: Final = 2
LOST: Final = 3
TOLERANCE: Final = 0.01
WIDTH: Final = 640
"""Pictures are looked at in this width at most."""
FEATURES: Final = 3000
CELLS: Final = 20
IN_CELL: Final = 3
"""Corners are taken evenly from the picture, `IN_CELL` from each of `CELLS` cells across: most lie on what moves otherwise."""
KEPT: Final = 240
"""Features that a reference in a camera file has: 6 kB."""
ENOUGH: Final = 60
"""Features below which a picture is too dim to say anything."""
AGREE: Final = 14
"""Matches that must agree on one similarity."""
NEAR_BITS: Final = 60
INLIER_PX: Final = 2.5

Verdict = Literal["still", "off", "lost", "dim"]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Corners (N, 2) in fractions of the picture's width, both, and their patterns (N, 32)."""

    places: Array
    patterns: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.places)

    def text(self) -> str:
        """As a camera file keeps it."""
        rows = (struct.pack("<HH", *np.rint(p * 50_000).astype(int).tolist()) for p in self.places[:KEPT])
        body = b"".join(row + pattern.tobytes() for row, pattern in zip(rows, self.patterns, strict=False))
        return base64.b85encode(body).decode()

    @classmethod
    def of_text(cls, text: str) -> Features:
        """Read what `text` wrote.

        Raises:
            ConfigError: it is no reference.
        """
        try:
            body = base64.b85decode(text)
        except ValueError as error:
            raise ConfigError(
                "calibration: `reference` is not what `pantau calibrate` writes; take a new one"
            ) from error
        if not body or len(body) % 36:
            raise ConfigError("calibration: `reference` is cut short; take a new one with `pantau calibrate`")
        rows = np.frombuffer(body, np.uint8).reshape(-1, 36)
        places = np.ascontiguousarray(rows[:, :4]).view("<u2").astype(np.float64) / 50_000
        return cls(places, np.ascontiguousarray(rows[:, 4:]))


def features(image: Image, boxes: Floats) -> Features:
    """The corners of what stands still: boxes (N, 4) in pixels are left out; strongest first."""
    width = image.shape[1]
    scale = min(1.0, WIDTH / width)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    still = np.full(small.shape, 255, np.uint8)
    for x1, y1, x2, y2 in (boxes * scale).astype(int).tolist():
        still[max(y1 - 4, 0) : max(y2 + 4, 0), max(x1 - 4, 0) : max(x2 + 4, 0)] = 0
    orb = cv2.ORB.create(FEATURES, nlevels=4, edgeThreshold=16, patchSize=31, fastThreshold=8)
    corners = orb.detect(small, still)
    found, patterns = orb.compute(small, _spread_out(corners, small.shape[1]))
    if not len(found):
        return Features(np.empty((0, 2)), np.empty((0, 32), np.uint8))
    places = np.array([point.pt for point in found], np.float64) / small.shape[1]
    return Features(places, np.asarray(patterns))


def _spread_out(corners: Sequence[cv2.KeyPoint], width: int) -> list[cv2.KeyPoint]:
    """At most `IN_CELL` corners of each cell of the picture, the strongest of every cell first."""
    cells: dict[tuple[int, int], list[cv2.KeyPoint]] = {}
    for corner in sorted(corners, key=lambda c: -c.response):
        side = width / CELLS
        cell = cells.setdefault((int(corner.pt[0] / side), int(corner.pt[1] / side)), [])
        if len(cell) < IN_CELL:
            cell.append(corner)
    return [cell[rank] for rank in range(IN_CELL) for cell in cells.values() if rank < len(cell)]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Features, and the similarity (2, 3) from their picture to the calibration's, in widths."""

    features: Features
    to_first: Array


class DriftWatch:
    """Watches one camera; `step` costs nothing between looks. `points` (fractions) are what must not move, beside the calibration's.

    Raises:
        ConfigError: the calibration's reference can't be read.
    """

    def __init__(self, camera: Camera, points: Sequence[Point] = ()) -> None:
        self._camera = camera.id
        ground = camera.ground
        told = [*(p.image for p in ground.points), *points] if ground else [*points]
        self._points = np.array(told or [(0.5, 0.5)], np.float64)
        self._first = (
            Reference(Features.of_text(ground.reference), np.eye(2, 3)) if ground and ground.reference else None
        )
        self._recent: Reference | None = None
        self._next: datetime | None = None
        self._bad = 0
        self._event: Event | None = None

    @property
    def moved(self) -> bool:
        """Whether the camera looks elsewhere, so that there are no metres."""
        return self._event is not None

    def step(self, view: View) -> tuple[Event, ...]:
        """Look, if it is time: the event of a move that begins or ends with this sample."""
        if self._next is not None and view.time < self._next:
            return ()
        found = features(view.frame.image, view.detections.xyxy)
        verdict, moved = self._judge(found, view.frame.size)
        self._bad = self._bad + 1 if verdict in {"off", "lost"} else 0 if verdict == "still" else self._bad
        self._next = view.time + timedelta(seconds=AGAIN_S if self._bad and not self.moved else LOOK_S)
        if self._event is not None and verdict == "still":
            over, self._event = replace(self._event, end=view.time), None
            return (over,)
        if not self.moved and self._bad >= (OFF if verdict == "off" else LOST):
            return (self._begin(view.time, verdict, moved),)
        return ()

    def _judge(self, found: Features, size: tuple[int, int]) -> tuple[Verdict, float]:
        """What this picture says, and how far the points moved, in widths."""
        if len(found) < ENOUGH:
            return "dim", 0.0
        if self._first is None:
            self._first = Reference(found, np.eye(2, 3))
            return "still", 0.0
        points = self._points * (1.0, size[1] / size[0])
        for known in (self._first, self._recent):
            turn = similarity(found, known.features) if known else None
            if known is None or turn is None:
                continue
            to_first = after(known.to_first, turn)
            moved = float(np.linalg.norm(points @ to_first[:, :2].T + to_first[:, 2] - points, axis=1).max())
            if moved > TOLERANCE:
                return "off", moved
            self._recent = Reference(found, to_first)
            return "still", moved
        return "lost", 1.0

    def _begin(self, time: datetime, verdict: Verdict, moved: float) -> Event:
        said = f"moved by {moved:.1%} of the picture" if verdict == "off" else "looks somewhere else"
        self._event = Event(
            id=f"moved:{self._camera}:{time.isoformat()}",
            kind="moved",
            place=self._camera,
            start=time,
            attributes={"reason": f"moved: the camera {said}; calibrate it anew"},
        )
        self._recent = None
        return self._event


def similarity(now: Features, known: Features) -> Array | None:
    """The similarity (2, 3), in widths, that takes places of one picture to those of another; None when few agree."""
    if not len(now) or not len(known):
        return None
    matches: Sequence[cv2.DMatch] = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(now.patterns, known.patterns)
    near = [m for m in matches if m.distance <= NEAR_BITS]
    if len(near) < AGREE:
        return None
    a = now.places[[m.queryIdx for m in near]] * WIDTH
    b = known.places[[m.trainIdx for m in near]] * WIDTH
    turn, agree = cv2.estimateAffinePartial2D(a, b, method=cv2.RANSAC, ransacReprojThreshold=INLIER_PX, maxIters=2000)
    if turn is None or int(agree.sum()) < AGREE:  # type: ignore[redundant-expr]  # the stubs forget that it may fail
        return None
    out = np.asarray(turn, np.float64)
    out[:, 2] /= WIDTH
    return out


def after(second: Array, first: Array) -> Array:
    """First `first`, then `second`."""
    return np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])
