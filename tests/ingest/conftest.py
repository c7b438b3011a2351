"""Clips made on the spot: a white square that walks to the right on black, so that a picture tells its own number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
import pytest

from pantau.ingest.encode import encode_h264
from pantau.ingest.rtsp import RtspSource
from pantau.types import Frame, Gap, Image
from tests.live import FRAMES

WIDTH, HEIGHT, SIDE = 160, 120, 24
STEP = 3


def square(number: int, width: int = WIDTH, height: int = HEIGHT) -> Image:
    """The picture of frame `number` (from 1): a square whose left edge is at 3 (number - 1) pixels."""
    image = np.zeros((height, width, 3), np.uint8)
    left = STEP * ((number - 1) % ((width - SIDE) // STEP))
    image[40 : 40 + SIDE, left : left + SIDE] = 255
    return image


def number_of(image: Image) -> int:
    """The number of the frame that `square` drew."""
    bright = np.flatnonzero(image[52, :, 1] > 128)
    return round(float(bright.min()) / STEP) + 1


@pytest.fixture(name="number_of")
def number_of_fixture() -> Callable[[Image], int]:
    return number_of


@pytest.fixture(name="square")
def square_fixture() -> Callable[..., Image]:
    return square


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a clip: ``make_clip(frames=40, fps=10, pts=None, bframes=0, ...)``."""

    def make(
        frames: int = 40,
        fps: int = 10,
        pts: list[int] | None = None,
        bframes: int = 0,
        size: tuple[int, int] = (WIDTH, HEIGHT),
        name: str = "clip.mp4",
        codec: Literal["libx264", "libx265"] = "libx264",
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as output:
            video = output.add_stream(
                codec, rate=fps, options={"x265-params": "log-level=none"} if codec == "libx265" else {}
            )
            (video.width, video.height), video.pix_fmt = size, "yuv420p"
            video.codec_context.gop_size = 10
            video.codec_context.max_b_frames = bframes
            for number in range(1, frames + 1):
                frame = av.VideoFrame.from_ndarray(square(number, *size), format="bgr24")
                frame.pts = pts[number - 1] if pts else number - 1
                frame.time_base = Fraction(1, fps)
                output.mux(video.encode(frame))
            output.mux(video.encode(None))
        return path

    return make


@pytest.fixture
def make_sound(tmp_path: Path) -> Callable[[], Path]:
    """A function that writes two seconds of silence without pictures."""

    def make() -> Path:
        path = tmp_path / "sound.mp4"
        with av.open(str(path), "w") as output:
            sound = output.add_stream("aac", rate=16000)
            for number in range(31):
                frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = 16000, number * 1024, Fraction(1, 16000)
                output.mux(sound.encode(frame))
            output.mux(sound.encode(None))
        return path

    return make


@pytest.fixture
def camera_clip(make_clip: Callable[..., Path], tmp_path: Path) -> Path:
    """Four seconds at 10 frames a second, over and over, as a camera would send them."""
    clip = tmp_path / "camera.mp4"
    encode_h264(make_clip(frames=FRAMES, fps=10), clip, gop_s=0.5)
    return clip


@pytest.fixture
def reading() -> Iterator[Callable[[RtspSource], Iterator[Frame | Gap]]]:
    """A function that begins to read a source; what it began is ended after the test."""
    open_ones = []

    def begin(reader: RtspSource) -> Iterator[Frame | Gap]:
        items = reader.samples()
        open_ones.append((reader, items))
        return items

    yield begin
    for reader, items in open_ones:
        reader.close()
        assert [item.kind for item in items if isinstance(item, Gap)][-1:] in (["end"], [])
