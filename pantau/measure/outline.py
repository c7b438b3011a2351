"""The edges of a place that stay: what a healthy camera goes on seeing in any light.

A look is a small picture; an edge is where brightness changes by more than `EDGE` of what it is around there, so that a dusk
or a cloud moves few of them. Of each of five classes of light (by the median, in steps of two) an `Outline` keeps how often
each pixel was an edge, as a slow average: people, vehicles and shadows pass and leave nothing, buildings and kerbs stay.
A new look is compared tile by tile with all that was learnt, and the outline that fits best speaks: it is the light that
varies, not the place.

Source: stable edges against tampering, Gil-Jiménez et al., "Automatic control of video surveillance camera sabotage" (2007);
lost edges and lost detail, Aksay, Temizel & Çetin, "Camera tamper detection using wavelet analysis" (2007). Limits: a place
without edges (open water, fog) has no known tiles, and nothing is said of its structure; what lies over plain ground is told by its grain
(`pantau.measure.grain`). Memory: ten small maps.
Rejected: differences of brightness (a day has more of them than any fault) and a learnt classifier (no footage with truth).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import exp
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.measure.grain import Grain, Ground, grain_of
from pantau.measure.tiles import TILES, tiled
from pantau.types import Image

WIDTH: Final = 256
"""Pixels across that are looked at, at most."""
EDGE: Final = 0.05
"""Change of brightness from pixel to pixel, as a share of the brightness around, from which there is an edge."""
SOFT: Final = 10.0
"""Grey levels added to that brightness, so that the noise of the dark is no edge."""
STAYS: Final = 0.6
"""Share of the looks in which a pixel must be an edge to be one that stays."""
KNOWN: Final = 12
"""Edge pixels that stay below which nothing is said of a tile."""
LOST: Final = 0.35
"""Share of its edges below which a tile is lost."""
BLURRED: Final = 0.7
"""Share of its fine structure below which a tile is blurred."""
FLAT: Final = 0.02
"""Coarse structure that a tile is taken to have at least, as a share of its brightness."""
LEARN: Final = 12
"""Looks after which an outline speaks."""
SLOW_S: Final = 3600.0
"""Time constant of the average."""
LIGHTS: Final = (10, 22, 45, 90)
"""Medians between which the classes of light lie."""

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One picture, small.

    Args:
        edges: where there are any.
        tones: the mean brightness of each tile.
        detail: the fine structure of each tile against its coarse one, which rain and haze leave as it is.
        grain: `pantau.measure.grain`.
        median, bright: the median and the 99th percentile of brightness.
        burnt: share of pixels that are white.
    """

    edges: Bools
    tones: Floats
    detail: Floats
    grain: Floats
    median: float
    bright: float
    burnt: float

    @classmethod
    def of(cls, image: Image, seen: Bools | None = None) -> Look:
        """Look at the green of a picture; where `seen` (of the look's size) is false, there is nothing."""
        height, width = image.shape[:2]
        small = min(width, WIDTH)
        size = small, max(round(height * small / width), 1)
        grey = np.asarray(cv2.resize(cv2.extractChannel(image, 1), size, interpolation=cv2.INTER_AREA), np.uint8)
        soft = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0)
        slope = cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)) / 8
        around = cv2.boxFilter(soft, -1, (15, 15)) + SOFT
        broad = cv2.GaussianBlur(soft, (0, 0), 1.5)
        fine = tiled(np.abs(soft - broad))
        rough = tiled(np.abs(broad - around + SOFT)) + FLAT * tiled(around)
        edges = np.asarray(slope > EDGE * around, np.bool_)
        grain = grain_of(grey)
        shown = grey if seen is None else grey[seen]
        if seen is not None:
            edges &= seen
            grain *= seen
        if not shown.size:
            shown = np.zeros(1, np.uint8)
        below = np.cumsum(np.bincount(shown.ravel(), minlength=256)) / shown.size
        median, bright = (float(np.searchsorted(below, part)) for part in (0.5, 0.99))
        detail = np.asarray(fine / np.maximum(rough, 1e-6), np.float32)
        return cls(edges, tiled(soft), detail, grain, median, bright, float((shown >= 250).mean()))

    @property
    def light(self) -> int:
        """Its class of light."""
        return int(np.searchsorted(LIGHTS, self.median))


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """How a look fits what was learnt.

    Args:
        lost: per known tile, whether its edges are gone.
        bare: per known tile, whether it has hardly any edges at all.
        blurred: per known tile, whether its fine structure is gone.
        tones: per known tile, how its brightness changed against that of the picture, as a logarithm.
        kept: share of all edges that are still there.
        crowded: edges now ÷ edges that stay.
        alike: correlation of the coarse picture with the learnt one, -1 to 1.
        ground: what became of the grain, edges or not.
        ground_tones: as `tones`, of the tiles whose grain is known.
    """

    lost: Bools
    bare: Bools
    blurred: Bools
    tones: Floats
    kept: float
    crowded: float
    alike: float
    ground: Ground
    ground_tones: Floats


@dataclass(slots=True, eq=False)
class Outline:
    """What was learnt of one class of light."""

    often: Floats
    tones: Floats
    detail: Floats
    grain: Grain
    looks: int = 0
    seen: datetime | None = None

    def learn(self, look: Look, time: datetime) -> None:
        """Take a healthy look into the average."""
        passed_s = (time - self.seen).total_seconds() if self.seen else 0.0
        self.looks += 1
        share = max(1 / self.looks if self.looks <= LEARN else 0.0, 1 - exp(-min(passed_s, SLOW_S / 6) / SLOW_S))
        self.often += share * (look.edges - self.often)
        self.tones += share * (look.tones - self.tones)
        self.detail += share * (look.detail - self.detail)
        self.grain.learn(look.grain, share)
        self.seen = time

    def match(self, look: Look, before: Look | None = None) -> Match | None:
        """Compare a look, after the one `before`; None where nothing of this place stays."""
        stays = self.often > STAYS
        near = np.asarray(cv2.dilate(look.edges.astype(np.uint8), np.ones((3, 3), np.uint8)), np.bool_)
        pixels = stays.size / (TILES[0] * TILES[1])
        own, kept, now = (tiled(part.astype(np.float32)) * pixels for part in (stays, stays & near, look.edges))
        known = own >= KNOWN
        if known.sum() < 4:
            return None
        share = kept[known] / own[known]
        tones = np.log((look.tones + 8) / (self.tones + 8))
        ground = self.grain.ground(look.grain, before.grain if before else None)
        return Match(
            lost=share < LOST,
            bare=now[known] < LOST * own[known],
            blurred=look.detail[known] < BLURRED * self.detail[known],
            tones=_against(tones[known], share >= LOST),
            kept=float(kept.sum() / own.sum()),
            crowded=float(now.sum() / own.sum()),
            alike=_alike(look.tones, self.tones),
            ground=ground,
            ground_tones=_against(tones[ground.known], ~ground.gone),
        )


@dataclass(slots=True, eq=False)
class Outlines:
    """Those of every light of one camera."""

    by_light: dict[int, Outline] = field(default_factory=dict)

    def learn(self, look: Look, time: datetime) -> None:
        """A healthy look."""
        known = self.by_light.get(look.light)
        if known is None or known.often.shape != look.edges.shape:
            nothing = np.zeros(look.edges.shape, np.float32)
            known = self.by_light[look.light] = Outline(
                nothing, look.tones.copy(), look.detail.copy(), Grain(look.edges.shape)
            )
        known.learn(look, time)

    def match(self, look: Look, before: Look | None = None) -> Match | None:
        """How a look, after the one `before`, fits the outline that it fits best; None before one was learnt."""
        speaking = [o for o in self.by_light.values() if o.looks >= LEARN and o.often.shape == look.edges.shape]
        found = [match for outline in speaking if (match := outline.match(look, before))]
        return max(found, key=lambda match: match.kept, default=None)


def _against(tones: Floats, free: Bools) -> Floats:
    """Tones against those of the tiles that are `free` of whatever changed the others."""
    return np.asarray(tones - np.median(tones[free]), np.float32) if free.any() else tones


def _alike(one: Floats, other: Floats) -> float:
    a, b = one - one.mean(), other - other.mean()
    both = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / both if both > 1e-6 else 0.0
