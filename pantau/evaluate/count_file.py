"""Manual counts as CSV, as people keep them: a row for each passage, or a row for each sum over a stretch of time.

    t_s,line,direction,class,n              moment: `t_s` (seconds of the clip), `frame` (from 1) or `time` (ISO 8601)
    start,end,line,direction,class,n        stretch: seconds of the clip or ISO 8601; end is exclusive

Headings may be Indonesian, separators ``,`` ``;`` or tabs, decimals with a point. Directions are ``forward``, ``backward``
or the line's own words. `n` is 1 where it is missing. Which lines and classes occur says what was watched.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pantau.errors import DataError
from pantau.evaluate.truth import Mark, Recording, Tally, Truth, group
from pantau.places import Direction

HEADINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "waktu": "time",
        "detik": "t_s",
        "bingkai": "frame",
        "mulai": "start",
        "selesai": "end",
        "garis": "line",
        "arah": "direction",
        "kelas": "class",
        "jenis": "class",
        "jumlah": "n",
    }
)
"""Indonesian headings and what they are."""
WHAT: Final = frozenset({"line", "direction", "class"})
MOMENTS: Final = ("t_s", "frame", "time")
MOST: Final = 10_000
"""Passages that one row may hold."""

Where = tuple[str, Direction, str]
"""Line, direction, class."""


def read_counts(text: str, recording: Recording) -> Truth:
    """The counts of a CSV file.

    Raises:
        DataError: columns are missing or unknown, or a row says what can't be; the message names it.
    """
    rows = csv.DictReader(io.StringIO(text), delimiter=_separator(text))
    named = [HEADINGS.get(h.strip().casefold(), h.strip().casefold()) for h in rows.fieldnames or ()]
    rows.fieldnames = named
    stretches = _columns(named, recording)
    marks: list[Mark] = []
    tallies: list[Tally] = []
    watched: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, 2):
        where = f"row {number}"
        if None in row or None in row.values():
            raise DataError(
                f"{recording.file}: {where}: expected {len(named)} cells ({', '.join(named)}), got another number"
            )
        place, n = _what(row, where, recording), _count(row.get("n", "1"), where, recording)
        watched.add((place[0], place[2]))
        if stretches:
            tallies.append(Tally(*place, *_stretch(row, where, recording), n))
        else:
            marks += [Mark(*place, _moment(row, where, recording))] * n
    return Truth(
        kind="sums" if stretches else "crossings",
        lines=frozenset(line for line, _ in watched),
        groups=frozenset(group(road_user) for _, road_user in watched),
        marks=tuple(marks),
        tallies=tuple(_apart(tallies, recording)),
        notes=("only lines and classes that occur in the file are scored",),
    )


def _separator(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _columns(named: list[str], recording: Recording) -> bool:
    """Whether rows are stretches."""
    stretches = {"start", "end"} <= set(named)
    moments = [m for m in MOMENTS if m in named]
    wanted = WHAT | ({"start", "end", "n"} if stretches else {moments[0] if moments else "t_s"})
    allowed = wanted | {"n"}
    if wanted - set(named) or set(named) - allowed or len(named) != len(set(named)):
        raise DataError(
            f"{recording.file}: expected the columns time (or frame, or t_s), line, direction, class and maybe n, or "
            f"start, end, line, direction, class, n; got {', '.join(named)}"
        )
    return stretches


def _what(row: Mapping[str, str], where: str, recording: Recording) -> Where:
    line = recording.line(row["line"].strip(), where)
    direction = recording.direction(row["direction"], line, where)
    return line.id, direction, recording.road_user(row["class"], where)


def _count(word: str, where: str, recording: Recording) -> int:
    n = _number(word, "n", where, recording)
    if n < 0 or n != int(n) or n > MOST:
        raise DataError(f"{recording.file}: {where}: n: expected a whole number from 0 to {MOST}, got {word!r}")
    return int(n)


def _number(word: str, column: str, where: str, recording: Recording) -> float:
    try:
        value = float(word)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e12:
        raise DataError(f"{recording.file}: {where}: {column}: expected a number, got {word!r}")
    return value


def _moment(row: Mapping[str, str], where: str, recording: Recording) -> float:
    if "frame" in row:
        return recording.second_of(recording.frame(_number(row["frame"], "frame", where, recording), where))
    return _second(row["time" if "time" in row else "t_s"], where, recording)


def _stretch(row: Mapping[str, str], where: str, recording: Recording) -> tuple[float, float]:
    start_s, end_s = (_second(row[name], where, recording) for name in ("start", "end"))
    if end_s <= start_s:
        raise DataError(f"{recording.file}: {where}: the stretch ends ({end_s:g} s) before it starts ({start_s:g} s)")
    return start_s, end_s


def _second(word: str, where: str, recording: Recording) -> float:
    """Seconds of the clip, said as such or as a time of the day it was made."""
    try:
        return recording.moment(float(word), where)
    except ValueError:
        pass
    try:
        time = datetime.fromisoformat(word.strip())
    except ValueError as error:
        raise DataError(
            f"{recording.file}: {where}: expected seconds or a time such as 2026-01-31T07:00:00+07:00, got {word!r}"
        ) from error
    if time.tzinfo is None:
        raise DataError(
            f"{recording.file}: {where}: {word!r} does not say its offset; write Z for UTC or +07:00 for WIB"
        )
    if recording.start is None:
        raise DataError(f"{recording.file}: {where}: {word!r} is a time of day; say when the clip begins with --start")
    return recording.moment((time - recording.start).total_seconds(), where)


def _apart(tallies: list[Tally], recording: Recording) -> list[Tally]:
    """The tallies, when no two of one line, direction and class overlap."""
    last: dict[Where, Tally] = {}
    for t in sorted(tallies, key=lambda t: t.start_s):
        before = last.get((t.line, t.direction, t.road_user))
        if before and t.start_s < before.end_s:
            raise DataError(
                f"{recording.file}: two stretches of {t.line} {t.direction} {t.road_user} overlap at {t.start_s:g} s; "
                "every passage there would count twice"
            )
        last[t.line, t.direction, t.road_user] = t
    return tallies
