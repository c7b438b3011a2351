"""The usual day, the outlook and what is out of the ordinary, of figures that the public has already.

Everything is worked out of the **released** series of the public (`pantau.serve.series.released_days`); the room gets the same answer.

The answer is remembered (`pantau.serve.series.figure`), because 28 days of hindcast cost some 50 ms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from pantau.forecast.hindcast import hindcast
from pantau.forecast.outlook import Forecaster, Outlook
from pantau.serve.http.audience import PUBLIC, ServicesOf
from pantau.serve.http.caching import tagged
from pantau.serve.http.problems import ProblemError
from pantau.serve.schema.outlook import OutlookAnswer, OutlookDay, OutlookError, OutlookHour, Spell
from pantau.serve.series.asking import EARLIEST, LATEST
from pantau.serve.series.download import csv_response, csv_text, moment, number, text
from pantau.serve.series.figure import Asked as FigureAsked
from pantau.serve.series.figure import remembered, waits
from pantau.serve.series.released_days import (
    OutlookQuestion,
    Seen,
    added,
    by_day,
    newest_day,
    released,
    so_far_of,
    spells_of,
)
from pantau.serve.services import Services
from pantau.serve.usual.outlook_words import sentence
from pantau.vocabulary import indicator as means

router = APIRouter(prefix="/api/v1", tags=["public"])


def outlook_question(
    services: ServicesOf,
    figure: FigureAsked,
    day: Annotated[date | None, Query(description="Local day; the newest that has figures when not given.")] = None,
) -> OutlookQuestion:
    """What a request asks for.

    Raises:
        ProblemError: 404 unknown place, 422 anything else that can't be answered.
    """
    newest = newest_day(services, figure.place, figure.indicators[0])
    asked = day or newest
    if not EARLIEST.date() <= asked <= LATEST.date() or asked > newest + timedelta(days=1):
        raise ProblemError(422, "No such day", f"day: expected a day up to {newest + timedelta(days=1)}, got {asked}")
    return OutlookQuestion(place=figure.place, indicators=figure.indicators, direction=figure.direction, day=asked)


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
    """The answer, remembered for a while."""
    what = "outlook", asked.place.id, asked.indicators, asked.direction, asked.day
    return remembered(request, what, lambda: answer(services, asked))


def answer(services: Services, asked: OutlookQuestion) -> OutlookAnswer:
    """What the released figures say of this day and the next."""
    table = released(services, asked)
    series, values = table.series, added(table, asked.indicators)
    changed = table.breaks
    since = changed[-1].t if changed else None
    hourly, starts = by_day(services.city, series, values, since, asked.day)
    forecaster = Forecaster(hourly)
    index = hourly.index(asked.day)
    today, tomorrow = forecaster.outlook(asked.day), forecaster.outlook(asked.day + timedelta(days=1))
    counts, adds = hourly.counts[index], means(asked.indicators[0]).over_time == "sum"
    seen = dict(zip(series.starts, zip(values, series.coverage, strict=True), strict=True))
    error = hindcast(forecaster, asked.day)
    spells = spells_of(today, counts, starts[index], adds=adds)
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
        so_far=so_far_of(today, counts, starts[index], seen, adds=adds),
        spells=tuple(
            spell.model_copy(update={"sentence": sentence(spell, asked.place.name, series.timezone)})
            for spell in spells
        ),
        error=OutlookError(**{name: getattr(error, name) for name in OutlookError.model_fields}) if error else None,
        closed=table.closed,
        unpublished=waits(table, hourly) and not np.isfinite([today.usual, tomorrow.usual]).any(),
    )


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


def _known(value: float) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None
