"""A quarter of an hour in which everything happens once: smoke, litter, rising water, a covered lens; a labelled composite.

The plaza's own footage (``vtest.avi``), with things drawn into it that it does not show, so that a newcomer can watch
each alarm come and go. People, grass, light and noise are real; the water is the picture's own reflection with ripples and mud
in it, the smoke is drifting noise, the litter is a jacket that lies on the grass elsewhere in the same picture. Wherever it is shown
it is called *rekaan* (staged): it is a demonstration, and proves nothing about accuracy (the composite benches do that).

    0 to 100 s    as it is: every background is learnt
    100 to 230 s  smoke drifts before the building (`pantau.demo.smoke`)
    240 to 560 s  something lies on the path
    330 to 720 s  water rises over the path and the grass, stays, and falls
    770 to 870 s  a cloth hangs before the lens
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.demo.smoke import thickness, veil
from pantau.ingest.decode import picture_stream
from pantau.ingest.encode import Progress, encode_pictures
from pantau.ingest.file import open_file
from pantau.ingest.running import RunningDecoder
from pantau.types import Image

FPS: Final = 1.0
LENGTH_S: Final = 900.0
LITTER_S: Final = (240.0, 560.0)
WATER_S: Final = (330.0, 480.0, 600.0, 720.0)
"""Begins to rise, is highest, begins to fall, is gone."""
CLOTH_S: Final = (770.0, 870.0)

HIGHEST_CM: Final = 60.0
POST: Final = (433, 388)
"""Foot of the lamp post, pixels of 768 x 576."""
CM_PX: Final = 0.8
"""Pixels up the post for a centimetre: the sign on it is 35 cm wide and the post 8 cm."""
JACKET: Final = (68, 497, 160, 528)
"""Where the jacket lies on the grass: left, top, right, bottom."""
DROPPED_AT: Final = (215, 222)
"""Where its copy lies on the path: left, top."""
MUDDY: Final = 0.45 * np.array([70.0, 96.0, 104.0], np.float32)
"""What mud adds to the colour of water."""

Mask = npt.NDArray[np.float32]


def compose(people: Path, target: Path, progress: Progress | None = None) -> None:
    """Write the staged clip to `target`.

    Args:
        people: ``vtest.avi``.
        target: MP4; replaced whole.
        progress: told after every picture.

    Raises:
        SourceError: `people` can't be read.
    """
    encode_pictures(_played(people), target, fps=FPS, gop_s=30.0, progress=progress)


def _played(people: Path) -> Iterator[Image]:
    """The pictures of the whole play; the footage is short enough to be held, and is played again and again."""
    held = list(pictures(people))
    litter = _cut_out(held[0])
    for number in range(int(LENGTH_S * FPS)):
        yield staged(held[number % len(held)], number / FPS, litter)


def staged(picture: Image, t_s: float, litter: tuple[Image, Mask]) -> Image:
    """One picture with what happens at `t_s`."""
    if CLOTH_S[0] <= t_s < CLOTH_S[1]:
        return _cloth(picture, t_s)
    out = picture.copy()
    if (thick := thickness(t_s)) > 0:
        out = veil(out, t_s, thick)
    if LITTER_S[0] <= t_s < LITTER_S[1]:
        _lay(out, *litter)
    if (level := level_cm(t_s)) > 0:
        out = _flooded(out, level, t_s)
    return out


def level_cm(t_s: float) -> float:
    """How high the water stands at the lamp post."""
    return float(np.interp(t_s, WATER_S, (0.0, HIGHEST_CM, HIGHEST_CM, 0.0)))


def pictures(people: Path) -> Iterator[Image]:
    """One picture a second of the footage, BGR."""
    dropped = {"broken": 0}
    with open_file(people) as container:
        stream = picture_stream(container, str(people))
        step = round(float(stream.average_rate or 10) / FPS)
        decoder, number = RunningDecoder(stream, dropped), 0
        for packet in container.demux(stream):
            for frame in decoder.feed(packet):
                if number % step == 0:
                    yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
                number += 1


def _cut_out(picture: Image) -> tuple[Image, Mask]:
    """The jacket and how much of each pixel is jacket: it is yellow, the grass is green."""
    left, top, right, bottom = JACKET
    part = picture[top:bottom:2, left:right:2]  # it lies further away
    blue, green, red = (part[..., channel].astype(np.float32) for channel in range(3))
    yellow = np.clip((np.minimum(red, green) - blue - 40) / 40, 0, 1) * np.clip((red - 120) / 40, 0, 1)
    return part.copy(), np.asarray(yellow, np.float32)


def _lay(picture: Image, thing: Image, mask: Mask) -> None:
    left, top = DROPPED_AT
    height, width = mask.shape
    part = picture[top : top + height, left : left + width]
    share = mask[..., None]
    part[:] = (part * (1 - share) + thing * share).astype(np.uint8)


def _flooded(picture: Image, level: float, t_s: float) -> Image:
    """Water over the ground that lies below `level`: the lower its picture, the lower the ground.

    The shore runs from far right to near left, as the path does; on the post it is exactly at the level.
    """
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32)
    slope = np.where(x < POST[0], np.float32(0.22), np.float32(0.10))
    shore = np.float32(POST[1] - CM_PX * level) + slope * (POST[0] - x)
    top = max(0, int(shore.min()))
    ys, xs = np.mgrid[top:height, 0:width].astype(np.float32)
    ripple = 2.0 * np.sin(ys * 0.45 + 3.1 * t_s) + 1.5 * np.sin(xs * 0.11 - ys * 0.3 + 1.7 * t_s)
    from_y = np.clip(2 * shore - ys + ripple, 0, height - 1).astype(np.int64)
    mirrored = picture[from_y, np.clip(xs + ripple, 0, width - 1).astype(np.int64)]
    water = (
        np.float32(0.55) * mirrored.astype(np.float32)
        + MUDDY
        + 6.0 * np.sin(ys * 0.9 + 4.0 * t_s + xs * 0.05)[..., None]
    )
    share = np.clip(ys - shore, 0, 1)[..., None]
    out = picture.copy()
    out[top:] = np.clip(picture[top:].astype(np.float32) * (1 - share) + water * share, 0, 255).astype(np.uint8)
    return out


def _cloth(picture: Image, t_s: float) -> Image:
    """A cloth so near that only a breath of light comes through, and the sensor's noise."""
    height, width = picture.shape[:2]
    noise = np.random.default_rng(int(t_s)).integers(-12, 13, (height // 2 + 1, width // 2 + 1))
    light = 50 + 0.15 * picture.mean(axis=(0, 1), keepdims=True)
    return np.asarray(np.clip(light + noise.repeat(2, 0).repeat(2, 1)[:height, :width, None], 0, 255), np.uint8)
