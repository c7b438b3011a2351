"""A witness passes samples on without waiting, and what finds no room is lost and counted."""

from __future__ import annotations

from pantau.findings import Findings
from pantau.ports import Analyser
from pantau.shadow.witness import Inbox, Look, Pause, Rise, Sit, Witness
from pantau.types import Tracks, View
from tests.made_street import CAMERA, START, street


def views(seconds: float) -> list[View]:
    return [View(frame, found, Tracks.empty()) for frame, found in street(seconds)]


def test_it_is_an_analyser_that_measures_nothing() -> None:
    witness = Witness(CAMERA, "old", Inbox())
    assert isinstance(witness, Analyser)
    assert witness.keys == ()
    assert witness.step(views(0.2)[0]) == Findings(usable=False)


def test_nothing_is_passed_on_until_somebody_asks() -> None:
    inbox = Inbox()
    witness = Witness(CAMERA, "old", inbox)
    for view in views(2.0):
        witness.step(view)
    witness.close(START)
    assert inbox.take(0) is None


def test_a_turn_begins_and_ends_and_says_gaps() -> None:
    inbox = Inbox()
    witness = Witness(CAMERA, "old", inbox)
    witness.seat()
    witness.step(views(0.2)[0])
    witness.close(START)
    witness.rise()
    witness.step(views(0.2)[0])
    kinds = []
    while (message := inbox.take(0)) is not None:
        kinds.append(type(message))
    assert kinds == [Sit, Look, Pause, Rise]


def test_what_finds_no_room_is_lost_and_told_with_the_next() -> None:
    size = views(0.2)[0].frame.image.nbytes
    inbox = Inbox(held_bytes=3 * size)
    witness = Witness(CAMERA, "old", inbox)
    witness.seat()
    for view in views(2.0):  # ten samples, nobody takes them
        witness.step(view)
    assert isinstance(inbox.take(0), Sit)
    for _ in range(3):
        assert isinstance(inbox.take(0), Look)
    assert inbox.take(0) is None
    witness.step(views(0.2)[0])
    next_one = inbox.take(0)
    assert isinstance(next_one, Look)
    assert next_one.lost == 7


def test_a_picture_larger_than_the_room_is_taken_alone() -> None:
    inbox = Inbox(held_bytes=10)
    witness = Witness(CAMERA, "old", inbox)
    witness.seat()
    witness.step(views(0.2)[0])
    assert isinstance(inbox.take(0), Sit)
    assert isinstance(inbox.take(0), Look)
