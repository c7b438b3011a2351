"""What every `Source` keeps, whatever it reads. To check a source of your own, add a function that makes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from pantau.ingest.encode import encode_h264
from pantau.ingest.fake import FakeSource, fake_frames
from pantau.ingest.sources import SourceOptions, open_source
from pantau.places import Camera
from pantau.ports import Source
from pantau.types import Frame, Gap

START = datetime(2026, 1, 1, tzinfo=UTC)
CADENCE_S = 0.2
CAMERA = Camera(id="c", name="C", source="", fps=1 / CADENCE_S)
OPTIONS = SourceOptions(start=START, source_fps=10)


def fake(folder: Path) -> Source:
    del folder
    return FakeSource([*fake_frames("c", START, 20, cadence_s=CADENCE_S)])


def pictures(folder: Path) -> Source:
    for number in range(40):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((48, 64, 3), number, np.uint8))
    return open_source(replace(CAMERA, source=str(folder)), OPTIONS)


def file(folder: Path) -> Source:
    raw = str(folder / "raw.avi")
    writer = cv2.VideoWriter(raw, cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for number in range(40):
        writer.write(np.full((48, 64, 3), number, np.uint8))
    writer.release()
    encode_h264(Path(raw), folder / "clip.mp4")
    return open_source(replace(CAMERA, source=str(folder / "clip.mp4")), OPTIONS)


def looped(folder: Path) -> Source:
    file(folder)
    return open_source(replace(CAMERA, source=str(folder / "clip.mp4")), replace(OPTIONS, loop=True))


def nobody(folder: Path) -> Source:
    del folder
    return open_source(replace(CAMERA, source="rtsp://127.0.0.1:1/x"), OPTIONS)


@pytest.fixture(params=[fake, pictures, file, looped, nobody])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    make: Callable[[Path], Source] = request.param
    return make(tmp_path)


def read(source: Source, most: int = 45) -> list[Frame | Gap]:
    """All items of a source that ends; of one that does not, those until it is closed after `most` or an outage."""
    items = []
    for item in source.samples():
        items.append(item)
        if len(items) == most or (isinstance(item, Gap) and item.kind == "outage"):
            source.close()
            source.close()
    return items


def test_it_is_a_source(source: Source) -> None:
    assert isinstance(source, Source)


def test_the_last_item_and_no_other_is_an_end(source: Source) -> None:
    items = read(source)
    assert [isinstance(item, Gap) and item.kind == "end" for item in items] == [False] * (len(items) - 1) + [True]
    assert all(item.reason for item in items if isinstance(item, Gap))


def test_times_rise_and_belong_to_its_camera(source: Source) -> None:
    items = read(source)
    frames = [item for item in items if isinstance(item, Frame)]
    assert {item.camera for item in items} == {"c"}
    assert [item.time for item in items] == sorted(item.time for item in items)
    assert len({frame.time for frame in frames}) == len(frames)
    assert all(a.index < b.index for a, b in pairwise(frames))


def test_the_segment_changes_where_there_was_a_gap_and_only_there(source: Source) -> None:
    segment: int | None = None
    gap = False
    for item in read(source):
        if isinstance(item, Gap):
            gap = True
        else:
            assert segment is None or (item.segment > segment) == gap
            segment, gap = item.segment, False


def test_media_time_runs_with_capture_time_within_a_segment(source: Source) -> None:
    first: dict[int, Frame] = {}
    for item in read(source):
        if isinstance(item, Frame):
            start = first.setdefault(item.segment, item)
            assert item.media_s - start.media_s == pytest.approx((item.time - start.time).total_seconds(), abs=1e-5)


def test_it_gives_no_more_than_the_cadence_asked(source: Source) -> None:
    frames = [item for item in read(source) if isinstance(item, Frame)]
    for segment in {frame.segment for frame in frames}:
        mine = [frame for frame in frames if frame.segment == segment]
        assert len(mine) - 1 <= mine[-1].media_s / CADENCE_S + 1


def test_pictures_can_not_be_written_to(source: Source) -> None:
    for item in read(source):
        if isinstance(item, Frame):
            with pytest.raises(ValueError, match="read-only"):
                item.image[0, 0] = 1


def test_what_was_not_given_out_is_counted(source: Source) -> None:
    read(source)
    assert all(count >= 0 for count in source.dropped.values())
    if not isinstance(source, FakeSource):
        assert {"cadence", "late", "broken"} <= set(source.dropped)


def test_a_source_that_was_closed_before_gives_an_end_only(source: Source) -> None:
    source.close()
    assert [item.kind if isinstance(item, Gap) else "frame" for item in source.samples()] in (["end"], [])
