"""Cameras that are asked by ONVIF: which profile is taken, and what is said when they answer badly."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from pantau.errors import SourceError
from pantau.ingest.fault import FaultError
from pantau.ingest.lazy import hold_of
from pantau.ingest.onvif import soap
from pantau.ingest.onvif.choice import Wanted
from pantau.ingest.onvif.device import OnvifAddress, _path
from pantau.ingest.onvif.stream import Offer, OnvifStream, ask, reachable
from pantau.ingest.rtsp import RtspSource
from pantau.ingest.sources import SourceOptions, open_source
from pantau.places import Camera, Line, Mark, Zone
from pantau.types import Frame, Gap
from tests import onvif_camera
from tests.made_streams import stream
from tests.onvif_camera import BOMB, Offered, OnvifCamera, passwords_in, serving

if TYPE_CHECKING:
    from tests.rtsp_server import RtspServer

RIGHT = ("admin", "rahasia&<1>")
MAIN = Offered("main", "rtsp://127.0.0.1:554/main?ch=1&sub=0")
SUB = Offered("sub", "rtsp://127.0.0.1:554/sub", size=(640, 360), fps=5, gov=10, kbps=256)


def asked(camera: OnvifCamera, wanted: Wanted | None = None, query: str = "") -> Offer:
    with serving(camera):
        return ask(camera.address + query, RIGHT, wanted or Wanted())


def code(camera: OnvifCamera, wanted: Wanted | None = None, query: str = "") -> str:
    with pytest.raises(FaultError) as caught:
        asked(camera, wanted, query)
    assert not passwords_in(str(caught.value))
    return caught.value.fault.code


@pytest.mark.parametrize(
    "utc", ["9999-12-31T23:59:59", "1-1-1T0:0:0", "99999999999999999999-1-1T0:0:0", "2026-13-1T0:0:0", "x-y-zTa:b:c"]
)
def test_a_clock_that_says_what_can_not_be_is_not_believed(utc: str, monkeypatch: pytest.MonkeyPatch) -> None:
    date, time_ = (part.split(sep) for part, sep in zip(utc.split("T"), "-:", strict=True))
    names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    told = [f"<{n}>{v}</{n}>" for n, v in zip(names, (*date, *time_), strict=True)]
    said = f"<tds:X><UTCDateTime><Date>{''.join(told[:3])}</Date><Time>{''.join(told[3:])}</Time></UTCDateTime></tds:X>"
    monkeypatch.setattr(onvif_camera, "_clock", lambda _now: said)
    assert asked(OnvifCamera([SUB])).ahead_s == 0


@pytest.mark.parametrize("media2", [False, True])
@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=7), timedelta(days=-4000)])
@pytest.mark.parametrize("digest", [False, True])
def test_the_small_stream_is_taken_whatever_the_camera_speaks_and_its_clock_says(
    media2: bool, ahead: timedelta, digest: bool
) -> None:
    offer = asked(OnvifCamera([MAIN, SUB], media2=media2, ahead=ahead, digest=digest))
    taken = offer.taken.profile
    assert (taken.token, taken.name, taken.codec, taken.width, taken.height) == ("sub", "sub name", "H.264", 640, 360)
    assert (taken.fps, taken.gop_s, taken.kbps) == (5, 2, 256)
    assert offer.stream == "rtsp://127.0.0.1:554/sub"
    assert offer.ahead_s == pytest.approx(ahead.total_seconds(), abs=2)
    assert offer.taken.why == "the cheapest of 2 that are enough"
    assert offer.verdicts[0].why == "enough, but 51.8 megapixels a second, not 1.2"


def test_a_camera_from_before_get_services_is_asked_as_it_was_then() -> None:
    camera = OnvifCamera([MAIN], old=True)
    assert asked(camera).stream == "rtsp://127.0.0.1:554/main?ch=1&sub=0"
    assert camera.asked == ["GetSystemDateAndTime", "GetServices", "GetCapabilities", "GetProfiles", "GetStreamUri"]


def test_pictures_that_are_left_out_are_not_counted_as_a_rate() -> None:
    profile = asked(OnvifCamera([replace(SUB, fps=30, interval=6, gov=20)])).taken.profile
    assert (profile.fps, profile.gop_s) == (5, 4)


def test_a_camera_of_no_password_is_asked_without_one() -> None:
    with serving(OnvifCamera([SUB], user=None)) as camera:
        assert ask(camera.address, None, Wanted()).taken.profile.token == "sub"


# --- which one is enough ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (replace(SUB, size=(352, 198)), "70 kpx are less than the 200 that the detector looks at"),
        (replace(SUB, fps=4), "4 pictures a second are less than the 5 that are needed"),
        (replace(SUB, fps=0), "it tells no rate"),
        (replace(SUB, codec="JPEG"), "JPEG is dear to send and to decode"),
        (replace(SUB, size=(640, 480)), "its picture is squeezed into another shape"),
        (replace(SUB, bounds=(480, 270, 960, 540)), "it shows another section of the view"),
        (replace(SUB, codec=""), "it has no encoder"),
    ],
)
def test_a_profile_that_is_not_enough_is_not_taken_and_it_is_said_why(other: Offered, why: str) -> None:
    offer = asked(OnvifCamera([other, MAIN]))
    assert offer.taken.profile.token == "main"
    assert offer.taken.why == "the only one that is enough"
    assert offer.verdicts[0].why == why


def test_what_is_drawn_on_the_picture_has_to_be_told_apart_on_it() -> None:
    line = Line(id="c.kecil", camera="c", name="", start=(0.5, 0.5), end=(0.55, 0.5))
    gauge = (Mark((0.5, 0.9), 0.0), Mark((0.5, 0.7), 100.0))
    zone = Zone(
        id="c.kali", camera="c", name="", kind="water", polygon=((0.1, 0.7), (0.9, 0.7), (0.9, 0.95)), gauge=gauge
    )
    for camera, why in [
        (Camera(id="c", name="", source="x", lines=(line,)), "line c.kecil would be 32 pixels of 40"),
        (Camera(id="c", name="", source="x", zones=(zone,)), "the gauge of c.kali would be 72 pixels of 96"),
    ]:
        offer = asked(OnvifCamera([SUB, MAIN]), Wanted(camera=camera))
        assert (offer.taken.profile.token, offer.verdicts[0].why) == ("main", why)


def test_a_stream_that_the_gate_can_hold_is_taken_before_one_of_fewer_pictures_that_it_cannot() -> None:
    smart, plain = replace(SUB, token="smart", fps=8, gov=80), replace(SUB, token="plain", fps=12, gov=12)
    offer = asked(OnvifCamera([smart, plain, MAIN]))
    assert offer.taken.profile.token == "plain"
    assert offer.verdicts[0].why == "enough, but key frames 10 s apart are too far to sleep between them"


def test_where_nothing_is_counted_key_frames_may_be_further_apart() -> None:
    """Parking and water are looked at now and then: a stream with four seconds between its key frames is slept through."""
    slow, quick = replace(SUB, token="slow", fps=8, gov=32), replace(SUB, token="quick", fps=12, gov=12)
    parking = Camera(id="a", name="A", source="onvif://cam")
    assert asked(OnvifCamera([slow, quick]), Wanted(hold_s=hold_of(parking))).taken.profile.token == "slow"
    counting = replace(parking, lines=(Line(id="a.l", camera="a", name="l", start=(0.1, 0.5), end=(0.9, 0.5)),))
    assert asked(OnvifCamera([slow, quick]), Wanted(hold_s=hold_of(counting))).taken.profile.token == "quick"


@pytest.mark.parametrize(("lazy", "hold_s", "taken"), [(True, 4.5, "slow"), (True, 1.2, "quick"), (False, 4.5, "slow")])
def test_the_choice_goes_by_how_long_this_installation_lets_a_camera_sleep(
    lazy: bool, hold_s: float, taken: str
) -> None:
    """Where everything is decoded, key frames have no say: eight pictures a second are fewer than twelve."""
    slow = replace(SUB, token="slow", uri="rtsp://127.0.0.1:554/slow", fps=8, gov=32)
    quick = replace(SUB, token="quick", uri="rtsp://127.0.0.1:554/quick", fps=12, gov=12)
    with serving(OnvifCamera([slow, quick])) as camera:
        options = SourceOptions(credentials=RIGHT, lazy=lazy, hold_s=hold_s)
        source = open_source(Camera(id="c", name="C", source=camera.address), options)
        assert isinstance(source, RtspSource)
        assert source.locate is not None
        assert source.locate().endswith(f"/{taken}")


def test_a_detector_that_looks_at_more_is_given_more() -> None:
    middle = replace(MAIN, token="middle", size=(1280, 720), fps=10)
    assert asked(OnvifCamera([MAIN, middle, SUB]), Wanted(pixels=1024 * 1024)).taken.profile.token == "middle"


def test_where_nothing_is_enough_the_best_is_taken_and_it_is_said_what_it_lacks() -> None:
    slow, small = replace(MAIN, fps=3), replace(SUB, size=(320, 180))
    offer = asked(OnvifCamera([slow, small]))
    assert offer.taken.profile.token == "sub"
    assert offer.taken.why.startswith("the best there is, though 58 kpx are less")


def test_a_profile_can_be_named_and_a_source_has_to_be_where_there_are_several() -> None:
    other = replace(SUB, token="b", source="VideoSource_2", uri="rtsp://127.0.0.1/b")
    assert asked(OnvifCamera([MAIN, SUB]), query="?profile=main").taken.why == "named in the address"
    assert asked(OnvifCamera([MAIN, SUB, other]), query="?source=VideoSource_2").taken.profile.token == "b"
    with pytest.raises(FaultError, match=r"several things look here \(VideoSource_1, VideoSource_2\)"):
        asked(OnvifCamera([MAIN, other]))
    assert code(OnvifCamera([MAIN]), query="?source=none") == "no-profile"
    assert code(OnvifCamera([MAIN]), query="?profile=none") == "no-profile"


# --- bad answers --------------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_said_and_tried_once_only() -> None:
    for digest in (False, True):
        camera = OnvifCamera([MAIN], user=("admin", "another"), digest=digest)
        assert code(camera) == "auth"
        assert camera.refused == (2 if digest else 1)  # the first of HTTP digest asks for the challenge


@pytest.mark.parametrize(
    ("camera", "fault"),
    [
        (OnvifCamera([MAIN], media1=False), "no-media"),
        (OnvifCamera([MAIN], media1=False, old=True), "refused"),
        (OnvifCamera([]), "no-profile"),
        (OnvifCamera([replace(MAIN, codec="")]), "no-profile"),
        (OnvifCamera([replace(MAIN, uri="file:///etc/passwd")]), "no-profile"),
        (OnvifCamera([replace(MAIN, uri="")]), "no-profile"),
        (OnvifCamera([replace(MAIN, size=(0, -5))]), "no-profile"),
        (OnvifCamera(raw=BOMB.encode()), "no-onvif"),
        (OnvifCamera(raw=BOMB.encode("utf-16")), "no-onvif"),
        (OnvifCamera(raw=b"<html>Welcome</html>"), "no-onvif"),
        (OnvifCamera(raw=b"\xff\xfe\x00"), "no-onvif"),
        (OnvifCamera(raw=b""), "no-onvif"),
        (OnvifCamera(raw=b"<a>" * 290_000 + b"</a>" * 290_000), "no-onvif"),
        (OnvifCamera(raw=b"<a>" * (soap.MOST_BYTES // 3 + 9)), "no-onvif"),
    ],
)
def test_each_bad_answer_has_its_own_reason(camera: OnvifCamera, fault: str) -> None:
    begin = time.monotonic()
    assert code(camera) == fault
    assert time.monotonic() - begin < 5


def test_nobody_there_and_somebody_who_says_nothing() -> None:
    with pytest.raises(FaultError, match="unreachable"):
        ask("onvif://127.0.0.1:1", RIGHT, Wanted())
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FaultError, match="timeout"):
        ask(f"onvif://127.0.0.1:{silent.getsockname()[1]}", RIGHT, Wanted())


BEGUN = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "begun", [b"", BEGUN, BEGUN + b"Content-Length: 5000\r\n\r\n", BEGUN + b"Transfer-Encoding: chunked\r\n\r\n"]
)
def test_a_camera_that_sends_a_byte_now_and_then_does_not_hold_its_reader(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soap, "LIMIT_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_drip, args=(server, begun), daemon=True)
        thread.start()
        begin = time.monotonic()
        with pytest.raises(FaultError, match="timeout"):
            ask(f"onvif://127.0.0.1:{server.getsockname()[1]}", RIGHT, Wanted())
        assert time.monotonic() - begin < 3
        thread.join(10)


def _drip(server: socket.socket, begun: bytes) -> None:
    """An answer of a byte now and then."""
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(begun)
        for _ in range(80):
            try:
                connection.sendall(b"0")
            except OSError:
                return
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("told", "used"),
    [
        ("rtsp://10.0.0.7:8554/a?b=c&d", "rtsp://192.168.1.10:8554/a?b=c&d"),
        ("rtsp://user:secret@10.0.0.7/a", "rtsp://192.168.1.10/a"),
        ("RTSPS://camera.example/a#x", "rtsps://192.168.1.10/a"),
    ],
)
def test_the_host_is_always_the_one_that_was_configured(told: str, used: str) -> None:
    assert reachable(told, "192.168.1.10") == used


@pytest.mark.parametrize(
    "told",
    ["", "http://a/b", "rtsp://a:99999/", "rtsp://a/b c", "rtsp://[a/b", "rtsp://a/" + "x" * 3000, "rtsp://a/\n"],
)
def test_what_is_no_address_of_a_stream_is_refused(told: str) -> None:
    with pytest.raises(FaultError, match="no-profile"):
        reachable(told, "192.168.1.10")


def test_services_are_asked_where_the_camera_was_reached_whatever_it_believes() -> None:
    offer = asked(OnvifCamera([replace(SUB, uri="rtsp://192.0.2.55:554/sub")], told="192.0.2.55"))
    assert (offer.stream, offer.told) == ("rtsp://127.0.0.1:554/sub", "192.0.2.55")
    with pytest.raises(FaultError):
        _path("http://a/b\r\nX: y")


@pytest.mark.parametrize(
    ("address", "parsed"),
    [
        ("onvif://10.0.0.1", OnvifAddress("10.0.0.1", 80, "/onvif/device_service")),
        ("onvif://[fe80::1]:8080/x?source=V1", OnvifAddress("fe80::1", 8080, "/x", "V1")),
        ("onvif://cam/?profile=p", OnvifAddress("cam", 80, "/onvif/device_service", "", "p")),
    ],
)
def test_an_address_is_taken_apart(address: str, parsed: OnvifAddress) -> None:
    assert OnvifAddress.parse(address) == parsed


@pytest.mark.parametrize("address", ["onvif://", "onvif://admin:rahasia@cam", "onvif://cam?channel=1"])
def test_a_camera_whose_onvif_address_is_none_is_refused_by_name(address: str) -> None:
    with pytest.raises(SourceError, match="camera c: ") as caught:
        open_source(Camera(id="c", name="C", source=address), SourceOptions())
    assert not passwords_in(str(caught.value))


# --- as a source --------------------------------------------------------------------------------------------------------


def test_a_camera_is_asked_again_and_what_it_said_last_is_tried_while_it_is_silent() -> None:
    with serving(OnvifCamera([SUB], ahead=timedelta(hours=1))) as camera, capture_logs() as logs:
        stream = OnvifStream(camera.address, "c", RIGHT)
        assert stream() == stream() == "rtsp://127.0.0.1:554/sub"
        camera.profiles = [replace(SUB, uri="rtsp://10.9.9.9:8554/new")]
        assert stream() == "rtsp://127.0.0.1:8554/new"
        camera.raw = b"busy"
        assert stream() == "rtsp://127.0.0.1:8554/new"
        camera.raw, camera.user = None, ("admin", "changed")
        with pytest.raises(FaultError, match="auth"):
            stream()
    assert [entry["event"] for entry in logs] == ["onvif.profile", "onvif.profile", "onvif.other_host", "onvif.silent"]
    assert logs[0]["why"] == "the only one that is enough"
    assert not passwords_in(repr(logs) + repr(stream))


@pytest.mark.rtsp
def test_frames_of_the_small_stream_come_and_a_new_address_is_found_at_reconnect(
    rtsp_server: Callable[..., RtspServer], tmp_path: Path
) -> None:
    clip = stream_clip(tmp_path)
    server = rtsp_server({"sub": clip, "moved": clip}, "admin:rahasia&<1>")
    sub = replace(SUB, uri=f"rtsp://192.0.2.1:{server.port}/sub", size=(640, 360), fps=10)
    with serving(OnvifCamera([MAIN, sub])) as camera:
        source = open_source(Camera(id="c", name="C", source=camera.address), SourceOptions(credentials=RIGHT))
        items = source.samples()
        first = next(item for item in items if isinstance(item, Frame))
        assert first.size == (320, 240)
        camera.profiles = [replace(sub, uri=sub.uri.replace("/sub", "/moved"))]
        server.kill()
        assert next(item for item in items if isinstance(item, Gap)).kind == "outage"
        server.start()
        assert next(item for item in items if isinstance(item, Frame)).segment > first.segment
        source.close()
        assert isinstance(list(items)[-1], Gap)


def stream_clip(folder: Path) -> Path:
    return stream(folder / "sub.mp4", 20)


def test_a_camera_without_onvif_is_an_outage_with_that_reason() -> None:
    with serving(OnvifCamera(raw=b"<html/>")) as camera:
        source = open_source(Camera(id="c", name="C", source=camera.address), SourceOptions(credentials=RIGHT))
        for item in source.samples():
            assert isinstance(item, Gap)
            if item.kind == "outage":
                assert item.reason.startswith("no-onvif: ")
                source.close()
