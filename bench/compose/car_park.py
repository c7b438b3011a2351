"""A day in a car park: vehicles that come and go, people who walk before them, others that drive past, under a day's light.

Three places. On ``jalan`` things may be tuned; ``pelataran`` and ``jalur`` are only reported on. The rows stand behind
each other, so that a vehicle in front hides a part of the slot behind. Truth, a row for each picture and slot: picture, t_s,
slot, state (occupied or free), vehicle (its number; empty when free).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from bench.compose.cutouts import CutOut, background, people, vehicles
from bench.compose.light import Day
from bench.compose.scene import Painter, Recipe, Thing, write
from bench.data import Clip
from pantau.types import Image

FREE_S: Final = 45 * 60.0
STAY_S: Final = 60 * 60.0
LEAST_S: Final = 6 * 60.0


@dataclass(frozen=True, slots=True)
class Bay:
    """One slot as it is drawn: middle and lower edge in pixels, width and depth on the picture."""

    id: str
    x: float
    foot: float
    width: float
    depth: float

    def polygon(self, size: tuple[int, int]) -> list[list[float]]:
        """In fractions; a little narrower at its far edge."""
        half = self.width / 2
        corners = [
            (self.x - 0.92 * half, self.foot - self.depth),
            (self.x + 0.92 * half, self.foot - self.depth),
            (self.x + half, self.foot),
            (self.x - half, self.foot),
        ]
        return [[round(x / size[0], 5), round(y / size[1], 5)] for x, y in corners]


@dataclass(frozen=True, slots=True)
class Ground:
    """A place to park: which clip it comes from, where its slots are, and what may pass before them."""

    name: str
    clip: Clip
    detector: str
    bays: tuple[Bay, ...]
    above: bool = False


def _row(name: str, foot: float, width: float, middles: tuple[float, ...]) -> tuple[Bay, ...]:
    return tuple(Bay(f"{name}{n}", x, foot, width, 0.48 * width) for n, x in enumerate(middles, start=1))


GROUNDS: Final = {
    "jalan": Ground(
        "jalan",
        "traffic",
        "centernet",
        (
            *_row("a", 312, 84, (190, 280, 370)),
            *_row("b", 256, 66, (150, 222, 294, 366)),
            *_row("c", 208, 50, (170, 226, 282)),
        ),
    ),
    "pelataran": Ground(
        "pelataran",
        "pets",
        "centernet",
        (
            *_row("a", 452, 98, (520, 624, 716)),
            *_row("b", 384, 80, (420, 506, 592, 678)),
            *_row("c", 322, 64, (500, 570, 640)),
        ),
    ),
    "jalur": Ground(
        "jalur",
        "car",
        "crossroad",
        tuple(
            Bay(f"{r}{n}", 90 + 147 * (n - 1), y, 118, 188) for r, y in (("a", 206), ("b", 420)) for n in range(1, 6)
        ),
        above=True,
    ),
}


@cache
def _background(clip: Clip) -> Image:
    return background(clip)


@cache
def _vehicles(*, above: bool) -> tuple[CutOut, ...]:
    if above:
        found = vehicles("car", "crossroad", _background("car"), 12)
        return tuple(cut for cut in found if cut.alpha.shape[0] > 1.4 * cut.alpha.shape[1])  # whole ones
    return tuple(vehicles("traffic", "centernet", _background("traffic"), 40))


@cache
def _people() -> tuple[CutOut, ...]:
    return tuple(people(_background("pets"), 20))


def car_park(name: str, *, hours: tuple[float, float] = (0.0, 24.0), every_s: float = 60.0, seed: int = 1) -> Path:
    """The folder of a day at one of `GROUNDS`, made if it isn't there."""
    ground = GROUNDS[name]
    size = _background(ground.clip).shape[1], _background(ground.clip).shape[0]
    camera: dict[str, object] = {
        "id": name,
        "detector": ground.detector,
        "analysers": ["parking"],
        "slot": [{"id": bay.id, "polygon": bay.polygon(size)} for bay in ground.bays],
    }
    recipe = Recipe(maker=__name__, name=f"parkir-{name}", camera=camera, every_s=every_s, facts=(hours, seed))
    if not recipe.folder.is_dir():
        day = _Day(ground, hours, every_s, seed)
        write(recipe, day.pictures(), day.truth())
    return recipe.folder


@dataclass(frozen=True, slots=True, eq=False)
class _Stay:
    bay: Bay
    start_s: float
    end_s: float
    number: int
    thing: Thing


class _Day:
    """Who stands where when, drawn once from the seed."""

    def __init__(self, ground: Ground, hours: tuple[float, float], every_s: float, seed: int) -> None:
        self.ground, self.hours, self.every_s, self.seed = ground, hours, every_s, seed
        self._rng = np.random.default_rng(seed)
        self._stays = [stay for bay in ground.bays for stay in self._of(bay)]

    def times(self) -> list[float]:
        """Seconds of the day at which a picture is taken."""
        begin, end = self.hours
        return list(np.arange(begin * 3600, end * 3600, self.every_s))

    def truth(self) -> Iterator[dict[str, object]]:
        """A row for each picture and slot."""
        for picture, t in enumerate(self.times()):
            here = {stay.bay.id: stay.number for stay in self._at(t)}
            for bay in self.ground.bays:
                state = "occupied" if bay.id in here else "free"
                yield {"picture": picture, "t_s": t, "slot": bay.id, "state": state, "vehicle": here.get(bay.id, "")}

    def pictures(self) -> Iterator[Image]:
        """Painted one by one."""
        empty = _background(self.ground.clip)
        day = Day((empty.shape[1], empty.shape[0]), self.seed)
        painter = Painter(empty, day, self.seed + 1)
        for t in self.times():
            hour = t / 3600
            things = [stay.thing for stay in self._at(t)]
            yield painter.picture([*things, *self._passers(hour)], hour)

    def _at(self, t: float) -> list[_Stay]:
        return [stay for stay in self._stays if stay.start_s <= t < stay.end_s]

    def _of(self, bay: Bay) -> list[_Stay]:
        rng, cuts = self._rng, _vehicles(above=self.ground.above)
        begin, end = self.hours[0] * 3600, self.hours[1] * 3600
        t = begin - rng.exponential(STAY_S) if rng.random() < 0.5 else begin + rng.exponential(FREE_S / 2)
        stays: list[_Stay] = []
        while t < end:
            stay = max(rng.lognormal(np.log(STAY_S) - 0.3, 0.8), LEAST_S)
            thing = self._parked(bay, cuts[int(rng.integers(len(cuts)))])
            stays.append(_Stay(bay, t, t + stay, len(stays) + 1, thing))
            t += stay + max(rng.exponential(FREE_S), LEAST_S)
        return stays

    def _parked(self, bay: Bay, cut: CutOut) -> Thing:
        rng = self._rng
        gain = float(rng.uniform(0.35, 1.0)) if self.ground.above else 1.0  # three cars from above, in more colours
        painted = CutOut((cut.image * gain).astype(np.uint8), cut.alpha, cut.class_name)
        width = bay.width * float(rng.uniform(0.8, 0.9))
        foot = bay.foot - bay.depth * float(rng.uniform(0.0, 0.12))
        return Thing(painted, bay.x + float(rng.normal(0, 0.03)) * bay.width, foot, width, bool(rng.random() < 0.5))

    def _passers(self, hour: float) -> list[Thing]:
        """People between the rows and vehicles before them; fewer at night; none seen from above."""
        if self.ground.above:
            return []
        rng, bays, busy = self._rng, self.ground.bays, 1.0 if 6 < hour < 21 else 0.25
        found = []
        for _ in range(int(rng.poisson(1.6 * busy))):
            near = bays[int(rng.integers(len(bays)))]
            cut = _people()[int(rng.integers(len(_people())))]
            spot = (
                near.x + float(rng.uniform(-0.7, 0.7)) * near.width,
                near.foot + float(rng.uniform(-0.05, 0.3)) * near.depth,
            )
            found.append(Thing(cut, *spot, 0.36 * near.width, bool(rng.random() < 0.5), shaded=False))
        if rng.random() < 0.2 * busy:
            cuts, front = _vehicles(above=False), max(bays, key=lambda bay: bay.foot)
            x = float(rng.uniform(front.x - 4 * front.width, front.x + 2 * front.width))
            found.append(
                Thing(cuts[int(rng.integers(len(cuts)))], x, front.foot + 0.5 * front.depth, 1.15 * front.width)
            )
        return found
