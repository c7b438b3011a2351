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

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.measure.difference import FINE_PX, HALF, LEAST, Difference, Floats, Mask, alike, around, largest, traces
from pantau.places import Point
from pantau.types import Image

Boxes = npt.NDArray[np.float64]

DARK: Final = 9.0
"""Grey levels added before the logarithm, so that the noise of the night is no contrast."""
SMOOTH_PX: Final = 1.2
LEVELS: Final = (3.0, 6.0, 6.0)
"""And in grey levels: what a camera's coarse steps (JPEG, H.264) make of the dark is no contrast, least of all in colour."""
NOISES: Final = 4.5
"""So many times the picture's own noise, and `OWN` times a pixel's own restlessness."""
OWN: Final = 3.0
NOISIEST: Final = 0.05
"""More than this is no noise: everything has changed."""
FAINTER: Final = 0.4
"""Share of the floor's own contrast that night and rain may take from it."""
AREA_PX: Final = 40.0
"""Over so many pixels (standard deviation) that contrast changes alike."""
HAZE: Final = 0.8
PLAIN: Final = 0.02
"""Contrast below which a floor has no print that could become fainter."""
OWN_PRINT: Final = 0.75
"""Correlation of a difference with the floor itself from which it is the floor's own."""
OWN_EVERY: Final = 8
"""Looks between two at the floor's own contrast; it changes slowly."""
RIM_PX: Final = 9
STEP: Final = 0.03
STAYS: Final = 0.7
"""Correlation of what is in a box with its place a sample before, from which it stays there."""
LEAST_STAYS_PX: Final = 100
REMEMBERED: Final = 0.976
"""Of a pixel's restlessness, from one time in `OWN_EVERY` to the next: rain hides how leaves move, and ends."""
EVER: Final = 0.75
FAST: Final = 0.1
"""Share of the average that a new picture is where it agrees."""
SWAY_PX: Final = 6.0
MARGIN_PX: Final = 32
"""Pixels around the zone that are looked at too: a thing that reaches out of it, or a front beside it."""
LARGEST: Final = 640
"""Pixels across that are looked at, at most."""
BARE: Final = 0.05
"""Share of a box that differs from the floor, below which nobody stands there."""
UPSET: Final = 0.3
"""Share of the zone beyond which a change is not one of things: the camera moved, or fog."""


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
        self._shifted = self._print, self._print
        self._looks = 0
        self._restless: Floats = np.zeros((*self.shape, 3), np.float32)
        self._ever: Floats = np.zeros((*self.shape, 3), np.float32)
        self._remembered: Floats = np.zeros((*self.shape, 3), np.float32)
        self._before: Floats | None = None

    @property
    def grain(self) -> Floats:
        """(h, w) the fine brightness of its own print, as it was learned lately."""
        return np.ascontiguousarray(self._print[..., 0])

    def look(self, image: Image, hidden: Boxes, doubtful: Boxes | None = None) -> Difference:
        """How a picture differs; `hidden` (N, 4) are boxes, in its pixels, of those who stand before the floor.

        `doubtful` ones (M, 4) may be of a thing that lies there: they hide the floor only while what is in them does not stay.
        """
        left, top, right, bottom = self.window
        size = (self.shape[1], self.shape[0])
        values = _logarithms(
            np.asarray(cv2.resize(image[top:bottom, left:right], size, interpolation=cv2.INTER_AREA), np.uint8)
        )
        seen = np.ones(self.shape, np.bool_)
        for box in hidden.tolist():
            seen[self.part(box)] = False
        parts = [] if doubtful is None else [self.part(box) for box in doubtful.tolist()]
        if self.known.any():
            free = seen.copy()
            for part in parts:
                free[part] = False
            values = self._steadied(values, free & self.known)
        for part in parts:
            if not self._stays(values, part):
                seen[part] = False
        self._before = values
        raw = np.where((seen & self.known)[..., None], values - self.usual, np.float32(0))
        trace = traces(raw)
        if self._looks % OWN_EVERY == 0:
            self._learn_print()
        self._looks += 1
        looked = self.zone & seen & self.known
        some = np.abs(trace[looked])[::5]
        noise = np.median(some, axis=0) / 0.6745 if len(some) else np.zeros(3)
        limit = np.maximum(
            np.maximum(LEAST, NOISES * np.minimum(noise, NOISIEST)), OWN * np.maximum(self._restless, self._remembered)
        )
        limit = np.maximum(limit, FAINTER * np.abs(self._print))
        limit = np.maximum(limit, np.array(LEVELS, np.float32) * np.exp(-values[..., :1])).astype(np.float32)
        beyond = trace - self._clearer(trace, looked) * self._print
        beyond -= np.clip(beyond, *self._shifted)
        excess = largest(np.asarray(np.abs(beyond) / limit, np.float32)) * (seen & self.known)
        return Difference(raw, trace, excess > 1, excess > HALF, seen, values)

    def behind(self, difference: Difference, part: tuple[slice, slice]) -> Floats:
        """The trace in a part of the window as if nobody stood before it."""
        wide = tuple(slice(max(side.start - MARGIN_PX, 0), side.stop + MARGIN_PX) for side in part)
        rows, columns = (slice(s.start - w.start, s.stop - w.start) for s, w in zip(part, wide, strict=True))
        raw = np.where(self.known[wide][..., None], difference.values[wide] - self.usual[wide], np.float32(0))
        return traces(raw)[rows, columns]

    def is_bare(self, difference: Difference, box: Sequence[float]) -> bool:
        """Whether a box in the picture's pixels shows the floor as ever, whatever a detector says of it; no where it is not known."""
        part = self.part(box)
        known = self.known[part]
        if not known.any():  # beyond the window, too
            return False
        away = np.abs(self.behind(difference, part)[known]) > LEAST
        return float(away.any(axis=1).mean()) < BARE

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
        if self._looks % OWN_EVERY == 0:
            self._remember(free & self.zone)
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
        self._ever[:] = self._remembered[:] = 0
        self._before = None

    def part(self, box: Sequence[float]) -> tuple[slice, slice]:
        """A box (x1, y1, x2, y2) in the picture's pixels as an index of the window."""
        left, top, _, _ = self.window
        x1, y1, x2, y2 = (
            round((side - edge) * self.scale) for side, edge in zip(box, (left, top, left, top), strict=True)
        )
        return slice(max(y1, 0), max(y2, 0)), slice(max(x1, 0), max(x2, 0))

    def _stays(self, values: Floats, part: tuple[slice, slice]) -> bool:
        """Whether a part looks as it did a sample before."""
        if self._before is None or values[part][..., 0].size < LEAST_STAYS_PX:
            return False
        now, before = (
            np.asarray(one[part] - one[part].mean(axis=(0, 1)), np.float32) for one in (values, self._before)
        )
        return alike(before, now, np.ones(now.shape[:2], np.bool_)) >= STAYS

    def _remember(self, free: Mask) -> None:
        """What pixels did by themselves before, above what all do in this light."""
        usually = np.median(self._restless[free][::7], axis=0) if free.any() else np.zeros(3)
        self._ever = np.maximum(self._ever * np.float32(REMEMBERED), self._restless - usually).astype(np.float32)
        self._remembered = (EVER * self._ever + usually).astype(np.float32)

    def _learn_print(self) -> None:
        """The floor's own contrast, and by how much it differs a pixel away: so much is sway, or a softer picture."""
        self._print = own = traces(self.usual)
        kernel = np.ones((3, 3), np.uint8)
        self._shifted = np.asarray(cv2.erode(own, kernel) - own), np.asarray(cv2.dilate(own, kernel) - own)

    def _clearer(self, trace: Floats, looked: Mask) -> Floats:
        """By how much the floor's own contrast is stronger than usual, place by place: rain, haze and night make it fainter."""
        height, width = self.shape
        size = (max(width // 4, 1), max(height // 4, 1))
        own = self._print * looked[..., None]
        both, alone = (
            cv2.GaussianBlur(cv2.resize(part * own, size, interpolation=cv2.INTER_AREA), (0, 0), AREA_PX / 4)
            for part in (trace, self._print)
        )
        gain = np.clip(both / (alone + np.float32(PLAIN**2)), -HAZE, HAZE)
        return np.asarray(cv2.resize(gain, (width, height)), np.float32)

    def is_own(self, difference: Difference, where: Mask) -> bool:
        """Whether what differs is the floor's own print: fainter or stronger in this light, or taken away."""
        a, b = difference.trace[where].ravel(), self._print[where].ravel()
        norm = float(np.sqrt((a @ a) * (b @ b)))
        return norm > 0 and abs(float(a @ b)) > OWN_PRINT * norm

    def rims(self, difference: Difference, where: Mask) -> tuple[float, float]:
        """How far the two sides of a region's rim differ, in the picture and on the floor: what was taken away leaves the less.

        Means over a few pixels of each side are compared: a lawn is steep everywhere, and the same on both sides.
        """
        part = around(where, RIM_PX)
        inside, known = where[part], (difference.seen & self.known)[part]
        edge = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).astype(np.bool_)
        edge &= known
        if not edge.any():
            return 0.0, 0.0
        sides = (inside & known, ~inside & known)
        return _apart(difference.values[part], sides, edge), _apart(self.usual[part], sides, edge)

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


def _apart(values: Floats, sides: tuple[Mask, Mask], edge: Mask) -> float:
    """Mean difference over an edge, of the means of its two sides."""
    means = []
    for side in sides:
        weight = side.astype(np.float32)
        around = cv2.boxFilter(weight, -1, (RIM_PX, RIM_PX)) + np.float32(1e-6)
        means.append(cv2.boxFilter(values * weight[..., None], -1, (RIM_PX, RIM_PX))[edge] / around[edge][:, None])
    return float(np.sqrt(((means[0] - means[1]) ** 2).sum(axis=1)).mean())
