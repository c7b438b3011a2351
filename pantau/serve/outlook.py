"""The usual day, the outlook and what is out of the ordinary, of figures that the public has already.

Everything is worked out of the **released** series of the public, so that it can tell nobody more than that series does; the room
gets the same answer. An hour of which less than `SEEN` was watched is not known, never small. The usual is learnt only from
hours after the newest change of method or place: levels on two sides of it are not one level.

The answer is kept until the next `FRESH_S`, because 28 days of hindcast cost some 50 ms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from pantau.forecast.hindcast import hindcast
from pantau.forecast.outlook import Forecaster, Outlook, odd_hours
from pantau.forecast.usual import HOURS, Array, Hourly
from pantau.serve.asking import EARLIEST, LATEST, Id, find_place, of_one_family
from pantau.serve.audience import PUBLIC, ServicesOf
from pantau.serve.caching import tagged
from pantau.serve.download import csv_response, csv_text, moment, number, text
from pantau.serve.outlook_schema import OutlookAnswer, OutlookDay, OutlookError, OutlookHour, SoFar, Spell
from pantau.serve.outlook_words import sentence
from pantau.serve.problems import ProblemError
from pantau.serve.published import public_table
from pantau.serve.release import BASE
from pantau.serve.schema import Way, Words
from pantau.serve.services import Services
from pantau.serve.tables import Table, breaks
from pantau.store.series import Series, SeriesQuery
from pantau.types import Place, Site
from pantau.vocabulary import indicator as means

SEEN: Final = 0.8
"""Coverage that an hour needs; the share the pages draw as whole."""
BACK: Final = timedelta(days=84 + 28 + 16 * 7 + 7)
"""Errors of 84 days, each of 28 judged days, each by 16 weeks and the week of its level."""
FRESH_S: Final = 300
MOST_KEPT: Final = 512

router = APIRouter(prefix="/api/v1", tags=["public"])


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookQuestion:
    """A day of a place; `indicators` are of one family and, where there are several, add up."""

    place: Place
    indicators: tuple[str, ...]
    direction: Way
    day: date


def outlook_question(  # FastAPI makes one query parameter of each
    services: ServicesOf,
    place: Id,
    indicator: Annotated[list[str], Query(min_length=1, max_length=20, description="Ids of one family; repeat it.")],
    day: Annotated[date | None, Query(description="Local day; the newest that has figures when not given.")] = None,
    direction: Annotated[Way, Query(description="One direction of a line, or both added up.")] = "both",
) -> OutlookQuestion:
    """What a request asks for.

    Raises:
        ProblemError: 404 unknown place, 422 anything else that can't be answered.
    """
    found = find_place(services, place)
    names = of_one_family(tuple(dict.fromkeys(indicator)), found)
    if len(names) > 1 and any(means(name).over_time != "sum" for name in names):
        raise ProblemError(422, "These do not add up", f"ask for each of {', '.join(names)} apart")
    newest = newest_day(services, found, names[0])
    asked = day or newest
    if not EARLIEST.date() <= asked <= LATEST.date() or asked > newest + timedelta(days=1):
        raise ProblemError(422, "No such day", f"day: expected a day up to {newest + timedelta(days=1)}, got {asked}")
    return OutlookQuestion(place=found, indicators=names, direction=direction, day=asked)


Asked = Annotated[OutlookQuestion, Depends(outlook_question)]


@router.get(
    "/outlook", dependencies=[PUBLIC], response_model=OutlookAnswer, summary="A day against the usual, and the next"
)
def outlook(request: Request, services: ServicesOf, asked: Asked) -> Response:
    """Usual level of each hour with the range nine of ten hours keep, spells out of the ordinary, and the error of all this here."""
    return tagged(
        request, kept(request, services, asked).model_dump_json(by_alias=True).encode(), "application/json", "checked"
    )


@router.get(
    "/outlook.csv",
    dependencies=[PUBLIC],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    summary="The same as CSV",
)
def outlook_as_csv(request: Request, services: ServicesOf, asked: Asked) -> Response:
    """start, place, indicators, direction, value, coverage, usual, low, high, odd; the day and the one after it. Empty is null."""
    found = kept(request, services, asked)

    def rows() -> Iterator[list[str]]:
        for hour in (*found.today.hours, *found.tomorrow.hours):
            figures = [number(v) for v in (hour.value, hour.coverage, hour.usual, hour.low, hour.high)]
            yield [
                moment(hour.t),
                text(found.place),
                " ".join(found.indicators),
                found.direction,
                *figures,
                str(hour.odd).lower(),
            ]

    head = ["start", "place", "indicators", "direction", "value", "coverage", "usual", "low", "high", "odd"]
    return csv_response(f"pantau_{found.place}_outlook_{found.today.day}.csv", csv_text(head, rows()), "checked")


def kept(request: Request, services: Services, asked: OutlookQuestion) -> OutlookAnswer:
    """The answer, worked out once in `FRESH_S`; at most `MOST_KEPT` are held, the oldest goes first."""
    memory: dict[object, OutlookAnswer] = request.app.state.outlooks
    key = asked.place.id, asked.indicators, asked.direction, asked.day, services.clock().timestamp() // FRESH_S
    found = memory.get(key)
    if found is None:
        found = answer(services, asked)
        while len(memory) >= MOST_KEPT:
            memory.pop(list(memory)[0], None)  # noqa: RUF015  # one step for other threads, which an iterator is not
        memory[key] = found
    return found


def answer(services: Services, asked: OutlookQuestion) -> OutlookAnswer:
    """What the released figures say of this day and the next."""
    table = _released(services, asked)
    series, values = table.series, _added(table, asked.indicators)
    changed = breaks(series)
    since = changed[-1].t if changed else None
    hourly, starts = _by_day(series, values, since, asked.day)
    forecaster = Forecaster(hourly)
    index = hourly.index(asked.day)
    today, tomorrow = forecaster.outlook(asked.day), forecaster.outlook(asked.day + timedelta(days=1))
    counts, adds = hourly.counts[index], means(asked.indicators[0]).over_time == "sum"
    seen = dict(zip(series.starts, zip(values, series.coverage, strict=True), strict=True))
    error = hindcast(forecaster, asked.day)
    spells = _spells(today, counts, starts[index], adds=adds)
    return OutlookAnswer(
        place=asked.place.id,
        indicators=asked.indicators,
        direction=asked.direction,
        unit=means(asked.indicators[0]).unit,
        over_time="sum" if adds else "mean",
        timezone=series.timezone,
        since=since,
        days=int(np.isfinite(hourly.counts[:index]).any(axis=1).sum()),
        today=_day(today, starts[index], seen, spells),
        tomorrow=_day(tomorrow, starts[index + 1], seen, ()),
        so_far=_so_far(today, counts, starts[index], seen, adds=adds),
        spells=tuple(
            spell.model_copy(update={"sentence": sentence(spell, asked.place.name, series.timezone)})
            for spell in spells
        ),
        error=OutlookError(**{name: getattr(error, name) for name in OutlookError.model_fields}) if error else None,
    )


def newest_day(services: Services, place: Place, name: str) -> date:
    """The local day of now, or of the last figure where that is long ago."""
    zone = ZoneInfo(place.timezone if isinstance(place, Site) else services.city.timezone)
    now = services.clock()
    extent = services.numbers.extent(place.id).get(means(name).family)
    last = extent[1] - timedelta(seconds=1) if extent else now
    return (now if now - last < timedelta(days=2) else last).astimezone(zone).date()


def _released(services: Services, asked: OutlookQuestion) -> Table:
    """The hours before the day and those of it and the next, as the public has them."""
    zone = ZoneInfo(asked.place.timezone if isinstance(asked.place, Site) else services.city.timezone)
    midnight = datetime(asked.day.year, asked.day.month, asked.day.day, tzinfo=zone)
    query = SeriesQuery(
        place=asked.place.id,
        indicators=asked.indicators,
        tier="hour",
        start=(midnight - BACK).astimezone(UTC),
        end=(midnight + timedelta(days=2)).astimezone(UTC),
        direction=asked.direction,
    )
    return public_table(services, asked.place, query)


def _added(table: Table, names: Sequence[str]) -> list[float]:
    """The hours' figures, added up over the indicators; NaN where one is unknown or too little was seen.

    A suppressed count of people is released as `BASE` and told in words: to leave it out would make quiet hours look busier.
    """
    series = table.series
    columns = []
    for name in names:
        states = table.states.get(name, ())
        column = series.columns[name]
        told = zip(column, states, strict=True) if states else ((value, "released") for value in column)
        columns.append([float(BASE) if state == "suppressed" else value for value, state in told])
    return [
        float("nan") if coverage < SEEN or any(v is None for v in row) else float(sum(v for v in row if v is not None))
        for coverage, row in zip(series.coverage, zip(*columns, strict=True), strict=True)
    ]


def _by_day(
    series: Series, values: Sequence[float], since: datetime | None, day: date
) -> tuple[Hourly, list[list[datetime | None]]]:
    """(D, 24) figures by local day and hour, those before `since` unknown, and the start of each; an hour that comes twice is its first."""
    zone = ZoneInfo(series.timezone)
    first = series.starts[0].astimezone(zone).date()
    days = (day - first).days + 2
    counts = np.full((days, HOURS), np.nan)
    starts: list[list[datetime | None]] = [[None] * HOURS for _ in range(days)]
    for start, value in zip(series.starts, values, strict=True):
        local = start.astimezone(zone)
        index = (local.date() - first).days
        if not 0 <= index < days or starts[index][local.hour] is not None:
            continue
        starts[index][local.hour] = start
        if since is None or start >= since:
            counts[index, local.hour] = value
    return Hourly(first, counts), starts


def _spells(found: Outlook, counts: Array, starts: Sequence[datetime | None], *, adds: bool) -> list[Spell]:
    spells: list[Spell] = []
    odd = sorted({hour for late in odd_hours(found, counts) for hour in (late - 1, late)})
    runs: list[list[int]] = []
    for hour in odd:
        over = counts[hour] > found.far_high[hour]
        if runs and runs[-1][-1] == hour - 1 and (counts[hour - 1] > found.far_high[hour - 1]) == over:
            runs[-1].append(hour)
        else:
            runs.append([hour])
    for run in runs:
        begin, last = starts[run[0]], starts[run[-1]]
        if begin is None or last is None:
            continue
        fold = np.sum if adds else np.mean
        spells.append(
            Spell(
                from_=begin,
                to=last + timedelta(hours=1),
                side="over" if counts[run[0]] > found.usual[run[0]] else "under",
                value=float(fold(counts[run])),
                usual=float(fold(found.usual[run])),
                sentence=Words(id="", en=""),
            )
        )
    return spells


Seen = dict[datetime, tuple[float, float]]


def _day(found: Outlook, starts: Sequence[datetime | None], seen: Seen, spells: Sequence[Spell]) -> OutlookDay:
    hours = []
    for hour, start in enumerate(starts):
        if start is None:
            continue  # summer time skips it
        value, coverage = seen[start]
        hours.append(
            OutlookHour(
                t=start,
                value=_known(value),
                coverage=coverage,
                usual=_known(found.usual[hour]),
                low=_known(found.low[hour]),
                high=_known(found.high[hour]),
                odd=any(spell.from_ <= start < spell.to for spell in spells),
            )
        )
    return OutlookDay(day=found.day, hours=tuple(hours))


def _so_far(
    found: Outlook, counts: Array, starts: Sequence[datetime | None], seen: Seen, *, adds: bool
) -> SoFar | None:
    both = np.flatnonzero(np.isfinite(counts) & np.isfinite(found.usual)).tolist()
    if not both:
        return None
    fold = np.sum if adds else np.mean
    begun = [start for hour in both if (start := starts[hour]) is not None]
    return SoFar(
        value=float(fold(counts[both])),
        usual=float(fold(found.usual[both])),
        hours=len(both),
        until=begun[-1] + timedelta(hours=1),
        coverage=sum(seen[start][1] for start in begun) / len(begun),
    )


def _known(value: float) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None
