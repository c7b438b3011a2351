"""Make a clip that a plain RTSP server can hand out: H.264 baseline, no B-frames, a key frame every few seconds.

The demo's footage comes in old codecs (msmpeg4); a camera would send H.264. Timestamps are made anew at a steady rate,
which is how the camera recorded it. The file is written beside its place and moved in, so that a run cut short leaves
nothing that looks done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import av

from pantau.errors import SourceError
from pantau.ingest.decode import picture_stream, probe_container
from pantau.ingest.file import open_file
from pantau.ingest.running import RunningDecoder
from pantau.types import Image

Progress = Callable[[int, int | None], None]
"""Told the frames done and, where known, the frames there are."""


def encode_h264(
    src: Path, dst: Path, *, fps: float | None = None, gop_s: float = 2.0, progress: Progress | None = None
) -> int:
    """Re-encode `src` as H.264 into the MP4 file `dst`; the number of frames written.

    Args:
        src: a video file.
        dst: where the MP4 goes.
        fps: frames per second to write; the clip's own rate unless given. Every frame is kept.
        gop_s: seconds between key frames.
        progress: told after every frame.

    Raises:
        SourceError: `src` can't be read or has no pictures.
    """
    dropped = {"broken": 0}
    with open_file(src) as container:
        known = probe_container(container, str(src))

        def stills() -> Iterator[av.VideoFrame]:
            stream = picture_stream(container, str(src))
            decoder = RunningDecoder(stream, dropped)
            for packet in container.demux(stream):
                yield from decoder.feed(packet)

        told = (lambda done: progress(done, known.frames)) if progress else None
        count = _write(stills(), dst, (known.width, known.height), _Like(fps or known.fps, gop_s), told)
    if not count:
        raise SourceError(f"{src}: not one picture could be decoded; nothing was written to {dst}")
    return count


def encode_pictures(
    pictures: Iterable[Image],
    dst: Path,
    *,
    fps: float,
    gop_s: float = 2.0,
    most_kbps: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Encode `pictures`, all of one size, as H.264 into the MP4 file `dst`; the number of frames written.

    Args:
        pictures: (H, W, 3) uint8 BGR each.
        dst: where the MP4 goes.
        fps: frames per second.
        gop_s: seconds between key frames.
        most_kbps: kilobits a second at the most, in the main profile, as a camera sends; nothing: as many as the pictures take, in the baseline profile.
        progress: told after every frame.
    """
    waiting = iter(pictures)
    first = next(waiting)
    height, width = first.shape[:2]
    stills = (av.VideoFrame.from_ndarray(picture, format="bgr24") for picture in chain([first], waiting))
    told = (lambda done: progress(done, None)) if progress else None
    return _write(stills, dst, (width, height), _Like(fps, gop_s, most_kbps), told)


class _Like(NamedTuple):
    """What a stream is to be like: pictures a second, seconds between key frames, kilobits a second at the most."""

    fps: float
    gop_s: float
    most_kbps: int | None = None


def _write(
    stills: Iterable[av.VideoFrame],
    dst: Path,
    size: tuple[int, int],
    like: _Like,
    told: Callable[[int], None] | None,
) -> int:
    part = dst.with_name(dst.name + ".part")
    rate = Fraction(like.fps).limit_denominator(1001)
    width, height = size[0] // 2 * 2, size[1] // 2 * 2
    count = 0
    with av.open(str(part), "w", format="mp4") as output:
        video = output.add_stream("libx264", rate=rate)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.gop_size = max(1, round(like.gop_s * float(rate)))
        video.codec_context.max_b_frames = 0
        video.codec_context.thread_type = "FRAME"  # PyAV's default cuts each picture into a slice per thread
        video.options = {"profile": "baseline", "preset": "veryfast", "crf": "23", "refs": "1", "sc_threshold": "0"}
        if like.most_kbps:
            video.codec_context.thread_count = (
                1  # with several, what fits a rate depends on which was done first: another stream each time
            )
            video.options |= {"profile": "main", "maxrate": f"{like.most_kbps}k", "bufsize": f"{2 * like.most_kbps}k"}
        for frame in stills:
            still = frame.reformat(width=width, height=height, format="yuv420p")
            still.pts, still.time_base, still.pict_type = count, 1 / rate, 0
            output.mux(video.encode(still))
            count += 1
            if told:
                told(count)
        output.mux(video.encode(None))
    if count:
        part.replace(dst)
    else:
        part.unlink(missing_ok=True)
    return count
