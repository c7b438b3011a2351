"""How soon a camera that goes away is said to be away: a real RTSP server that ends, or falls silent on an open connection.

Not composite: real packets on this computer's loopback. A camera that is away is no matter of pictures, so it is measured at the
source (`pantau.ingest.rtsp`), in real time; what the loop makes of it is tested in tests/e2e/test_outages.py.
"""

from __future__ import annotations

import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from bench.data import CACHE, vtest
from pantau.demo.rtsp import SYSTEM_PYTHON, server_python
from pantau.ingest.encode import encode_h264
from pantau.ingest.rtsp import RtspSource
from pantau.types import Frame, Gap

Way = Literal["ended", "silent"]
WAYS: Final[tuple[Way, ...]] = ("ended", "silent")
WITHIN_S: Final = 30.0
WATCHED_S: Final = 8.0
"""Seconds of pictures before it goes; an outage in them is a false one."""
START_S: Final = 30.0

Heard = queue.Queue[tuple[float, Frame | Gap]]
"""What the source gave, and when."""


@dataclass(frozen=True, slots=True)
class Gone:
    """One camera that went away: how, how many seconds until that was said (None: not in time), and false outages before."""

    way: Way
    late_s: float | None
    early: int


def offline(repeats: int) -> list[Gone]:
    """Every way so many times; nothing where this computer has no RTSP server."""
    if not server_python():
        print("no GStreamer RTSP server here: offline is not measured", file=sys.stderr)
        return []
    clip = CACHE / "footage" / "vtest-h264.mp4"
    if not clip.is_file():
        encode_h264(vtest(), clip)
    return [_watch(way, clip) for way in WAYS for _ in range(repeats)]


def _watch(way: Way, clip: Path) -> Gone:
    with _server(clip) as (address, child):
        source = RtspSource(address, camera="a", cadence_s=0.5)
        heard: Heard = queue.Queue()
        threading.Thread(target=_listen, args=(source, heard)).start()
        try:
            early = _outages(heard, START_S, WATCHED_S)
            gone = time.monotonic()
            child.send_signal(signal.SIGKILL if way == "ended" else signal.SIGSTOP)
            said = _outage(heard, WITHIN_S)
            return Gone(way, None if said is None else max(said - gone, 0.0), early)
        finally:
            source.close()


def _listen(source: RtspSource, heard: Heard) -> None:
    for item in source.samples():
        heard.put((time.monotonic(), item))


def _outages(heard: Heard, start_s: float, watched_s: float) -> int:
    """Outages within so many seconds of the first picture, which must come within `start_s`."""
    until, count, began = time.monotonic() + start_s, 0, False
    while (left := until - time.monotonic()) > 0:
        try:
            _, item = heard.get(timeout=left)
        except queue.Empty:
            break
        if isinstance(item, Frame) and not began:
            began, until = True, time.monotonic() + watched_s
        count += began and isinstance(item, Gap)
    if not began:
        sys.exit(f"the RTSP server on this computer gave no picture in {start_s:.0f} s; offline can't be measured")
    return count


def _outage(heard: Heard, within_s: float) -> float | None:
    """When the next outage was said."""
    until = time.monotonic() + within_s
    while (left := until - time.monotonic()) > 0:
        try:
            when, item = heard.get(timeout=left)
        except queue.Empty:
            break
        if isinstance(item, Gap) and item.kind == "outage":
            return when
    return None


@contextmanager
def _server(clip: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server of one clip that its reader may end or stop: its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = str(files("pantau.demo").joinpath("rtsp_server.py"))
    child = subprocess.Popen(
        [SYSTEM_PYTHON, script, "--with-parent", "--port", str(port), f"a={clip}"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        if child.stdout is None or not child.stdout.readline().startswith("ready"):
            sys.exit("the RTSP server did not start; run scripts/system-packages.sh test")
        yield f"rtsp://127.0.0.1:{port}/a", child
    finally:
        child.kill()
        child.wait()
