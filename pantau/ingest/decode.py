"""PyAV at arm's length: open a container's picture stream, name times, convert the chosen frames (`pantau.ingest.running` decodes them).

One decode thread per stream: the streams themselves are what runs side by side, and PyAV lets go of the interpreter's
lock while it decodes. The in-loop deblocking filter is skipped (a fifth to a third of the decode time of H.264 and H.265,
for a slightly blockier picture); files and cameras alike, so that a replay measures what a live camera gets. Pictures are predicted from such blocky ones, so within a group
they drift from what was sent, until the next key frame: who compares pictures of long groups asks for `another_decoder` that filters.

Limits: rotation metadata is ignored; only the first picture stream of a container is read. Rejected: ``ffmpeg`` child
processes (1.25 to 2.3 times the CPU for the same frames) and OpenCV's VideoCapture (slower, and it hides PTS and errors).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final, cast

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pantau.errors import SourceError
from pantau.types import Image

Clock = Callable[[], datetime]
Sleep = Callable[[float], object]

DEFAULT_FPS: Final = 25.0
"""Where a stream names no frame rate."""


def wall_clock() -> datetime:
    """UTC now: ingest is an edge, and this is where frames get their capture time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a clip, folder or camera says about itself; `duration_s` and `frames` are unknown for live streams."""

    width: int
    height: int
    fps: float
    codec: str
    duration_s: float | None
    frames: int | None


def picture_stream(container: InputContainer, name: str) -> VideoStream:
    """The first picture stream of an open container, set up for one decode thread.

    Raises:
        SourceError: there is none.
    """
    if not container.streams.video:
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise SourceError(f"{name}: expected a picture stream, found only {kinds}; give a source with video")
    stream = container.streams.video[0]
    context = stream.codec_context
    if context is None:
        raise SourceError(f"{name}: its video has an unknown codec; re-encode it as H.264")
    context.thread_count = 1
    if context.name in {"h264", "hevc"}:
        context.options = {"skip_loop_filter": "all"}
    return stream


def another_decoder(context: VideoCodecContext, *, deblock: bool) -> VideoCodecContext:
    """A decoder of the same stream that has seen nothing; the next packet should be a key frame.

    Args:
        context: the stream's.
        deblock: with the in-loop filter.
    """
    another = av.CodecContext.create(context.name, "r")
    if not isinstance(another, VideoCodecContext):
        raise TypeError(context.name)
    another.extradata = context.extradata
    another.thread_count = 1
    another.reorder_depth = context.reorder_depth
    another.options = {name: how for name, how in context.options.items() if not deblock or name != "skip_loop_filter"}
    return another


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture of the stream in its turn.

    Args:
        clock_s: seconds on the stream's own clock; None where it tells none.
        frame: the picture; of a quiet one between key frames, that of the key frame before it.
        quiet: nothing has moved since the picture before, as far as the gate can see.
    """

    clock_s: float | None
    frame: VideoFrame
    quiet: bool = False


def frame_rate(stream: VideoStream) -> float:
    """Frames per second as the stream declares them, else `DEFAULT_FPS`."""
    rate = stream.average_rate or stream.guessed_rate
    fps = float(rate) if rate else DEFAULT_FPS
    return fps if 0.01 <= fps <= 1000 else DEFAULT_FPS


def picture(frame: VideoFrame) -> Image:
    """The frame as (H, W, 3) uint8 BGR. The dear step: only for frames that are looked at."""
    return cast("Image", frame.to_ndarray(format="bgr24", threads=1))


class Newest:
    """Converts a frame once, however many quiet moments show it."""

    def __init__(self) -> None:
        self._frame: VideoFrame | None = None
        self._image: Image | None = None

    def of(self, frame: VideoFrame) -> Image:
        """The frame's picture."""
        if self._image is None or frame is not self._frame:
            self._frame, self._image = frame, picture(frame)
        return self._image


def told_time(packet: Packet[VideoStream]) -> datetime | None:
    """What the camera's own clock says of a packet (RTCP sender report, as FFmpeg hands it on); None where it does not tell.

    The first eight bytes of a producer reference time are microseconds since 1970 (libavutil, AVProducerReferenceTime).
    """
    if not packet.has_sidedata("prft"):
        return None
    (told,) = struct.unpack_from("<q", bytes(packet.get_sidedata("prft")))
    try:
        return datetime.fromtimestamp(told / 1e6, UTC)
    except (OverflowError, ValueError):  # a clock that was never set may say any number
        return datetime(1970, 1, 1, tzinfo=UTC)


def seconds(ticks: int, base: Fraction) -> float:
    """So many ticks of a clock. What `float(ticks * base)` gives, without a fraction for each of a city's packets."""
    return ticks * base.numerator / base.denominator


def media_s(frame: VideoFrame) -> float | None:
    """The frame's presentation time in seconds, or nothing where the container gives none."""
    if frame.pts is None or frame.time_base is None:
        return None
    return seconds(frame.pts, frame.time_base)


def probe_container(container: InputContainer, name: str) -> Probe:
    """What an open container says about its pictures.

    Raises:
        SourceError: it has none.
    """
    stream = picture_stream(container, name)
    fps = frame_rate(stream)
    duration_s: float | None = None
    if stream.duration is not None and stream.time_base is not None:
        duration_s = float(stream.duration * stream.time_base)
    elif container.duration is not None and container.duration > 0:
        duration_s = container.duration / 1_000_000
    frames = stream.frames or (round(duration_s * fps) if duration_s is not None else None)
    return Probe(stream.width, stream.height, fps, stream.codec_context.name, duration_s, frames)
