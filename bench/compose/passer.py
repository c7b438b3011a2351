"""Somebody who comes and goes through an empty place: real cut-outs on real ways, as large, as faint and as fast as asked.

People walk as they walk in PETS09-S2L1: a piece of a true track, each frame its own cut-out, the way scaled with the person, so
that who is small is far and slow. Vehicles are rigid cut-outs of the traffic clip that drive straight. Both come out from behind
an upright edge and go behind another (the picture's own, or a wall that is not drawn), so that nobody appears at once.

Contrast is the mean difference of what is drawn from what was there, in grey levels of the delivered picture; a thing is
made fainter or stronger until it has the contrast that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from bench.compose.cutouts import CutOut, _cut, _lonely, background, vehicles
from bench.compose.idle import FPS, Idle
from bench.data import frames, truth
from pantau.types import Image

Size = Literal["far", "middle", "near"]
Contrast = Literal["low", "mid", "high"]
Speed = Literal["slow", "brisk", "between"]

HEIGHT: Final[dict[Size, tuple[float, float]]] = {"far": (12, 20), "middle": (20, 40), "near": (40, 100)}
"""Pixels high."""
LEVELS: Final[dict[Contrast, tuple[float, float]]] = {"low": (8, 14), "mid": (14, 28), "high": (28, 60)}
"""Grey levels."""
STAY_S: Final[dict[Speed, tuple[float, float]]] = {"slow": (5, 9), "brisk": (2.2, 5), "between": (0.8, 3.4)}
"""Seconds in sight; `between` fits between two key frames."""
TRACK_FPS: Final = 7.0
"""Pictures a second of PETS09-S2L1."""
LEAST: Final = 18
"""Pictures of a piece of a track."""

Way = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Somebody on the way: a cut-out for each picture and the middle of its lower edge, in its own heights, from (0, 0)."""

    cuts: tuple[CutOut, ...]
    feet: Way
    fps: float

    def at(self, t: float) -> tuple[CutOut, Way]:
        """Cut-out and place at a time; who is longer on the way than the track goes on as before."""
        place = t * self.fps
        rounds, rest = divmod(place, len(self.cuts) - 1)
        low = int(rest)
        between = self.feet[low] + (rest - low) * (self.feet[low + 1] - self.feet[low])
        return self.cuts[low], between + rounds * self.feet[-1]


@cache
def walkers() -> tuple[Track, ...]:
    """Pieces of the true tracks of PETS in which somebody walks alone and more across than towards."""
    known, pictures, empty = truth("PETS09-S2L1"), list(frames("pets")), background("pets")
    found = []
    for person in np.unique(known.person).tolist():
        piece: list[tuple[CutOut, Way, float]] = []
        for number, image in enumerate(pictures, start=1):
            one = _alone(image, empty, *known.of(number), person)
            if one is not None:
                piece.append(one)
            if one is None or len(piece) == 60:
                found += _track(piece)
                piece = []
    return tuple(found)


def _alone(
    image: Image, empty: Image, people: npt.NDArray[np.int64], boxes: npt.NDArray[np.float32], person: int
) -> tuple[CutOut, Way, float] | None:
    rows = np.flatnonzero(people == person)
    if not len(rows):
        return None
    box = boxes[rows[0]].astype(np.float64)
    if box[3] - box[1] < 55 or not _lonely(box, boxes.astype(np.float64)) or (cut := _cut(image, empty, box)) is None:
        return None
    return CutOut(*cut, "person"), np.array([(box[0] + box[2]) / 2, box[3]]), float(box[3] - box[1])


def _track(piece: Sequence[tuple[CutOut, Way, float]]) -> list[Track]:
    if len(piece) < LEAST:
        return []
    tall = float(np.median([height for _, _, height in piece]))
    feet = np.stack([foot for _, foot, _ in piece])
    way = (feet - feet[0]) / tall
    across, towards = np.abs(way[-1])
    if across < 0.6 * len(piece) / TRACK_FPS * 0.7 or across < towards:
        return []
    return [Track(tuple(cut for cut, _, _ in piece), way, TRACK_FPS)]


@cache
def drivers() -> tuple[CutOut, ...]:
    """Vehicles of the traffic clip."""
    return tuple(vehicles("traffic", "centernet", background("traffic"), 30))


@dataclass(frozen=True, slots=True)
class Wish:
    """Who shall come: how large, how faint, how fast."""

    size: Size
    contrast: Contrast
    speed: Speed


@dataclass(frozen=True, slots=True, eq=False)
class Passer:
    """Somebody in a stream.

    Args:
        wish: what was asked for.
        track: who, and how.
        height: pixels high.
        start: (x, y) of the foot at the first picture, pixels.
        first: number of the first picture.
        last: number of the picture after the last.
        strength: what makes the thing as faint as asked.
    """

    wish: Wish
    track: Track
    height: float
    start: Way
    first: int
    last: int
    strength: float = 1.0

    @property
    def crossing(self) -> tuple[int, int]:
        """The pictures of the middle half of the way, [first, last)."""
        quarter = (self.last - self.first) / 4
        return round(self.first + quarter), max(round(self.last - quarter), round(self.first + quarter) + 1)

    def draw(self, canvas: Image, number: int, bright: float) -> float:
        """Onto the canvas, in place; the mean difference that it makes, grey levels (0: not in sight)."""
        cut, way = self.track.at((number - self.first) / FPS)
        _, end = self.track.at((self.last - self.first) / FPS)
        own = cut.alpha.shape
        drawn = cut.scaled(max(self.height * own[1] / own[0], 2.0))
        foot, edges = self.start + way * self.height, self.start[0] + np.array([0.0, end[0] * self.height])
        return _paste(canvas, drawn, foot, (float(edges.min()), float(edges.max())), self.strength, bright)


def _paste(
    canvas: Image, drawn: CutOut, foot: Way, edges: tuple[float, float], strength: float, bright: float
) -> float:
    """Lay it on what is between the two edges."""
    height, width = drawn.alpha.shape
    left, top = round(foot[0] - width / 2), round(foot[1] - height)
    x1, x2 = max(left, round(edges[0]), 0), min(left + width, round(edges[1]), canvas.shape[1])
    y1, y2 = max(top, 0), min(top + height, canvas.shape[0])
    if x2 <= x1 or y2 <= y1:
        return 0.0
    inside = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
    alpha, part = drawn.alpha[inside][..., None], canvas[y1:y2, x1:x2]
    change = (drawn.image[inside] * np.float32(bright) - part) * alpha * np.float32(strength)
    after = np.clip(part + change, 0, 255).astype(np.uint8)
    body = alpha[..., 0] > 0.5
    grey = cv2.absdiff(
        cv2.cvtColor(after, cv2.COLOR_BGR2GRAY), cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_BGR2GRAY)
    )
    part[:] = after
    return float(grey[body].mean()) if body.any() else 0.0


def passer(wish: Wish, idle: Idle, first: int, group: int, rng: np.random.Generator) -> tuple[Passer, float]:
    """Somebody as wished, who comes at about picture `first`, and the contrast reached.

    Args:
        wish: who.
        idle: where.
        first: picture from which on somebody comes: where `between` is wished, the next key frame counts.
        group: pictures between key frames.
        rng: chance.
    """
    low, high = STAY_S[wish.speed]
    stay = round(FPS * float(rng.uniform(low, min(high, group / FPS - 0.6) if wish.speed == "between" else high)))
    if wish.speed == "between":  # after a key frame, and gone before the next
        key = -(-first // group) * group
        first = key + int(rng.integers(2, max(group - stay - 1, 3)))
    height = float(rng.uniform(*HEIGHT[wish.size]))
    track = _driver(height, stay, wish, idle, rng) if rng.random() < 0.4 else _walker(rng)
    reach = track.at(stay / FPS)[1] * height
    found = Passer(wish, track, height, _start(reach, height, idle.size, rng), first, first + stay)
    return _as_strong(found, float(rng.uniform(*LEVELS[wish.contrast])), idle)


def _walker(rng: np.random.Generator) -> Track:
    track = walkers()[int(rng.integers(len(walkers())))]
    if rng.random() < 0.5:
        return track
    mirrored = tuple(
        CutOut(np.ascontiguousarray(c.image[:, ::-1]), np.ascontiguousarray(c.alpha[:, ::-1]), c.class_name)
        for c in track.cuts
    )
    return Track(mirrored, track.feet * np.array([-1.0, 1.0]), track.fps)


def _driver(height: float, stay: int, wish: Wish, idle: Idle, rng: np.random.Generator) -> Track:
    """A vehicle that drives straight, over a fifth to nine tenths of the picture."""
    cut = drivers()[int(rng.integers(len(drivers())))]
    wide = height * cut.alpha.shape[1] / cut.alpha.shape[0]
    share = rng.uniform(0.2, 0.5) if wish.size == "far" else rng.uniform(0.4, 0.9)
    far = max(float(share) * idle.size[0], 1.5 * wide) / height
    way = np.linspace(0, 1, stay + 2)[:, None] * np.array([far * rng.choice((-1, 1)), far * rng.uniform(-0.12, 0.12)])
    return Track((cut,) * (stay + 2), way, float(FPS))


def _start(reach: Way, height: float, size: tuple[int, int], rng: np.random.Generator) -> Way:
    """A foot from which on the way lies in the picture as far as it can."""
    low = np.array([0.0, height]) - np.minimum(reach, 0)
    high = np.array(size, float) - np.maximum(reach, 0)
    return np.where(high > low, rng.uniform(low, np.maximum(high, low + 1e-6)), (low + high) / 2)


def _as_strong(one: Passer, wanted: float, idle: Idle) -> tuple[Passer, float]:
    """The same with the strength that gives the contrast wanted (at most five times its own), and what that gives."""
    first, last = one.crossing
    looks = sorted({int(n) for n in np.linspace(first, last - 1, 4)})
    clean = [idle.picture(n) for n in looks]
    strength, reached = 1.0, 0.0
    for _ in range(4):
        tried = Passer(one.wish, one.track, one.height, one.start, one.first, one.last, strength)
        reached = float(np.mean([tried.draw(c.copy(), n, idle.bright) for c, n in zip(clean, looks, strict=True)]))
        one = tried
        if abs(reached - wanted) < 0.03 * wanted or not reached:
            break
        strength = float(np.clip(strength * wanted / reached, 0.05, 5.0))
    return one, reached
