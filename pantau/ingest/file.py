"""A video file as a camera, read with PyAV.

A truncated or damaged file gives what can be decoded, and counts the rest as ``broken``; a file without one usable
picture is an error, as is one that is no video, is empty, or holds sound only. B-frames are fine: frames come in the
order they are shown. A transport stream that goes over from H.264 to H.265 midway, or back, is an error there: a silence would pass for the clip's end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from pantau.errors import SourceError
from pantau.ingest.annex_b import codec_of
from pantau.ingest.clip import Shot
from pantau.ingest.decode import (
    DEFAULT_FPS,
    Newest,
    Probe,
    frame_rate,
    picture_stream,
    probe_container,
)
from pantau.ingest.gate import Gate
from pantau.ingest.lazy import LONG_S, LazyDecoder, Watch
from pantau.masks import Masks, Polygons

READ_ERRORS: Final = (av.error.InvalidDataError, av.error.UnknownError, av.error.OSError, av.error.EOFError)


class VideoFile:
    """The frames of one video file, as `Footage`.

    Args:
        path: of the file.
        lazy, hold_s: decode only what moves (`pantau.ingest.lazy`), holding groups up to so long; `watch` says how much that was.
        masks: polygons in fractions of the picture in which nothing is taken to move.
    """

    def __init__(self, path: Path, *, lazy: bool = False, hold_s: float = LONG_S, masks: Polygons = ()) -> None:
        self.path = path
        self.watch = Watch()
        self._lazy, self._hold_s, self._masks = lazy, hold_s, masks
        self._frame_s = 1 / DEFAULT_FPS

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    @property
    def frame_s(self) -> float:
        """1 ÷ the frame rate that the file declares."""
        return self._frame_s

    @property
    def gated(self) -> Mapping[str, int]:
        """Groups of pictures by what became of them."""
        return self.watch.counts()

    def shots(self, dropped: MutableMapping[str, int]) -> Iterator[Shot]:
        """Every frame that can be decoded, in the order of presentation."""
        return self.shots_from(None, dropped)

    def shots_from(self, clock_s: float | None, dropped: MutableMapping[str, int]) -> Iterator[Shot]:
        """As `shots`, from the last key frame at or before `clock_s` of the file's own clock; None: from the start."""
        with open_file(self.path) as container:
            stream = picture_stream(container, self.name)
            self._frame_s = 1 / frame_rate(stream)
            if clock_s is not None and stream.time_base:
                container.seek(round(clock_s / stream.time_base), stream=stream)
            packets = container.demux(stream)
            gate = Gate(Masks(self._masks)) if self._lazy else None
            decoder = LazyDecoder(stream, dropped, gate, self.watch, hold_s=self._hold_s)
            pictures, given, codec = Newest(), 0, stream.codec_context.name
            while True:
                try:
                    packet = next(packets, None)
                except READ_ERRORS:
                    dropped["broken"] += 1
                    packet = None
                if packet is not None and container.format.name == "mpegts":  # in others it can't change
                    _require(codec, packet, f"{self.name}, after {given} pictures")
                for seen in decoder.flush() if packet is None else decoder.feed(packet):
                    given += 1
                    yield Shot(seen.clock_s, partial(pictures.of, seen.frame), seen.quiet)
                if packet is None:
                    return


def _require(codec: str, packet: Packet[VideoStream], where: str) -> None:
    """Raises SourceError where a packet says that it is of another codec."""
    came = codec_of(memoryview(packet)) if packet.size else None
    if came is not None and came != codec:
        raise SourceError(
            f"{where}: expected {codec}, found {came}; the recording goes over from one codec to the other: "
            "cut it in two there and play the parts as clips of their own"
        )


def open_file(path: Path) -> InputContainer:
    """Open a video file.

    Raises:
        SourceError: it is missing, empty, unreadable or no video.
    """
    if not path.is_file():
        raise SourceError(f"{path}: expected a video file, found {'a folder' if path.is_dir() else 'nothing'} there")
    if path.stat().st_size == 0:
        raise SourceError(f"{path}: the file is empty; copy it again")
    try:
        return av.open(str(path), metadata_errors="replace")  # titles may be in any encoding
    except av.error.FFmpegError as error:
        raise SourceError(
            f"{path}: expected a video file, but it can't be read as one ({error.strerror}); "
            "it may be cut off, of another kind, or lack its index: play it with ffplay, or copy it again"
        ) from error


def probe_file(path: Path) -> Probe:
    """Size, rate, codec and length of a video file.

    Raises:
        SourceError: it can't be read or has no pictures.
    """
    with open_file(path) as container:
        return probe_container(container, str(path))
