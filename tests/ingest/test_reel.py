"""Pictures by number are those that a replay numbers so, however they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pantau.errors import SourceError
from pantau.ingest.clip import Clip
from pantau.ingest.file import VideoFile
from pantau.ingest.reel import Reel, open_reel
from pantau.types import EPOCH, Frame, Image

NumberOf = Callable[[Image], int]


def read(reel: Reel) -> list[tuple[int, float]]:
    return [(moment.number, round(moment.t_s, 6)) for moment in reel.scan()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(asked=st.lists(st.integers(1, 40), max_size=12), bframes=st.sampled_from([0, 2]))
def test_any_order_of_asking_gives_the_right_pictures(
    make_clip: Callable[..., Path], number_of: NumberOf, asked: list[int], bframes: int
) -> None:
    reel = open_reel(str(make_clip(bframes=bframes)))
    assert len(read(reel)) == 40
    for number in asked:
        image = reel.picture(number)
        assert image is not None
        assert number_of(image) == number
    reel.close()


@pytest.mark.parametrize("pts", [None, [0, 1, 2, 3, 9, 10, 11, 30, 31, 32], [n + 200 * (n > 5) for n in range(10)]])
def test_numbers_and_seconds_are_those_of_a_replay(make_clip: Callable[..., Path], pts: list[int] | None) -> None:
    path = make_clip(frames=10, pts=pts)
    clip = Clip(VideoFile(path), camera="k", cadence_s=0.001, start=EPOCH)
    said = [(f.index, (f.time - EPOCH).total_seconds()) for f in clip.samples() if isinstance(f, Frame)]
    reel = open_reel(str(path))
    assert read(reel) == [(number, round(t_s, 6)) for number, t_s in said]
    assert [reel.picture(n) is not None for n in (10, 1, 7)] == [True] * 3


def test_a_folder_is_read_by_number_and_broken_pictures_are_none(tmp_path: Path, square: Callable[..., Image]) -> None:
    for n in range(1, 9):
        cv2.imwrite(str(tmp_path / f"{n}.png"), square(n))
    (tmp_path / "5.png").write_bytes(b"broken")
    reel = open_reel(str(tmp_path), source_fps=4)
    assert read(reel)[2] == (3, 0.5)
    assert [reel.picture(n) is None for n in (4, 5, 6, 1)] == [False, True, False, False]
    with pytest.raises(SourceError, match="picture 9 is not known"):
        reel.picture(9)


def test_a_camera_is_no_recording() -> None:
    with pytest.raises(SourceError, match="expected a recording"):
        open_reel("rtsp://127.0.0.1/x")
