"""HTTP Live Streaming, as public cameras are sent to browsers: pictures come a segment of seconds at a time, and the server may go."""

from __future__ import annotations

import functools
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import av
import pytest
from typing_extensions import override

from pantau.ingest import reader
from pantau.types import Frame
from tests.live import next_frames, next_gap, source
from tests.made_streams import stream

SEGMENT_S = 6.0
"""What Apple's authoring specification asks for, and most servers are set to."""


class Quiet(SimpleHTTPRequestHandler):
    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class HlsServer:
    """Sends a clip as it would be filmed, in segments, until it is killed."""

    def __init__(self, folder: Path, clip: Path) -> None:
        self._clip, self._playlist = clip, folder / "live.m3u8"
        self._over = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        self._threads = [threading.Thread(target=one) for one in (self._write, self._http.serve_forever)]
        for thread in self._threads:
            thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/live.m3u8"

    def began(self) -> bool:
        return self._playlist.is_file()

    def kill(self) -> None:
        self._over.set()
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        options = {"hls_time": str(SEGMENT_S), "hls_list_size": "4", "hls_flags": "delete_segments"}
        began = time.monotonic()
        with av.open(str(self._clip)) as clip, av.open(str(self._playlist), "w", format="hls", options=options) as out:
            own = clip.streams.video[0]
            sent = out.add_stream_from_template(own)
            for packet in clip.demux(own):
                if packet.dts is None or self._over.wait(
                    max(began + float(packet.dts * packet.time_base) - time.monotonic(), 0)
                ):
                    break
                packet.stream = sent
                out.mux(packet)


@pytest.fixture
def hls(tmp_path: Path) -> Iterator[HlsServer]:
    folder = tmp_path / "hls"
    folder.mkdir()
    server = HlsServer(folder, stream(tmp_path / "clip.mp4", 60))
    until = time.monotonic() + 30
    while not server.began() and time.monotonic() < until:
        time.sleep(0.1)
    yield server
    server.kill()
    shutil.rmtree(folder, ignore_errors=True)


def test_segments_that_come_at_once_are_seen_at_the_times_at_which_they_were_filmed(
    hls: HlsServer, reading: Callable[..., Iterator[Frame]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silence as long as a segment is no outage, and its end no news about the camera's clock; one that stays is."""
    monkeypatch.setattr(reader, "PLAYLIST_S", 1.5 * SEGMENT_S)
    camera = source(hls.address, timeout_s=1.0)
    items = reading(camera)
    frames = next_frames(items, round(3.2 * SEGMENT_S / 0.2))
    late_s = (datetime.now(UTC) - frames[-1].time).total_seconds()
    assert -0.1 < late_s < SEGMENT_S + 2
    steps_s = [(b.time - a.time).total_seconds() for a, b in pairwise(frames)]
    assert all(0.15 < step_s < 0.25 for step_s in steps_s[20:]), steps_s
    assert camera.clock_steps == 0
    assert camera.connections == 1
    hls.kill()
    assert next_gap(items).kind == "outage"
