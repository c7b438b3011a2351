"""The rhythm of a place: the usual level of each hour, the course of a week, the change on a year ago, and its holidays.

Everything is worked out of the **released** series of the public (`pantau.serve.series.figure`), so that it can tell nobody more than that
series does; the room gets the same answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Final

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from pantau.forecast.outlook import Forecaster
from pantau.forecast.step import Step, step
from pantau.forecast.trend import LEAST, METHOD, YEAR, Trend, trend
from pantau.forecast.usual import Array
from pantau.forecast.week import DAYS, WEEKS, Week, week
from pantau.serve.http.audience import PUBLIC, ServicesOf
from pantau.serve.http.caching import tagged
from pantau.serve.http.problems import ProblemError
from pantau.serve.schema.answer import Words
from pantau.serve.schema.rhythm import (
    Holiday,
    HolidaysAnswer,
    TrendAnswer,
    TrendStep,
    UsualAnswer,
    UsualHour,
    WeekAnswer,
    WeekHour,
)
from pantau.serve.series.asking import EARLIEST, LATEST, Id, find_subject
from pantau.serve.series.download import csv_response, csv_text, number, text
from pantau.serve.series.figure import Asked, Figure, hours_of, released, remembered
from pantau.serve.series.groups import Group
from pantau.serve.series.neighbours import neighbours
from pantau.serve.series.released_days import BACK, added, newest_day, zone_of
from pantau.serve.series.tables import Table, words
from pantau.serve.services import Services
from pantau.serve.usual.rhythm_words import group_words, jump_words, trend_words, week_words
from pantau.serve.usual.same_places import SamePlaces, same_places
from pantau.vocabulary import indicator as means

MOST_DAYS: Final = 35
"""Days of one question for usual levels: each costs some milliseconds, and a graph of more has days, not hours."""
MOST_YEARS: Final = 30
WHOLE: Final = 0.95
"""Coverage that a day needs to be compared with another: an hour may be missing."""

router = APIRouter(prefix="/api/v1", tags=["public"])
From = Annotated[date, Query(alias="from", description="First local day.")]
To = Annotated[date, Query(description="Last local day.")]


@router.get(
    "/usual", dependencies=[PUBLIC], response_model=UsualAnswer, summary="The usual level of each hour of some days"
)
def usual(request: Request, services: ServicesOf, asked: Asked, from_: From, to: To) -> Response:
    """Usual level and the range that nine of ten hours keep, at most 35 days; each day by the days before it."""
    days = _days(from_, to, MOST_DAYS)
    newest = newest_day(services, asked.place, asked.indicators[0]) + timedelta(days=1)
    if to > newest:
        raise ProblemError(422, "No such day", f"to: expected a day up to {newest}, got {to}")
    found = remembered(request, ("usual", asked, from_, to), lambda: _usual(services, asked, days))
    return _told(request, found)


@router.get("/week", dependencies=[PUBLIC], response_model=WeekAnswer, summary="The course of a week at a place")
def course_of_week(request: Request, services: ServicesOf, asked: Asked) -> Response:
    """Median of each hour of the week over the newest 26 weeks, and how many weeks stand behind it."""
    return _told(request, remembered(request, ("week", asked), lambda: _week(services, asked)))


@router.get(
    "/week.csv",
    dependencies=[PUBLIC],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    summary="The same as CSV",
)
def week_as_csv(request: Request, services: ServicesOf, asked: Asked) -> Response:
    """place, indicators, direction, weekday (1 is Monday), hour, median, weeks. Empty is null."""
    found = remembered(request, ("week", asked), lambda: _week(services, asked))

    def rows() -> Iterator[list[str]]:
        for one in found.hours:
            what = [text(found.place), " ".join(found.indicators), found.direction]
            yield [*what, str(one.weekday), str(one.hour), number(one.median), str(one.weeks)]

    head = ["place", "indicators", "direction", "weekday", "hour", "median", "weeks"]
    return csv_response(f"pantau_{found.place}_week_{found.to}.csv", csv_text(head, rows()), "checked")


@router.get("/trend", dependencies=[PUBLIC], response_model=TrendAnswer, summary="The newest year against the last")
def change_on_a_year_ago(request: Request, services: ServicesOf, asked: Asked) -> Response:
    """Over days known in both years, never across a change of method, with an interval, in one sentence."""
    return _told(request, remembered(request, ("trend", asked), lambda: _trend(services, asked)))


@router.get("/holidays", dependencies=[PUBLIC], response_model=HolidaysAnswer, summary="Public holidays at a place")
def public_holidays(request: Request, services: ServicesOf, place: Id, from_: From, to: To) -> Response:
    """National holidays of the country that the place's time zone is in, and days off that were decreed, with the decree."""
    known = find_subject(services, place, request.app.state.area_names)
    days = _days(from_, to, MOST_YEARS * 366)
    zone = zone_of(services, known).key
    found = [item for year in range(from_.year, to.year + 1) for item in services.city.days_off(zone, year).items()]
    told = tuple(Holiday(date=day, name=words(name)) for day, name in found if day.toordinal() in days)
    return _told(request, HolidaysAnswer(place=known.id, holidays=told))


def _told(request: Request, answer: BaseModel) -> Response:
    return tagged(request, answer.model_dump_json(by_alias=True).encode(), "application/json", "checked")


def _days(first: date, last: date, most: int) -> range:
    """The asked local days as ordinals.

    Raises:
        ProblemError: 422.
    """
    if first > last:
        raise ProblemError(422, "The range is empty", f"from {first} is later than to {last}")
    for name, day in (("from", first), ("to", last)):
        if not EARLIEST.date() <= day < LATEST.date():
            raise ProblemError(422, "The question is not valid", f"{name}: expected a year from 1970 to 2099")
    days = range(first.toordinal(), last.toordinal() + 1)
    if len(days) > most:
        raise ProblemError(422, "Too many days", f"{len(days):,} days, at most {most:,} are told; ask for fewer")
    return days


def _usual(services: Services, asked: Figure, days: range) -> UsualAnswer:
    known = hours_of(services, asked, range(days.start - BACK.days, days.stop))
    forecaster = Forecaster(known.hourly)
    hours: list[UsualHour] = []
    for day in map(date.fromordinal, days):
        found, starts = forecaster.outlook(day), known.starts[known.hourly.index(day)]
        for hour, start in enumerate(starts):
            if start is not None:  # summer time skips one
                level, low, high = (_known(part[hour]) for part in (found.usual, found.low, found.high))
                hours.append(UsualHour(t=start, usual=level, low=low, high=high))
    return UsualAnswer(
        place=asked.place.id,
        indicators=asked.indicators,
        direction=asked.direction,
        unit=means(asked.indicators[0]).unit,
        since=known.since,
        hours=tuple(hours),
        unpublished=known.unpublished and all(hour.usual is None for hour in hours),
    )


def _week(services: Services, asked: Figure) -> WeekAnswer:
    last = newest_day(services, asked.place, asked.indicators[0])
    first = last - timedelta(days=WEEKS * DAYS - 1)
    known = hours_of(services, asked, range(first.toordinal(), last.toordinal() + 1))
    found = week(known.hourly)
    sentence = week_words(found)
    return WeekAnswer(
        place=asked.place.id,
        indicators=asked.indicators,
        direction=asked.direction,
        unit=means(asked.indicators[0]).unit,
        timezone=asked.timezone,
        from_=first,
        to=last,
        since=known.since,
        hours=tuple(_hour(found, (day, hour)) for day in range(DAYS) for hour in range(24)),
        quietest=_hour(found, found.quietest) if found.quietest else None,
        busiest=_hour(found, found.busiest) if found.busiest else None,
        sentence=sentence,
        closed=known.closed,
        unpublished=known.unpublished and sentence is None,
    )


def _hour(found: Week, at: tuple[int, int]) -> WeekHour:
    return WeekHour(weekday=at[0] + 1, hour=at[1], median=_known(found.median[at]), weeks=int(found.weeks[at]))


def _trend(services: Services, asked: Figure) -> TrendAnswer:
    newest = newest_day(services, asked.place, asked.indicators[0])  # not whole yet, and left out
    first = newest - timedelta(days=2 * YEAR)
    table = released(services, asked, "day", range(first.toordinal(), newest.toordinal()))
    changed = table.breaks
    since = changed[-1].t.astimezone(zone_of(services, asked.place)).date() if changed else None
    if isinstance(asked.place, Group):
        return _trend_of_group(services, asked, asked.place, table)
    found = trend(first, _whole(table, asked), since + timedelta(days=1) if since else None)
    jump = _jump(services, asked, found, table)
    return _trend_answer(
        asked,
        found,
        since=changed[-1].t if changed else None,
        sentence=jump_words(found, jump) if jump else trend_words(found, since),
        jump=jump,
    )


def _trend_of_group(services: Services, asked: Figure, group: Group, table: Table) -> TrendAnswer:
    """Of the same places in both years; what joined or left is in neither, and only a border that was redrawn is a break."""
    zone = zone_of(services, group)
    both = same_places(services, asked, group, table, WHOLE)
    found = trend(table.series.starts[0].astimezone(zone).date(), both.values)
    redrawn = table.breaks if means(asked.indicators[0]).over_places == "cordon" else ()
    since = redrawn[-1].t if redrawn else None
    if found.verdict == "unknown" and found.reason != "nothing":
        if found.days + both.unpublished >= LEAST:
            found = replace(found, reason="unpublished")
        elif since or found.days + both.changed >= LEAST:
            found = replace(found, reason="method")
    said = group_words(found, since.astimezone(zone).date() if since else None, (both.places, both.of))
    return _trend_answer(asked, found, since=since, sentence=said, matched=both)


def _trend_answer(
    asked: Figure,
    found: Trend,
    *,
    since: datetime | None,
    sentence: Words,
    jump: Step | None = None,
    matched: SamePlaces | None = None,
) -> TrendAnswer:
    return TrendAnswer(
        method=METHOD,
        place=asked.place.id,
        indicators=asked.indicators,
        direction=asked.direction,
        verdict="unclear" if jump else found.verdict,
        reason=found.reason,
        change=found.change,
        low=found.low,
        high=found.high,
        days=found.days,
        from_=found.first,
        to=found.last,
        since=since,
        step=TrendStep(date=jump.day, change=jump.change) if jump else None,
        places=matched.places if matched else None,
        of=matched.of if matched else None,
        sentence=sentence,
        unpublished=found.reason == "unpublished",
    )


def _jump(services: Services, asked: Figure, found: Trend, table: Table) -> Step | None:
    """An abrupt change of the place alone that goes the way of its trend: then it is not called one."""
    if found.verdict not in {"up", "down"}:
        return None
    start, end = table.series.starts[0], table.series.starts[-1]
    first = start.astimezone(zone_of(services, asked.place)).date()
    days = range(first.toordinal(), first.toordinal() + len(table.series.starts))
    others = [
        replace(asked, place=place) for place in neighbours(services, asked.place, asked.indicators[0], (start, end))
    ]
    near = [_whole(released(services, other, "day", days), asked) for other in others]
    jump = step(first, _whole(table, asked), [one for one in near if len(one) == len(days)])
    return jump if jump and (jump.change > 0) == (found.verdict == "up") else None


def _whole(table: Table, asked: Figure) -> Array:
    """The days of which enough was seen; NaN for the others."""
    return np.where(np.array(table.series.coverage) >= WHOLE, np.array(added(table, asked.indicators)), np.nan)


def _known(value: float) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None
