"""An empty place under a fixed camera, picture after picture: real ground, real noise, and what moves though nobody comes.

The ground is the temporal median of a clip (or a photograph of a street). The noise is that of the clips: frames less their
median, without what passes in them and without slow changes of light, scaled up where the camera's gain is. Disturbances:

    calm       the light wanders by a percent or two, as under thin cloud
    foliage    a bush in a corner stirs, in gusts
    rain       streaks and a grey veil, in showers
    exposure   the camera's gain jumps by up to a third, every twenty to forty seconds
    flicker    a broken lamp lights a tenth of the picture and goes out, in fits

Every picture is a function of the seed and its number, so that the same moment can be painted again with somebody in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from bench.compose.cutouts import background
from bench.data import Clip, data_folder, frames
from pantau.types import Image

Light = Literal["day", "dusk", "night"]
Disturbance = Literal["calm", "foliage", "rain", "exposure", "flicker"]
LIGHTS: Final[tuple[Light, ...]] = ("day", "dusk", "night")
DISTURBANCES: Final[tuple[Disturbance, ...]] = ("calm", "foliage", "rain", "exposure", "flicker")

FPS: Final = 10
CLIPS: Final[dict[str, Clip]] = {"jalan": "traffic", "pelataran": "pets", "jalur": "car"}
PHOTOS: Final[dict[str, tuple[int, Clip]]] = {"foto-37": (37, "traffic"), "foto-11": (11, "pets")}
"""Photographs used as grounds, and the clip whose noise they get."""
WIDTH: Final = 640
"""Pixels across: a camera's second stream."""
BRIGHT: Final = {"day": 1.0, "dusk": 0.55, "night": 0.28}
GRAIN: Final = {"day": 1.0, "dusk": 1.5, "night": 2.2}
"""What the camera's gain makes of the noise."""
GRAINS: Final = 32

Grains = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]


@cache
def ground(place: str) -> Image:
    """The empty place, `WIDTH` pixels across."""
    if place in CLIPS:
        whole = background(CLIPS[place])
    else:
        path = sorted((data_folder() / "litter").glob("*.jpg"))[PHOTOS[place][0]]
        photo = np.asarray(cv2.imread(str(path)), np.uint8)
        tall = photo.shape[1] * 3 // 4
        top = (photo.shape[0] - tall) // 2
        whole = photo[top : top + tall]
    height = whole.shape[0] * WIDTH // whole.shape[1] // 4 * 4
    return np.asarray(cv2.resize(whole, (WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)


@cache
def grains(clip: Clip) -> Grains:
    """(n, H, W) int16: what the clip's pictures are apart from their median where nothing passes, grey levels."""
    pictures = list(frames(clip))
    chosen = [pictures[k] for k in np.linspace(0, len(pictures) - 1, GRAINS).astype(int)]
    greys = np.stack([cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in chosen]).astype(np.float32)
    apart = greys - np.median(greys, axis=0)
    slow = np.stack([cv2.GaussianBlur(one, (0, 0), 4) for one in apart])
    fine = apart - slow
    moved = (np.abs(slow) > 4) | (np.abs(fine) > 30)
    passing = [cv2.dilate(one.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0 for one in moved]
    return np.stack([_without(fine, passing, k) for k in range(len(fine))])


def _without(fine: Floats, passing: list[npt.NDArray[np.bool_]], number: int) -> Grains:
    """One picture's noise; where something passes, that of the next picture in which nothing does."""
    found, hidden = fine[number].copy(), passing[number].copy()
    for step in range(1, len(fine)):
        other = (number + step) % len(fine)
        use = hidden & ~passing[other]
        found[use] = fine[other][use]
        hidden &= ~use
    found[hidden] = 0
    return np.asarray(np.round(found), np.int16)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where, in which light, and what disturbs."""

    place: str
    light: Light
    disturbance: Disturbance
    seed: int


class Idle:
    """The pictures of a `Setting`."""

    def __init__(self, setting: Setting, seconds: float) -> None:
        self.setting = setting
        empty = ground(setting.place)
        self.size = empty.shape[1], empty.shape[0]
        rng = np.random.default_rng((setting.seed, 1))
        self._lit = _lighted(empty, setting.light)
        self._gain = _gains(rng, seconds, jumps=setting.disturbance == "exposure")
        self._gusts = _episodes(rng, seconds)
        self._lamp = _lamp(rng, self.size)
        self._lamp_on = _fits(rng, seconds, self._gusts)
        if setting.disturbance == "foliage":
            self._bush = _plant(self._lit, rng)
        noise = grains(CLIPS[setting.place] if setting.place in CLIPS else PHOTOS[setting.place][1])
        scaled = np.stack([cv2.resize(one, self.size, interpolation=cv2.INTER_NEAREST) for one in noise])
        self._grains = np.round(scaled * GRAIN[setting.light]).astype(np.int16)

    @property
    def bright(self) -> float:
        """What the light makes of a thing's colours."""
        return BRIGHT[self.setting.light]

    def picture(self, number: int) -> Image:
        """(H, W, 3) BGR, clean."""
        rng = np.random.default_rng((self.setting.seed, 2, number))
        canvas = self._lit.copy()
        strength = float(self._gusts[number])
        if self.setting.disturbance == "foliage":
            self._stir(canvas, number / FPS, strength)
        if self.setting.disturbance == "rain" and strength > 0.1:
            _rain(canvas, rng, strength, self.bright)
        if self.setting.disturbance == "flicker" and self._lamp_on[number]:
            cv2.add(canvas, self._lamp, dst=canvas)
        return canvas

    def seen(self, canvas: Image, number: int) -> npt.NDArray[np.uint8]:
        """The picture as the camera delivers it, with its gain and its noise: (3H / 2, W), planes of YUV 4:2:0."""
        rng = np.random.default_rng((self.setting.seed, 3, number))
        gain = float(self._gain[number])
        lit = canvas if abs(gain - 1) < 1e-3 else cv2.convertScaleAbs(canvas, alpha=gain)
        planes = cv2.cvtColor(lit, cv2.COLOR_BGR2YUV_I420)
        grain = self._grains[int(rng.integers(len(self._grains)))]
        if rng.random() < 0.5:
            grain = grain[:, ::-1]
        height = self.size[1]
        planes[:height] = cv2.add(planes[:height], np.ascontiguousarray(grain), dtype=cv2.CV_8U)
        return np.asarray(planes, np.uint8)

    def _stir(self, canvas: Image, t: float, strength: float) -> None:
        top, left, bush, alpha = self._bush
        height, width = alpha.shape
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        reach = 0.25 + 2.6 * strength
        sway = reach * np.sin(2.1 * t + x / 23 + y / 41) + 0.5 * reach * np.sin(5.3 * t + x / 9 - y / 13)
        lift = 0.4 * reach * np.sin(3.7 * t + x / 17 + y / 19)
        moved = cv2.remap(bush, x + sway, y + lift, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        part = canvas[top : top + height, left : left + width]
        part[:] = (part * (1 - alpha[..., None]) + moved * alpha[..., None]).astype(np.uint8)


def _lighted(empty: Image, light: Light) -> Image:
    height, width = empty.shape[:2]
    x, y = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    lamps = sum(np.exp(-(((x - at) / 0.3) ** 2 + ((y - 0.55) / 0.4) ** 2)) for at in (0.25, 0.8))
    share = {"day": 0.0, "dusk": 0.25, "night": 1.0}[light]
    warm = np.array([1 - 0.14 * (light == "dusk"), 1.0, 1 + 0.14 * (light == "dusk")])
    gain = BRIGHT[light] * (1 - share + share * (0.7 + 0.8 * lamps))[..., None] * warm
    return np.asarray(np.clip(empty * gain, 0, 255), np.uint8)


def _gains(rng: np.random.Generator, seconds: float, *, jumps: bool) -> Floats:
    """The camera's brightness at each picture."""
    t = np.arange(round(seconds * FPS)) / FPS
    gain = 1 + 0.012 * np.sin(t / rng.uniform(15, 25)) + 0.008 * np.sin(t / 7.3)
    at, level = float(rng.uniform(20, 40)), 1.0
    while jumps and at < seconds:
        after = float(rng.uniform(0.75, 1.3))
        gain *= 1 + (after / level - 1) * np.clip((t - at) / 0.4, 0, 1)
        at, level = at + float(rng.uniform(20, 40)), after
    return gain.astype(np.float32)


def _episodes(rng: np.random.Generator, seconds: float) -> Floats:
    """Strength at each picture, 0 to 1: gusts or showers of 6 to 25 s with 15 to 50 s between."""
    t = np.arange(round(seconds * FPS)) / FPS
    strength, at = np.zeros(len(t)), float(rng.uniform(0, 20))
    while at < seconds:
        lasts, peak = float(rng.uniform(6, 25)), float(rng.uniform(0.3, 1))
        strength += peak * np.clip(np.sin((t - at) / lasts * np.pi), 0, None) * ((t >= at) & (t <= at + lasts))
        at += lasts + float(rng.uniform(15, 50))
    return strength.astype(np.float32)


def _fits(rng: np.random.Generator, seconds: float, episodes: Floats) -> npt.NDArray[np.bool_]:
    """Whether the lamp is lit: steady, but in its fits it goes on and off for a tenth of a second to two."""
    lit = np.ones(round(seconds * FPS), bool)
    at, on = 0, True
    while at < len(lit):
        lasts = int(rng.integers(1, 20))
        lit[at : at + lasts] = on
        at, on = at + lasts, not on
    return lit | (episodes <= 0.05)


def _lamp(rng: np.random.Generator, size: tuple[int, int]) -> Image:
    """What the lamp adds."""
    width, height = size
    x, y = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    at = rng.uniform((0.15, 0.2), (0.85, 0.7))
    glow = 45 * np.exp(-(((x - at[0]) / 0.12) ** 2 + ((y - at[1]) / 0.16) ** 2))
    return np.repeat(glow[..., None], 3, axis=2).astype(np.uint8)


def _plant(lit: Image, rng: np.random.Generator) -> tuple[int, int, Image, Floats]:
    """A bush in an upper corner: its place, its leaves and how they cover."""
    height, width = round(lit.shape[0] * 0.38), round(lit.shape[1] * 0.26)
    left = 0 if rng.random() < 0.5 else lit.shape[1] - width
    blotches = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 2.2)
    leaves = np.clip(0.5 + blotches / (4 * blotches.std()), 0, 1)[..., None]
    colours = leaves * np.array([70, 150, 110]) + (1 - leaves) * np.array([15, 45, 25])
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    alpha = np.clip((1.05 - np.sqrt(x**2 + y**2)) * 6, 0, 1).astype(np.float32)
    mean = float(lit.mean()) / 110
    return 0, left, np.clip(colours * mean, 0, 255).astype(np.uint8), alpha


def _rain(canvas: Image, rng: np.random.Generator, strength: float, bright: float) -> None:
    """A grey veil and streaks, in place."""
    veil = 1 - 0.12 * strength
    canvas[:] = cv2.convertScaleAbs(canvas, alpha=veil, beta=14 * strength * bright)
    height, width = canvas.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    for _ in range(round(80 * strength)):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        long = int(rng.integers(8, 22))
        cv2.line(streaks, (x, y), (x + 2, y + long), (int(rng.integers(10, 40) * bright + 4),), 1, cv2.LINE_AA)
    canvas[:] = cv2.add(canvas, cv2.merge([streaks] * 3))
