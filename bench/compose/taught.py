"""Stills of a zone in its usual state and in another one, over some days: what somebody would mark to teach a function.

    flooded    the lower part of the zone mirrors what stands above it, brown and rippled, up to a level that differs
    littered   pieces of rubbish lie about (cut-outs of the photographs of `litter`)
    blocked    one or two vehicles, or a heap of them, stand in the zone; they are not road users that pass
    smoke      a grey veil, thicker in places

Each over real backgrounds, in the light of the hour (`bench.compose.light`): day, dusk, lamps, rain, a wandering shadow; the
normal stills have people or vehicles that pass, too. `unlike` stills are what nobody marked: the camera turned away, covered,
out of focus, or another place. Days differ by seed, so that stills of other days share no cloud and no piece of rubbish.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from bench.compose.car_park import _background, _people, _vehicles
from bench.compose.cutouts import CutOut
from bench.compose.light import Day, Weather, paste, shade
from bench.compose.scene import Recipe, write
from bench.data import Clip, data_folder
from pantau.places import Point
from pantau.types import Image

Kind = Literal["flooded", "littered", "blocked", "smoke"]
KINDS: Final[tuple[Kind, ...]] = ("flooded", "littered", "blocked", "smoke")
UNLIKE: Final = ("turned", "covered", "blurred", "elsewhere")
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spot:
    """A zone of a clip's picture, in fractions, and how wide a car (or person) is there, pixels."""

    clip: Clip
    polygon: tuple[Point, ...]
    car_px: float
    above: bool = False


SPOTS: Final = {
    "jalan": Spot("traffic", ((0.20, 0.62), (0.62, 0.62), (0.62, 0.98), (0.20, 0.98)), 90),
    "pelataran": Spot("pets", ((0.30, 0.45), (0.95, 0.45), (0.95, 0.85), (0.30, 0.85)), 110),
    "jalur": Spot("car", ((0.05, 0.10), (0.95, 0.10), (0.95, 0.95), (0.05, 0.95)), 118, above=True),
}


@dataclass(frozen=True, slots=True)
class Draw:
    """One still to paint: its day, hour and state."""

    day: int
    hour: float
    state: str


def stills(place: str, kind: Kind, *, days: int = 12, per_day: int = 10, seed: int = 1) -> Path:
    """The folder of the stills of a function at one of `SPOTS`; half of each day's are normal; made if it isn't there."""
    spot = SPOTS[place]
    camera: dict[str, object] = {
        "id": place,
        "analysers": ["scene"],
        "zone": [{"id": "zona", "kind": "scene", "polygon": [list(p) for p in spot.polygon]}],
    }
    recipe = Recipe(
        maker=__name__, name=f"taught-{place}-{kind}", camera=camera, every_s=60.0, facts=(days, per_day, seed)
    )
    if not recipe.folder.is_dir():
        plan = list(_plan(days, per_day, kind, seed))
        painter = _Painter(place, kind, seed)
        truth = ({"picture": n, "day": d.day, "hour": round(d.hour, 3), "state": d.state} for n, d in enumerate(plan))
        write(recipe, (painter.picture(draw) for draw in plan), truth)
    return recipe.folder


def _plan(days: int, per_day: int, kind: Kind, seed: int) -> Iterator[Draw]:
    rng = np.random.default_rng((seed, KINDS.index(kind)))
    for day in range(days):
        for number in range(per_day):
            yield Draw(day, float(rng.uniform(5.0, 21.0)), kind if number % 2 else "normal")
        for state in UNLIKE:
            yield Draw(day, float(rng.uniform(6.0, 18.0)), state)


class _Painter:
    def __init__(self, place: str, kind: Kind, seed: int) -> None:
        self._spot, self._kind = SPOTS[place], kind
        self._rng = np.random.default_rng((seed, KINDS.index(kind), len(place)))
        self._back = _background(self._spot.clip)
        self._size = self._back.shape[1], self._back.shape[0]
        corners = np.multiply(self._spot.polygon, self._size)
        self._low, self._high = corners.min(axis=0), corners.max(axis=0)
        self._day: tuple[int, Day] | None = None

    def picture(self, draw: Draw) -> Image:
        """The still."""
        if self._day is None or self._day[0] != draw.day:
            begin = float(self._rng.uniform(6, 18))
            rain = (begin, begin + 2) if self._rng.random() < 0.4 else (0.0, 0.0)
            self._day = draw.day, Day(self._size, 100 + draw.day, Weather(rain=rain))
        canvas = np.array(
            _background("car" if self._spot.clip != "car" else "pets") if draw.state == "elsewhere" else self._back
        )
        if canvas.shape != self._back.shape:
            canvas = np.asarray(cv2.resize(canvas, self._size), np.uint8)
        if draw.state in KINDS:
            canvas = getattr(self, f"_{draw.state}")(canvas)
        if self._rng.random() < 0.4:
            self._passer(canvas)
        if draw.state in UNLIKE:
            canvas = self._unlike(canvas, draw.state)
        dx, dy = self._rng.normal(0, 0.7, 2)
        swayed = cv2.warpAffine(
            canvas, np.array([[1, 0, dx], [0, 1, dy]], np.float32), self._size, borderMode=cv2.BORDER_REPLICATE
        )
        return self._day[1].apply(np.asarray(swayed, np.uint8), draw.hour)

    def _at(self) -> tuple[float, float]:
        x, y = self._rng.uniform(self._low + 0.1 * (self._high - self._low), self._high)
        return float(x), float(y)

    def _passer(self, canvas: Image) -> None:
        cuts = _people() if self._spot.clip == "pets" else _vehicles(above=self._spot.above)
        cut = cuts[int(self._rng.integers(len(cuts)))]
        x, y = self._at()
        width = self._spot.car_px * (0.3 if cut.class_name == "person" else float(self._rng.uniform(0.85, 1.15)))
        drawn = cut.scaled(width, flip=bool(self._rng.random() < 0.5))
        paste(canvas, drawn.image, drawn.alpha, x, y)

    def _flooded(self, canvas: Image) -> Image:
        left, top = np.round(self._low).astype(int)
        right, bottom = np.round(self._high).astype(int)
        level = int(bottom - (bottom - top) * self._rng.uniform(0.3, 1.0))
        deep = bottom - level
        mirror = canvas[max(level - deep, 0) : level][::-1][:deep]
        mirror = cv2.resize(mirror, (canvas.shape[1], deep)).astype(np.float32)
        rows, columns = np.mgrid[0:deep, 0 : canvas.shape[1]].astype(np.float32)
        phase = self._rng.uniform(0, 6.3, 3)
        wave = 3 * np.sin(rows / 3.0 + phase[0]) + 2 * np.sin(columns / 17.0 + rows / 7.0 + phase[1])
        xs, ys = (columns + wave).astype(np.float32), np.clip(rows + wave / 2, 0, deep - 1).astype(np.float32)
        moved = cv2.remap(mirror, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        brown = np.array(self._rng.uniform((70, 95, 105), (105, 130, 145)), np.float32)
        water = 0.45 * moved + 0.55 * brown + 5 * np.sin(rows / 2.2 + columns / 9 + phase[2])[..., None]
        edge = np.clip((rows + 4 * np.sin(columns / 23 + phase[1])) / 6, 0, 1)[..., None]
        inside = ((columns >= left) & (columns < right))[..., None] * edge
        canvas[level:bottom] = np.clip(canvas[level:bottom] * (1 - inside) + water * inside, 0, 255).astype(np.uint8)
        return canvas

    def _littered(self, canvas: Image) -> Image:
        pieces = _rubbish()
        for _ in range(int(self._rng.integers(3, 12))):
            cut = pieces[int(self._rng.integers(len(pieces)))]
            x, y = self._at()
            drawn = cut.scaled(
                self._spot.car_px * float(self._rng.uniform(0.12, 0.35)), flip=bool(self._rng.random() < 0.5)
            )
            paste(canvas, drawn.image, drawn.alpha, x, y)
        return canvas

    def _blocked(self, canvas: Image) -> Image:
        pieces = _rubbish()
        x, y = self._at()
        for _ in range(int(self._rng.integers(5, 12))):
            cut = pieces[int(self._rng.integers(len(pieces)))]
            spread = self._spot.car_px * 0.6
            drawn = cut.scaled(self._spot.car_px * float(self._rng.uniform(0.4, 0.9)))
            paste(
                canvas,
                drawn.image,
                drawn.alpha,
                x + float(self._rng.normal(0, spread)),
                y + float(self._rng.normal(0, spread / 3)),
            )
        shade(canvas, x, y, self._spot.car_px)
        return canvas

    def _smoke(self, canvas: Image) -> Image:
        height, width = canvas.shape[:2]
        cloud = cv2.resize(self._rng.random((5, 7)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        fine = cv2.resize(self._rng.random((18, 24)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        thick = np.clip(0.75 * cloud + 0.25 * fine, 0, 1) * float(self._rng.uniform(0.6, 1.0))
        grey = float(self._rng.uniform(150, 210))
        return np.asarray(canvas * (1 - thick[..., None]) + grey * thick[..., None], np.uint8)

    def _unlike(self, canvas: Image, state: str) -> Image:
        width, height = self._size
        if state == "turned":
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(self._rng.uniform(12, 30)), 1.6)
            turn[:, 2] += (0.3 * width, 0.1 * height)
            return np.asarray(cv2.warpAffine(canvas, turn, self._size, borderMode=cv2.BORDER_REFLECT), np.uint8)
        if state == "covered":
            flat = np.full_like(canvas, int(self._rng.integers(40, 200)))
            return np.asarray(0.9 * flat + 0.1 * cv2.GaussianBlur(canvas, (0, 0), 25), np.uint8)
        return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 7), np.uint8) if state == "blurred" else canvas


@cache
def _rubbish() -> tuple[CutOut, ...]:
    """Boxes of the litter photographs with a soft oval edge."""
    folder = data_folder() / "litter"
    found = []
    with (folder / "boxes.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            image = cv2.imread(str(folder / row["image"]))
            x1, y1, x2, y2 = (int(row[key]) for key in ("x_min", "y_min", "x_max", "y_max"))
            part = image[y1:y2, x1:x2] if image is not None else None
            if part is None or min(part.shape[:2]) < 30:
                continue
            height, width = part.shape[:2]
            y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
            alpha = np.clip((1 - np.sqrt(x**4 + y**4)) * 6, 0, 1)
            found.append(CutOut(np.asarray(part, np.uint8), alpha.astype(np.float32), row["class"]))
    return tuple(found)
