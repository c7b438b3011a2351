"""Hours of the week in which something holds: a no-parking sign, a danger zone, an alarm rule.

The words are a part of the ``opening_hours`` grammar of OpenStreetMap, because city engineers can read and check it:

    Mo-Fr 06:00-09:00,16:00-19:00; Sa 08:00-12:00      days, hours, several spans
    22:00-05:00                                        every day, past midnight (belongs to the day it begins)
    24/7                                               always; so does an empty text

Times are of the city's wall clock: `covers` is given local time, and asks for no zone of its own. A span includes its first
minute and not its last. Rejected: months, holidays and sunrise (nobody asked yet, and each needs data of its own), cron
(says when, not how long).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator

from pantau.errors import ConfigError

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MIN: Final = 24 * 60
WEEK_MIN: Final = 7 * DAY_MIN

_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Spans of the week in minutes since Monday 00:00; `text` is how they were written. No spans: never."""

    text: str
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """The schedule that `text` says.

        Raises:
            ConfigError: it is not written as above; the message names the part.
        """
        text = text.strip()
        if text in {"", "24/7"}:
            return ALWAYS
        return cls(text, tuple(span for part in text.split(";") for span in _spans(part.strip(), text)))

    def covers(self, local: datetime) -> bool:
        """Whether it holds at `local`, a time of the city's wall clock."""
        minute = local.weekday() * DAY_MIN + local.hour * 60 + local.minute
        return any(begin <= at < end for begin, end in self.spans for at in (minute, minute + WEEK_MIN))


ALWAYS: Final = Schedule("", ((0, WEEK_MIN),))


def _spans(part: str, text: str) -> list[tuple[int, int]]:
    """The spans of one part: days, if any, and hours."""
    days, _, hours = part.rpartition(" ")
    spans = []
    for day in _days(days, part, text):
        for hour in hours.split(","):
            begin, end = _hours(hour, part, text)
            spans.append((day * DAY_MIN + begin, day * DAY_MIN + end))
    return spans


def _days(days: str, part: str, text: str) -> list[int]:
    if not days.strip():
        return list(range(7))
    found: list[int] = []
    for piece in days.replace(" ", "").split(","):
        first, dash, last = piece.partition("-")
        if first not in DAYS or (last if dash else first) not in DAYS:
            raise _fault(part, text, f"{piece!r} is no day; days are {', '.join(DAYS)}")
        begin, end = DAYS.index(first), DAYS.index(last if dash else first)
        found += [day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1)]
    return found


def _hours(hours: str, part: str, text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(hours.strip())
    if match is None:
        raise _fault(part, text, f"{hours!r} are no hours; hours are like 06:00-22:00")
    begin, end = (int(match[i]) * 60 + int(match[i + 1]) for i in (1, 3))
    if end > DAY_MIN or begin == end:
        raise _fault(part, text, f"{hours!r} has no length or passes 24:00")
    return begin, end if end > begin else end + DAY_MIN


def _fault(part: str, text: str, why: str) -> ConfigError:
    return ConfigError(f"schedule {text!r}: {part!r}: {why}; an example: Mo-Fr 06:00-09:00,16:00-19:00; Sa 08:00-12:00")


def _readable(text: str) -> str:
    """A schedule's text as it came, when it can be read.

    Raises:
        ValueError: it can't; the message names the part.
    """
    try:
        Schedule.parse(text)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return text


Hours = Annotated[str, AfterValidator(_readable)]
"""A schedule in a file."""
