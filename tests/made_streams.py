"""Made streams for the gate: a textured ground with a sensor's noise, as H.264, and whatever a test draws into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from pantau.types import Image

FPS, SIZE = 10, (320, 240)
GROUND = np.kron(np.random.default_rng(3).integers(60, 180, (30, 40)), np.ones((8, 8))).astype(np.float32)
Draw = Callable[[int, Image], None]


def nothing(number: int, image: Image) -> None:
    """An empty street."""


def passing(first: int, last: int) -> Draw:
    """Something bright that goes from left to right between two frames."""

    def draw(number: int, image: Image) -> None:
        if first <= number < last:
            left = round((number - first) / (last - first) * SIZE[0])
            image[100:140, left : left + 24] = 230

    return draw


def stream(
    path: Path, seconds: int, draw: Draw = nothing, *, b_frames: int = 0, gop: int = 20, lost: range = range(0)
) -> Path:
    """Write an H.264 file of `FPS` pictures a second with a key frame every `gop` of them, but for those in `lost`."""
    chance = np.random.default_rng(1)
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.options = {"g": "9999", "forced-idr": "1", "sc_threshold": "0", "bf": str(b_frames), "crf": "24"}
        for number in range(seconds * FPS):
            grey = np.clip(GROUND + chance.normal(0, 2, GROUND.shape), 0, 255).astype(np.uint8)
            image = np.repeat(grey[..., None], 3, axis=2)
            draw(number, image)
            frame = av.VideoFrame.from_ndarray(image, "bgr24")
            if number % gop == 0 and number not in lost:
                frame.pict_type = av.video.frame.PictureType.I
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path
