"""What happens to a camera: paint, cloth, drops, a push, a frozen stream, on composed pictures of real places.

Seven places: backgrounds of real clips (temporal medians) and of real photographs taken in the street. On ``jalan``,
``foto-3`` and ``jalur`` things may be tuned; the others are only reported on. A healthy week has a different day every day: light, clouds, rain
on some, lamps at night; people and vehicles, a bus that fills the picture for a look, headlights into the lens, vehicles that
park for hours, hours in which nothing moves. Pictures are made one by one and not kept: a week has ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from bench.compose.car_park import _background, _people, _vehicles
from bench.compose.light import Day, Weather
from bench.compose.scene import Painter, Thing
from bench.data import Clip, data_folder
from pantau.findings import FaultKind
from pantau.types import Image

WIDTH: Final = 256
EVERY_S: Final = 60.0
CLIPS: Final[dict[str, Clip]] = {"jalan": "traffic", "pelataran": "pets", "jalur": "car"}
PHOTOS: Final = {"foto-3": 3, "foto-11": 11, "foto-24": 24, "foto-37": 37}
TUNED: Final = ("jalan", "foto-3", "jalur")
REPORTED: Final = ("pelataran", "foto-11", "foto-24", "foto-37")

Harm = Callable[[Image, np.random.Generator], Image]


@cache
def background(place: str) -> Image:
    """The empty place, `WIDTH` pixels across."""
    if place in CLIPS:
        whole = _background(CLIPS[place])
    else:
        found = sorted((data_folder() / "litter").glob("*.jpg"))[PHOTOS[place]]
        whole = np.asarray(cv2.imread(str(found)), np.uint8)
    height = min(round(whole.shape[0] * WIDTH / whole.shape[1]), 220)
    return np.asarray(cv2.resize(whole, (WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)


class Week:
    """Healthy pictures of a place, a minute apart, from any minute on."""

    def __init__(self, place: str, seed: int) -> None:
        self.place, self.seed = place, seed
        self._rng = np.random.default_rng(seed)
        self._empty = background(place)
        self._parked: list[tuple[int, int, Thing]] = []
        self._painters: dict[int, Painter] = {}

    def pictures(self, first: int, minutes: int) -> Iterator[Image]:
        """One picture for each minute from `first` (0: midnight of day 0)."""
        for minute in range(first, first + minutes):
            yield self._picture(minute)

    def _picture(self, minute: int) -> Image:
        day, hour = divmod(minute, 1440)[0], minute % 1440 / 60
        painter = self._painter(day)
        picture = painter.picture(self._things(minute, hour), hour)
        if not 6 < hour < 18.5 and self._rng.random() < 0.03:
            picture = _glare(picture, self._rng)
        return picture

    def _painter(self, day: int) -> Painter:
        if day not in self._painters:
            wet = self._rng.random() < 0.5
            begin = float(self._rng.uniform(0, 22))
            rain = (begin, begin + float(self._rng.uniform(0.5, 4))) if wet else (0.0, 0.0)
            weather = Weather(rain, float(self._rng.uniform(0.03, 0.2)))
            size = self._empty.shape[1], self._empty.shape[0]
            self._painters = {day: Painter(self._empty, Day(size, self.seed * 100 + day, weather), self.seed + day)}
        return self._painters[day]

    def _things(self, minute: int, hour: float) -> list[Thing]:
        """Who walks, drives, stands; few at night, and now and then a bus right before the lens."""
        rng, (height, width) = self._rng, self._empty.shape[:2]
        busy = 1.0 if 6 < hour < 21 else 0.15
        self._parked = [one for one in self._parked if one[1] > minute]
        if rng.random() < 0.01 * busy and len(self._parked) < 4:
            stay = int(rng.uniform(20, 400))
            self._parked.append((minute, minute + stay, self._vehicle(float(rng.uniform(0.12, 0.22)) * width)))
        things = [one[2] for one in self._parked]
        for _ in range(int(rng.poisson(3 * busy))):
            cut = _people()[int(rng.integers(len(_people())))]
            spot = float(rng.uniform(0, width)), float(rng.uniform(0.4, 1.0)) * height
            things.append(Thing(cut, *spot, float(rng.uniform(0.04, 0.1)) * width, shaded=False))
        things += [self._vehicle(float(rng.uniform(0.1, 0.3)) * width) for _ in range(int(rng.poisson(1.2 * busy)))]
        if rng.random() < 0.01 * busy:
            things.append(self._vehicle(1.4 * width, foot=1.1 * height))
        return things

    def _vehicle(self, wide: float, foot: float | None = None) -> Thing:
        rng, (height, width) = self._rng, self._empty.shape[:2]
        cut = _vehicles(above=False)[int(rng.integers(len(_vehicles(above=False))))]
        low = float(rng.uniform(0.45, 1.0)) * height if foot is None else foot
        return Thing(cut, float(rng.uniform(0.1, 0.9)) * width, low, wide, bool(rng.random() < 0.5))


def harm(kind: FaultKind, seed: int) -> Harm:
    """What turns a healthy picture into one of a camera with this fault; the same fault throughout for the same seed."""
    return MAKERS[kind](np.random.default_rng(seed))


def _glare(picture: Image, rng: np.random.Generator) -> Image:
    height, width = picture.shape[:2]
    light = np.zeros((height, width), np.float32)
    spot = int(rng.uniform(0.2, 0.8) * width), int(rng.uniform(0.4, 0.9) * height)
    cv2.circle(light, spot, int(rng.uniform(0.05, 0.12) * width), (1.0,), -1)
    wide = cv2.GaussianBlur(light, (0, 0), 0.06 * width) * 2
    return np.asarray(np.clip(picture + 255 * wide[..., None], 0, 255), np.uint8)


def _noisy(picture: np.ndarray, rng: np.random.Generator, sigma: float) -> Image:
    noise = rng.normal(0, sigma, picture.shape[:2])[..., None]
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def _frozen(_seeded: np.random.Generator) -> Harm:
    kept: list[Image] = []

    def make(picture: Image, _rng: np.random.Generator) -> Image:
        kept.append(picture) if not kept else None
        return kept[0]

    return make


def _dark(_seeded: np.random.Generator) -> Harm:
    return lambda picture, rng: _noisy(picture.astype(np.float32) * 0.05, rng, 2.0)


def _overexposed(seeded: np.random.Generator) -> Harm:
    gain = float(seeded.uniform(6, 10))
    return lambda picture, rng: _noisy(picture.astype(np.float32) * gain + 60, rng, 2.0)


def _covered(seeded: np.random.Generator) -> Harm:
    colour, slope = seeded.uniform(20, 130, 3), float(seeded.uniform(-0.4, 0.4))

    def make(picture: Image, rng: np.random.Generator) -> Image:
        height, width = picture.shape[:2]
        light = 0.3 + 0.7 * min(float(picture.mean()) / 90, 1.0)
        ramp = 1 + slope * (np.arange(width) / width - 0.5)
        cloth = colour * light * ramp[None, :, None] * np.ones((height, 1, 1))
        return _noisy(cloth, rng, 3.0)

    return make


def _sprayed(seeded: np.random.Generator) -> Harm:
    colour = seeded.choice(np.array([[20, 20, 20], [40, 40, 200], [230, 230, 230], [180, 60, 30]]))
    blobs = [(seeded.uniform(0.2, 0.8, 2), float(seeded.uniform(0.16, 0.26))) for _ in range(4)]

    def make(picture: Image, rng: np.random.Generator) -> Image:
        height, width = picture.shape[:2]
        paint = np.zeros((height, width), np.float32)
        for (x, y), size in blobs:
            cv2.circle(paint, (int(x * width), int(y * height)), int(size * width), (1.0,), -1)
        share = np.asarray(cv2.GaussianBlur(paint, (0, 0), 0.012 * width))[..., None]
        light = 0.25 + 0.75 * min(float(picture.mean()) / 90, 1.0)
        return _noisy(picture * (1 - share) + share * colour * light, rng, 1.5)

    return make


def _defocused(seeded: np.random.Generator) -> Harm:
    sigma = float(seeded.uniform(0.012, 0.02)) * WIDTH

    def make(picture: Image, rng: np.random.Generator) -> Image:
        return _noisy(cv2.GaussianBlur(picture, (0, 0), sigma), rng, 1.6)

    return make


def _moved(seeded: np.random.Generator) -> Harm:
    dx, dy = seeded.uniform(0.04, 0.18, 2) * WIDTH * seeded.choice(np.array([-1, 1]), 2)
    turn, zoom = float(seeded.uniform(-4, 4)), float(seeded.uniform(0.94, 1.08))

    def make(picture: Image, rng: np.random.Generator) -> Image:
        height, width = picture.shape[:2]
        matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), turn, zoom), np.float64)
        matrix[:, 2] += (dx, 0.6 * dy)
        return _noisy(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), rng, 1.0)

    return make


def _drops(seeded: np.random.Generator) -> Harm:
    drops = [(seeded.uniform(0, 1, 2), float(seeded.uniform(0.03, 0.09))) for _ in range(42)]

    def make(picture: Image, rng: np.random.Generator) -> Image:
        height, width = picture.shape[:2]
        wet = np.zeros((height, width), np.float32)
        for (x, y), size in drops:
            cv2.ellipse(
                wet,
                (int(x * width), int(y * height)),
                (int(size * width), int(1.2 * size * width)),
                0,
                0,
                360,
                (1.0,),
                -1,
            )
        share = np.asarray(cv2.GaussianBlur(wet, (0, 0), 0.006 * width))[..., None]
        bent = cv2.GaussianBlur(np.roll(picture, (5, -4), (0, 1)), (0, 0), 0.022 * width)
        return _noisy(picture * (1 - share) + bent * share, rng, 1.5)

    return make


def _nothing(_seeded: np.random.Generator) -> Harm:
    return lambda picture, _rng: picture


MAKERS: Final[Mapping[FaultKind, Callable[[np.random.Generator], Harm]]] = MappingProxyType(
    {
        "frozen": _frozen,
        "dark": _dark,
        "overexposed": _overexposed,
        "covered": _covered,
        "sprayed": _sprayed,
        "defocused": _defocused,
        "moved": _moved,
        "drops": _drops,
        "clock": _nothing,
    }
)
