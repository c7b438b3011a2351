"""What is said is kept without who said it; the same twice is one; a text nobody quotes is erased; a flood stays small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.errors import DataError
from pantau.store import complaints
from pantau.store.complaints import MOST_OF_PLACE, TEXT_KEPT, Answer, Case, Complaint, ComplaintQuery
from pantau.store.control import Control

NOW = datetime(2026, 3, 4, 12, 40, 31, 123456, tzinfo=UTC)
ONE = Complaint(
    id="a" * 12, place="pets.W", indicator="visitors.person", direction="both", start=NOW - timedelta(days=1), end=NOW,
    reason="high", received=NOW, text="di sini ada pasar",
)  # fmt: skip
SAID = Answer(outcome="explained", words={"id": "Ada bazar.", "en": "A fair."}, quote=False, by="Ibu Sri", time=NOW)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    made = Control.open(tmp_path, clock=lambda: NOW)
    yield made
    made.close()


def test_a_complaint_comes_back_as_it_was_said_but_for_the_minute(control: Control) -> None:
    assert control.complaints.put(ONE) == ONE.id
    assert control.complaints.page(ComplaintQuery()) == (
        replace(ONE, received=NOW.replace(minute=0, second=0, microsecond=0)),
    )


def test_the_same_said_again_is_a_voice_and_other_words_are_another(control: Control) -> None:
    for i in range(100):
        assert control.complaints.put(replace(ONE, id=f"{i:012x}")) == f"{0:012x}"
    control.complaints.put(replace(ONE, id="f" * 12, text="lain"))
    found = control.complaints.page(ComplaintQuery(answered=False))
    assert sorted((one.text, one.voices) for one in found) == [("di sini ada pasar", 100), ("lain", 1)]


def test_a_flood_about_one_place_leaves_room_for_the_others(control: Control) -> None:
    flood = [control.complaints.put(replace(ONE, id=f"{i:012x}", text=str(i))) for i in range(MOST_OF_PLACE + 20)]
    assert [bool(one) for one in flood] == [True] * MOST_OF_PLACE + [False] * 20
    assert control.complaints.put(replace(ONE, id="e" * 12, place="pets.E"))


def test_a_full_desk_takes_nothing(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complaints, "MOST_OPEN", 1)
    control.complaints.put(ONE)
    assert control.complaints.put(replace(ONE, id="e" * 12, place="pets.E")) is None
    assert control.complaints.answer(ONE.id, SAID)
    assert control.complaints.put(replace(ONE, id="e" * 12, place="pets.E"))


def test_the_newest_answer_holds_and_time_to_answer_is_that_of_the_first(control: Control) -> None:
    control.complaints.put(ONE)
    control.complaints.answer(ONE.id, SAID)
    later = replace(SAID, outcome="corrected", time=NOW + timedelta(days=3))
    found = control.complaints.answer(ONE.id, later)
    assert found is not None
    assert found.answer == later
    assert control.complaints.page(ComplaintQuery(answered=False)) == ()
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    assert control.complaints.cases() == (Case(hour, NOW, "corrected", 1),)


def test_answers_are_found_by_place_indicator_and_time(control: Control) -> None:
    for i, place in enumerate(("pets.W", "pets.E", "pets.W")):
        control.complaints.put(replace(ONE, id=f"{i:012x}", place=place, text=str(i)))
    control.complaints.answer(f"{0:012x}", SAID)
    control.complaints.answer(f"{1:012x}", replace(SAID, time=NOW + timedelta(days=1)))

    def ids(query: ComplaintQuery) -> list[int]:
        return [int(one.id, 16) for one in control.complaints.page(query)]

    assert ids(ComplaintQuery(answered=True)) == [1, 0]
    assert ids(ComplaintQuery(answered=True, since=NOW + timedelta(seconds=1))) == [1]
    assert ids(ComplaintQuery(answered=True, places={"pets.W"})) == [0]
    assert ids(ComplaintQuery(places=(), indicators={ONE.indicator})) == []
    assert ids(ComplaintQuery(answered=True, indicators={ONE.indicator})) == [1, 0]
    assert ids(ComplaintQuery(indicators={"traffic.car"})) == []
    control.complaints.answer(f"{0:012x}", replace(SAID, time=NOW + timedelta(days=2)))
    assert ids(ComplaintQuery(since=NOW + timedelta(days=1))) == [0, 1]


def test_an_answer_needs_words_and_a_name(control: Control) -> None:
    control.complaints.put(ONE)
    for broken in (replace(SAID, by=" "), replace(SAID, words={"id": "  ", "en": "x"})):
        with pytest.raises(DataError, match="name"):
            control.complaints.answer(ONE.id, broken)
    assert control.complaints.answer("none", SAID) is None
    assert len(control.complaints.page(ComplaintQuery(answered=False))) == 1


@pytest.mark.parametrize("quote", [True, False])
def test_a_text_that_no_answer_quotes_is_erased(control: Control, quote: bool) -> None:
    control.complaints.put(ONE)
    control.complaints.answer(ONE.id, replace(SAID, quote=quote))
    late = NOW + TEXT_KEPT + timedelta(seconds=1)
    control.complaints.put(replace(ONE, id="b" * 12, place="pets.E", received=late))
    (found,) = control.complaints.page(ComplaintQuery(places={"pets.W"}))
    assert found.text == (ONE.text if quote else "")
    (waits,) = control.complaints.page(ComplaintQuery(places={"pets.E"}))
    assert waits.text == ONE.text  # what waits is never erased
