"""Live streams that are broken on the way: what can be read is read, and what can't is an outage that says why, never a silence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pantau.ingest import rtsp as rtsp_module
from pantau.ingest.rtsp import RtspSource
from pantau.types import Frame, Gap
from tests.made_streams import Draw, nothing, passing, stream
from tests.raw_camera import RawCamera, Unit, units

pytestmark = pytest.mark.slow
Watch = Callable[[Sequence[Sequence[Unit]], bool, float], tuple[list[Frame | Gap], RtspSource, RawCamera]]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """A function that watches what is sent to the first viewer, to the second …, until its pictures span as many seconds."""
    with_open: list[RawCamera] = []

    def run(
        sent: Sequence[Sequence[Unit]], lazy: bool, until_s: float
    ) -> tuple[list[Frame | Gap], RtspSource, RawCamera]:
        camera = RawCamera(lambda viewer: sent[min(viewer, len(sent)) - 1])
        with_open.append(camera)
        source = RtspSource(camera.url, camera="c", cadence_s=0.2, lazy=lazy, clock=steady)
        found = list[Frame | Gap]()
        with closing(source):
            for item in source.samples():
                found.append(item)
                times = [one.time for one in found if isinstance(one, Frame)]
                if times and (times[-1] - times[0]).total_seconds() >= until_s:
                    source.close()
        return found, source, camera

    yield run
    for camera in with_open:
        camera.close()


def steady() -> datetime:
    """A clock that nobody sets while a test runs."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=time.monotonic())


def made(tmp_path: Path, seconds: int, gop: int = 20, draw: Draw = nothing, b_frames: int = 0) -> list[Unit]:
    return units(stream(tmp_path / "made.mp4", seconds, draw, gop=gop, b_frames=b_frames))


def gaps(found: Sequence[Frame | Gap]) -> list[tuple[str, str]]:
    """Kind and code of each gap but the last, which is the end."""
    return [(one.kind, one.reason.split(":")[0]) for one in found[:-1] if isinstance(one, Gap)]


def steps(found: Sequence[Frame | Gap]) -> list[float]:
    """Seconds between pictures."""
    times = [one.time for one in found if isinstance(one, Frame)]
    return [(b - a).total_seconds() for a, b in pairwise(times)]


def garbled(unit: Unit) -> Unit:
    """Its slices say nonsense."""
    return replace(unit, nals=tuple(nal[:2] + bytes(byte ^ 0x5A for byte in nal[2:]) for nal in unit.nals))


def headless(unit: Unit) -> Unit:
    """Its slices end after their headers."""
    return replace(unit, nals=tuple(nal[:12] for nal in unit.nals))


@pytest.mark.parametrize("fault", ["references are broken", "stamps stand still"])
def test_a_camera_that_sends_and_shows_nothing_is_away_says_why_and_is_asked_anew(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    monkeypatch.setattr(rtsp_module, "BLIND_S", 2.0)
    sent = made(tmp_path, 8, gop=70)
    if fault == "stamps stand still":
        bad, code = [replace(one, stamp_s=min(one.stamp_s, 2.0)) for one in sent], "stamps"
    else:
        bad, code = [one if one.sent_s < 2.0 else garbled(one) for one in sent], "no-pictures"
    found, source, camera = watch((bad, sent), False, 8.0)
    assert ("outage", code) in gaps(found)
    assert camera.viewers == source.connections == 2
    first = next(n for n, one in enumerate(found) if isinstance(one, Gap))
    before, after = found[first - 1], next(one for one in found[first:] if isinstance(one, Frame))
    assert 0 <= (found[first].time - before.time).total_seconds() <= 0.2, "since when, not when it was noticed"
    assert after.segment == 1


@pytest.mark.parametrize("from_s", [0.0, 2.0])
def test_stamps_that_stand_still_for_good_are_one_outage_and_then_the_time_of_arrival_holds(
    from_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    monkeypatch.setattr(rtsp_module, "BLIND_S", 2.0)
    still = [replace(one, stamp_s=min(one.stamp_s, from_s)) for one in made(tmp_path, 12, gop=10)]
    found, source, _ = watch((still,), True, 9.0)
    assert gaps(found) == [("outage", "stamps")]
    assert (source.connections, source.clock_steps) == (2, 0)
    after = found[next(n for n, one in enumerate(found) if isinstance(one, Gap)) :]
    assert sum(steps(after)) / len(steps(after)) == pytest.approx(0.2, abs=0.05)


def test_who_is_lost_after_stamps_that_stood_still_is_believed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    monkeypatch.setattr(rtsp_module, "BLIND_S", 2.0)
    sent = made(tmp_path, 8, gop=10)
    still = [replace(one, stamp_s=0.0) for one in sent]
    with capture_logs() as logs:
        found, _, _ = watch((still, [one if one.sent_s < 2.0 else garbled(one) for one in still], sent), True, 9.0)
    assert gaps(found) == [("outage", "stamps"), ("outage", "no-pictures")]
    assert [one["clock"] for one in logs if one["event"] == "stream.connected"] == ["stamps", "arrival", "stamps"]


def test_a_camera_that_begins_to_send_another_codec_is_away_and_is_asked_what_it_sends(
    tmp_path: Path, make_clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    monkeypatch.setattr(rtsp_module, "BLIND_S", 2.0)
    hevc = units(make_clip(80, codec="libx265"))
    turned = [replace(one, sent_s=one.sent_s + 2, stamp_s=one.stamp_s + 2) for one in hevc]
    found, source, camera = watch(([*made(tmp_path, 2), *turned], hevc), True, 7.0)
    assert gaps(found) == [("outage", "no-pictures")]
    assert camera.viewers == source.connections == 2
    assert [one.size for one in found if isinstance(one, Frame)][-1] == (160, 120)


def test_a_camera_without_a_key_frame_is_away_and_is_asked_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    monkeypatch.setattr(rtsp_module, "BLIND_S", 1.0)
    sent = made(tmp_path, 12)
    found, _, camera = watch(([one for one in sent if not one.key], sent), False, 0.5)
    assert set(gaps(found)) == {("outage", "no-pictures")}
    assert camera.viewers == 2


@pytest.mark.parametrize(
    ("damage", "lazy"), [("never came", False), ("garbled", False), ("undecodable", False), ("never came", True)]
)
def test_a_bad_picture_takes_along_those_that_are_predicted_from_it_and_no_other(
    damage: str, lazy: bool, tmp_path: Path, watch: Watch
) -> None:
    """Of a sleeper, who has learned for eight seconds, the group is held, and decoded because somebody passes in it."""
    bad_at, until_s = (93, 10.9) if lazy else (33, 4.5)
    sent = made(tmp_path, round(until_s + 1), gop=10, draw=passing(bad_at - 1, bad_at + 25))
    bad = {"never came": [], "garbled": [garbled(sent[bad_at])], "undecodable": [headless(sent[bad_at])]}[damage]
    found, source, _ = watch(([*sent[:bad_at], *bad, *sent[bad_at + 1 :]],), lazy, until_s)
    assert [step for step in steps(found) if step > 0.3] == [pytest.approx(0.8, abs=0.11)]
    assert source.dropped["broken"] == 6 + len(bad)
    assert gaps(found) == []
    assert any(one.quiet for one in found if isinstance(one, Frame)) == lazy


def test_in_a_stream_with_b_frames_those_around_the_lost_one_go_with_it(tmp_path: Path, watch: Watch) -> None:
    sent = made(tmp_path, 6, draw=passing(10, 60), b_frames=3)
    (place, lost) = next((n, one) for n, one in enumerate(sent) if n > 25 and one.stamp_s > sent[n - 1].stamp_s + 0.3)
    key_s = next(one.stamp_s for one in sent[place:] if one.key)
    found, source, _ = watch((sent[:place] + sent[place + 1 :],), False, 5.0)
    seen = [one.media_s + sent[0].stamp_s for one in found if isinstance(one, Frame)]
    before, after = [s for s in seen if s < lost.stamp_s], [s for s in seen if s >= lost.stamp_s - 0.01]
    assert after[0] == pytest.approx(key_s, abs=0.11)
    assert lost.stamp_s - 0.9 < before[-1] < lost.stamp_s - 0.3
    pictures = sum(not one.key for one in sent[place + 1 : next(n for n in range(place, len(sent)) if sent[n].key)])
    assert pictures <= source.dropped["broken"] <= pictures + 3, "and the few that the decoder still held"


def test_a_lost_key_frame_takes_its_whole_group_along(tmp_path: Path, watch: Watch) -> None:
    sent = made(tmp_path, 8, gop=20)
    found, source, _ = watch(([one for n, one in enumerate(sent) if n != 20],), False, 5.0)
    assert [step for step in steps(found) if step > 0.3] == [pytest.approx(2.1, abs=0.11)]
    assert 15 <= source.dropped["broken"] <= 19, "FFmpeg keeps some to itself"


def test_of_h265_ffmpeg_itself_gives_out_nothing_that_is_predicted_from_a_lost_picture(
    make_clip: Callable[..., Path], watch: Watch
) -> None:
    sent = units(make_clip(60, codec="libx265"))
    key_s = next(one.stamp_s for one in sent[24:] if one.key)
    found, _, _ = watch(([one for n, one in enumerate(sent) if n != 23],), False, 5.0)
    assert [step for step in steps(found) if step > 0.3] == [pytest.approx(key_s - sent[22].stamp_s, abs=0.11)]


@pytest.mark.parametrize("lazy", [False, True], ids=["whole", "lazy"])
@pytest.mark.parametrize("by_s", [100.0, -100.0])
def test_stamps_that_leap_lose_no_picture_of_before_and_are_no_outage(
    by_s: float, lazy: bool, tmp_path: Path, watch: Watch
) -> None:
    """Of a sleeper the packets of before the leap are decoded or given out after it."""
    leapt = [replace(one, stamp_s=one.stamp_s + (by_s if one.sent_s > 6.75 else 0)) for one in made(tmp_path, 11, 5)]
    found, source, _ = watch((leapt,), lazy, 9.0)
    assert ("outage", "clock") not in gaps(found)
    assert max(steps(found)) < 0.7
    assert source.dropped["disorder"] == 0
    assert any(one.quiet for one in found if isinstance(one, Frame)) == lazy


def test_stamps_that_leap_in_a_stream_with_b_frames_put_no_picture_into_the_future(
    tmp_path: Path, watch: Watch
) -> None:
    """Their pictures leap some packets before the order of decoding does; one a minute ahead made all that came in that minute too late."""
    sent = made(tmp_path, 12, gop=10, b_frames=3)
    found, _, _ = watch(
        ([replace(one, stamp_s=one.stamp_s + (50 if one.sent_s > 4.35 else 0)) for one in sent],), False, 8.0
    )
    assert gaps(found) == []
    assert max(steps(found)) < 2.5


def test_stamps_that_jump_back_are_a_seam_and_no_picture_waits_for_the_next_key_frame(
    tmp_path: Path, watch: Watch
) -> None:
    back = [replace(one, stamp_s=one.stamp_s - (1.7 if one.sent_s > 3.0 else 0)) for one in made(tmp_path, 8, gop=75)]
    found, _, _ = watch((back,), False, 5.0)
    assert gaps(found) == [("seam", "clock")]
    assert max(steps(found)) < 0.7


def test_another_resolution_midway_is_read_on(tmp_path: Path, make_clip: Callable[..., Path], watch: Watch) -> None:
    small, large = (units(make_clip(30, size=size, name=f"{size[0]}.mp4")) for size in ((160, 120), (320, 240)))
    sent = [*small, *(replace(one, sent_s=one.sent_s + 3, stamp_s=one.stamp_s + 3) for one in large)]
    found, source, _ = watch((sent,), True, 5.0)
    sizes = [one.size for one in found if isinstance(one, Frame)]
    assert sizes == sorted(sizes), "none of the old size after the first of the new"
    assert sizes.count((160, 120)) >= 13, "of three seconds, five a second"
    assert sizes.count((320, 240)) >= 5
    assert source.connections == 1
