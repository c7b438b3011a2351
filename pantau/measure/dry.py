"""How something looks when it is dry: a few looks of one strip or zone, for day, night and lamps, learned where no water is.

A look is the local contrast of `measure.patch` (light divides out) and the tint of each row. The first is taken from `FIRST`
stills that agree among themselves. After that every still that is well alike moves the nearest look a little, where the caller knows
it to be dry, so that dusk is followed. Where all looks have grown unlike the dry part, and stills go on being alike
each other, the light has changed: one more look is begun, known only where it is dry. At most `MOST` are kept; the one
unused for the longest goes. So water never becomes a look, and neither does what is nothing like any in one band of them (`SAME`: a bus).

Refused, with the reason: a first look in rain and for an hour after it (streaks and film are no part of a dry wall), and one in which
a part moves from still to still (water stands there, or branches wave before it). Limits: a wall that is wet of rain which
nobody saw fall is taken for dry, and follows as it dries; still water at the first look, which looks the same in every still, is taken
for wall. Looks are kept in memory only, and shown to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.findings import Reason
from pantau.measure.patch import NOISE_VAR, Mask, Patch, local_likeness
from pantau.types import Image

Floats = npt.NDArray[np.float32]

MOST: Final = 6
FIRST: Final = 4
WINDOW: Final = (5, 21)
"""Rows and columns within which likeness is told."""
BANDS: Final = 4
"""A first look has to hold still in each of so many bands of its height."""
STILL: Final = 0.55
GOOD: Final = 0.5
"""Likeness of the dry part from which on a look is followed, and below which it is a poor one."""
SAME: Final = 0.2
"""Likeness that another light leaves in every band; below it in one of them, something stands in front."""
AGAIN: Final = 5
"""Poor stills in a row after which the light has changed."""
SHARE: Final = 0.08
DARK: Final = 12.0
SMOOTHED: Final = 0.4
"""What the smoothing of `measure.patch` leaves of a picture's noise."""
LEARNING: Final = Reason("learning")
DRIES_S: Final = 3600.0
"""How long a wall or a road is wet of rain."""
IN_RAIN: Final = Reason("rain")


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one picture shows of a strip or zone: contrast (h, w), and two colour ratios of each row (h, 2), as logarithms.

    `noise` is the largest that the noise of its contrast (standard deviation) can be, where that is known: waves are no noise.
    """

    patch: Patch
    tint: Floats
    noise: float = float("inf")


@dataclass(slots=True, eq=False)
class Dry:
    """One dry look: contrast and tint, where known, and when it was last used."""

    values: Floats
    tint: Floats
    known: Mask
    used: datetime

    def patch(self) -> Patch:
        """To compare with."""
        return Patch.of(self.values, self.known)


class DryLooks:
    """The dry looks of one strip or zone; likeness is told within `window` (rows, columns)."""

    def __init__(self, window: tuple[int, int] = WINDOW) -> None:
        self.window = window
        self._looks: list[Dry] = []
        self._first: list[Look] = []
        self._poor = 0
        self._last: Look | None = None
        self._held_up = LEARNING
        self._rained: datetime | None = None
        self.noise_var = NOISE_VAR

    def __len__(self) -> int:
        return len(self._looks)

    @property
    def kept(self) -> tuple[Dry, ...]:
        """Each of them, to be kept over a restart."""
        return tuple(self._looks)

    def resume(self, kept: tuple[Dry, ...]) -> None:
        """Go on with looks that were kept."""
        self._looks, self._first = list(kept), []

    def given(self, time: datetime, look: Look) -> None:
        """Take one still as it is: somebody says that it is dry."""
        self.resume((Dry(look.patch.values.copy(), look.tint.copy(), look.patch.mask.copy(), time),))

    def begin(self, time: datetime, look: Look, *, raining: bool, whole: Mask | None = None) -> Reason | None:
        """Take a still for the first look of what is `whole` (h, w) in view; why there is none yet, or nothing."""
        self._rained = time if raining else self._rained
        if self._rained is not None and (time - self._rained).total_seconds() < DRIES_S:
            self._first = []
            return IN_RAIN
        if look.patch.mask.sum() < 0.9 * (look.patch.mask.size if whole is None else whole.sum()):
            return Reason("passer")
        self._first.append(look)
        if len(self._first) < FIRST:
            return self._held_up
        first, self._first = self._first, []
        for one, other in pairwise(first):
            self._listen(one, other)
            if restless := self._moving(one, other):
                self._held_up = Reason("moving", {"part": str(restless), "parts": str(BANDS)})
                return self._held_up
        values = np.asarray(np.mean([one.patch.values for one in first], axis=0), np.float32)
        tint = np.asarray(np.mean([one.tint for one in first], axis=0), np.float32)
        self._looks.append(Dry(values, tint, look.patch.mask.copy(), time))
        self._last = look
        return None

    def nearest(self, time: datetime, look: Look, dry: Mask) -> tuple[Dry, float] | None:
        """The look most alike in the part `dry`, and how alike it is; nothing where none of that is seen."""
        if self._last is not None:
            self._listen(self._last, look)
        told = [(self._alike(one, look, dry), one) for one in self._looks]
        known = [(alike, one) for alike, one in told if alike is not None]
        if not known:
            return None
        best, one = max(known, key=lambda pair: pair[0])
        one.used = time
        return one, best

    def learn(self, time: datetime, look: Look, dry: Mask, near: tuple[Dry, float]) -> None:
        """Follow the nearest look where it is dry; begin another one where the light has changed."""
        one, alike = near
        free = dry & look.patch.mask
        if alike >= GOOD:
            self._poor = 0
            share = np.where(one.known, np.float32(SHARE), np.float32(1)) * free
            one.values = one.values + share * (look.patch.values - one.values)
            one.known = one.known | free
            rows = free.mean(axis=1) > 0.5
            one.tint = np.where(rows[:, None], one.tint + SHARE * (look.tint - one.tint), one.tint)
        elif self._last is not None and self._worst(one, look, dry) > SAME and self.held(look, dry) > GOOD:
            self._poor += 1
            if self._poor >= AGAIN:
                self._poor = 0
                self._looks.append(Dry(look.patch.values.copy(), look.tint.copy(), free, time))
                self._looks = sorted(self._looks, key=lambda each: each.used)[-MOST:]
        else:
            self._poor = 0
        self._last = look

    def watch(self, look: Look) -> None:
        """Take a still without learning of it."""
        self._poor, self._last = 0, look

    def held(self, look: Look, where: Mask) -> float:
        """How alike a still is to the one before it, in a part: 1 for what stands there, near 0 for water that moves."""
        told = self.since_last(look)
        if told is None:
            return 0.0
        weight = told[1] * where
        return float((told[0] * weight).sum() / max(float(weight.sum()), 1e-6))

    def since_last(self, look: Look) -> tuple[Floats, Floats] | None:
        """`local_likeness` of a still and the one before it."""
        return local_likeness(self._last.patch, look.patch, self.window, self.noise_var) if self._last else None

    def _alike(self, one: Dry, look: Look, dry: Mask) -> float | None:
        alike, structure = local_likeness(one.patch(), look.patch, self.window, self.noise_var)
        weight = structure * (dry & one.known & look.patch.mask)
        total = float(weight.sum())
        return float((alike * weight).sum() / total) if total > 1.0 else None

    def _worst(self, one: Dry, look: Look, dry: Mask) -> float:
        """The least likeness of any band."""
        found = []
        for rows in np.array_split(np.arange(len(dry)), BANDS):
            band = np.zeros_like(dry)
            band[rows] = dry[rows]
            found.append(self._alike(one, look, band))
        return min((alike for alike in found if alike is not None), default=0.0)

    def _listen(self, one: Look, other: Look) -> None:
        """The noise of two stills, told by the quietest quarter of rows."""
        apart = np.abs(one.patch.values - other.patch.values)
        sigma = float(np.quantile(np.median(apart, axis=1), 0.25)) / 0.6745 / np.sqrt(2)
        self.noise_var = max(NOISE_VAR, 4 * min(sigma, other.noise) ** 2)

    def _moving(self, one: Look, other: Look) -> int:
        """The first band, counted from the foot, that does not hold still; 0 where all do."""
        alike, structure = local_likeness(one.patch, other.patch, self.window, self.noise_var)
        for number, rows in enumerate(np.array_split(np.arange(len(alike)), BANDS), start=1):
            weight = structure[rows]
            if weight.mean() > 0.3 and float((alike[rows] * weight).sum() / weight.sum()) < STILL:
                return number
        return 0


def noise_of(grey: npt.NDArray[np.uint8]) -> float:
    """Standard deviation of the noise of local contrast, from what is finer than any wave (Immerkaer 1996, with a median)."""
    fine = cv2.filter2D(grey.astype(np.float32), -1, np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32))
    sigma = float(np.median(np.abs(fine))) / 0.6745 / 6
    return SMOOTHED * sigma / (float(np.median(grey)) + DARK)


def tint_of(image: Image) -> Floats:
    """(h, 2) blue and red of each row against green, as logarithms, smoothed a little along the rows."""
    logs = np.log(image.astype(np.float32).mean(axis=1) + DARK)
    tint = np.stack([logs[:, 0] - logs[:, 1], logs[:, 2] - logs[:, 1]], axis=1)
    return np.asarray(cv2.blur(tint, (1, 5)), np.float32)
