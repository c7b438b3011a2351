"""Smoke that the staged camera shows, and stills of it to teach from: a labelled composite.

A plume of grey noise that drifts upward is laid over the road in front of the building; what stands behind it shines through. The
stills are of made days, each in a light of its own and with its own smoke, with and without it, over moments of the footage; they
lie in a folder as a person would sort them for ``pantau teach``. Their dates are in the year 2000, so that nobody takes
them for captured ones. It demonstrates how a function is taught, and proves nothing about accuracy.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.ingest.folder import write_picture
from pantau.types import Image

Plane = npt.NDArray[np.float32]

BEGIN_S, END_S, GROW_S = 100.0, 230.0, 12.0
SOURCE: Final = (560, 190)
"""Where it rises from, pixels of 768 x 576."""
SPREAD: Final = (58.0, 190.0)
RISE_PX_S: Final = 4.0
GREY: Final = np.array([186.0, 184.0, 181.0], np.float32)
DAYS, PER_DAY = 10, 2
"""Made days, and stills of each kind of a day."""
FIRST_DAY: Final = datetime(2000, 1, 1, 2, tzinfo=UTC)


def thickness(t_s: float) -> float:
    """0 to 1: how thick the smoke is at this moment of the play."""
    return float(np.interp(t_s, (BEGIN_S, BEGIN_S + GROW_S, END_S - GROW_S, END_S), (0, 1, 1, 0)))


def veil(picture: Image, t_s: float, thick: float, seed: int = 0) -> Image:
    """The picture with smoke before it, `thick` 0 to 1; it drifts with `t_s`."""
    height, width = picture.shape[:2]
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    wide, high = SPREAD
    up = np.clip((SOURCE[1] - ys) / high, -1, None)
    plume = np.exp(-(((xs - SOURCE[0] - 40 * up) / (wide * (1 + 0.9 * np.maximum(up, 0)))) ** 2))
    plume *= np.where(up > 0, np.exp(-((up / 1.1) ** 4)), np.exp(-((up / 0.1) ** 2)))
    rng = np.random.default_rng(seed)
    moved = ys + RISE_PX_S * t_s
    cloud = 0.6 * _noise(rng, 46.0, xs, moved) + 0.4 * _noise(rng, 17.0, xs, moved)
    share = np.clip(thick * plume * (0.1 + 2.2 * cloud), 0, 0.93)[..., None]
    grey = np.clip(GREY + 150 * (cloud[..., None] - 0.5), 0, 255)
    return np.asarray(picture * (1 - share) + grey * share, np.uint8)


def sort_stills(pictures: Sequence[Image], folder: Path) -> None:
    """Write the stills of every made day to ``normal`` and ``asap`` in `folder`, which must not be there yet.

    Raises:
        SourceError: they can't be written.
    """
    rng = np.random.default_rng(5)
    making = folder.with_name(folder.name + ".part")
    for kind in ("normal", "asap"):
        (making / kind).mkdir(parents=True, exist_ok=True)
    for day in range(DAYS):
        gain, cast = rng.uniform(0.8, 1.15), rng.uniform(0.95, 1.05, 3)
        for number in range(2 * PER_DAY):
            still = pictures[int(rng.integers(len(pictures)))]
            smoky = number % 2 == 1
            if smoky:
                still = veil(
                    still, float(rng.uniform(0, 600)), float(rng.uniform(0.6, 1.0)), seed=1 + 10 * day + number
                )
            lit = np.clip(still * gain * cast if day else still, 0, 255).astype(np.uint8)
            at = FIRST_DAY + timedelta(days=day, minutes=number)
            write_picture(making / ("asap" if smoky else "normal") / f"{at:%Y%m%d-%H%M%S}.jpg", lit)
    making.rename(folder)


def _noise(rng: np.random.Generator, grain: float, xs: Plane, ys: Plane) -> Plane:
    """Smooth noise 0 to 1 of a grain in pixels; it repeats, so that it may drift for ever."""
    cells = rng.random((32, 32)).astype(np.float32)
    x, y = xs / grain, ys / grain
    left, top = np.floor(x), np.floor(y)
    right, low = x - left, y - top
    column, row = left.astype(np.int64), top.astype(np.int64)
    right, low = right * right * (3 - 2 * right), low * low * (3 - 2 * low)
    upper = cells[row % 32, column % 32] * (1 - right) + cells[row % 32, (column + 1) % 32] * right
    lower = cells[(row + 1) % 32, column % 32] * (1 - right) + cells[(row + 1) % 32, (column + 1) % 32] * right
    return np.asarray(upper * (1 - low) + lower * low, np.float32)
