"""What a resting detector is given: nothing is lost, doubled or out of order, and who is seen late was there before."""

from __future__ import annotations

from itertools import chain, pairwise

import pytest
from av.video.frame import VideoFrame

from pantau.ingest.decode import Decoded
from pantau.ingest.rest import BACK_S, FRESH_S, MOST_BYTES, Rest

FPS = 10


def given(rest: Rest, seconds: float, moved: set[int], size: tuple[int, int] = (64, 48)) -> list[list[Decoded]]:
    """What comes out as each picture goes in; something moves in those of these numbers."""
    out = []
    for number in range(round(seconds * FPS)):
        if number in moved:
            rest.moved_s = number / FPS
        seen = Decoded(number / FPS, VideoFrame(*size, "gray"))
        out.append(list(rest.give(seen, 1.0, 60.0)))
    return out


def test_every_picture_comes_once_in_order_and_is_quiet_where_nothing_moves() -> None:
    rest = Rest()
    found = [*chain.from_iterable(given(rest, 20, {0, 100})), *rest.end()]
    assert [one.clock_s for one in found] == [number / FPS for number in range(200)]
    quiet = {one.clock_s for one in found if one.quiet}
    assert quiet == {n / FPS for n in range(200) if 10 < n < 100 - BACK_S * FPS or n > 110}


def test_what_waits_when_it_falls_asleep_is_given_out_as_quiet() -> None:
    rest = Rest()
    given(rest, 5, {0})
    last = [*rest.end()]
    assert len(last) >= BACK_S * FPS - 1
    assert all(one.quiet for one in last)


def test_when_it_moves_again_what_waited_is_looked_at_too() -> None:
    steps = given(Rest(), 12, {0, 100})
    late = steps[100]
    assert [one.quiet for one in late] == [False] * len(late)
    assert late[-1].clock_s == 10.0
    assert late[0].clock_s == pytest.approx(10.0 - BACK_S, abs=1.1 / FPS)


def test_the_picture_of_a_quiet_one_is_its_own_or_a_fresh_one() -> None:
    rest = Rest()
    own: list[tuple[VideoFrame, float]] = []
    ages = []
    rest.moved_s = 0.0
    for number in range(300):
        own.append((VideoFrame(64, 48, "gray"), number / FPS))
        out = rest.give(Decoded(number / FPS, own[-1][0]), 1.0, 60.0)
        ages += [(one.clock_s or 0) - next(t for frame, t in own if frame is one.frame) for one in out]
    assert 0 < max(ages) < FRESH_S


def test_the_detector_looks_now_and_then_at_what_it_takes_for_granted() -> None:
    rest, asked = Rest(moved_s=0.0), list[float]()
    for number in range(600):
        out = rest.give(Decoded(number / FPS, VideoFrame(64, 48, "gray")), 1.0, 15.0)
        asked += [one.clock_s or 0.0 for one in out if not one.quiet]
    assert [round(b - a, 1) for a, b in pairwise(asked)][-3:] == [15.0, 15.0, 15.0]


def test_of_large_pictures_fewer_wait() -> None:
    wide = (3840, 2160)
    steps = given(Rest(), 4, {0}, wide)
    waiting = sum(1 for _ in steps) - sum(len(step) for step in steps)
    assert waiting * 1.5 * wide[0] * wide[1] <= MOST_BYTES
