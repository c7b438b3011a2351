"""A street where one may not park: someone who does it all the same, and traffic that only waits.

``kerb`` has one vehicle that stands for minutes while people walk and large vehicles drive between it and the camera, at least
twenty times; ``red`` has two lanes that wait at a red light for 90 s, twice, are released together, and a vehicle that lets
someone out. Traffic of the other direction flows in both. Truth, a row for each vehicle that stands: vehicle, start_s, end_s,
kind (parked, red or short), occlusions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from bench.compose.car_park import GROUNDS, _background, _people, _vehicles
from bench.compose.cutouts import CutOut
from bench.compose.light import Day
from bench.compose.scene import Painter, Recipe, Thing, write
from pantau.types import Image

Kind = Literal["kerb", "red"]
Spot = tuple[float, float, float]
EVERY_S: Final = 0.5
LIMIT_S: Final = 60.0
RED_S: Final = 90.0
STOOD_S: Final = 300.0
OCCLUSIONS: Final = 24


@dataclass(frozen=True, slots=True)
class Lane:
    """A straight lane: from far to near, each (x, foot, width) in pixels."""

    far: Spot
    near: Spot

    def at(self, share: float) -> Spot:
        """Where a vehicle is that has gone this share of the lane; beyond its ends too."""
        x, foot, width = (a + (b - a) * share for a, b in zip(self.far, self.near, strict=True))
        return x, foot, max(width, 4.0)


@dataclass(frozen=True, slots=True)
class Street:
    """The lanes of a place that come near, the one that goes away, and the zone in fractions."""

    lanes: tuple[Lane, ...]
    away: Lane
    zone: list[list[float]]


STREETS: Final = {
    "jalan": Street(
        (Lane((158, 150, 27), (238, 335, 92)), Lane((190, 150, 27), (352, 335, 92))),
        Lane((330, 150, 27), (560, 335, 92)),
        [[0.2, 0.45], [0.36, 0.45], [0.62, 0.97], [0.27, 0.97]],
    ),
    "pelataran": Street(
        (Lane((708, 200, 44), (505, 470, 104)), Lane((740, 240, 48), (640, 500, 112))),
        Lane((660, 215, 40), (380, 400, 90)),
        [[0.6, 0.55], [0.97, 0.55], [0.97, 0.95], [0.55, 0.95]],
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Mover:
    """Someone with a path: where at which second, nothing when they are not there."""

    cut: CutOut
    path: Callable[[float], Spot | None]
    shaded: bool = True


def street(place: str, kind: Kind, *, seconds: float | None = None, seed: int = 1) -> Path:
    """The folder of a scene of this kind at a place, made if it isn't there."""
    detector = GROUNDS[place].detector
    zone = {"id": "larangan", "kind": "no_parking", "limit_s": LIMIT_S, "polygon": STREETS[place].zone}
    camera: dict[str, object] = {"id": place, "detector": detector, "analysers": ["dwell"], "zone": [zone]}
    length = seconds or (STOOD_S + 40 if kind == "kerb" else 2 * (RED_S + 40))
    recipe = Recipe(maker=__name__, name=f"{kind}-{place}", camera=camera, every_s=EVERY_S, facts=(length, seed))
    if not recipe.folder.is_dir():
        made = _Street(place, kind, length, seed)
        write(recipe, made.pictures(), made.rows)
    return recipe.folder


class _Street:
    """Everyone in one scene."""

    def __init__(self, place: str, kind: Kind, length: float, seed: int) -> None:
        self.street, self.length, self.seed = STREETS[place], length, seed
        self.empty = _background(GROUNDS[place].clip)
        self._rng = np.random.default_rng(seed)
        self._taken = seed
        self.rows: list[dict[str, object]] = []
        self.movers: list[Mover] = []
        self._flow(self.street.away, -1, (0, length), 5.0)
        if kind == "kerb":
            self._parked()
        else:
            for cycle in range(round(length / (RED_S + 40))):
                self._red(cycle * (RED_S + 40))

    def pictures(self) -> Iterator[Image]:
        """Painted one by one, on a grey afternoon."""
        painter = Painter(self.empty, Day((self.empty.shape[1], self.empty.shape[0]), self.seed), self.seed + 1)
        for t in np.arange(0, self.length, EVERY_S).tolist():
            placed = [(mover, mover.path(t)) for mover in self.movers]
            things = [Thing(m.cut, *spot, shaded=m.shaded) for m, spot in placed if spot is not None]
            yield painter.picture(things, 15.5 + t / 3600)

    def _cut(self) -> CutOut:
        """Each vehicle in turn, so that the next one on a place is another."""
        cuts = _vehicles(above=False)
        self._taken += 1
        return cuts[self._taken % len(cuts)]

    def _flow(self, lane: Lane, way: int, span: tuple[float, float], gap_s: float) -> None:
        """Vehicles that drive through, `gap_s` apart on average, in 6 s each."""
        t = span[0] + float(self._rng.uniform(0, gap_s))
        while t < span[1]:
            self.movers.append(Mover(self._cut(), _through(lane, t, way)))
            t += 2.0 + float(self._rng.exponential(gap_s - 2.0))

    def _parked(self) -> None:
        """One that stands on the first lane; the second lane flows; others come between it and the camera."""
        start, end, share = 10.0, self.length - 15.0, 0.72
        self.movers.append(Mover(self._cut(), _stops(self.street.lanes[0], share, start, end)))
        self._flow(self.street.lanes[1], 1, (0, self.length), 7.0)
        x, foot, width = self.street.lanes[0].at(share)
        count = min(OCCLUSIONS, int((end - start - 20) / 11))
        for number in range(count):
            begin = start + 15 + number * (end - start - 25) / count
            if number % 2:
                cut, size, low, shaded = self._cut(), 1.45 * width, 0.42 * width, True
            else:
                cut, size, low, shaded = _people()[number % len(_people())], 0.5 * width, 0.06 * width, False
            self.movers.append(Mover(cut, _across(x, foot + low, size, begin), shaded))
        self._row(start, end, "parked", count)

    def _red(self, begin: float) -> None:
        """Two lanes fill up, wait, and go; then one lets somebody out."""
        green = begin + 12 + RED_S
        for number, lane in enumerate(self.street.lanes):
            for place, share in enumerate((0.85, 0.5, 0.22)):
                start = begin + 2 + 3 * place + number
                leave = green + 1.5 * place
                self.movers.append(Mover(self._cut(), _stops(lane, share, start, leave)))
                self._row(start, leave, "red", 0)
        out = green + 8
        self.movers.append(Mover(self._cut(), _stops(self.street.lanes[0], 0.6, out, out + 14)))
        self._row(out, out + 14, "short", 0)

    def _row(self, start: float, end: float, kind: str, occlusions: int) -> None:
        self.rows.append(
            {"vehicle": len(self.rows) + 1, "start_s": start, "end_s": end, "kind": kind, "occlusions": occlusions}
        )


def _through(lane: Lane, begin: float, way: int) -> Callable[[float], Spot | None]:
    def path(t: float) -> Spot | None:
        gone = (t - begin) / 6.0
        return lane.at(gone if way > 0 else 1 - gone) if 0 <= gone <= 1.15 else None

    return path


def _stops(lane: Lane, share: float, start: float, leave: float) -> Callable[[float], Spot | None]:
    """Comes in 4 s, stands from `start` to `leave`, drives off in 3 s."""

    def path(t: float) -> Spot | None:
        if t < start - 4:
            return None
        if t < start:
            return lane.at(share * (1 - ((start - t) / 4) ** 2))
        gone = max(t - leave, 0.0) / 3
        return lane.at(share + (1.25 - share) * gone**2) if gone <= 1 else None

    return path


def _across(x: float, foot: float, width: float, begin: float) -> Callable[[float], Spot | None]:
    """From one side of `x` to the other in 5 s, slowly before it."""

    def path(t: float) -> Spot | None:
        gone = (t - begin) / 5.0
        return (x + (gone - 0.5) * 5.0 * width, foot, width) if 0 <= gone <= 1 else None

    return path
