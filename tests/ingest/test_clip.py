"""Files and folders as cameras: times, cadence, pace, loops and bad input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.errors import DataError, SourceError
from pantau.ingest.clip import BEHIND_S, Clip, Pace, Shot
from pantau.ingest.file import VideoFile
from pantau.ports import Source
from pantau.types import Frame, Gap, Image

START = datetime(2026, 1, 31, 7, 0, tzinfo=UTC)
BLACK = np.zeros((4, 4, 3), np.uint8)


class FakeClock:
    """A clock that moves when somebody sleeps or says so."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class FakeFootage:
    """Shots at the given seconds of the clip's own clock; None has no PTS, a negative picture number is unreadable."""

    name = "fake"
    gated: Mapping[str, int] = MappingProxyType({})

    def __init__(self, *clock_s: float | None, frame_s: float = 0.1, unreadable: frozenset[int] = frozenset()) -> None:
        self.clock_s = clock_s
        self.frame_s = frame_s
        self.unreadable = unreadable

    def shots(self, dropped: MutableMapping[str, int]) -> Iterator[Shot]:
        for number, clock_s in enumerate(self.clock_s, 1):
            yield Shot(clock_s, (lambda: None) if number in self.unreadable else BLACK.copy)


def clip(
    footage: FakeFootage | VideoFile,
    *,
    cadence_s: float = 0.1,
    pace: Pace = "fast",
    loop: bool = False,
    clock: FakeClock,
) -> Clip:
    return Clip(
        footage, camera="c", cadence_s=cadence_s, start=START, pace=pace, loop=loop, clock=clock, sleep=clock.sleep
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def frames(items: list[Frame | Gap]) -> list[Frame]:
    return [item for item in items if isinstance(item, Frame)]


def gaps(items: list[Frame | Gap]) -> list[Gap]:
    return [item for item in items if isinstance(item, Gap)]


def tenths(items: Sequence[Frame | Gap]) -> list[int]:
    """Capture times in tenths of a second since the start."""
    return [round((item.time - START).total_seconds() * 10) for item in items]


def test_a_clip_is_a_source(clock: FakeClock) -> None:
    assert isinstance(clip(FakeFootage(0.0), clock=clock), Source)


def test_a_start_without_zone_is_refused(clock: FakeClock) -> None:
    with pytest.raises(DataError, match="timezone-aware"):
        Clip(FakeFootage(0.0), camera="c", cadence_s=0.2, start=datetime(2026, 1, 1))  # noqa: DTZ001 the point of it


def test_every_second_frame_of_ten_a_second_is_taken_for_five_a_second(
    make_clip: Callable[..., Path], number_of: Callable[[Image], int], clock: FakeClock
) -> None:
    source = clip(VideoFile(make_clip(frames=20, fps=10)), cadence_s=0.2, clock=clock)
    items = list(source.samples())
    assert tenths(items) == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]
    assert [frame.index for frame in frames(items)] == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]
    assert [number_of(frame.image) for frame in frames(items)] == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]
    assert gaps(items) == [Gap("c", START + timedelta(seconds=2), "end", "ended: end of the clip")]
    assert source.dropped == {"cadence": 10, "late": 0, "broken": 0, "disorder": 0}


def test_frames_come_in_the_order_shown_though_the_clip_has_b_frames(
    make_clip: Callable[..., Path], number_of: Callable[[Image], int], clock: FakeClock
) -> None:
    items = list(clip(VideoFile(make_clip(frames=20, bframes=2)), clock=clock).samples())
    assert [number_of(frame.image) for frame in frames(items)] == list(range(1, 21))
    assert tenths(items) == list(range(21))


def test_media_time_counts_from_the_first_shot(clock: FakeClock) -> None:
    items = list(clip(FakeFootage(7.0, 7.1, 7.2), clock=clock).samples())
    assert tenths(items) == [0, 1, 2, 3]
    assert [round(frame.media_s, 6) for frame in frames(items)] == [0, 0.1, 0.2]


def test_missing_pts_fall_back_on_the_frame_rate_and_are_counted(clock: FakeClock) -> None:
    source = clip(FakeFootage(None, None, 0.2, None), clock=clock)
    assert tenths(list(source.samples())) == [0, 1, 2, 3, 4]
    assert source.clock_faults["no_pts"] == 3


def test_a_clock_that_jumps_back_starts_a_new_segment_and_time_goes_on(clock: FakeClock) -> None:
    source = clip(FakeFootage(50.0, 50.1, 3.0, 3.1), clock=clock)
    items = list(source.samples())
    assert [frame.segment for frame in frames(items)] == [0, 0, 1, 1]
    assert [item.kind for item in gaps(items)] == ["seam", "end"]
    assert tenths(items) == [0, 1, 2, 2, 3, 4]
    assert source.clock_faults["jump_back"] == 1


def test_a_shot_slightly_out_of_order_is_dropped(clock: FakeClock) -> None:
    source = clip(FakeFootage(0.0, 0.2, 0.1, 0.2, 0.3), clock=clock)
    assert tenths(list(source.samples())) == [0, 2, 3, 4]
    assert source.dropped["disorder"] == 2


def test_a_hole_in_the_recording_is_an_outage_of_its_length(clock: FakeClock) -> None:
    items = list(clip(FakeFootage(0.0, 0.1, 60.0), clock=clock).samples())
    assert [(gap.kind, gap.reason.split(":")[0]) for gap in gaps(items)] == [("outage", "hole"), ("end", "ended")]
    assert tenths(items) == [0, 1, 2, 600, 601]


def test_an_unreadable_picture_is_counted_and_skipped(clock: FakeClock) -> None:
    source = clip(FakeFootage(0.0, 0.1, 0.2, unreadable=frozenset({2})), clock=clock)
    assert tenths(list(source.samples())) == [0, 2, 3]
    assert source.dropped["broken"] == 1


@pytest.mark.parametrize("footage", [FakeFootage(), FakeFootage(0.0, 0.05, unreadable=frozenset({1, 2}))])
def test_footage_without_one_readable_picture_is_an_error(footage: FakeFootage, clock: FakeClock) -> None:
    with pytest.raises(SourceError, match="not one picture of fake"):
        list(clip(footage, clock=clock).samples())


def test_real_pace_gives_each_frame_when_its_moment_has_come(clock: FakeClock) -> None:
    began = clock()
    for item in clip(FakeFootage(0.0, 0.5, 1.0), cadence_s=0.5, pace="real", clock=clock).samples():
        if isinstance(item, Frame):
            assert clock() - began == item.time - START
    assert clock() - began == timedelta(seconds=1)


def test_a_late_consumer_gets_the_newest_frame_and_the_others_are_counted(clock: FakeClock) -> None:
    source = clip(FakeFootage(*(number / 10 for number in range(20))), pace="real", clock=clock)
    seen = []
    for item in source.samples():
        seen.append(item)
        if len(seen) == 1:
            clock.sleep(1.0)  # the consumer thinks for a second
    late = source.dropped["late"]
    assert tenths(frames(seen)) == [0, *range(9, 20)]
    assert late == 8


def test_a_consumer_far_behind_finds_an_outage_and_the_clip_goes_on_from_where_it_was(clock: FakeClock) -> None:
    source = clip(FakeFootage(0.0, 0.1, 0.2), pace="real", clock=clock)
    items = []
    for item in source.samples():
        items.append(item)
        if len(items) == 1:
            clock.sleep(BEHIND_S + 60)
    assert [item.kind if isinstance(item, Gap) else item.index for item in items] == [1, "outage", 2, 3, "end"]
    assert [frame.segment for frame in frames(items)] == [0, 1, 1]
    assert tenths(items)[2] == round((BEHIND_S + 60) * 10)


def test_a_loop_has_a_seam_and_goes_on_in_a_new_segment(clock: FakeClock) -> None:
    source = clip(FakeFootage(0.0, 0.1), loop=True, clock=clock)
    items = []
    for item in source.samples():
        items.append(item)
        if len(items) == 5:
            source.close()
    assert [item.kind if isinstance(item, Gap) else item.segment for item in items] == [0, 0, "seam", 1, 1, "end"]
    assert tenths(items) == [0, 1, 2, 2, 3, 4]
    assert [frame.index for frame in frames(items)] == [1, 2, 3, 4]
    assert gaps(items)[-1].reason.startswith("closed")


def test_after_the_seam_time_goes_on_from_the_real_time(clock: FakeClock) -> None:
    source = clip(FakeFootage(0.0, 0.1), loop=True, pace="real", clock=clock)
    items = []
    for item in source.samples():
        items.append(item)
        if isinstance(item, Gap):
            clock.sleep(3.0)  # opening the file again took a while
        if len(items) == 5:
            break
    assert tenths(items)[:3] == [0, 1, 2]
    assert tenths(items)[4] > 30  # neither the lost three seconds nor their backlog is given out


def test_reading_stops_soon_after_close_though_it_waits(make_clip: Callable[..., Path]) -> None:
    source = Clip(VideoFile(make_clip(frames=20)), camera="c", cadence_s=0.1, start=START, pace="real")
    items = []
    for item in source.samples():
        items.append(item)
        source.close()
        source.close()
    assert [item.kind if isinstance(item, Gap) else item.index for item in items] == [1, "end"]


@given(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True, width=32)), min_size=1, max_size=30)
)
def test_capture_times_rise_whatever_the_clock_of_the_clip_says(clock_s: list[float | None]) -> None:
    sane = [None if value is None else max(-1e6, min(1e6, value)) for value in clock_s]
    items = list(clip(FakeFootage(*sane), cadence_s=1e-6, clock=FakeClock()).samples())
    times = [item.time for item in items]
    assert times == sorted(times)
    stamps = [frame.time for frame in frames(items)]
    assert len(set(stamps)) == len(stamps)
