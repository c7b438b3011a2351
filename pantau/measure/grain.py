"""The grain of a place: the texture of plain ground, too faint in one look to be an edge, known because it is always the same.

Asphalt, grass and gravel have few edges, and their fine structure is mostly the sensor's noise; so what lies on the lens over them used to pass
unnoticed. But noise is another one in every look and grain is not. The learnt grain G is the slow mean of g, each pixel against what lies
around it (the light divides out). Of a look, tile by tile, with sums over a tile's pixels:

    fit     <g, G> / <G, G>           how much of the grain is in it; noise has no part in the mean of this
    stands  <g, g before> / <G, G>    how much structure is common to two looks, whatever it is; noise has none here either

    clean       fit as ever
    drops       no fit, nothing stands, tone as ever        (a drop washes the grain out)
    paint       no fit, nothing stands, another tone
    a lorry     no fit, and something stands                (it has a texture of its own)

A tile's grain is known where its fit was high and steady in healthy looks: where compression or rain eats it, nothing is said. A tile
whose grain is gone is hardly learnt, else a lens that was never suspected would teach its own drops within the hour.

Source: projection on a fixed pattern, as in the matched filter (Turin 1960) and in telling sensors by theirs (Lukáš, Fridrich & Goljan 2006).
Limits: a clip's temporal median has no grain left (the bench's *jalur*); a smooth white van that parks has little texture and another
tone, which is paint. Rejected: more looks averaged (as sure from one look, and minutes later), a lower threshold of fine structure (noise).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.measure.tiles import TILES, tiled, untiled

FINE_PX: Final = 0.8
BROAD_PX: Final = 2.5
SOFT: Final = 10.0
"""Grey levels added to what lies around, so that the noise of the dark is no grain."""
MOST: Final = 0.5
FITS: Final = 0.5
"""How much of its learnt grain a tile has to have in healthy looks, for its grain to be known..."""
SPREAD: Final = 0.35
"""... and how far that may spread, as a share of it."""
GONE: Final = 0.4
"""Share of that below which its grain is gone."""
SMOOTH: Final = 0.3
"""Grain common to two looks, as a share of the learnt one, below which nothing stands there."""
HARDLY: Final = 0.03
"""How much of what is learnt otherwise a tile takes in while its grain is gone: a day, not an hour, makes drops or a parked lorry ground."""
LEARN: Final = 12
"""Looks after which its grain is compared at all."""

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


def grain_of(grey: npt.NDArray[np.uint8]) -> Floats:
    """(h, w) each pixel against what lies around it."""
    fine = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), FINE_PX)
    broad = cv2.GaussianBlur(fine, (0, 0), BROAD_PX)
    return np.asarray(np.clip((fine - broad) / (broad + SOFT), -MOST, MOST), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What became of the grain of a look.

    Args:
        known: per tile, whether anything can be said.
        gone: per known tile, whether its grain is no longer there.
        smooth: per known tile, whether nothing stands there.
    """

    known: Bools
    gone: Bools
    smooth: Bools


class Grain:
    """The grain of one class of light, on looks of `shape` (h, w)."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._mean = np.zeros(shape, np.float32)
        self._fits = np.zeros((2, TILES[0] * TILES[1]), np.float32)  # the mean of fits, and of their squares
        self._looks = 0

    def learn(self, grain: Floats, share: float) -> None:
        """Take the grain of a healthy look into the average."""
        fit = self._fit(grain)
        self._looks += 1
        begun = self._looks - LEARN
        slow = np.where(fit < GONE * self._fits[0], np.float32(HARDLY), np.float32(1))
        self._mean += share * untiled(slow, self._mean.shape) * (grain - self._mean)
        if begun == 1:
            self._fits = np.stack([fit, fit**2])
        elif begun > 1:
            self._fits += max(share, 1 / begun) * slow * (np.stack([fit, fit**2]) - self._fits)

    def ground(self, grain: Floats, before: Floats | None) -> Ground:
        """What became of it in a look, after the look `before`."""
        mean, square = self._fits
        spread = np.sqrt(np.maximum(square - mean**2, 0))
        known = (mean > FITS) & (spread < SPREAD * mean)
        gone = self._fit(grain) < GONE * mean
        stands = np.inf if before is None else tiled(grain * before)
        smooth = stands < SMOOTH * tiled(self._mean**2)
        return Ground(known, gone[known], smooth[known])

    def _fit(self, grain: Floats) -> Floats:
        return np.asarray(tiled(grain * self._mean) / np.maximum(tiled(self._mean**2), 1e-9), np.float32)
