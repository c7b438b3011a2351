"""The slot between a reader and its consumer."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.ingest import slot as slot_module
from pantau.ingest.slot import HELD, HELD_BYTES, Slot
from pantau.types import Frame, Gap

START = datetime(2026, 1, 1, tzinfo=UTC)
PICTURE = np.zeros((2, 2, 3), np.uint8)


def item(kind: str, number: int) -> Frame | Gap:
    time = START + timedelta(seconds=number)
    return Frame("c", time, PICTURE, number, number) if kind == "frame" else Gap("c", time, "outage", str(number))


def drain(slot: Slot) -> list[Frame | Gap]:
    items: list[Frame | Gap] = []
    while (taken := slot.take(0)) is not None:
        items.append(taken)
    return items


def test_the_newest_frame_replaces_one_that_was_not_taken() -> None:
    slot = Slot()
    assert [slot.put(item("frame", number)) for number in (1, 2, 3)] == [0, 1, 1]
    taken = drain(slot)
    assert [frame.index for frame in taken if isinstance(frame, Frame)] == [3]


@given(st.lists(st.sampled_from(["frame", "gap", "take", "held"]), max_size=40))
def test_what_is_taken_is_in_order_bounded_and_nothing_is_lost_uncounted(steps: list[str]) -> None:
    slot = Slot()
    put = lost = 0
    taken: list[Frame | Gap] = []
    for number, step in enumerate(steps):
        if step == "take":
            one = slot.take(0)
            taken += [one] if one is not None else []
        else:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(slot_module, "PATIENCE_S", 0.0)
                lost += slot.put(item("gap" if step == "gap" else "frame", number), held=step == "held")
            put += step != "gap"
    rest = drain(slot)
    taken += rest
    times = [one.time for one in taken]
    assert times == sorted(times)
    assert len(rest) <= (HELD + 3 if "held" in steps else 3)
    assert sum(isinstance(one, Frame) for one in taken) + lost == put
    assert any(isinstance(one, Gap) for one in taken) == ("gap" in steps)


def test_between_frames_of_two_connections_there_is_always_a_gap() -> None:
    slot = Slot()
    for number, kind in enumerate(["frame", "gap", "frame", "gap", "frame", "frame"]):
        slot.put(item(kind, number))
    assert [(type(one).__name__, (one.time - START).seconds) for one in drain(slot)] == [
        ("Frame", 0),
        ("Gap", 1),
        ("Frame", 5),
    ]


def test_closing_wakes_who_waits_and_gives_nothing() -> None:
    slot = Slot()
    threading.Timer(0.05, slot.close).start()
    assert slot.take(30) is None
    slot.put(item("frame", 1))
    assert slot.take(0) is None
    assert slot.closed


def test_a_bunch_is_handed_over_whole_and_what_is_too_much_of_it_goes_from_its_old_end_but_no_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slot_module, "PATIENCE_S", 0.01)
    slot = Slot()
    slot.put(item("gap", 0))
    assert sum(slot.put(item("frame", number), held=True) for number in range(1, HELD + 3)) == 3
    assert slot.put(item("frame", HELD + 3)) == 0, "a live frame replaces none of them"
    assert slot.put(item("frame", HELD + 4)) == 1, "but the live one before it"
    gap, *frames = drain(slot)
    assert isinstance(gap, Gap)
    assert [frame.index for frame in frames if isinstance(frame, Frame)] == [*range(4, HELD + 3), HELD + 4]


def test_a_bunch_of_large_pictures_is_bounded_by_their_bytes_and_moments_that_show_the_same_one_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A group of 4K is half a gigabyte a camera."""
    monkeypatch.setattr(slot_module, "PATIENCE_S", 0.0)
    slot, wide = Slot(), (2160, 3840, 3)
    lost = sum(slot.put(Frame("c", START, np.zeros(wide, np.uint8), n, n), held=True) for n in range(HELD))
    waiting = drain(slot)
    assert sum(one.image.nbytes for one in waiting if isinstance(one, Frame)) < HELD_BYTES + np.prod(wide)
    assert len(waiting) + lost == HELD
    still = np.zeros(wide, np.uint8)
    assert sum(slot.put(Frame("c", START, still, n, n), held=True) for n in range(HELD)) == 0
