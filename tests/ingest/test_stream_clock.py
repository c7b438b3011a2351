"""Capture times of live streams under bursts, stalls, drift and jumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.ingest.stream_clock import DRIFT_S, UNSTAMPED, WINDOW_S, StreamClock

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def play(clock: StreamClock, packets: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """(capture times in seconds, steps) of packets given as (arrival, PTS), placed as soon as the clock is settled."""
    times, steps, early = [], [], []
    for number, (arrival_s, pts_s) in enumerate(packets, start=1):
        step_s = clock.arrive(at(arrival_s), pts_s)
        steps += [step_s] if step_s else []
        early.append(pts_s)
        if clock.settled or number == len(packets):
            for one in early:
                placed = clock.place(one)
                assert placed
                times.append((placed[0] - START).total_seconds())
            early = []
    return times, steps


def read_late(pts: list[float], woken: list[float], most: int) -> list[tuple[float, float]]:
    """(arrival, PTS) of a stream whose packets wait in the socket: read when the reader is woken, so many at most."""
    found: list[tuple[float, float]] = []
    for moment in woken:
        waiting = [p for p in pts[len(found) :] if p <= moment]
        found += [(moment, p) for p in waiting[:most]]
    return found


def test_capture_time_is_the_first_arrival_plus_pts() -> None:
    times, steps = play(StreamClock(), [(10, 500), (10.2, 500.2), (10.43, 500.4)])
    assert times == pytest.approx([10, 10.2, 10.4])
    assert steps == []


def test_a_burst_at_the_start_does_not_put_frames_into_the_future() -> None:
    burst = [(10.0, number / 10) for number in range(9)]
    times, steps = play(StreamClock(), [*burst, (10.1, 0.9), (10.2, 1.0)])
    assert times == pytest.approx([9.2 + number / 10 for number in range(11)])
    assert steps == []


def test_a_reader_without_time_lets_packets_wait_and_no_frame_is_lost_for_it() -> None:
    """Half a minute in which only nine of ten packets are read, in bunches; then everything that waited, at once."""
    pts = [number / 25 for number in range(25 * 60)]
    starved = [10 + 2.0 * number for number in range(1, 16)]
    packets = [(p, p) for p in pts if p <= 10]
    packets += read_late(pts[len(packets) :], starved, 45)
    packets += read_late(pts[len(packets) :], [number / 25 for number in range(25 * 41, 25 * 61)], 100)
    assert max(arrival - p for arrival, p in packets) > 4
    times, steps = play(StreamClock(), packets)
    assert steps == []
    assert times == pytest.approx(pts)


@pytest.mark.parametrize("queue_s", [1.5, 4.0])
def test_a_queue_that_passed_for_the_clock_is_taken_back_without_a_frame_before_another(queue_s: float) -> None:
    """Everything is read just as long after it came, for half a minute, and then at once."""
    pts = [number / 25 for number in range(25 * 100)]
    late = [(p + (queue_s if 10 < p < 40 else 0.0), p) for p in pts]
    packets = [(max(arrival for arrival, _ in late[: n + 1]), p) for n, (_, p) in enumerate(late)]
    times, steps = play(StreamClock(), packets)
    assert steps == pytest.approx([queue_s])
    assert all(a < b for a, b in pairwise(times))
    assert all(-1e-6 <= time - p <= queue_s + 1e-6 for time, p in zip(times, pts, strict=True))
    assert times[-1] == pytest.approx(pts[-1])


def test_a_camera_that_stamps_more_slowly_than_it_sends_is_followed() -> None:
    packets = [(number / 22, number / 25) for number in range(22 * 120)]
    times, _ = play(StreamClock(), packets)
    assert max(arrival - time for time, (arrival, _) in zip(times, packets, strict=True)) < DRIFT_S + 1.2


def test_a_network_that_stalls_and_catches_up_changes_nothing() -> None:
    steady = [(number / 5, number / 5) for number in range(50)]
    stalled = [(13.0, 10 + number / 5) for number in range(16)]
    times, steps = play(StreamClock(), [*steady, *stalled, (13.2, 13.2)])
    assert times == pytest.approx([*(n / 5 for n in range(50)), *(10 + n / 5 for n in range(16)), 13.2])
    assert steps == []


@pytest.mark.parametrize("segment_s", [2, 6, 10])
def test_bursts_of_seconds_change_nothing(segment_s: int) -> None:
    """HLS: a segment comes when it is over, and a little sooner or later than the one before."""
    late_s = [0.0, 0.4, 0.1, 0.3, 0.05, 0.4, 0.2, 0.0] * 3
    pts = [number / 10 for number in range(segment_s * 10 * len(late_s))]
    whole = [number // (segment_s * 10) for number in range(len(pts))]
    packets = [((n + 1) * segment_s + late_s[n], p) for n, p in zip(whole, pts, strict=True)]
    times, steps = play(StreamClock(), packets)
    assert steps == []
    assert all(0 < b - a < 0.3 for a, b in pairwise(times))


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


def test_a_first_stamp_that_no_other_follows_does_not_make_packets_wait_for_ever() -> None:
    clock = StreamClock()
    clock.arrive(at(0), 5.0)
    for number in range(1, 12):
        clock.arrive(at(number / 10), None)
    assert clock.settled


def test_a_leap_ahead_is_known_before_the_anchor_moves_and_a_queue_that_is_read_up_is_none() -> None:
    clock = StreamClock()
    play(clock, [(n / 5, n / 5) for n in range(20)])
    assert not clock.jumps_ahead(at(4.0), 4.9)
    assert clock.jumps_ahead(at(4.0), 5.1)


def test_a_frame_from_the_future_is_not_placed_and_holds_up_none_that_comes_later() -> None:
    clock = StreamClock()
    play(clock, [(n / 5, n / 5) for n in range(20)])
    assert clock.place(54.0) is None
    assert clock.place(3.8) == (at(3.8), 3.8)
