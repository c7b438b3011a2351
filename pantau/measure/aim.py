"""Where a camera looks: the fixed things of its picture against those of a reference.

The fixed things are ORB features outside all boxes (Rublee et al. 2011); they are matched with those of the reference, and the
similarity that most matches agree with (RANSAC) says how far given points lie from where they were. A look that still fits
becomes a second reference with its own offset, so that a slow dusk is followed and a slow slide is not.

    still    the points are where they were, to a share `tolerance` of the picture's width
    off      they moved together: the camera was pushed, turned or zoomed
    lost     plenty to see, and none of it known: it looks somewhere else, or the light is another
    dim      too little to see (night, fog): nothing is said

A reference is a list of corners and their bit patterns, not a picture; it says nothing of people, because what was in boxes is left
out. Without one, the first picture that shows enough is it: a move while nobody watched is then not noticed. Metres rest on this
(`pantau.measure.drift`), and lines, zones, slots and gauges (`pantau.measure.health`).

Rejected: phase correlation (cheap too, but blind to turning and zoom, and led by large moving things), and comparing pixels
(every cloud is a move).
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from pantau.errors import ConfigError
from pantau.places import Point
from pantau.types import Floats, Image, View

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


class Aim:
    """Watches where one camera looks.

    Args:
        reference: as `view` tells it; empty where the first good picture is to be it.
        points: what must not move, fractions of the picture.
        tolerance: how far one may, as a share of the picture's width.

    Raises:
        ConfigError: the reference can't be read.
    """

    def __init__(self, reference: str, points: Sequence[Point], tolerance: float) -> None:
        self._points, self._tolerance = np.array(points, np.float64), tolerance
        self._first = Reference(Features.of_text(reference), np.eye(2, 3)) if reference else None
        self._recent: Reference | None = None

    @property
    def view(self) -> str:
        """The reference, as it is kept; empty before there is one."""
        return self._first.features.text() if self._first else ""

    def forget_recent(self) -> None:
        """Go by the reference alone from now on."""
        self._recent = None

    def judge(self, view: View) -> tuple[Verdict, float]:
        """What this picture says, and how far the points moved, in widths."""
        found = features(view.frame.image, view.detections.xyxy)
        if len(found) < ENOUGH:
            return "dim", 0.0
        if self._first is None:
            self._first = Reference(found, np.eye(2, 3))
            return "still", 0.0
        width, height = view.frame.size
        points = self._points * (1.0, height / width)
        for known in (self._first, self._recent):
            turn = similarity(found, known.features) if known else None
            if known is None or turn is None:
                continue
            to_first = after(known.to_first, turn)
            moved = float(np.linalg.norm(points @ to_first[:, :2].T + to_first[:, 2] - points, axis=1).max())
            if moved > self._tolerance:
                return "off", moved
            self._recent = Reference(found, to_first)
            return "still", moved
        return "lost", 1.0


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
