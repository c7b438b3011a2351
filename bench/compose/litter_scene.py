"""A day on a square where litter is dropped and taken away, among everything that is no litter.

Six places: three grounds of clips and three lawns, which are photographs of grass with the grain of a camera's height. Things may
be tuned on ``jalan``, ``rumput`` and ``tepi``, with one half of the photographs of litter; ``pelataran``, ``jalur`` and ``lapangan``
are only reported on, with the other half. Truth, a row for each thing that stays for a while: kind (litter, small, bag, bicycle,
vehicle, shop, puddle, shade), start_s, end_s, x1, y1, x2, y2 (pixels), px (that it covers). Litter covers 400 px or more, small
litter less. A bag has its owner beside it until both go. Nobody is seen from above, so ``jalur`` has neither people nor bags.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from bench.compose.car_park import _background, _people, _vehicles
from bench.compose.cutouts import CutOut
from bench.compose.disturbance import OPEN, POURS, Puddle, Shop, Spot, Tree, bicycle, headlights
from bench.compose.light import Day
from bench.compose.rubbish import Part, rubbish
from bench.compose.scene import Painter, Recipe, Thing, write
from bench.data import Clip, data_folder
from pantau.types import Image

LIMIT_S: Final = 600.0
LEAST_PX: Final = 400
DETECTOR: Final = "centernet"
LAWN: Final = (768, 576)
"""Width and height of a lawn, at most."""
LITTER, SMALL, BAGS, BICYCLES, CARS = 16, 6, 5, 3, 3
"""A day's things."""


@dataclass(frozen=True, slots=True)
class Square:
    """A place: where its ground is from (a clip, or the number of a photograph), its zone in fractions, a person's height there (pixels at y = 0, and per pixel down), and what disturbs it."""

    part: Part
    source: Clip | int
    zone: list[list[float]]
    person: tuple[float, float]
    shop: tuple[int, int, int, int]
    puddles: tuple[Spot, ...]
    shade: Spot
    bush: tuple[int, int, int, int]

    def height(self, foot: float) -> float:
        """Of a person who stands at this row."""
        return self.person[0] + self.person[1] * foot


SQUARES: Final = {
    "jalan": Square(
        "tuned", "traffic", [[0.2, 0.62], [0.72, 0.6], [0.9, 0.95], [0.16, 0.97]], (-25.0, 0.335), (440, 168, 560, 238),
        (Spot(250, 300, 90, 26), Spot(430, 322, 60, 20)), Spot(200, 300, 90, 60), (60, 215, 140, 345),
    ),
    "pelataran": Square(
        "reported", "pets", [[0.5, 0.46], [0.86, 0.42], [0.98, 0.62], [0.95, 0.88], [0.5, 0.92], [0.36, 0.66]], (0.5, 0.21),
        (560, 190, 690, 262), (Spot(600, 330, 100, 30), Spot(520, 400, 70, 24), Spot(660, 450, 60, 22)),
        Spot(420, 420, 120, 90), (250, 380, 330, 500),
    ),
    "jalur": Square(
        "reported", "car", [[0.1, 0.12], [0.9, 0.12], [0.9, 0.94], [0.1, 0.94]], (110.0, 0.0), (540, 10, 700, 74),
        (Spot(220, 320, 110, 60), Spot(520, 240, 80, 50)), Spot(260, 160, 110, 90), (30, 150, 110, 330),
    ),
    "rumput": Square(
        "tuned", 28, [[0.15, 0.3], [0.85, 0.3], [0.95, 0.92], [0.08, 0.92]], (30.0, 0.2), (300, 120, 430, 190),
        (Spot(250, 330, 90, 30), Spot(600, 300, 70, 30)), Spot(420, 330, 120, 90), (80, 230, 160, 330),
    ),
    "tepi": Square(
        "tuned", 40, [[0.08, 0.2], [0.9, 0.2], [0.95, 0.93], [0.05, 0.93]], (30.0, 0.2), (500, 20, 640, 96),
        (Spot(220, 330, 110, 30), Spot(600, 340, 80, 26)), Spot(300, 180, 120, 80), (640, 110, 730, 230),
    ),
    "lapangan": Square(
        "reported", 43, [[0.1, 0.22], [0.88, 0.2], [0.96, 0.9], [0.06, 0.93]], (20.0, 0.2), (420, 70, 560, 140),
        (Spot(220, 400, 100, 34), Spot(540, 300, 80, 26)), Spot(360, 260, 120, 90), (30, 260, 110, 380),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Stay:
    kind: str
    start_s: float
    end_s: float
    things: tuple[Thing, ...]
    box: tuple[int, int, int, int]
    px: int


def litter_scene(name: str, *, hours: tuple[float, float] = (0.0, 24.0), every_s: float = 60.0, seed: int = 1) -> Path:
    """The folder of a day at one of `SQUARES`, made if it isn't there; each `seed` is another day."""
    zone = {"id": "bersih", "kind": "litter", "limit_s": LIMIT_S, "polygon": SQUARES[name].zone}
    camera: dict[str, object] = {
        "id": name, "detector": DETECTOR, "analysers": ["litter"], "zone": [zone],
    }  # fmt: skip
    whole = hours == (0.0, 24.0)  # a piece of a day must not replace the day that is kept
    recipe = Recipe(
        maker=__name__,
        name=f"{'sampah' if whole else 'potongan-sampah'}-{name}-{seed}",
        camera=camera,
        every_s=every_s,
        facts=(hours, seed),
    )
    if not recipe.folder.is_dir():
        day = _LitterDay(name, hours, every_s, seed)
        write(recipe, day.pictures(), day.rows())
    return recipe.folder


class _LitterDay:
    """What lies and stands where when, drawn once from the seed."""

    def __init__(self, name: str, hours: tuple[float, float], every_s: float, seed: int) -> None:
        self.name, self.square, self.every_s, self.seed = name, SQUARES[name], every_s, seed
        self.span = (hours[0] * 3600, hours[1] * 3600)
        self.above = self.square.source == "car"
        self.empty = _empty(self.square.source)
        self.size = (self.empty.shape[1], self.empty.shape[0])
        self._rng = np.random.default_rng(seed)
        self._polygon = np.multiply(self.square.zone, self.size).astype(np.float32)
        self.stays: list[_Stay] = []
        share = (hours[1] - hours[0]) / 24
        for kind, count in (
            ("litter", LITTER),
            ("small", SMALL),
            ("bag", BAGS),
            ("bicycle", BICYCLES),
            ("vehicle", CARS),
        ):
            for _ in range(max(round(count * share), 1)):
                self._place(kind)

    def rows(self) -> list[dict[str, object]]:
        """The truth, with what is always there."""
        told = [(stay.kind, stay.start_s, stay.end_s, stay.box, stay.px) for stay in self.stays]
        told.append(("shop", OPEN[0] * 3600, OPEN[1] * 3600, self.square.shop, 0))
        for spot in (*self.square.puddles, self.square.shade):
            x, y, w, h = round(spot.x), round(spot.y), round(spot.width / 2), round(spot.height / 2)
            kind = "shade" if spot is self.square.shade else "puddle"
            told.append((kind, POURS[0] * 3600, POURS[2] * 3600, (x - w, y - h, x + w, y + h), 0))
        names = ("x1", "y1", "x2", "y2")
        return [
            {"kind": kind, "start_s": start, "end_s": end, **dict(zip(names, box, strict=True)), "px": px}
            for kind, start, end, box, px in told
            if end > self.span[0] and start < self.span[1]
        ]

    def pictures(self) -> Iterator[Image]:
        """Painted one by one."""
        painter = Painter(self.empty, Day(self.size, self.seed), self.seed + 1)
        shop = Shop(self.square.shop, self.seed)
        puddles = [Puddle(spot, self.seed + n) for n, spot in enumerate(self.square.puddles)]
        tree = Tree(self.square.shade, self.square.bush, self.seed)
        for t in np.arange(*self.span, self.every_s).tolist():
            hour = t / 3600
            ground = self.empty.copy()
            shop.draw(ground, hour)
            for puddle in puddles:
                puddle.draw(ground, hour)
            tree.draw(ground, hour)
            things = [thing for stay in self.stays if stay.start_s <= t < stay.end_s for thing in stay.things]
            passing = self._passers(hour)
            for thing in passing:
                if thing.cut.class_name != "person" and not 6 < hour < 18:
                    headlights(ground, thing.x, thing.foot + 0.3 * thing.width, 1.3 * thing.width)
            yield painter.picture([*things, *passing], hour, ground)

    def _place(self, kind: str) -> None:
        """One more thing at a place and time of its own; given up where none is free after many tries."""
        rng, (begin, end) = self._rng, self.span
        if self.above and kind in {"bag", "bicycle"}:
            return
        for _ in range(300):
            lasts = float(rng.uniform(20, 40) if kind == "bag" else rng.uniform(25, 150)) * 60
            early, late = (6.5 * 3600, 20.0 * 3600) if kind == "bag" else (begin, end)
            first = max(begin + 900, early)  # a quarter of an hour to see the empty place
            last = min(end, late) - (0 if kind == "vehicle" else LIMIT_S + 300)
            if last <= first:
                return
            start = float(rng.uniform(first, last))
            x = float(rng.uniform(self._polygon[:, 0].min(), self._polygon[:, 0].max()))
            foot = float(rng.uniform(self._polygon[:, 1].min(), self._polygon[:, 1].max()))
            made = self._made(kind, x, foot)
            if made is None or not self._free(made[1], start, start + lasts):
                continue
            self.stays.append(_Stay(kind, start, start + lasts, *made))
            return

    def _made(
        self, kind: str, x: float, foot: float
    ) -> tuple[tuple[Thing, ...], tuple[int, int, int, int], int] | None:
        """The thing with its box and pixels, where it may lie; None where it would be too large for the place."""
        rng, tall, flip = self._rng, self.square.height(foot), bool(self._rng.random() < 0.5)
        if kind == "vehicle":
            cuts = _vehicles(above=self.above)
            thing = Thing(cuts[int(rng.integers(len(cuts)))], x, foot, 1.06 * tall, flip)
        elif kind == "bicycle":
            thing = Thing(bicycle(int(rng.integers(1000))), x, foot, 1.0 * tall, flip, shaded=False)
        else:
            pieces = rubbish(self.square.part)
            most = min((0.4 * tall) ** 2, 1000.0)
            low, high = {"litter": (LEAST_PX + 25.0, most), "small": (180.0, 380.0), "bag": (LEAST_PX, 1.3 * most)}[
                kind
            ]
            if high < 1.1 * low:
                return None
            thing = _sized(
                pieces[int(rng.integers(len(pieces)))], x, foot, float(np.exp(rng.uniform(*np.log((low, high)))))
            )
        drawn = thing.cut.scaled(thing.width).alpha
        height, width = drawn.shape
        box = (round(x - width / 2), round(foot - height), round(x + width / 2), round(foot))
        corners = (
            (box[0] - 6, box[3] + 4),
            (box[2] + 6, box[3] + 4),
            (box[0] - 6, box[1] - 4),
            (box[2] + 6, box[1] - 4),
        )
        lies = corners if kind in {"litter", "small", "bag"} else corners[:2]
        if any(cv2.pointPolygonTest(self._polygon, corner, measureDist=False) < 0 for corner in lies):
            return None
        things: tuple[Thing, ...] = (thing,)
        if kind == "bag":
            cut = _people()[int(rng.integers(len(_people())))]
            wide = tall * cut.alpha.shape[1] / cut.alpha.shape[0]
            side = 1 if rng.random() < 0.5 else -1
            things = (thing, Thing(cut, x + side * (width / 2 + 0.6 * wide), foot - 2, wide, flip, shaded=False))
        return things, box, int((drawn > 0.5).sum())

    def _free(self, box: tuple[int, int, int, int], start: float, end: float) -> bool:
        """Whether nothing lies within 25 px of it from 20 minutes before to 20 minutes after, nor ever does a disturbance."""
        still = [
            (self.square.shop, -np.inf, np.inf),
            *(((round(s.x - s.width / 2), round(s.y - s.height / 2), round(s.x + s.width / 2), round(s.y + s.height / 2)),
               POURS[0] * 3600, POURS[2] * 3600) for s in self.square.puddles),
        ]  # fmt: skip
        for other, first, last in [*((s.box, s.start_s, s.end_s) for s in self.stays), *still]:
            apart = max(other[0] - box[2], box[0] - other[2], other[1] - box[3], box[1] - other[3])
            if apart < 25 and first - 1200 < end and start - 1200 < last:
                return False
        return True

    def _passers(self, hour: float) -> list[Thing]:
        """People who walk by and vehicles that drive by: in no two pictures at the same place."""
        rng, busy = self._rng, 1.0 if 6 < hour < 21 else 0.2
        low, high = self._polygon.min(axis=0), self._polygon.max(axis=0)
        found = []
        for _ in range(0 if self.above else int(rng.poisson(2.5 * busy))):
            cut = _people()[int(rng.integers(len(_people())))]
            x, foot = float(rng.uniform(low[0] - 60, high[0] + 60)), float(rng.uniform(low[1], high[1] + 15))
            wide = self.square.height(foot) * cut.alpha.shape[1] / cut.alpha.shape[0]
            found.append(Thing(cut, x, foot, wide, bool(rng.random() < 0.5), shaded=False))
        for _ in range(int(rng.poisson(0.25 * max(busy, 0.4)))):
            cuts = _vehicles(above=self.above)
            x, foot = float(rng.uniform(low[0], high[0])), float(rng.uniform(low[1] + 20, high[1] + 20))
            found.append(Thing(cuts[int(rng.integers(len(cuts)))], x, foot, 1.06 * self.square.height(foot)))
        return found


def _empty(source: Clip | int) -> Image:
    """A clip without anybody, or a photograph; a small one beside its mirror image, so that its grass is fine enough."""
    if not isinstance(source, int):
        return _background(source)
    whole = np.asarray(cv2.imread(str(data_folder() / "litter" / f"{source:03}.jpg")), np.uint8)
    width, height = LAWN
    if whole.shape[1] < width:
        whole = np.concatenate([whole, whole[:, ::-1]], axis=1)
        return np.ascontiguousarray(whole[:height, :width])
    scale = width / whole.shape[1]
    small = cv2.resize(whole, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(np.asarray(small, np.uint8)[-height:, :width])


def _sized(cut: CutOut, x: float, foot: float, px: float) -> Thing:
    """The cut-out as wide as it must be to cover about `px` pixels."""
    own = float((cut.alpha > 0.5).sum())
    return Thing(cut, x, foot, cut.alpha.shape[1] * float(np.sqrt(px / own)), shaded=False)
