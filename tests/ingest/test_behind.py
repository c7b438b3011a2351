"""A loop that is behind its camera: for a moment, always a little, and for long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from pantau.ingest.rtsp import LATE_S
from pantau.types import Frame, Image
from tests.live import FRAMES, next_frames, next_frames_of, source

if TYPE_CHECKING:
    from tests.rtsp_server import RtspServer

pytestmark = pytest.mark.rtsp

Servers = Callable[..., "RtspServer"]


def test_a_loop_that_was_held_up_for_a_moment_loses_nothing(
    rtsp_server: Servers, camera_clip: Path, reading: Callable[..., Iterator[Frame]]
) -> None:
    reader = replace(source(rtsp_server({"plaza": camera_clip}).url("plaza")), hold_s=1.2)
    items = reading(reader)
    next_frames(items, 12)
    time.sleep(1.2)
    frames = next_frames(items, 8)
    assert max((b.time - a.time).total_seconds() for a, b in pairwise(frames)) < 0.3
    assert reader.dropped["late"] == 0


def test_a_loop_that_is_too_slow_looks_less_often_and_is_never_further_behind_than_it_may_be(
    rtsp_server: Servers, camera_clip: Path, reading: Callable[..., Iterator[Frame]]
) -> None:
    reader = replace(source(rtsp_server({"plaza": camera_clip}).url("plaza")), hold_s=0.2)
    items = reading(reader)
    next_frames(items, 12)
    ages, times = [], []
    for frame in next_frames_of(items, 12):
        time.sleep(0.6)
        ages.append((datetime.now(UTC) - frame.time).total_seconds())
        times.append(frame.time)
    assert max(ages) < 0.2 + LATE_S + 0.6 + 0.4
    steps_s = [(b - a).total_seconds() for a, b in pairwise(times[-4:])]
    assert all(0.4 < step_s < 1.0 for step_s in steps_s), "one in three, and no burst of them"
    assert reader.dropped["late"] >= 10


@pytest.mark.parametrize("priority", ["low", "high"])
def test_a_loop_that_has_slept_long_skips_to_the_newest_key_frame_and_counts_what_it_left_out(
    priority: Literal["low", "high"],
    rtsp_server: Servers,
    camera_clip: Path,
    number_of: Callable[[Image], int],
    reading: Callable[..., Iterator[Frame]],
) -> None:
    plain = source(rtsp_server({"plaza": camera_clip}).url("plaza"))
    reader = replace(plain, hold_s=0.2, priority=priority)
    items = reading(reader)
    before = next_frames(items, 12)[-1]
    time.sleep(5.0)
    after = next_frames(items, 1)[0]
    decoded = after.index - before.index
    assert decoded <= 4 if priority == "low" else decoded >= 30
    assert (40 if priority == "low" else 15) <= reader.dropped["late"] + decoded <= 70
    since_s = (number_of(after.image) - number_of(before.image)) % FRAMES / 10
    off_s = (after.time - before.time).total_seconds() - since_s
    assert off_s - FRAMES / 10 * round(off_s / (FRAMES / 10)) == pytest.approx(0.0, abs=0.1)
