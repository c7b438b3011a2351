"""The light of a day over a composed picture: sun, clouds, dusk, lamps, a shadow that wanders, rain, sensor noise.

All of it is a function of the hour and a seed. The numbers are made; what they are made to do is what a fixed camera meets:
a gain between 0.16 and 1.1, warm at both ends of the day, a soft-edged building shadow across the ground in the sun, two
hours of rain with a dark wet ground, and noise that grows in the dark.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pantau.types import Image

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weather:
    """What the day is like: hours of rain (begin, end), and how much clouds move the light (standard deviation)."""

    rain: tuple[float, float] = (13.2, 15.4)
    clouds: float = 0.09


class Day:
    """Light for pictures of `size` (width, height), the same for the same seed."""

    def __init__(self, size: tuple[int, int], seed: int, weather: Weather | None = None) -> None:
        self.size, self.weather = size, weather or Weather()
        self._rng = np.random.default_rng(seed)
        knots = self._rng.normal(0, self.weather.clouds, 400)
        self._clouds = np.convolve(knots, np.ones(3) / 3, "same")
        width, height = size
        x, y = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
        self._x, self._y = x.astype(np.float32), y.astype(np.float32)
        lamp = np.exp(-(((x - 0.3) / 0.35) ** 2 + ((y - 0.6) / 0.4) ** 2)) + np.exp(
            -(((x - 0.85) / 0.3) ** 2 + ((y - 0.5) / 0.4) ** 2)
        )
        self._lamps = (0.75 + 0.55 * lamp).astype(np.float32)

    def raining(self, hour: float) -> bool:
        """Whether it rains."""
        return self.weather.rain[0] <= hour < self.weather.rain[1]

    def apply(self, image: Image, hour: float) -> Image:
        """The picture in the light of `hour` (0 to 24)."""
        sun = float(np.clip(np.sin((hour - 5.6) / 12.6 * np.pi) * 1.6, 0, 1)) if 5.6 < hour < 18.2 else 0.0
        cloud = float(np.interp(hour, np.linspace(0, 24, len(self._clouds)), self._clouds))
        gain = 0.16 + 0.84 * sun * (1 + cloud)
        warm = 0.14 * (1 - sun) * (sun > 0)
        lit = image.astype(np.float32) * (gain * np.array([1 - warm, 1.0, 1 + warm], np.float32))
        if sun < 0.3:
            lit *= (self._lamps * (1 - sun / 0.3) * 1.7 + sun / 0.3)[..., None]
        if sun > 0.4 and not self.raining(hour):
            lit *= self._shadow(hour)[..., None]
        if self.raining(hour):
            lit = self._rain(lit)
        noise = self._rng.normal(0, 1.6 + 3.2 * (1 - sun), lit.shape[:2]).astype(np.float32)
        return np.asarray(np.clip(lit + noise[..., None], 0, 255), np.uint8)

    def _shadow(self, hour: float) -> Floats:
        """A building's shadow that comes in from one side and leaves by the other."""
        edge = (hour - 7.0) / 9.0
        side = self._x * 0.85 + self._y * 0.3 - edge
        inside = np.clip(0.5 - side * 60, 0, 1) * np.clip(0.5 + (side + 0.35) * 60, 0, 1)
        return (1 - 0.42 * inside).astype(np.float32)

    def _rain(self, lit: Floats) -> Floats:
        """Grey veil, dark ground, streaks."""
        lit = lit * 0.78 + 18
        streaks = np.zeros(lit.shape[:2], np.float32)
        width, height = self.size
        for _ in range(90):
            x, y = int(self._rng.integers(width)), int(self._rng.integers(height))
            cv2.line(
                streaks, (x, y), (x + 2, y + int(self._rng.integers(6, 16))), (float(self._rng.uniform(15, 45)),), 1
            )
        return np.asarray(lit + streaks[..., None], np.float32)


def paste(canvas: Image, image: Image, alpha: Floats, x: float, foot: float) -> None:
    """Lay a cut-out on the canvas, in place: `x` its middle, `foot` its lower edge, pixels; parts outside are cut off."""
    height, width = alpha.shape
    left, top = round(x - width / 2), round(foot - height)
    x1, y1 = max(left, 0), max(top, 0)
    x2, y2 = min(left + width, canvas.shape[1]), min(top + height, canvas.shape[0])
    if x2 <= x1 or y2 <= y1:
        return
    part = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
    share = alpha[part][..., None]
    canvas[y1:y2, x1:x2] = (canvas[y1:y2, x1:x2] * (1 - share) + image[part] * share).astype(np.uint8)


def shade(canvas: Image, x: float, foot: float, width: float) -> None:
    """The dark under a vehicle, in place."""
    dark = np.zeros(canvas.shape[:2], np.uint8)
    cv2.ellipse(
        dark,
        (round(x + 0.06 * width), round(foot - 0.05 * width)),
        (round(0.56 * width), round(0.13 * width)),
        0,
        0,
        360,
        (90,),
        -1,
    )
    y1, y2 = max(round(foot - 0.35 * width), 0), min(round(foot + 0.2 * width), canvas.shape[0])
    soft = cv2.GaussianBlur(dark[y1:y2], (0, 0), max(0.04 * width, 1)) if y2 > y1 else dark[0:0]
    canvas[y1:y2] = (canvas[y1:y2] * (1 - soft[..., None].astype(np.float32) / 255)).astype(np.uint8)
