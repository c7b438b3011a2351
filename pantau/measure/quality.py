"""What the picture is like: how bright, how sharp in contrast, whether it rains, and how sure the detector is of what it tracks.

    light, contrast      median and standard deviation of brightness, masks left out
    night                light below `dark`, until it is above `bright` again: one lamp or cloud does not toggle it
    streaks              share of pixels that are brighter than all around them in the samples before *and* after, so that an
                         edge on a swaying camera is none, in things that are thin across and long down; of the picture's tiles the median, so that traffic in some of them is no rain
    rain                 streaks above `wet`, until they are below `dry` again
    boxes, confidence    number of tracked road users; mean confidence of their boxes, where there are any

Source: a falling drop brightens a pixel for one exposure and is a thin, nearly upright streak (Garg & Nayar, "Vision and
Rain", IJCV 75, 2007); hysteresis as in a Schmitt trigger, on exponential averages. Only the green channel is read, of
every k-th pixel without averaging, which would wash streaks out: well below 1 ms.

Limits: an infrared camera's night is bright and stays unseen; drizzle, distant rain and rain before a white sky leave no
streaks. Nothing at hand shows real rain: the flag is validated on made scenes only (docs/methods/self-checks.md). A streak
is judged one sample late. Memory: three small pictures.

Rejected: the share over the whole picture (a bus with bright rods is rain), optical flow and learned weather models (cost),
the sun's height for night (a lit square at ten in the evening is easier than a dim alley at six).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import exp
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pantau.findings import Findings
from pantau.geometry import polygons_mask
from pantau.places import NO_DIRECTION, Camera
from pantau.ports import Needs
from pantau.types import Image, Ints, Key, Observation, Tracks, View

WIDTH: Final = 480
"""Pixels across that are looked at, at most."""
TILES: Final = (6, 8)
"""Rows and columns of tiles."""
REACH: Final = 3
"""Pixels across in which what is bright now may have been before or after: a camera that sways moves its edges by a pixel."""
TOGETHER_S: Final = 2.0
"""Three samples further apart than this, one to the next, say nothing about streaks."""

CLOUDBURST: Final = 3.0
"""Streaks beyond so many times `wet` count no more, so that a cloudburst ends as soon as a shower."""

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class QualitySettings:
    """Brightness and shares in 0 to 1; times in seconds.

    Args:
        dark, bright: light at which night begins, and ends.
        wet, dry: streaks at which rain begins, and ends.
        calm_s: time constant of the averages that night and rain are told from.
        step: by how many of 255 levels a streak is brighter than before and after.
        thick: pixels across from which a thing is no streak.
        long: pixels down that a streak has at least.
    """

    dark: float = 0.20
    bright: float = 0.27
    wet: float = 0.006
    dry: float = 0.004
    calm_s: float = 20.0
    step: int = 10
    thick: int = 5
    long: int = 4


class QualityAnalyser:
    """Implements `pantau.ports.Analyser` for the whole picture of one camera."""

    def __init__(self, camera: Camera, cadence_s: float, settings: QualitySettings | None = None) -> None:
        self._camera, self._cadence_s = camera, cadence_s
        self.settings = settings or QualitySettings()
        self._seen: list[tuple[datetime, Grey]] = []
        self._open: npt.NDArray[np.bool_] | None = None
        self._image: Image | None = None
        self._said: dict[str, float] = {}
        self._tracks: Tracks | None = None
        self._tracked: dict[str, float] = {}
        s = self.settings
        self._night = _Flag(s.dark, s.bright, s.calm_s, below=True)
        self._rain = _Flag(s.wet, s.dry, s.calm_s, below=False)

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return "quality"

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        s = self.settings
        return f"quality/2 dark={s.dark} wet={s.wet}"

    @property
    def needs(self) -> Needs:
        """Pictures and tracks at the camera's cadence."""
        return Needs(self._cadence_s, frozenset({"image", "detections", "tracks"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """One, under the camera's own id."""
        return (Key(self.family, self._camera.id, self._camera.revision, NO_DIRECTION),)

    def step(self, view: View) -> Findings:
        """What this sample is like."""
        if not view.frame.quiet or view.frame.image is not self._image:
            self._image, self._said = view.frame.image, self._look(view)
        if view.tracks is not self._tracks:
            self._tracks, self._tracked = view.tracks, {"boxes": float(len(view.tracks))}
            if len(view.tracks):
                self._tracked["confidence"] = float(view.tracks.detections.confidence.mean())
        place, time, period_s = self._camera.id, view.time, self._cadence_s
        return Findings(
            tuple(
                Observation(place, f"quality.{name}", NO_DIRECTION, time, period_s, value)
                for name, value in (self._said | self._tracked).items()
            )
        )

    def _look(self, view: View) -> dict[str, float]:
        """What the picture itself is like; one that comes again (`Frame.quiet`) is not looked at twice."""
        grey = sampled(view.frame.image)
        if self._seen and self._seen[-1][1].shape != grey.shape:
            self._forget()
        if self._open is None:
            self._open = ~polygons_mask((grey.shape[1], grey.shape[0]), self._camera.masks)
        if not self._open.any():
            return {}
        light, contrast = _light(grey, self._open)
        said = {"light": light, "contrast": contrast, "night": self._night.step(view.time, light)}
        return said | self._streaks(view.time, grey, self._open)

    def close(self, time: datetime) -> Findings:
        """Forget the pictures: what comes next is not their neighbour."""
        del time
        self._forget()
        return Findings()

    def _forget(self) -> None:
        self._seen, self._open, self._image = [], None, None
        self._night.forget()
        self._rain.forget()

    def _streaks(self, time: datetime, grey: Grey, seen: npt.NDArray[np.bool_]) -> dict[str, float]:
        """Streaks of the sample before this one, once there is one on each side of it."""
        if self._seen and (time - self._seen[-1][0]).total_seconds() > TOGETHER_S:
            self._seen = []
        self._seen = [*self._seen[-2:], (time, grey)]
        if len(self._seen) < 3:
            return {}
        before, middle, after = (one for _, one in self._seen)
        share = streaks(before, middle, after, seen, self.settings)
        return {"streaks": share, "rain": self._rain.step(time, min(share, CLOUDBURST * self.settings.wet))}


class _Flag:
    """An average that switches something on and off at two different levels."""

    def __init__(self, on: float, off: float, calm_s: float, *, below: bool) -> None:
        self._on, self._off, self._calm_s, self._sign = on, off, calm_s, -1 if below else 1
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._average: float | None = None
        self._time: datetime | None = None
        self._state = False

    def step(self, time: datetime, value: float) -> float:
        """1 while it is on, else 0."""
        if self._average is None or self._time is None:
            self._average = value
        else:
            share = 1 - exp(-(time - self._time).total_seconds() / self._calm_s)
            self._average += share * (value - self._average)
        self._time = time
        limit = self._off if self._state else self._on
        self._state = self._sign * self._average > self._sign * limit
        return float(self._state)


def sampled(image: Image) -> Grey:
    """The green channel of every k-th pixel, at most `WIDTH` across."""
    step = max(1, -(-image.shape[1] // WIDTH))
    return np.ascontiguousarray(image[::step, ::step, 1])


def _light(grey: Grey, seen: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Median and standard deviation of what is seen, in 0 to 1; from the histogram, which is much faster than a sort."""
    count = cv2.calcHist([grey], [0], np.asarray(seen, np.uint8), [256], [0, 256]).ravel().astype(np.float64)
    total, level = count.sum(), np.arange(256) / 255
    median = level[int(np.searchsorted(count.cumsum(), total / 2))]
    mean = count @ level / total
    return float(median), float(np.sqrt(max(count @ (level - mean) ** 2 / total, 0.0)))


def streaks(
    before: Grey, middle: Grey, after: Grey, seen: npt.NDArray[np.bool_], settings: QualitySettings | None = None
) -> float:
    """Share of pixels of `middle` that are in streaks, the median over those tiles of which at least half is seen."""
    s = settings or QualitySettings()
    around = np.ones((REACH, REACH), np.uint8)
    reached = cv2.max(cv2.dilate(before, around), cv2.dilate(after, around))
    flash = cv2.threshold(cv2.subtract(middle, reached), s.step - 1, 255, cv2.THRESH_BINARY)[1]
    wide = cv2.morphologyEx(flash, cv2.MORPH_OPEN, np.ones((1, s.thick), np.uint8))
    thin = cv2.morphologyEx(cv2.subtract(flash, wide), cv2.MORPH_OPEN, np.ones((s.long, 1), np.uint8))
    if not cv2.countNonZero(thin):
        return 0.0
    corners = _corners(*seen.shape)
    area, size = _by_tile(seen, corners), np.outer(*map(np.diff, corners))
    here = (size > 0) & (area * 2 >= size)
    shares = _by_tile(thin > 0, corners)[here] / area[here]
    return float(np.median(shares)) if len(shares) else 0.0


@cache
def _corners(height: int, width: int) -> tuple[Ints, Ints]:
    """Rows and columns at which the `TILES` of a picture begin and end; the first ones are a pixel larger where it doesn't divide."""
    parts = (np.array_split(np.arange(n), k) for n, k in zip((height, width), TILES, strict=True))
    rows, columns = (np.cumsum([0, *map(len, part)]) for part in parts)
    return rows, columns


def _by_tile(flags: npt.NDArray[np.bool_], corners: tuple[Ints, Ints]) -> Ints:
    """`TILES` numbers of pixels that are set in each tile."""
    sums = cv2.integral(flags.view(np.uint8))[np.ix_(*corners)]
    return np.asarray(np.diff(np.diff(sums, axis=0), axis=1), np.int64)
