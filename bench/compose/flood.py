"""A day at the waterside: water that rises up a face and falls again, twice, under a day's light, behind all that passes.

Eleven places. On ``jalan``, ``pelataran`` (a sign's thin post, grass and asphalt behind) and ``pagar`` (a railing on dark bare asphalt)
things may be tuned; ``jalur`` (bare asphalt with a staff painted on it, the only thing here that no camera saw), ``tembok`` (asphalt,
soil and a brick wall), ``aspal`` (dark bare asphalt), ``tepi`` (leaves and a stone kerb), ``bata`` (ivy on bricks), ``batu`` (a kerbstone), ``tangga``
(a plain wall in the dark under stairs) and ``semak`` (grass) are only reported on. Water stands against an upright
face: what is below the line is water all across the picture, `PX_M` pixels are a metre.

The water is made of the picture's own mirror image, broken by waves that are others in each still, mud and sky, and of glints; how
rough it is changes over the day. The rest is what makes a waterline hard: a film of rain that darkens and mirrors for an hour and
a half after the rain, headlights and passing vehicles and people that *no box* tells of, one that stands before the gauge for
a quarter of an hour, exposure that drifts, noise, a swaying pole. Truth, a row for each picture: picture, t_s, level_cm, film (0 to 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bench.compose.cutouts import CutOut, background, people, vehicles
from bench.compose.light import Day, Weather, paste
from bench.compose.scene import Recipe, write
from bench.data import Clip, data_folder
from pantau.types import Image

Floats = npt.NDArray[np.float32]

SIZE: Final = (320, 240)
PX_M: Final = 100.0
SWAY_PX: Final = 0.4
TIDE: Final = ((0, 0), (4.5, 0), (7, 0.62), (8.4, 0.66), (10.5, 0.2), (12, 0), (16.2, 0), (18.4, 0.55), (20, 0.7), (22.5, 0.2), (24, 0.08))  # fmt: skip
"""Hour and level, as a share of the gauge's height."""
ALARM: Final = 0.4
"""The level of the alarm, as a share of the gauge's height."""


@dataclass(frozen=True, slots=True)
class Bank:
    """A waterside: clip or picture, upper left corner of what is shown of it, and the gauge in pixels of that: x, foot, top."""

    clip: Clip | Path
    corner: tuple[int, int]
    gauge: tuple[int, int, int]
    painted: bool = False

    @property
    def height_cm(self) -> float:
        """Of the gauge."""
        return (self.gauge[1] - self.gauge[2]) / PX_M * 100

    def plate(self) -> Image:
        """What is there without water, `SIZE`; a picture of the measuring data is shown in its whole width."""
        if isinstance(self.clip, Path):
            whole = np.asarray(cv2.imread(str(data_folder() / self.clip)), np.uint8)
            high = round(whole.shape[0] * SIZE[0] / whole.shape[1])
            whole = np.asarray(cv2.resize(whole, (SIZE[0], high), interpolation=cv2.INTER_AREA), np.uint8)
        else:
            whole = background(self.clip)
        left, up = self.corner
        return np.ascontiguousarray(whole[up : up + SIZE[1], left : left + SIZE[0]])


BANKS: Final = {
    "jalan": Bank("traffic", (251, 60), (160, 172, 72)),
    "pelataran": Bank("pets", (271, 200), (160, 186, 46)),
    "jalur": Bank("car", (200, 100), (160, 200, 60), painted=True),
    "tembok": Bank(Path("litter/046.jpg"), (0, 0), (230, 175, 20)),
    "pagar": Bank(Path("litter/029.jpg"), (0, 0), (160, 225, 40)),
    "aspal": Bank(Path("litter/049.jpg"), (0, 0), (160, 225, 40)),
    "tepi": Bank(Path("litter/004.jpg"), (0, 0), (160, 225, 40)),
    "bata": Bank(Path("litter/019.jpg"), (0, 0), (90, 200, 20)),
    "batu": Bank(Path("litter/042.jpg"), (0, 0), (95, 225, 40)),
    "tangga": Bank(Path("litter/020.jpg"), (0, 0), (60, 200, 15)),
    "semak": Bank(Path("litter/025.jpg"), (0, 0), (80, 225, 40)),
}


def flood(name: str, *, hours: tuple[float, float] = (0.0, 24.0), every_s: float = 60.0, seed: int = 1) -> Path:
    """The folder of a day at one of `BANKS`, made if it isn't there."""
    bank = BANKS[name]
    x, foot, top = bank.gauge
    gauge = [
        {"at": [x / SIZE[0], foot / SIZE[1]], "cm": 0.0},
        {"at": [x / SIZE[0], top / SIZE[1]], "cm": bank.height_cm},
    ]
    ground = [[0.1, (foot + 4) / SIZE[1]], [0.9, (foot + 4) / SIZE[1]], [0.9, 0.99], [0.1, 0.99]]
    zone = {
        "id": "air",
        "polygon": ground,
        "kind": "water",
        "gauge": gauge,
        "limit_cm": round(ALARM * bank.height_cm, 1),
    }
    camera: dict[str, object] = {"id": name, "name": name, "zone": [zone], "analysers": ["water"]}
    recipe = Recipe(maker=__name__, name=f"flood-{name}", camera=camera, every_s=every_s, facts=(hours, seed, bank))
    if recipe.folder.is_dir():
        return recipe.folder
    shore = Shore(bank, seed)
    times = np.arange(hours[0] * 3600, hours[1] * 3600, every_s)
    rows = [
        {"picture": n, "t_s": t, "level_cm": round(shore.level(t / 3600), 2), "film": round(shore.film(t / 3600), 3)}
        for n, t in enumerate(times.tolist())
    ]
    return write(recipe, shore.pictures(times / 3600), rows)


class Shore:
    """Paints one place through its day."""

    def __init__(self, bank: Bank, seed: int) -> None:
        self.bank, self._rng = bank, np.random.default_rng(seed)
        shift = float(self._rng.uniform(-0.4, 0.4))
        self._hours, self._shares = np.array(TIDE, np.float64).T
        self._hours = np.where((self._hours > 0) & (self._hours < 24), self._hours + shift, self._hours)
        self._day = Day(SIZE, seed, Weather(rain=(13.2 + shift, 15.0 + shift)))
        self._plate = bank.plate()
        if bank.painted:
            _paint_staff(self._plate, bank)
        self._mud = np.array([72, 92, 104], np.float32) * float(self._rng.uniform(0.85, 1.15))
        self._fronts = [*vehicles("traffic", "centernet", background("traffic"), 12), *people(background("pets"), 8)]
        self._stands = [float(h) + float(self._rng.uniform(-0.4, 0.4)) for h in (3.0, 9.3, 17.2)]

    def level(self, hour: float) -> float:
        """True level, cm."""
        share = float(np.interp(hour, self._hours, self._shares))
        swell = 1.2 * np.sin(hour * 9.1) if share > 0.05 else 0.0
        return max(share * self.bank.height_cm + swell, 0.0)

    def film(self, hour: float) -> float:
        """How wet the ground is of rain, 0 to 1."""
        begin, end = self._day.weather.rain
        return float(np.clip(min((hour - begin) / 0.2, 1 - (hour - end) / 1.5), 0, 1))

    def pictures(self, hours: npt.NDArray[np.float64]) -> Iterator[Image]:
        """One for each hour given."""
        standing = self._front(220)
        for hour in hours.tolist():
            canvas = self._wetted(self._plate.astype(np.float32), hour)
            canvas = self._flooded(canvas, hour)
            image = np.clip(canvas, 0, 255).astype(np.uint8)
            if any(begin <= hour < begin + 0.25 for begin in self._stands):
                paste(image, standing.image, standing.alpha, self.bank.gauge[0] + 12, self.bank.gauge[1] + 22)
            elif self._rng.random() < (0.16 if 6 < hour < 21 else 0.05):
                front = self._front(float(self._rng.uniform(60, 280)))
                x, foot = float(self._rng.uniform(0, SIZE[0])), float(self._rng.uniform(self.bank.gauge[1], SIZE[1]))
                paste(image, front.image, front.alpha, x, foot)
            dx, dy = self._rng.normal(0, SWAY_PX, 2)
            move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
            swayed = np.asarray(cv2.warpAffine(image, move, SIZE, borderMode=cv2.BORDER_REPLICATE), np.uint8)
            yield self._exposed(self._day.apply(swayed, hour), hour)

    def _front(self, width: float) -> CutOut:
        """Somebody who passes before the camera."""
        cut = self._fronts[int(self._rng.integers(len(self._fronts)))]
        return cut.scaled(width if cut.class_name != "person" else width / 4, flip=bool(self._rng.random() < 0.5))

    def _wetted(self, canvas: Floats, hour: float) -> Floats:
        """Rain on the ground and the face: darker, and the ground mirrors what is above it, unbroken."""
        film = self.film(hour)
        if not film:
            return canvas
        foot = self.bank.gauge[1]
        canvas = canvas * (1 - 0.18 * film)
        below = SIZE[1] - foot
        mirror = cv2.GaussianBlur(canvas[foot - below : foot][::-1], (0, 0), 2.0)
        canvas[foot:] = canvas[foot:] * (1 - 0.4 * film) + mirror * 0.4 * film
        return canvas

    def _flooded(self, canvas: Floats, hour: float) -> Floats:
        """Water below the line."""
        level = self.level(hour)
        if level <= 0:
            return canvas
        rough = 0.6 + 0.4 * np.sin(hour * 1.7)
        width, height = SIZE
        wave, glint, edge = (
            self._field(7) * 5 * rough,
            self._field(2.5) * 13 * rough + self._field(9) * 9,
            self._field(12)[0] * 1.2,
        )
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        line = self.bank.gauge[1] - level / 100 * PX_M + edge[None, :]
        depth = y - line
        mirror_y = np.clip(line - 0.85 * depth + wave, 0, height - 1).astype(np.float32)
        mirror = cv2.remap(
            canvas, (x + wave).astype(np.float32), mirror_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        share = (0.5 - 0.2 * np.clip(depth / height, 0, 1))[..., None]
        water = mirror * share + self._mud * (1 - share) + glint[..., None]
        return np.where(depth[..., None] > 0, water, canvas).astype(np.float32)

    def _field(self, reach: float) -> Floats:
        """A smooth random field of unit variance."""
        field = cv2.GaussianBlur(self._rng.normal(0, 1, SIZE[::-1]).astype(np.float32), (0, 0), reach, sigmaY=reach / 2)
        return np.asarray(field / max(float(field.std()), 1e-6), np.float32)

    def _exposed(self, image: Image, hour: float) -> Image:
        """Exposure that drifts, and now and then headlights at night."""
        lit = image.astype(np.float32) * (1 + 0.12 * np.sin(hour * 5.3) + 0.05 * np.sin(hour * 41))
        if not 5.8 < hour < 18 and self._rng.random() < 0.12:
            y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
            cx, cy = float(self._rng.uniform(0, SIZE[0])), float(self._rng.uniform(60, SIZE[1]))
            lit += (110 * np.exp(-(((x - cx) / 60) ** 2 + ((y - cy) / 40) ** 2)))[..., None]
        return np.asarray(np.clip(lit, 0, 255), np.uint8)


def _paint_staff(plate: Image, bank: Bank) -> None:
    """White and dark bars of 10 cm, in place, in the plate's own grain."""
    x, foot, top = bank.gauge
    for number, y in enumerate(range(top, foot, 10)):
        shade = 1.5 if number % 2 else 0.5
        part = plate[y : y + 10, x - 7 : x + 8].astype(np.float32)
        plate[y : y + 10, x - 7 : x + 8] = np.clip(part * shade, 0, 255).astype(np.uint8)
