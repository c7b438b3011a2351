"""What waits between a reader and its loop: all of it in order, or from the newest key frame on."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import cast

import av
import pytest
from av.packet import Packet
from av.video.stream import VideoStream
from hypothesis import given
from hypothesis import strategies as st

from pantau.ingest import backlog as backlog_module
from pantau.ingest.backlog import Arrived, Backlog, Ended, Item, Skipped
from pantau.ingest.fault import FAULTS

START = datetime(2026, 1, 1, tzinfo=UTC)
ENDED = Ended(FAULTS["ended"], START)


def arrived(number: int, *, key: bool = False, size: int = 10) -> Arrived:
    packet = cast("Packet[VideoStream]", av.Packet(size))
    packet.is_keyframe, packet.pts = key, number
    return Arrived(packet, START + timedelta(seconds=number / 10))


def filled(kinds: str) -> Backlog:
    """`K` a key frame, `p` another packet, `E` the end of a connection."""
    backlog = Backlog()
    for number, kind in enumerate(kinds):
        backlog.put(ENDED if kind == "E" else arrived(number, key=kind == "K"))
    return backlog


def taken(backlog: Backlog) -> list[int | str]:
    """Numbers of packets, ``-n`` for n that were skipped, and ends."""
    found: list[int | str] = []
    while (item := backlog.take(0.0)) is not None:
        found.append(_short(item))
    return found


def _short(item: Item) -> int | str:
    if isinstance(item, Arrived):
        return item.packet.pts or 0
    return -item.packets if isinstance(item, Skipped) else "end"


@pytest.mark.parametrize(
    ("kinds", "skips", "left"),
    [
        ("ppKppKpp", True, [-5, 5, 6, 7]),
        ("Kppp", False, [0, 1, 2, 3]),
        ("ppp", False, [0, 1, 2]),
        ("", False, []),
        ("ppEKpp", False, [0, 1, "end", 3, 4, 5]),
        ("pKpEpK", True, [-1, 1, 2, "end", 4, 5]),
    ],
)
def test_who_skips_goes_on_at_the_newest_key_frame_of_the_connection_and_knows_what_is_gone(
    kinds: str, skips: bool, left: list[int | str]
) -> None:
    backlog = filled(kinds)
    assert backlog.skip() is skips
    assert taken(backlog) == left


@given(st.text("Kppppp", max_size=60), st.lists(st.sampled_from(["take", "skip"]), max_size=40))
def test_every_packet_is_given_out_or_counted_and_after_a_skip_comes_a_key_frame(kinds: str, steps: list[str]) -> None:
    backlog, found = filled(kinds), list[int | str]()
    for step in steps:
        if step == "skip":
            backlog.skip()
        elif (item := backlog.take(0.0)) is not None:
            found.append(_short(item))
    found += taken(backlog)
    numbers = [one for one in found if isinstance(one, int)]
    given_out = [one for one in numbers if one >= 0]
    assert given_out == sorted(given_out)
    assert len(given_out) - sum(one for one in numbers if one < 0) == len(kinds)
    for before, after in pairwise(numbers):
        assert before >= 0 or kinds[after] == "K"


def test_more_than_a_bound_never_waits_and_without_a_key_frame_nothing_is_taken_up_until_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backlog_module, "MOST_BYTES", 100)
    assert taken(filled("pppppKpppppppp")) == [-5, *range(5, 14)], "there was one to skip to"
    assert taken(filled("p" * 25 + "K" + "p")) == [-25, 25, 26]
    assert taken(filled("p" * 25 + "E")) == [-25, "end"]
    assert taken(filled("pK" + "p" * 30 + "Kp")) == [-32, 32, 33], "what comes after the key frame is too much"


@given(st.text("KppppppptsE", max_size=80))
def test_however_it_is_filled_taken_and_skipped_no_more_than_the_bound_waits_and_every_packet_is_accounted_for(
    steps: str,
) -> None:
    """`t` takes, `s` skips; the others as in `filled`."""
    found, put, backlog = list[int | str](), 0, Backlog()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backlog_module, "MOST_BYTES", 100)
        for step in steps:
            if step == "t":
                found += [_short(item) for item in [backlog.take(0.0)] if item is not None]
            elif step == "s":
                backlog.skip()
            elif step == "E":
                backlog.put(ENDED)
            else:
                put += 1
                backlog.put(arrived(put, key=step == "K"))
        backlog.put(ENDED)
    waiting = taken(backlog)
    assert sum(isinstance(one, int) and one > 0 for one in waiting) <= 10
    assert sum(1 if one > 0 else -one for one in found + waiting if isinstance(one, int)) == put


def test_who_takes_nothing_for_long_finds_the_newest_group() -> None:
    assert taken(filled("K" + "p" * 99 + "Kp")) == list(range(102)), "ten seconds"
    assert taken(filled("K" + "p" * 159 + "Kp")) == [-160, 160, 161]


def test_who_naps_is_woken_by_a_key_frame_and_by_what_has_waited_long() -> None:
    backlog, got = Backlog(), list[float]()
    began = time.monotonic()

    def loop() -> None:
        while backlog.take(10.0, nap=True) is not None:
            got.append(time.monotonic() - began)

    thread = threading.Thread(target=loop)
    thread.start()
    time.sleep(0.2)
    backlog.put(arrived(0))
    backlog.put(arrived(1))
    time.sleep(0.2)
    assert not got
    backlog.put(arrived(6))
    time.sleep(0.2)
    assert len(got) == 3
    backlog.put(arrived(7, key=True))
    time.sleep(0.2)
    assert len(got) == 4
    backlog.close()
    thread.join(5)
    assert not thread.is_alive()
