"""What changes in a zone and is no litter: a shop that opens, puddles, a tree's moving shade, wind, headlights, a bicycle.

Each is drawn onto the ground before anyone walks on it. They are drawings, not photographs, made to be as hard as the real
ones in what a comparison sees: a changed rectangle for hours, a dark smooth spot with a rim that grows and dries, blotches of
shade and leaves that never look twice the same, a bright cone for one picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bench.compose.cutouts import CutOut
from pantau.types import Image

Floats = npt.NDArray[np.float32]
OPEN: Final = (7.5, 21.0)
"""Hours of the shop."""
POURS: Final = (13.4, 15.2, 18.5)
"""Hours: puddles begin to grow, are whole, and are dry again."""


@dataclass(frozen=True, slots=True)
class Spot:
    """An ellipse on the picture, pixels."""

    x: float
    y: float
    width: float
    height: float


class Shop:
    """A front of shutters that is open by day; `box` is x1, y1, x2, y2."""

    def __init__(self, box: tuple[int, int, int, int], seed: int) -> None:
        self._box = box
        rng = np.random.default_rng(seed)
        width, height = box[2] - box[0], box[3] - box[1]
        bands = 150 + 22 * np.sign(np.sin(np.arange(height) * 2 * np.pi / 6))
        self._closed = np.broadcast_to(bands[:, None, None], (height, width, 3)).astype(np.uint8)
        goods = rng.integers(20, 210, (max(height // 9, 2), max(width // 9, 2), 3)).astype(np.uint8)
        self._open = np.asarray(cv2.resize(goods, (width, height), interpolation=cv2.INTER_NEAREST) // 2, np.uint8)

    def draw(self, ground: Image, hour: float) -> None:
        """Onto the ground, in place."""
        x1, y1, x2, y2 = self._box
        ground[y1:y2, x1:x2] = self._open if OPEN[0] <= hour < OPEN[1] else self._closed


class Puddle:
    """Water that gathers in rain: darker and smoother than the ground, with a piece of the sky in it."""

    def __init__(self, spot: Spot, seed: int) -> None:
        self._spot, rng = spot, np.random.default_rng(seed)
        waves = rng.normal(0, 0.13, 5)
        angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        self._rim = 1 + sum(float(wave) * np.cos((n + 2) * angles + n) for n, wave in enumerate(waves))
        self._angles = angles

    def draw(self, ground: Image, hour: float) -> None:
        """Onto the ground, in place."""
        size = float(np.interp(hour, POURS, (0.0, 1.0, 0.0)))
        if size < 0.05:
            return
        spot, reach = self._spot, self._rim * np.sqrt(size) / 2
        corners = np.stack(
            [spot.x + spot.width * reach * np.cos(self._angles), spot.y + spot.height * reach * np.sin(self._angles)], 1
        )
        mask = np.zeros(ground.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], (255,))
        share = cv2.GaussianBlur(mask, (0, 0), 1.2).astype(np.float32)[..., None] / 255
        sky = 70 + 60 * np.clip((np.arange(ground.shape[0]) - spot.y) / spot.height + 0.5, 0, 1)
        water = 0.45 * cv2.GaussianBlur(ground, (0, 0), 4).astype(np.float32) + 0.5 * sky[:, None, None]
        ground[:] = (ground * (1 - share) + water * share).astype(np.uint8)


class Tree:
    """Its moving shade by day on one side of the zone, and leaves that move in the wind in `bush` (x1, y1, x2, y2)."""

    def __init__(self, shade: Spot, bush: tuple[int, int, int, int], seed: int) -> None:
        self._shade, self._bush = shade, bush
        self._rng = np.random.default_rng(seed)
        blotches = self._rng.random((64, 64)).astype(np.float32)
        self._leaves = cv2.GaussianBlur(blotches, (0, 0), 1.6)

    def draw(self, ground: Image, hour: float) -> None:
        """Onto the ground, in place; never twice the same."""
        self._stir(ground)
        if not 8 < hour < 17 or POURS[0] < hour < 15.4:
            return
        spot, (height, width) = self._shade, ground.shape[:2]
        dx, dy = self._rng.normal(0, 5, 2) + (hour - 12) * 6
        where = np.array([[6.0, 0, spot.x - 190 + dx], [0, 4.0, spot.y - 128 + dy]], np.float32)
        leaves = cv2.warpAffine(self._leaves, where, (width, height), borderMode=cv2.BORDER_WRAP)
        y, x = np.mgrid[0:height, 0:width]
        crown = np.exp(-((((x - spot.x) / spot.width) ** 2 + ((y - spot.y) / spot.height) ** 2) ** 2))
        shade = 1 - 0.4 * crown * np.clip((leaves - 0.5) * 9 + 0.5, 0, 1)
        ground[:] = (ground * shade[..., None]).astype(np.uint8)

    def _stir(self, ground: Image) -> None:
        x1, y1, x2, y2 = self._bush
        height, width = y2 - y1, x2 - x1
        gust = [cv2.resize(self._rng.normal(0, 2.0, (5, 7)).astype(np.float32), (width, height)) for _ in range(2)]
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        ground[y1:y2, x1:x2] = cv2.remap(
            np.ascontiguousarray(ground[y1:y2, x1:x2]),
            x + gust[0],
            y + gust[1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )


def headlights(ground: Image, x: float, y: float, width: float) -> None:
    """A cone of light on the ground, in place; to be drawn before the night makes it dark."""
    cone = np.zeros(ground.shape[:2], np.uint8)
    cv2.ellipse(cone, (round(x), round(y)), (round(width), round(0.35 * width)), 0, 0, 360, (255,), -1)
    soft = cv2.GaussianBlur(cone, (0, 0), 0.12 * width).astype(np.float32)[..., None] / 255
    ground[:] = np.clip(ground * (1 + 2.2 * soft), 0, 255).astype(np.uint8)


def bicycle(seed: int) -> CutOut:
    """A parked bicycle: two wheels, a frame, a saddle, in one of a few colours."""
    rng = np.random.default_rng(seed)
    image, alpha = np.zeros((110, 180, 3), np.uint8), np.zeros((110, 180), np.float32)
    colour = tuple(float(part) for part in rng.integers(20, 200, 3))
    hub, front, crank, saddle, bar = (42, 72), (138, 72), (84, 76), (72, 22), (122, 18)
    for centre in (hub, front):
        cv2.circle(image, centre, 34, (28.0, 28.0, 28.0), 4)
        cv2.circle(alpha, centre, 34, (1.0,), 4)
        for angle in np.arange(0, np.pi, np.pi / 5):
            rim = (round(centre[0] + 34 * np.cos(angle)), round(centre[1] + 34 * np.sin(angle)))
            cv2.line(image, centre, rim, (120.0, 120.0, 120.0), 1)
            cv2.line(alpha, centre, rim, (0.6,), 1)
    for a, b in ((hub, crank), (crank, saddle), (saddle, hub), (crank, bar), (saddle, bar), (bar, front)):
        cv2.line(image, a, b, colour, 5)
        cv2.line(alpha, a, b, (1.0,), 5)
    for a, b in (((60, 20), (86, 20)), ((112, 14), (132, 12))):
        cv2.line(image, a, b, (20.0, 20.0, 20.0), 6)
        cv2.line(alpha, a, b, (1.0,), 6)
    return CutOut(image, alpha, "bicycle")
