"""The running decoder: numbers that are always wrong, and what is left in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import av
import pytest

from pantau.ingest.decode import media_s, picture_stream
from pantau.ingest.running import DOUBT, RunningDecoder
from tests.made_streams import FPS, nothing, stream
from tests.raw_camera import units

GROUP = 5


@pytest.mark.parametrize("every", [1, 2], ids=["each group", "every second group"])
def test_numbers_that_are_wrong_in_every_group_are_not_believed_for_ever(tmp_path: Path, every: int) -> None:
    groups = DOUBT + 10
    sent = units(stream(tmp_path / "made.mp4", groups * GROUP // 10, nothing, gop=GROUP))
    raw = tmp_path / "torn.h264"
    came = [unit for n, unit in enumerate(sent) if n % GROUP != 3 or n // GROUP % every]
    raw.write_bytes(b"".join(b"\0\0\0\1" + nal for unit in came for nal in unit.nals))
    dropped: Counter[str] = Counter()
    with av.open(str(raw)) as container:
        video = picture_stream(container, "torn")
        decoder = RunningDecoder(video, dropped)
        given = sum(1 for packet in container.demux(video) for _ in decoder.feed(packet))
    assert given + dropped["broken"] == len(came)
    assert dropped["broken"] == (DOUBT if every == 1 else groups / 2)


def test_what_a_decoder_still_has_when_it_is_emptied_comes_with_its_times(tmp_path: Path) -> None:
    with av.open(str(stream(tmp_path / "made.mp4", 2, nothing, b_frames=2))) as container:
        video = picture_stream(container, "made")
        decoder, given, fed = RunningDecoder(video, Counter()), list[float | None](), 0
        for fed, packet in enumerate(container.demux(video), 1):
            given += [media_s(frame) for frame in decoder.feed(packet)]
            if fed == 10:
                break
        late = [media_s(frame) for frame in decoder.drain()]
    assert late
    assert given + late == pytest.approx([number / FPS for number in range(fed)], abs=0.11)
