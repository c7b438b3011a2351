"""Capture times of live streams under bursts, stalls, drift and jumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.ingest.stream_clock import DRIFT_S, UNSTAMPED, WINDOW_S, StreamClock

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def play(clock: StreamClock, packets: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """(capture times in seconds, steps) of packets given as (arrival, PTS)."""
    times, steps = [], []
    for arrival_s, pts_s in packets:
        step_s = clock.arrive(at(arrival_s), pts_s)
        steps += [step_s] if step_s else []
        placed = clock.place(pts_s)
        assert placed
        times.append((placed[0] - START).total_seconds())
    return times, steps


def test_capture_time_is_the_first_arrival_plus_pts() -> None:
    times, steps = play(StreamClock(), [(10, 500), (10.2, 500.2), (10.43, 500.4)])
    assert times == pytest.approx([10, 10.2, 10.4])
    assert steps == []


def test_a_burst_at_the_start_does_not_put_frames_into_the_future() -> None:
    burst = [(10.0, number / 10) for number in range(9)]
    times, steps = play(StreamClock(), [*burst, (10.1, 0.9), (10.2, 1.0)])
    assert times[-1] == pytest.approx(10.1, abs=0.1)
    assert steps == []


def test_a_network_that_stalls_and_catches_up_changes_nothing() -> None:
    steady = [(number / 5, number / 5) for number in range(50)]
    stalled = [(13.0, 10 + number / 5) for number in range(16)]
    times, steps = play(StreamClock(), [*steady, *stalled, (13.2, 13.2)])
    assert times == pytest.approx([*(n / 5 for n in range(50)), *(10 + n / 5 for n in range(16)), 13.2])
    assert steps == []


def test_a_slow_camera_clock_is_followed_by_steps_of_about_a_second() -> None:
    packets = [(number / 5, number / 5 * 0.98) for number in range(5 * 200)]  # 2 % slow: 4 s in 200
    times, steps = play(StreamClock(), packets)
    assert 2 <= len(steps) <= 4
    assert all(DRIFT_S < step_s < DRIFT_S + 0.5 for step_s in steps)
    assert max(abs(time - arrival) for time, (arrival, _) in zip(times, packets, strict=True)) < DRIFT_S + 0.3


def test_a_fast_camera_clock_never_puts_a_frame_into_the_future() -> None:
    packets = [(number / 5, number / 5 * 1.02) for number in range(500)]
    times, steps = play(StreamClock(), packets)
    assert all(time <= arrival + 1e-6 for time, (arrival, _) in zip(times, packets, strict=True))
    assert times == sorted(times)
    assert steps == []


def test_pts_that_jump_forward_are_a_step_at_once() -> None:
    times, steps = play(StreamClock(), [(0, 0), (0.2, 0.2), (0.4, 3600)])
    assert times == pytest.approx([0, 0.2, 0.4])
    assert steps == pytest.approx([-3599.6])


def test_pts_that_jump_back_are_a_new_timeline_but_those_of_b_frames_are_not() -> None:
    clock = StreamClock()
    play(clock, [(0, 100), (0.2, 100.2)])
    assert not clock.jumped_back(100.1)
    assert clock.jumped_back(0)


def test_a_frame_without_pts_is_not_placed_unless_none_has_any() -> None:
    clock = StreamClock()
    clock.arrive(at(0), None)
    assert clock.place(None) is None
    for number in range(1, UNSTAMPED):
        clock.arrive(at(number / 10), None)
    clock.arrive(at(5), None)
    assert clock.place(None) == (at(5), 0.0)
    clock.arrive(at(6), None)
    assert clock.place(None) == (at(6), 1.0)


def test_streams_whose_pts_mean_nothing_go_by_arrival() -> None:
    clock = StreamClock(timed=False)
    times, _ = play(clock, [(0, 0), (0.5, 0.04), (1.0, 0.08)])
    assert times == [0, 0.5, 1.0]
    assert not clock.jumped_back(-50)


@given(st.lists(st.floats(0, 0.9), min_size=2, max_size=200))
def test_delays_below_a_second_make_no_steps_and_errors_no_larger_than_themselves(delays: list[float]) -> None:
    packets = [(number / 5 + delay, number / 5) for number, delay in enumerate(delays)]
    arrivals = [arrival for arrival, _ in packets]
    ordered = [max(arrivals[: number + 1]) for number in range(len(arrivals))]  # TCP keeps the order
    times, steps = play(StreamClock(), [(arrival, pts) for arrival, (_, pts) in zip(ordered, packets, strict=True)])
    assert steps == []
    assert all(-1e-6 <= time - pts <= 0.9 + 1e-6 for time, (_, pts) in zip(times, packets, strict=True))


def test_pts_that_stand_still_and_go_on_are_followed_after_a_while() -> None:
    before = [(number / 5, number / 5) for number in range(25)]
    after = [(60 + number / 5, 5 + number / 5) for number in range(round(WINDOW_S * 5) + 30)]
    times, steps = play(StreamClock(), [*before, *after])
    assert steps == pytest.approx([55])
    assert times[-1] == pytest.approx(after[-1][0])
