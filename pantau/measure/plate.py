"""The background plate of a camera: what the place looks like with nobody in it (DESIGN §7).

Idea: of a few stills far apart, each pixel's median over those in which no box covers it. Every still is first brought to a
common brightness, so that a cloud is no disagreement. A pixel is *known* when `LEAST` stills saw it free and most of these agree on
it; every other is painted grey, so that who always stands at one spot, or a crowd that never ends, shows as nothing and not as a ghost.
Where less than `LEAST_KNOWN` of the picture is known there is no plate.

Stills are at first `FIRST_S` apart. When there are `MOST`, every second one goes and the distance doubles, up to `LAST_S`: the
kept ones are spread evenly over all that was seen, in bounded memory. Source: the temporal median as background (Lo and
Velastin 2001), here over free pixels only.

Limits: someone whom the detector misses in most stills, unmoving (asleep on a bench) stays in the plate, so it is redacted like
any picture before it is shown. A parked car that is detected leaves grey. A camera that sways blurs edges; one that was
moved needs `forget`. Day and lamplight in one plate make a dull one. Rejected: the mean (whoever passes is a ghost), a mixture of
Gaussians (memory, and who stays for an hour becomes background), filling holes in from their surroundings (invents).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.errors import DataError
from pantau.types import Image, View

WIDTH: Final = 640
"""Pixels across, at most."""
MOST: Final = 16
FIRST_S: Final = 2.0
LAST_S: Final = 1800.0
LEAST: Final = 5
"""Stills that must have seen a pixel free."""
MARGIN: Final = 0.2
"""Boxes are widened by so much of their size on each side: shadows, and what the detector cut off."""
NEAR: Final = 24
"""Levels from the median within which a still agrees with it."""
LEAST_KNOWN: Final = 0.6
GREY: Final = 128

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """The picture (H, W, 3), grey where not `known` (H, W)."""

    image: Image
    known: Mask

    @property
    def share(self) -> float:
        """How much of it is known."""
        return float(self.known.mean())


@dataclass(frozen=True, slots=True, eq=False)
class _Still:
    time: datetime
    image: Image
    free: Mask


class PlateWatch:
    """Collects stills of one camera; `plate` is worked out when somebody asks."""

    def __init__(self) -> None:
        self._stills: list[_Still] = []
        self._apart_s = FIRST_S

    def __len__(self) -> int:
        return len(self._stills)

    def forget(self) -> None:
        """Begin anew: the camera looks elsewhere."""
        self._stills, self._apart_s = [], FIRST_S

    def due(self, time: datetime) -> bool:
        """Whether a sample of this time would be kept: detecting in any other is work for nothing."""
        return not self._stills or (time - self._stills[-1].time).total_seconds() >= self._apart_s

    def step(self, view: View) -> None:
        """Keep this sample, if it is time.

        Raises:
            DataError: it is not later than the last one kept.
        """
        small, scale = _small(view.frame.image)
        if self._stills and self._stills[-1].image.shape != small.shape:
            self.forget()
        if self._stills and view.time <= self._stills[-1].time:
            raise DataError(f"camera {view.frame.camera}: expected a later picture for its plate, got {view.time}")
        if not self.due(view.time):
            return
        if len(self._stills) == MOST:
            self._thin()
        self._stills.append(_Still(view.time, small, _free(view.detections.xyxy * scale, small.shape[:2])))

    def plate(self) -> Plate | None:
        """The plate, or nothing where too little is known."""
        if len(self._stills) < LEAST:
            return None
        free = np.stack([still.free for still in self._stills])
        levelled = _levelled(self._stills)
        levelled[~free] = np.nan
        enough = free.sum(axis=0) >= LEAST
        median = np.full((*enough.shape, 3), float(GREY), np.float32)
        seen = levelled[:, enough]
        median[enough] = np.nanmedian(seen, axis=0)
        agree = (np.abs(seen - median[enough]).max(axis=2) <= NEAR).sum(axis=0)
        known = enough.copy()
        known[enough] = agree * 2 > free[:, enough].sum(axis=0)
        if known.mean() < LEAST_KNOWN:
            return None
        image = np.where(known[..., None], np.clip(np.rint(median), 0, 255), GREY).astype(np.uint8)
        return Plate(image, known)

    def _thin(self) -> None:
        """Make room: every second one goes; once they are `LAST_S` apart, the oldest."""
        if self._apart_s >= LAST_S:
            del self._stills[0]
        else:
            self._stills = self._stills[::2]
            self._apart_s = min(self._apart_s * 2, LAST_S)


def _small(image: Image) -> tuple[Image, float]:
    """The picture at most `WIDTH` across, and its scale."""
    scale = min(WIDTH / image.shape[1], 1.0)
    if scale == 1.0:
        return image.copy(), scale
    size = (WIDTH, max(round(image.shape[0] * scale), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _free(boxes: npt.NDArray[np.float32], shape: tuple[int, ...]) -> Mask:
    """Where none of the widened boxes lies."""
    free = np.ones(shape, np.bool_)
    margin = MARGIN * (boxes[:, 2:] - boxes[:, :2])
    wide = np.concatenate([np.floor(boxes[:, :2] - margin), np.ceil(boxes[:, 2:] + margin)], axis=1)
    for x1, y1, x2, y2 in wide.astype(int).tolist():
        free[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = False
    return free


def _levelled(stills: list[_Still]) -> npt.NDArray[np.float32]:
    """(n, H, W, 3): each still at the brightness of the middle one, told by the pixels that are free in it."""
    levels = [float(np.median(still.image[still.free])) if still.free.any() else 0.0 for still in stills]
    aim = float(np.median([level for level in levels if level > 0] or [1.0]))
    return np.stack([still.image * np.float32(aim / level if level > 0 else 1.0) for still, level in zip(stills, levels, strict=True)])  # fmt: skip
