"""Video files that are not what they should be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pantau.errors import SourceError
from pantau.ingest.clip import Clip
from pantau.ingest.decode import Probe
from pantau.ingest.encode import encode_h264
from pantau.ingest.file import VideoFile, probe_file
from pantau.types import Frame, Image


def source(path: Path) -> Clip:
    return Clip(VideoFile(path), camera="c", cadence_s=0.1, start=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "found nothing"),
        (b"", "is empty"),
        (b"not a video at all\n" * 99, "can't be read as one"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "can't be read as one"),
    ],
)
def test_what_is_no_video_is_refused_with_its_name(content: bytes | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=says) as caught:
        list(source(path).samples())
    assert str(path) in str(caught.value)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found a folder"):
        list(source(tmp_path).samples())


def test_a_clip_with_sound_only_is_refused(make_sound: Callable[[], Path]) -> None:
    with pytest.raises(SourceError, match="expected a picture stream, found only audio"):
        list(source(make_sound()).samples())


def test_a_truncated_clip_gives_what_is_there(
    make_clip: Callable[..., Path], number_of: Callable[[Image], int]
) -> None:
    whole = make_clip(frames=40, name="whole.ts")
    cut = whole.with_name("cut.ts")
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    frames = [item for item in source(cut).samples() if isinstance(item, Frame)]
    assert 10 <= len(frames) < 40
    assert [number_of(frame.image) for frame in frames] == list(range(1, len(frames) + 1))


def test_damage_in_the_middle_is_counted_and_the_rest_is_used(make_clip: Callable[..., Path]) -> None:
    path = make_clip(frames=40)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + len(data) // 3
    data[start : start + 60] = bytes(60)
    path.write_bytes(bytes(data))
    reader = source(path)
    frames = [item for item in reader.samples() if isinstance(item, Frame)]
    assert reader.dropped["broken"] > 0
    assert 20 <= len(frames) < 40


def test_a_resolution_that_changes_in_the_middle_is_followed(make_clip: Callable[..., Path]) -> None:
    small = make_clip(frames=10, name="small.h264")
    large = make_clip(frames=10, size=(320, 240), name="large.h264")
    both = small.with_name("both.h264")
    both.write_bytes(small.read_bytes() + large.read_bytes())
    sizes = [item.size for item in source(both).samples() if isinstance(item, Frame)]
    assert sizes[0] == (160, 120)
    assert sizes[-1] == (320, 240)
    assert len(sizes) >= 8  # raw H.264 names no rate, so that some frames share a slot


@pytest.mark.parametrize(
    ("codecs", "says"),
    [(("libx264", "libx265"), "expected h264, found hevc"), (("libx265", "libx264"), "expected hevc, found h264")],
)
def test_a_codec_that_changes_in_the_middle_is_said_by_name(
    codecs: tuple[str, str], says: str, make_clip: Callable[..., Path]
) -> None:
    first, then = (make_clip(frames=150, codec=codec, name=f"{codec}.ts") for codec in codecs)
    both = first.with_name("both.ts")
    both.write_bytes(first.read_bytes() + then.read_bytes())
    with pytest.raises(SourceError, match=rf"both.ts, after 1[45]\d pictures: {says}"):
        list(source(both).samples())


def test_a_clip_whose_every_packet_is_damaged_is_refused(make_clip: Callable[..., Path]) -> None:
    path = make_clip(frames=10)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    data[start:end] = b"\xff" * (end - start)
    path.write_bytes(bytes(data))
    with pytest.raises(SourceError, match="not one picture"):
        list(source(path).samples())


def test_a_probe_tells_size_rate_codec_and_length(make_clip: Callable[..., Path]) -> None:
    assert probe_file(make_clip(frames=25, fps=10)) == Probe(160, 120, 10.0, "h264", 2.5, 25)


def test_a_probe_of_sound_is_refused(make_sound: Callable[[], Path]) -> None:
    with pytest.raises(SourceError, match="only audio"):
        probe_file(make_sound())


def test_encoding_keeps_every_frame_and_tells_how_far_it_is(
    make_clip: Callable[..., Path], number_of: Callable[[Image], int], tmp_path: Path
) -> None:
    told: list[tuple[int, int | None]] = []
    target = tmp_path / "out" / "camera.mp4"
    target.parent.mkdir()
    assert encode_h264(make_clip(frames=20, bframes=2), target, progress=lambda *step: told.append(step)) == 20
    assert told[-1] == (20, 20)
    assert probe_file(target) == Probe(160, 120, 10.0, "h264", 2.0, 20)
    frames = [item for item in source(target).samples() if isinstance(item, Frame)]
    assert [number_of(frame.image) for frame in frames] == list(range(1, 21))
    assert list(target.parent.iterdir()) == [target]


def test_an_encoding_that_fails_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.avi"
    broken.write_bytes(b"RIFF")
    with pytest.raises(SourceError):
        encode_h264(broken, tmp_path / "camera.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.avi"]
