"""What a camera's own clock says reaches the frame, and never its time of capture."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pantau.ingest.encode import encode_h264
from pantau.ingest.rtsp import RtspSource
from pantau.types import Frame

if TYPE_CHECKING:
    from tests.rtsp_server import RtspServer


@pytest.mark.rtsp
@pytest.mark.slow
def test_the_sender_reports_of_a_camera_tell_its_clock(
    rtsp_server: Callable[..., RtspServer], make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    clip = tmp_path / "camera.mp4"
    encode_h264(make_clip(frames=40, fps=10), clip, gop_s=0.5)
    source = RtspSource(rtsp_server({"plaza": clip}).url("plaza"), camera="a", cadence_s=0.5)
    until, off = time.monotonic() + 25, None
    for item in source.samples():
        if isinstance(item, Frame) and item.told is not None:
            off = (item.told - item.time).total_seconds()
        if off is not None or time.monotonic() > until:
            source.close()
    assert off is not None
    assert abs(off) < 5.0
