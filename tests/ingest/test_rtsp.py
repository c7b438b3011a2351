"""Cameras on the network: a real RTSP server is killed, frozen, locked and emptied, and the source must tell and return."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest
from structlog.testing import capture_logs

from pantau.errors import SourceError
from pantau.ingest import rtsp as rtsp_module
from pantau.ingest.encode import encode_h264
from pantau.ingest.rtsp import REPEAT_S, RtspSource
from pantau.ports import Source
from pantau.types import Frame, Gap, Image
from tests.live import FRAMES, next_frame, next_frames, next_gap, source
from tests.made_streams import stream

if TYPE_CHECKING:
    from tests.rtsp_server import RtspServer

pytestmark = pytest.mark.rtsp

Servers = Callable[..., "RtspServer"]
SECRET = "p@ss:w/rd?hunter2"


class Nap:
    """A `sleep` that tells how long it was asked to sleep, and lasts until it is over."""

    def __init__(self) -> None:
        self.begun, self.over = threading.Event(), threading.Event()
        self.seconds = 0.0

    def __call__(self, seconds: float) -> None:
        self.seconds = seconds
        self.begun.set()
        self.over.wait(10)

    def asked(self) -> float:
        assert self.begun.wait(10)
        return self.seconds


def test_frames_carry_the_time_at_which_they_were_captured(
    rtsp_server: Servers, camera_clip: Path, number_of: Callable[[Image], int], reading: Callable[..., Iterator[Frame]]
) -> None:
    server = rtsp_server({"plaza": camera_clip})
    reader = source(server.url("plaza"))
    assert isinstance(reader, Source)
    frames = next_frames(reading(reader), 22)[14:]  # on a busy machine the clock takes some seconds to settle: it slews
    assert timedelta() < datetime.now(UTC) - frames[-1].time < timedelta(seconds=0.5)
    steps_s = [(b.time - a.time).total_seconds() for a, b in pairwise(frames)]
    assert all(0.15 < step_s < 0.25 for step_s in steps_s), steps_s
    shown = [number_of(frame.image) for frame in frames]
    for frame, number in zip(frames, shown, strict=True):
        since_s = (number - shown[0]) % FRAMES / 10
        assert (frame.time - frames[0].time).total_seconds() == pytest.approx(since_s, abs=0.05)
    assert {frame.segment for frame in frames} == {0}
    assert reader.dropped["cadence"] >= 10


def test_a_killed_server_is_an_outage_at_once_and_pictures_are_back_soon_after_it(
    rtsp_server: Servers, camera_clip: Path, reading: Callable[..., Iterator[Frame]]
) -> None:
    server = rtsp_server({"plaza": camera_clip})
    reader = source(server.url("plaza"))
    items = reading(reader)
    before = next_frames(items, 3)[-1]

    server.kill()
    killed = time.monotonic()
    gap = next_gap(items)
    assert time.monotonic() - killed < 2
    assert (gap.kind, gap.reason.split(":")[0]) == ("outage", "ended")
    assert (
        before.time <= gap.time <= datetime.now(UTC) + timedelta(seconds=0.1)
    )  # a dying server sends its last one early

    again = next_gap(items)
    assert time.monotonic() - killed > 0.9 * REPEAT_S
    assert (again.time, again.reason.split(":")[0]) == (gap.time, "unreachable")

    server.start()
    restarted = time.monotonic()
    after = next_frame(items)
    assert time.monotonic() - restarted < 10
    assert after.segment > before.segment
    assert after.media_s < 1
    assert after.time - gap.time > timedelta(seconds=0.9 * REPEAT_S)
    assert reader.connections == 2


def test_a_frozen_server_is_an_outage_within_ten_seconds(
    rtsp_server: Servers, camera_clip: Path, reading: Callable[..., Iterator[Frame]]
) -> None:
    server = rtsp_server({"plaza": camera_clip})
    items = reading(source(server.url("plaza")))
    next_frames(items, 2)
    server.freeze()
    frozen = time.monotonic()
    gap = next_gap(items)
    assert 3 < time.monotonic() - frozen < 10
    assert (gap.kind, gap.reason.split(":")[0]) == ("outage", "timeout")
    assert datetime.now(UTC) - gap.time > timedelta(seconds=3)  # it says since when, not when that was noticed
    again = next_gap(items)  # and the kernel takes the new connection, but nobody answers
    assert (again.time, again.reason.split(":")[0]) == (gap.time, "timeout")
    server.thaw()
    assert next_frame(items).segment > 0


def test_a_camera_that_comes_back_with_another_resolution_is_read_on(
    rtsp_server: Servers, camera_clip: Path, make_clip: Callable[..., Path], reading: Callable[..., Iterator[Frame]]
) -> None:
    server = rtsp_server({"plaza": camera_clip})
    items = reading(source(server.url("plaza")))
    assert next_frame(items).size == (160, 120)
    server.kill()
    encode_h264(make_clip(frames=40, fps=10, size=(320, 240), name="large.mp4"), camera_clip)
    next_gap(items)
    server.start()
    assert next_frame(items).size == (320, 240)


def test_a_computer_clock_that_is_set_back_is_an_outage_with_that_reason(
    rtsp_server: Servers, camera_clip: Path, reading: Callable[..., Iterator[Frame]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rtsp_module, "BLIND_S", 1.5)
    monkeypatch.setattr(rtsp_module, "REPEAT_S", 3.0)
    server = rtsp_server({"plaza": camera_clip})
    back_s = 0.0
    reader = source(server.url("plaza"), clock=lambda: datetime.now(UTC) - timedelta(seconds=back_s))
    items = reading(reader)
    last = next_frames(items, 3)[-1]
    back_s = 3600.0
    gap = next_gap(items)
    assert (gap.kind, gap.reason.split(":")[0]) == ("outage", "clock")
    assert gap.time >= last.time
    assert next_gap(items) == gap, "nor is it ever the camera's fault"
    assert reader.connections == 1
    back_s = 0.0
    back = next_frame(items)
    assert back.time > last.time
    assert back.segment > last.segment


@pytest.mark.parametrize("digest", [False, True])
def test_a_password_of_odd_characters_opens_the_camera(
    digest: bool, rtsp_server: Servers, camera_clip: Path, reading: Callable[..., Iterator[Frame]]
) -> None:
    server = rtsp_server({"plaza": camera_clip}, f"admin:{SECRET}", digest=digest)
    assert next_frames(reading(source(server.url("plaza"), credentials=("admin", SECRET))), 1)


def test_each_way_of_not_coming_has_its_own_reason_and_a_refused_password_is_not_tried_again_soon(
    rtsp_server: Servers, camera_clip: Path
) -> None:
    server = rtsp_server({"plaza": camera_clip, "sound": "tone:"}, f"admin:{SECRET}")
    right, wrong = ("admin", SECRET), ("admin", "wrong")
    dead = server.url("plaza").replace(str(server.port), "1")
    told: dict[str, str] = {}
    waits: dict[str, float] = {}
    for name, address, credentials in [
        ("wrong password", server.url("plaza"), wrong),
        ("no password", server.url("plaza"), None),
        ("wrong path", server.url("nowhere"), right),
        ("sound only", server.url("sound"), right),
        ("nobody there", dead, right),
    ]:
        nap = Nap()
        reader = source(address, credentials=credentials, sleep=nap)
        for item in reader.samples():
            assert isinstance(item, Gap)
            if item.kind == "outage":
                told[name] = item.reason.split(":")[0]
                waits[name] = nap.asked()
                reader.close()
                nap.over.set()
    assert told == {
        "wrong password": "auth",
        "no password": "auth",
        "wrong path": "not-found",
        "sound only": "no-video",
        "nobody there": "unreachable",
    }
    assert {name for name, wait_s in waits.items() if wait_s >= 7.5} == {"wrong password", "no password", "sound only"}
    assert all(waits[name] <= 0.25 for name in ("wrong path", "nobody there"))


def test_secrets_are_in_no_log_reason_exception_or_output(rtsp_server: Servers, camera_clip: Path) -> None:
    server = rtsp_server({"plaza": camera_clip}, "admin:another")
    program = f"""
import sys
from pantau.ingest.rtsp import RtspSource
for address in ({server.url("plaza")!r}, {server.url("nowhere")!r}, "rtsp://127.0.0.1:1/x"):
    source = RtspSource(address, camera="cam", cadence_s=0.2, credentials=("admin", {SECRET!r}))
    print(source)
    for item in source.samples():
        print(item)
        source.close()
try:
    RtspSource("rtsp://admin:{SECRET}@camera/1", camera="cam", cadence_s=0.2)
except Exception as error:
    print(repr(error), error)
print("done")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    said = done.stdout + done.stderr
    assert "done" in said
    assert said.count("outage") == 3
    assert "stream.lost" in said
    assert "hunter2" not in said
    assert "p%40ss" not in said


def test_closing_from_another_thread_ends_the_samples_at_once_and_joins_the_reader(
    rtsp_server: Servers, camera_clip: Path
) -> None:
    server = rtsp_server({"plaza": camera_clip})
    reader = source(server.url("plaza"), timeout_s=1.0)
    closed: list[float] = []
    got: list[Frame | Gap] = []

    def close() -> None:
        closed.append(time.monotonic())
        reader.close()

    for item in reader.samples():
        got.append(item)
        if len(got) == 2:
            server.freeze()  # the reader sits in FFmpeg and hears nothing
            threading.Timer(0.3, close).start()
        if isinstance(item, Gap):
            assert time.monotonic() - closed[0] < 0.5
    assert time.monotonic() - closed[0] < 3
    assert isinstance(got[-1], Gap)
    assert got[-1].kind == "end"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("rtsp-cam")]


def test_losing_and_finding_the_stream_is_logged_once_each(rtsp_server: Servers, camera_clip: Path) -> None:
    server = rtsp_server({"plaza": camera_clip})
    reader = source(server.url("plaza"))
    with capture_logs() as logs:
        items = reader.samples()
        next_frames(items, 1)
        server.kill()
        next_gap(items)
        server.start()
        next_frame(items)
        reader.close()
        list(items)
    assert [entry["event"] for entry in logs if entry["event"] != "stream.still_lost"] == [
        "stream.connected",
        "stream.lost",
        "stream.connected",
        "stream.back",
    ]
    assert all(entry["camera"] == "cam" for entry in logs)


@pytest.mark.parametrize(
    "address", ["ftp://camera/1", "rtsp://", "camera", "rtsp://user:secret@camera/1", "/dev/video0"]
)
def test_an_address_that_can_not_be_read_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(SourceError, match="camera cam") as caught:
        source(address)
    assert "secret" not in str(caught.value)


def test_a_camera_that_sends_jpegs_over_http_goes_by_arrival(
    square: Callable[..., Image], reading: Callable[..., Iterator[Frame]]
) -> None:
    stop = threading.Event()

    class Jpegs(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            number = 0
            while not stop.wait(0.1):
                number += 1
                jpeg = cv2.imencode(".jpg", square(number))[1].tobytes()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg + b"\r\n")

    with ThreadingHTTPServer(("127.0.0.1", 0), Jpegs) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        items = reading(source(f"http://127.0.0.1:{server.server_port}/video"))
        frames = next_frames(items, 8)[2:]
        steps_s = [(b.time - a.time).total_seconds() for a, b in pairwise(frames)]
        assert sum(steps_s) / len(steps_s) == pytest.approx(0.2, abs=0.05)
        stop.set()
        assert next_gap(items).kind == "outage"
        server.shutdown()


def test_a_quiet_camera_is_slept_through_and_every_moment_of_it_is_observed(
    rtsp_server: Servers, tmp_path: Path, reading: Callable[[RtspSource], Iterator[Frame | Gap]]
) -> None:
    clip = stream(tmp_path / "quiet.mp4", 30, gop=10)
    lazy = replace(source(rtsp_server({"quiet": clip}).url("quiet")), lazy=True)
    frames = next_frames(reading(lazy), 75)
    assert sum(frame.quiet for frame in frames) > 20
    assert lazy.gated["quiet"] >= 4
    steps = [(b.time - a.time).total_seconds() for a, b in pairwise(frames)]
    assert 0.05 < min(steps) <= max(steps) < 0.5, "no moment is missing because nothing moved in it"
    assert lazy.dropped["late"] == 0
