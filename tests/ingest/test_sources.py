"""Which reader fits which address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from pantau.errors import SourceError
from pantau.ingest.fake import FakeSource, fake_frames
from pantau.ingest.rtsp import RtspSource
from pantau.ingest.sources import SourceOptions, kind_of, open_source, probe
from pantau.places import Camera
from pantau.ports import Source
from pantau.types import Frame, Gap, Image

START = datetime(2026, 1, 1, tzinfo=UTC)


def camera(source: str, fps: float = 5.0) -> Camera:
    return Camera(id="c", name="C", source=source, fps=fps)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("clip.mp4", "file"),
        ("/no/such/clip.mp4", "file"),
        ("file:///no/such/clip.mp4", "file"),
        (".", "folder"),
        ("rtsp://10.0.0.1/1", "rtsp"),
        ("RTSP://10.0.0.1/1", "rtsp"),
        ("https://example.org/live.m3u8", "https"),
        ("gopher://example.org/", "gopher"),
    ],
)
def test_the_kind_of_an_address_is_its_scheme_or_what_lies_there(address: str, kind: str) -> None:
    assert kind_of(address) == kind


@pytest.mark.parametrize("spelling", ["{}", "file://{}"])
def test_a_file_is_read_at_the_cadence_of_its_camera(spelling: str, make_clip: Callable[..., Path]) -> None:
    path = make_clip(frames=20, fps=10, name="a clip.mp4")
    source = open_source(camera(spelling.format(path)), SourceOptions(start=START))
    assert [item.index for item in source.samples() if isinstance(item, Frame)] == [*range(1, 20, 2)]
    assert probe(spelling.format(path)).frames == 20


def test_a_folder_is_read_at_the_rate_given(tmp_path: Path, square: Callable[..., Image]) -> None:
    for number in range(1, 5):
        cv2.imwrite(str(tmp_path / f"{number}.jpg"), square(number))
    source = open_source(camera(str(tmp_path)), SourceOptions(start=START, source_fps=10))
    assert [item.index for item in source.samples() if isinstance(item, Frame)] == [1, 3]
    assert probe(str(tmp_path), source_fps=10).frames == 4


def test_a_folder_without_its_rate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="--source-fps"):
        open_source(camera(str(tmp_path)), SourceOptions(start=START))


def test_a_recording_without_its_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"camera c: .* say when it begins"):
        open_source(camera(str(tmp_path / "clip.mp4")), SourceOptions())


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(
        SourceError,
        match="no reader for addresses of kind 'gopher'; known are file, folder, http, https, onvif, rtsp, rtsps",
    ):
        open_source(camera("gopher://example.org/"), SourceOptions())


def test_a_camera_on_the_network_gets_its_credentials_and_cadence() -> None:
    source = open_source(camera("rtsp://10.0.0.1/1", fps=4), SourceOptions(credentials=("admin", "hunter2")))
    assert isinstance(source, RtspSource)
    assert (source.cadence_s, source.credentials) == (0.25, ("admin", "hunter2"))
    assert "hunter2" not in repr(source)


def test_probing_a_camera_that_is_not_there_says_so() -> None:
    with pytest.raises(SourceError, match="unreachable: "):
        probe("rtsp://127.0.0.1:1/x")


def test_the_fake_gives_its_script_and_an_end() -> None:
    script = fake_frames("c", START, 3)
    source = FakeSource(script, {"late": 2})
    assert isinstance(source, Source)
    assert list(source.samples()) == [*script, Gap("c", script[-1].time, "end", "end of script")]
    assert source.dropped == {"late": 2}


def test_the_fake_stops_when_it_is_closed() -> None:
    source = FakeSource(fake_frames("c", START, 3))
    given = []
    for item in source.samples():
        given.append(item)
        source.close()
    assert [item.kind if isinstance(item, Gap) else item.index for item in given] == [1, "end"]
    assert source.closed


def test_credentials_are_not_shown_with_the_options() -> None:
    assert "hunter2" not in repr(SourceOptions(credentials=("admin", "hunter2")))
