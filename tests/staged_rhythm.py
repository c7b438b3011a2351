"""What a made-up city answers about usual levels, weeks, trends and holidays, and to the graph on other sites."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.serve.schema import answer
from pantau.serve.schema import outlook as ahead
from pantau.serve.schema import portal as schema
from pantau.serve.schema import rhythm as told
from tests.staged_alarms import words

QUIET: Final = (2, 14)
"""Weekday and hour at which few come."""
Query = dict[str, list[str]]


def rhythm(path: str, query: Query, now: datetime, *, closed: bool = False) -> answer.Answer | None:
    """The answer to a question about a place's rhythm; nothing where it is none."""
    if path == "/holidays":
        first = date.fromisoformat(query["from"][0])
        return told.HolidaysAnswer(
            place=query["place"][0], holidays=(told.Holiday(date=first, name=words("Hari libur uji")),)
        )
    if path not in {"/usual", "/week", "/trend", "/outlook"}:
        return None
    what: dict[str, object] = {"place": query["place"][0], "indicators": tuple(query["indicator"]), "direction": "both"}
    if path == "/usual":
        return _usual(query, what)
    if path == "/outlook":
        return _outlook(now, what, closed=closed)
    return _week(now, what, closed=closed) if path == "/week" else _trend(now, what)


def _outlook(now: datetime, what: dict[str, object], *, closed: bool) -> ahead.OutlookAnswer:
    """A day of which 9 hours came, of some 80 each; nothing of one that is closed."""
    midnight = now.replace(hour=17) - timedelta(days=1)
    zone = ZoneInfo("Asia/Jakarta")

    def day(begin: datetime, came: int) -> ahead.OutlookDay:
        known = (None, None, None) if closed else (80.0, 60.0, 120.0)
        hours = (
            ahead.OutlookHour(
                t=begin + timedelta(hours=h),
                value=90.0 if h < came and not closed else None,
                coverage=0.97 if h < came else None,
                usual=known[0],
                low=known[1],
                high=known[2],
                odd=False,
            )
            for h in range(24)
        )
        return ahead.OutlookDay(day=begin.astimezone(zone).date(), hours=tuple(hours))

    so_far = ahead.SoFar(value=810.0, usual=720.0, hours=9, until=midnight + timedelta(hours=9), coverage=0.97)
    rest = {
        "unit": "{passage}",
        "over_time": "sum",
        "timezone": "Asia/Jakarta",
        "since": None,
        "days": 0 if closed else 200,
        "today": day(midnight, 9),
        "tomorrow": day(midnight + timedelta(days=1), 0),
        "so_far": None if closed else so_far,
        "spells": (),
        "error": None if closed else ahead.OutlookError(mae=9.0, naive=13.0, within=0.9, hours=600, days=28),
        "closed": closed,
    }
    return ahead.OutlookAnswer.model_validate(what | rest)


def _usual(query: Query, what: dict[str, object]) -> told.UsualAnswer:
    begin, end = (datetime.fromisoformat(query[name][0]).replace(tzinfo=UTC) for name in ("from", "to"))
    n = int((end - begin) / timedelta(hours=1)) + 48
    hours = (begin - timedelta(hours=12) + i * timedelta(hours=1) for i in range(n))
    usual = tuple(told.UsualHour(t=at, usual=80.0, low=60.0, high=120.0) for at in hours)
    return told.UsualAnswer.model_validate(what | {"unit": "{passage}", "since": None, "hours": usual})


def _week(now: datetime, what: dict[str, object], *, closed: bool) -> told.WeekAnswer:
    hours = tuple(
        told.WeekHour(weekday=d, hour=h, median=None if closed else 12.0 if (d, h) == QUIET else 100.0 + h, weeks=20)
        for d in range(1, 8)
        for h in range(24)
    )
    rest = {
        "unit": "{passage}",
        "timezone": "Asia/Jakarta",
        "from_": (now - timedelta(days=181)).date(),
        "to": now.date(),
        "since": None,
        "hours": hours,
        "quietest": None if closed else hours[24 + 14],
        "busiest": None if closed else hours[23],
        "sentence": None if closed else words("Paling sepi: Selasa 14-15, biasanya 12."),
        "closed": closed,
    }
    return told.WeekAnswer.model_validate(what | rest)


def _trend(now: datetime, what: dict[str, object]) -> told.TrendAnswer:
    rest = {
        "verdict": "up",
        "reason": "",
        "change": 0.04,
        "low": 0.02,
        "high": 0.06,
        "days": 340,
        "from_": (now - timedelta(days=364)).date(),
        "to": now.date(),
        "since": None,
        "step": None,
        "method": "trend/2",
        "sentence": words("Naik 4 % dari tahun lalu, dihitung dari 340 hari yang ada di kedua tahun."),
    }
    return told.TrendAnswer.model_validate(what | rest)


def open_sheet(series: schema.SeriesAnswer) -> dict[str, object]:
    """A series as `/api/v1/open/series.json` gives it."""
    columns = [{"name": one.indicator, "unit": one.unit, "label": one.label.model_dump()} for one in series.columns]
    rows = []
    for i, at in enumerate(series.t):
        row: dict[str, object] = {
            "start": at.astimezone(ZoneInfo(series.timezone)).isoformat(),
            "coverage": series.coverage[i],
            "provisional": False,
            "method": "uji",
        }
        for one in series.columns:
            value = one.values[i]
            row |= {one.indicator: value, f"{one.indicator}.state": "missing" if value is None else "released"}
        rows.append(row)
    return {"name": "uji", "columns": columns, "rows": rows}
