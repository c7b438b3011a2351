"""The floor of one zone as it usually looks, and where a picture differs from it in a way that light does not.

A picture is told as three logarithms: brightness, and two ratios of its colours. What the light multiplies becomes a sum, so
the difference from the floor is log(thing ÷ floor) wherever a thing lies, by day and by lamp, and smooth wherever only the
light has changed. Three traces of a thing are kept of that difference:

    fine      its brightness without what is smooth over `FINE_PX` (difference of Gaussians): rims and texture; the wide soft
              rim of a shadow has little of it, a cloud or lamps none
    colour    its two ratios without what is smooth over `WIDE_PX`: the tint of dusk is smooth, a wrapper is not

A pixel is changed where a trace is larger than the noise of this very picture (the median of all, so that the night asks
for more), than what this pixel does by itself (leaves, water), than a share of the floor's own print there (night and rain make all
contrasts fainter), and than a least contrast. The camera's sway is taken out first
by phase correlation. The floor follows slowly where nothing lies; one picture moves it by `STEP` at most, so that a passer-by
who was not detected leaves no ghost.

Source: log-ratio images as in homomorphic filtering (Oppenheim et al. 1968); chromaticity against shadows (Elgammal et al. 2000;
Horprasert et al. 1999); the clipped average is a sigma-delta background (Manzanera & Richefeu 2007). Limits: a thing of the
floor's own colour, brightness and grain is not seen; a sharp shadow has a fine rim (`measure.lying` then looks at whether it
stays). Rejected: a mixture of Gaussians (what lies for an hour becomes floor), differences of grey (a cloud is a change).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.types import Image, Point

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Boxes = npt.NDArray[np.float64]

DARK: Final = 9.0
"""Grey levels added before the logarithm, so that the noise of the night is no contrast."""
SMOOTH_PX: Final = 1.2
FINE_PX: Final = 4.0
WIDE_PX: Final = 16.0
LEAST: Final = (0.10, 0.08, 0.08)
"""Least contrast of brightness and of the two colours."""
NOISES: Final = 4.5
"""So many times the picture's own noise, and `OWN` times a pixel's own restlessness."""
OWN: Final = 3.0
NOISIEST: Final = 0.05
"""More than this is no noise: everything has changed."""
HALF: Final = 0.8
FAINTER: Final = 0.4
"""Share of the floor's own contrast that night and rain may take from it."""
OWN_PRINT: Final = 0.75
"""Correlation of a difference with the floor itself from which it is the floor's own."""
OWN_EVERY: Final = 8
"""Looks between two at the floor's own contrast; it changes slowly."""
SHADE, TINT, EVEN = (-0.8, 0.3), 0.07, 0.04
"""Logarithm of shaded ÷ lit, most difference in colour, and most grain of that ratio, of a region that is only lit otherwise."""
STEP: Final = 0.03
FAST: Final = 0.1
"""Share of the average that a new picture is where it agrees."""
SWAY_PX: Final = 6.0
MARGIN_PX: Final = 32
"""Pixels around the zone that are looked at too: a thing that reaches out of it, or a front beside it."""
LARGEST: Final = 640
"""Pixels across that are looked at, at most."""
UPSET: Final = 0.3
"""Share of the zone beyond which a change is not one of things: the camera moved, or fog."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Of one picture from the floor, in pixels of the floor's window.

    Args:
        raw: (h, w, 3) of the logarithms; 0 where nothing is known or seen.
        trace: (h, w, 3) fine brightness and colours.
        changed: (h, w) where one of them is larger than it may be.
        touched: (h, w) where one of them is at least `HALF` of that: the rest of a thing whose one part is changed.
        seen: (h, w) where nobody is in front.
        values: (h, w, 3) the picture itself, sway taken out.
    """

    raw: Floats
    trace: Floats
    changed: Mask
    touched: Mask
    seen: Mask
    values: Floats


class Floor:
    """The floor of a polygon (fractions) on pictures of `size` (width, height)."""

    def __init__(self, polygon: tuple[Point, ...], size: tuple[int, int]) -> None:
        corners = np.multiply(polygon, size)
        left, top = np.maximum(np.floor(corners.min(axis=0)) - MARGIN_PX, 0).astype(int).tolist()
        right, bottom = np.minimum(np.ceil(corners.max(axis=0)) + MARGIN_PX, size).astype(int).tolist()
        self.window, self._size = (left, top, right, bottom), size
        self.scale = min(LARGEST / max(right - left, bottom - top), 1.0)
        self.shape = (max(round((bottom - top) * self.scale), 1), max(round((right - left) * self.scale), 1))
        drawn = np.zeros(self.shape, np.uint8)
        cv2.fillPoly(drawn, [np.round((corners - (left, top)) * self.scale).astype(np.int32)], (1,))
        self.zone: Mask = drawn.astype(np.bool_)
        self.area = max(int(drawn.sum()), 1)
        self.known: Mask = np.zeros(self.shape, np.bool_)
        self.usual: Floats = np.zeros((*self.shape, 3), np.float32)
        self._print: Floats = np.zeros((*self.shape, 3), np.float32)
        self._looks = 0
        self._restless: Floats = np.zeros((*self.shape, 3), np.float32)

    def look(self, image: Image, hidden: Boxes) -> Difference:
        """How a picture differs; `hidden` (N, 4) are boxes, in its pixels, of those who stand before the floor."""
        left, top, right, bottom = self.window
        size = (self.shape[1], self.shape[0])
        values = _logarithms(
            np.asarray(cv2.resize(image[top:bottom, left:right], size, interpolation=cv2.INTER_AREA), np.uint8)
        )
        seen = np.ones(self.shape, np.bool_)
        for x1, y1, x2, y2 in np.round((hidden - (left, top, left, top)) * self.scale).astype(int).tolist():
            seen[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = False
        if self.known.any():
            values = self._steadied(values, seen & self.known)
        raw = np.where((seen & self.known)[..., None], values - self.usual, np.float32(0))
        trace = traces(raw)
        if self._looks % OWN_EVERY == 0:
            self._print = traces(self.usual)
        self._looks += 1
        looked = self.zone & seen & self.known
        some = np.abs(trace[looked])[::5]
        noise = np.median(some, axis=0) / 0.6745 if len(some) else np.zeros(3)
        limit = np.maximum(np.maximum(LEAST, NOISES * np.minimum(noise, NOISIEST)), OWN * self._restless)
        limit = np.maximum(limit, FAINTER * np.abs(self._print)).astype(np.float32)
        excess = (np.abs(trace) / limit).max(axis=2) * (seen & self.known)
        return Difference(raw, trace, excess > 1, excess > HALF, seen, values)

    def reaches_out(self, where: Mask) -> bool:
        """Whether a region goes beyond what is looked at, though the picture goes on there."""
        left, top, right, bottom = self.window
        sides = ((where[:, 0], left > 0), (where[0], top > 0))
        far = ((where[:, -1], right < self._size[0]), (where[-1], bottom < self._size[1]))
        return any(bool(edge.any()) and goes_on for edge, goes_on in (*sides, *far))

    def upset(self, difference: Difference) -> bool:
        """Whether so much has changed that it is no thing."""
        looked = self.zone & difference.seen & self.known
        return bool(looked.any()) and float(difference.touched[looked].mean()) > UPSET

    def learn(self, difference: Difference, lies: Mask) -> None:
        """Follow the picture where it is seen and nothing `lies`."""
        free = difference.seen & ~lies
        fresh, old = free & ~self.known, (free & self.known).astype(np.float32)[..., None]
        self.usual += np.clip(np.float32(FAST) * (difference.values - self.usual), -STEP, STEP) * old
        np.copyto(self.usual, difference.values, where=fresh[..., None])
        away = np.minimum(np.abs(difference.trace), np.float32(0.5))
        self._restless += np.float32(0.05) * old * (away - self._restless)
        self.known |= free

    def accept(self, difference: Difference, where: Mask) -> None:
        """What is seen here is the floor from now on."""
        here = where & difference.seen
        self.usual[here] = difference.values[here]
        self.known |= here

    def forget(self) -> None:
        """Begin anew: the camera looks elsewhere."""
        self.known[:] = False
        self._restless[:] = 0

    def is_own(self, difference: Difference, where: Mask) -> bool:
        """Whether what differs is the floor's own print: fainter or stronger in this light, or taken away."""
        a, b = difference.trace[where].ravel(), self._print[where].ravel()
        norm = float(np.sqrt((a @ a) * (b @ b)))
        return norm > 0 and abs(float(a @ b)) > OWN_PRINT * norm

    def rims(self, difference: Difference, where: Mask) -> tuple[float, float]:
        """How strong the rim of a region is in the picture, and on the floor below it: what was taken away leaves the weaker."""
        edge = cv2.morphologyEx(where.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)).astype(np.bool_)
        edge &= difference.seen & self.known
        if not edge.any():
            return 0.0, 0.0
        return _steepness(difference.values, edge), _steepness(self.usual, edge)

    def _steadied(self, values: Floats, common: Mask) -> Floats:
        """The picture moved back onto the floor."""
        still = np.where(common, values[..., 0] - self.usual[..., 0], 0)
        now = np.where(common, values[..., 0], self.usual[..., 0])
        (dx, dy), response = cv2.phaseCorrelate(_structure(self.usual[..., 0]), _structure(now))
        if max(abs(dx), abs(dy)) > SWAY_PX or response < 0.05:
            return values
        move = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
        size = (self.shape[1], self.shape[0])
        moved = np.asarray(cv2.warpAffine(values, move, size, borderMode=cv2.BORDER_REPLICATE), np.float32)
        better = np.abs(np.where(common, moved[..., 0] - self.usual[..., 0], 0)).mean() <= np.abs(still).mean()
        return moved if better else values


def traces(difference: Floats) -> Floats:
    """(h, w, 3) what of a difference of logarithms is of things and not of light."""
    fine = difference[..., 0] - cv2.GaussianBlur(difference[..., 0], (0, 0), FINE_PX)
    height, width = difference.shape[:2]
    coarse = cv2.resize(difference[..., 1:], (max(width // 4, 1), max(height // 4, 1)), interpolation=cv2.INTER_AREA)
    wide = cv2.resize(cv2.GaussianBlur(coarse, (0, 0), WIDE_PX / 4), (width, height))
    return np.dstack([fine, difference[..., 1:] - wide]).astype(np.float32)


def _logarithms(image: Image) -> Floats:
    """Brightness and two colours, smoothed a little first."""
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), SMOOTH_PX) + DARK
    logs = np.log(smooth)
    grey = np.log(smooth.mean(axis=2))
    return np.dstack([grey, logs[..., 0] - logs[..., 1], logs[..., 2] - logs[..., 1]]).astype(np.float32)


def _structure(values: Floats) -> Floats:
    smooth = cv2.GaussianBlur(values, (0, 0), FINE_PX)
    taper = cv2.createHanningWindow((values.shape[1], values.shape[0]), cv2.CV_32F)
    return np.asarray((values - smooth) * taper, np.float32)


def _steepness(values: Floats, edge: Mask) -> float:
    across = cv2.Sobel(values, cv2.CV_32F, 1, 0)[edge]
    down = cv2.Sobel(values, cv2.CV_32F, 0, 1)[edge]
    return float(np.sqrt((across**2 + down**2).sum(axis=1)).mean())


def outline(difference: Difference, region: Mask) -> Mask:
    """The thing within a region of change: what differs from the region's own surroundings; traces reach a little beyond it."""
    wide = cv2.dilate(region.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(np.bool_)
    ring = wide & ~region & difference.seen
    if not ring.any():
        return region
    away = (np.abs(difference.raw - np.median(difference.raw[ring], axis=0)) / LEAST).max(axis=2)
    strong = float(np.percentile(away[region], 90))
    inside = (region & (away > max(0.4 * strong, 1.0))).astype(np.uint8)
    closed = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return closed.astype(np.bool_) if int(closed.sum()) >= 0.2 * int(region.sum()) else region


def is_shade(difference: Difference, where: Mask) -> bool:
    """Whether a region is only lit otherwise: evenly darker (or a little brighter) than its surroundings, and of their colour.

    Where a thing lies, its own print and grain replace the floor's, and the ratio of the two is not even.
    """
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    part = np.s_[max(rows[0] - 6, 0) : rows[-1] + 7, max(columns[0] - 6, 0) : columns[-1] + 7]
    mask, raw = where[part], difference.raw[part]
    inside = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_)
    inside = mask if inside.sum() < 30 else inside
    ring = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(np.bool_) & ~mask & difference.seen[part]
    if not ring.any():
        return False
    away = np.median(raw[inside], axis=0) - np.median(raw[ring], axis=0)
    grain = raw[..., 0] - cv2.GaussianBlur(raw[..., 0], (0, 0), 2.0)
    uneven = float(grain[inside].std()) > EVEN
    return bool(SHADE[0] < away[0] < SHADE[1]) and float(np.abs(away[1:]).max()) < TINT and not uneven
