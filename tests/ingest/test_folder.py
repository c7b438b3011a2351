"""Folders of numbered pictures as cameras."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import pytest

from pantau.errors import SourceError
from pantau.ingest.clip import Clip
from pantau.ingest.decode import Probe
from pantau.ingest.folder import PictureFolder, probe_folder
from pantau.types import Frame, Image

START = datetime(2026, 1, 1, tzinfo=UTC)


def frames(folder: Path, cadence_s: float = 0.1) -> tuple[Clip, list[Frame]]:
    source = Clip(PictureFolder(folder, 10), camera="c", cadence_s=cadence_s, start=START)
    return source, [item for item in source.samples() if isinstance(item, Frame)]


def test_pictures_come_in_natural_order_with_the_numbers_of_their_files(
    tmp_path: Path, square: Callable[..., Image], number_of: Callable[[Image], int]
) -> None:
    for number in range(1, 13):
        cv2.imwrite(str(tmp_path / f"{number}.png"), square(number))
    (tmp_path / "Thumbs.db").write_bytes(b"?")
    source, given = frames(tmp_path, cadence_s=0.2)
    assert [frame.index for frame in given] == [1, 3, 5, 7, 9, 11]
    assert [number_of(frame.image) for frame in given] == [1, 3, 5, 7, 9, 11]
    assert given[-1].time == START + timedelta(seconds=1)
    assert source.dropped["cadence"] == 6


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 no picture"])
def test_an_unreadable_picture_keeps_its_number_and_is_counted(
    content: bytes, tmp_path: Path, square: Callable[..., Image]
) -> None:
    for number in (1, 3):
        cv2.imwrite(str(tmp_path / f"{number:06}.jpg"), square(number))
    (tmp_path / "000002.jpg").write_bytes(content)
    source, given = frames(tmp_path)
    assert [frame.index for frame in given] == [1, 3]
    assert source.dropped["broken"] == 1


def test_pictures_may_differ_in_size(tmp_path: Path, square: Callable[..., Image]) -> None:
    cv2.imwrite(str(tmp_path / "1.jpg"), square(1))
    cv2.imwrite(str(tmp_path / "2.jpg"), square(2, width=320, height=240))
    assert [frame.size for frame in frames(tmp_path)[1]] == [(160, 120), (320, 240)]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected numbered JPEG or PNG pictures, found none"):
        frames(tmp_path)


def test_a_folder_of_unreadable_pictures_is_refused(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_bytes(b"nothing")
    with pytest.raises(SourceError, match="not one picture"):
        frames(tmp_path, cadence_s=0.2)
    with pytest.raises(SourceError, match="none of its 4 pictures"):
        probe_folder(tmp_path, 10)


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(fps: float, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="pictures a second"):
        PictureFolder(tmp_path, fps)


def test_a_probe_tells_what_is_in_the_folder(tmp_path: Path, square: Callable[..., Image]) -> None:
    (tmp_path / "0.jpg").write_bytes(b"")
    for number in (1, 2, 3):
        cv2.imwrite(str(tmp_path / f"{number}.jpg"), square(number))
    assert probe_folder(tmp_path, 8) == Probe(160, 120, 8, "jpg", 0.5, 4)
