"""The grid of sample slots: never more samples than scheduled, none lost to jitter."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.cadence import Cadence


def taken(times: list[float], period_s: float, segment: int = 0) -> list[float]:
    cadence = Cadence(period_s)
    return [t for t in times if cadence.take(t, segment)]


@pytest.mark.parametrize(
    ("fps", "asked", "share"),
    [
        (10, 5, 1.0),  # every second frame
        (30, 5, 1.0),  # every sixth
        (12.5, 5, 1.0),  # unevenly, but each slot has one
        (7.5, 5, 1.0),
        (5, 5, 1.0),
        (3, 5, 0.6),  # a camera slower than asked is not fully observed
    ],
)
def test_the_share_of_filled_slots_is_what_the_stream_can_give(fps: float, asked: float, share: float) -> None:
    got = taken([i / fps for i in range(int(60 * fps))], 1 / asked)
    assert len(got) == pytest.approx(60 * asked * share, abs=1)


def test_a_10_fps_clip_asked_for_5_gives_every_second_frame() -> None:
    assert taken([i / 10 for i in range(10)], 0.2) == [0.0, 0.2, 0.4, 0.6, 0.8]


@given(st.integers(0, 2**32 - 1))
def test_jitter_below_a_quarter_period_loses_no_sample(seed: int) -> None:
    rng = random.Random(seed)
    times = [0.0] + [i * 0.2 + rng.uniform(-0.048, 0.048) for i in range(1, 300)]
    assert len(taken(times, 0.2)) == 300


@given(st.lists(st.floats(0, 60, allow_nan=False), min_size=1, max_size=500), st.floats(0.05, 30))
def test_never_more_samples_than_slots(times: list[float], period_s: float) -> None:
    times.sort()
    assert len(taken(times, period_s)) <= (times[-1] - times[0]) / period_s + 2


def test_a_new_segment_starts_its_own_grid() -> None:
    cadence = Cadence(1.0)
    assert cadence.take(100.0, 0)
    assert not cadence.take(100.5, 0)
    assert cadence.take(0.0, 1)
