"""Hours of the week, as OpenStreetMap writes them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pantau.errors import ConfigError
from pantau.schedule import ALWAYS, DAYS, Schedule

MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001  # local wall-clock time is what a schedule is asked with


def at(day: str, clock: str) -> datetime:
    """A local time of the week."""
    hour, minute = map(int, clock.split(":"))
    return MONDAY + timedelta(days=DAYS.index(day), hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("Mo-Fr 06:00-09:00,16:00-19:00; Sa 08:00-12:00", [("Mo", "06:00"), ("Fr", "18:59"), ("Sa", "08:00")],
         [("Mo", "09:00"), ("Sa", "12:00"), ("Su", "08:00"), ("Sa", "07:00")]),
        ("22:00-05:00", [("Mo", "22:00"), ("Mo", "04:59"), ("Su", "23:00")], [("Mo", "05:00"), ("We", "21:59")]),
        ("Su 22:00-05:00", [("Su", "23:00"), ("Mo", "04:59")], [("Su", "04:00"), ("Mo", "22:00")]),
        ("Fr-Mo 00:00-24:00", [("Fr", "00:00"), ("Su", "12:00"), ("Mo", "23:59")], [("Tu", "00:00"), ("Th", "23:59")]),
        ("Mo, We 10:00-11:00", [("We", "10:30")], [("Tu", "10:30")]),
    ],
)  # fmt: skip
def test_it_holds_inside_its_spans_only(
    text: str, inside: list[tuple[str, str]], outside: list[tuple[str, str]]
) -> None:
    """The first minute belongs to a span, its last does not; a span past midnight belongs to the day it begins."""
    schedule = Schedule.parse(text)
    assert [moment for moment in inside if not schedule.covers(at(*moment))] == []
    assert [moment for moment in outside if schedule.covers(at(*moment))] == []


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001  # as above
def test_nothing_said_is_always(local: datetime) -> None:
    """An empty schedule and 24/7 hold at any time."""
    assert Schedule.parse("") is ALWAYS
    assert Schedule.parse(" 24/7 ").covers(local)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Mon-Fri 06:00-09:00", "'Mon-Fri' is no day"),
        ("Mo-Fr 6-9", "'6-9' are no hours"),
        ("Mo 06:00-24:30", "passes 24:00"),
        ("Mo 06:00-06:00", "has no length"),
        ("Mo-Fr", "are no hours"),
        ("Mo 06:00-07:00;", "are no hours"),
    ],
)
def test_what_it_cannot_read_is_named(text: str, says: str) -> None:
    """Never guessed, never taken for always."""
    with pytest.raises(ConfigError, match=says):
        Schedule.parse(text)
