"""A camera that is given by its ONVIF address, through the running city: the small stream is taken, and people are counted on it."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.onvif_camera import Offered, OnvifCamera, passwords_in, serving
from tests.rtsp_server import RtspServer
from tests.running_city import ROOT, RunningCity, until

pytestmark = [pytest.mark.rtsp, pytest.mark.e2e, pytest.mark.timeout(400)]

FROM, HEIGHT = 100, 432
"""Rows of the footage (768x576) that are shown: 16:9 of it."""
SECONDS = 40
CAMERA = """
[[camera]]
id = "a"
name = "Pelataran"
source = "onvif://admin:rahasia%26%3C1%3E@127.0.0.1:{port}"
analysers = ["visitors"]

[[camera.line]]
id = "M2"
start = [0.573, 0.81]
end = [0.573, 0.2]

[[camera.line]]
id = "E"
start = [0.898, 0.86]
end = [0.898, 0.44]
"""


def pictures(clip: Path, fps: float) -> Iterator[av.VideoFrame]:
    """The part of the footage that is shown, `fps` pictures a second of it."""
    with av.open(str(clip)) as source:
        every = float(source.streams.video[0].average_rate or 10)
        due_s = 0.0
        for number, frame in enumerate(source.decode(video=0)):
            while number / every >= due_s - 1e-6:
                yield av.VideoFrame.from_ndarray(frame.to_ndarray(format="bgr24")[FROM : FROM + HEIGHT], format="bgr24")
                due_s += 1 / fps
            if due_s > SECONDS:
                return


def encoded(clip: Path, to: Path, size: tuple[int, int], fps: int) -> Path:
    """As a camera would send it at this size and rate: key frames every two seconds."""
    with av.open(str(to), "w") as out:
        video = out.add_stream("libx264", rate=fps)
        (video.width, video.height), video.pix_fmt = size, "yuv420p"
        video.options = {"preset": "ultrafast", "g": str(2 * fps), "bf": "0", "refs": "1", "sc_threshold": "0"}
        for number, frame in enumerate(pictures(clip, fps)):
            picture = frame.reformat(*size, format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, fps)
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
    return to


def counted(city: RunningCity) -> list[dict[str, object]]:
    now = datetime.now(UTC)
    asked = {"from": (now - timedelta(minutes=30)).isoformat(), "to": (now + timedelta(minutes=1)).isoformat()}
    return list(city.get("events", kind="crossing", limit="500", **asked)["events"])


def seen(city: RunningCity) -> tuple[int, int] | None:
    """(width, height) of the newest picture on the camera's page; nothing while there is none."""
    request = urllib.request.Request(f"{city.address}/api/v1/cameras/a/picture", headers={"cookie": city.cookie})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            image = cv2.imdecode(np.frombuffer(answer.read(), np.uint8), cv2.IMREAD_COLOR)
    except urllib.error.HTTPError as error:
        with error:
            return None
    return None if image is None else (image.shape[1], image.shape[0])


def test_the_small_stream_is_taken_and_people_are_counted_on_it(
    rtsp_server: Callable[..., RtspServer], installation: Callable[[str], RunningCity], footage: Path, tmp_path: Path
) -> None:
    clip = footage / "pelataran.mp4"
    mounts = {
        "main": encoded(clip, tmp_path / "main.mp4", (1920, 1080), 25),
        "sub": encoded(clip, tmp_path / "sub.mp4", (640, 360), 5),
    }
    server = rtsp_server(mounts, "admin:rahasia&<1>", digest=True)
    camera = OnvifCamera(
        [
            Offered("main", f"rtsp://10.0.0.9:{server.port}/main"),
            Offered("sub", f"rtsp://10.0.0.9:{server.port}/sub", size=(640, 360), fps=5, gov=10, kbps=512),
        ],
        ahead=timedelta(hours=-1),
        media2=True,
    )
    with serving(camera):
        city = installation(CAMERA.format(port=camera.port))
        until("pictures come", lambda: city.camera("a")["status"] == "live", 60)
        until("there is a picture of the small stream's size", lambda: seen(city) == (640, 360), 30)
        until("people are counted", lambda: len(counted(city)) >= 3, 120)
        said = city.log.read_text("utf-8")
        assert "onvif.profile" in said
        assert "sub name" in said
        assert not passwords_in(said)
        asked = [sys.executable, "-m", "pantau.cli", "probe", "a", "--config", str(tmp_path / "pantau.toml")]
        done = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
        assert "taken: the cheapest of 2 that are enough" in done.stdout

        camera.user = ("admin", "another")  # somebody changes the password at the camera, and it starts anew
        server.kill()
        until("why is said", lambda: city.camera("a")["reason"].startswith("auth: "), 30)
