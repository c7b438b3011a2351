"""Make a clip that a plain RTSP server can hand out: H.264 baseline, no B-frames, a key frame every few seconds.

The demo's footage comes in old codecs (msmpeg4); a camera would send H.264. Timestamps are made anew at a steady rate,
which is how the camera recorded it. The file is written beside its place and moved in, so that a run cut short leaves
nothing that looks done.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from pantau.errors import SourceError
from pantau.ingest.decode import decode, picture_stream, probe_container
from pantau.ingest.file import open_file

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
    part = dst.with_name(dst.name + ".part")
    dropped = {"broken": 0}
    count = 0
    with open_file(src) as container:
        known = probe_container(container, str(src))
        rate = Fraction(fps or known.fps).limit_denominator(1001)
        width, height = known.width // 2 * 2, known.height // 2 * 2
        with av.open(str(part), "w", format="mp4") as output:
            video = output.add_stream("libx264", rate=rate)
            video.width, video.height, video.pix_fmt = width, height, "yuv420p"
            video.codec_context.gop_size = max(1, round(gop_s * float(rate)))
            video.codec_context.max_b_frames = 0
            video.codec_context.thread_type = "FRAME"  # PyAV's default cuts each picture into a slice per thread
            video.options = {"profile": "baseline", "preset": "veryfast", "crf": "23", "refs": "1", "sc_threshold": "0"}
            for packet in container.demux(picture_stream(container, str(src))):
                for frame in decode(packet, dropped):
                    still = frame.reformat(width=width, height=height, format="yuv420p")
                    still.pts, still.time_base, still.pict_type = count, 1 / rate, 0
                    output.mux(video.encode(still))
                    count += 1
                    if progress:
                        progress(count, known.frames)
            output.mux(video.encode(None))
    if not count:
        part.unlink(missing_ok=True)
        raise SourceError(f"{src}: not one picture could be decoded; nothing was written to {dst}")
    part.replace(dst)
    return count
