"""The released hours of a place by its local days, and one day of them against what is usual.

Everything is worked out of the **released** series of the public, so that it can tell nobody more than that series does. An hour of
which less than `SEEN` was watched is not known, never small. The usual is learnt only from hours after the newest change of
method or place: levels on two sides of it are not one level. `pantau.serve.usual.outlook` answers a day of one place with these,
`pantau.serve.now.standing` the whole city's now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from pantau.forecast.outlook import Outlook, odd_hours
from pantau.forecast.usual import HOURS, Array, Hourly
from pantau.places import Site
from pantau.serve.release.rule import BASE
from pantau.serve.schema.answer import Way, Words
from pantau.serve.schema.outlook import SoFar, Spell
from pantau.serve.series.groups import Subject, extent_of
from pantau.serve.series.published import public_table
from pantau.serve.series.tables import Table
from pantau.serve.services import CityFacts, Services
from pantau.store.series import Series, SeriesQuery
from pantau.vocabulary import indicator as means

SEEN: Final = 0.8
"""Coverage that an hour needs; the share the pages draw as whole."""
BACK: Final = timedelta(days=84 + 28 + 16 * 7 + 7)
"""Errors of 84 days, each of 28 judged days, each by 16 weeks and the week of its level."""

Seen = dict[datetime, tuple[float, float]]
"""By the start of an hour: its figure, NaN where it is not known, and its coverage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookQuestion:
    """A day of a place or group; `indicators` are of one family and, where there are several, add up."""

    place: Subject
    indicators: tuple[str, ...]
    direction: Way
    day: date


def zone_of(services: Services, place: Subject) -> ZoneInfo:
    """Where the hours and days of a place or group are local to."""
    return ZoneInfo(place.timezone if isinstance(place, Site) else services.city.timezone)


def newest_day(services: Services, place: Subject, name: str) -> date:
    """The local day of now, or of the last figure where that is long ago."""
    zone = zone_of(services, place)
    now = services.clock()
    extent = extent_of(services, place).get(means(name).family)
    last = extent[1] - timedelta(seconds=1) if extent else now
    return (now if now - last < timedelta(days=2) else last).astimezone(zone).date()


def released(services: Services, asked: OutlookQuestion) -> Table:
    """The hours before the day and those of it and the next, as the public has them."""
    zone = zone_of(services, asked.place)
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


def added(table: Table, names: Sequence[str]) -> list[float]:
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


def by_day(
    city: CityFacts, series: Series, values: Sequence[float], since: datetime | None, day: date
) -> tuple[Hourly, list[list[datetime | None]]]:
    """(D, 24) figures by local day and hour, those before `since` unknown, with the public holidays, and the start of each.

    An hour that comes twice is its first.
    """
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
    off = frozenset(one for year in range(first.year, day.year + 2) for one in city.days_off(series.timezone, year))
    return Hourly(first, counts, off), starts


def spells_of(found: Outlook, counts: Array, starts: Sequence[datetime | None], *, adds: bool) -> list[Spell]:
    """What is out of the ordinary of (24,) `counts` of a day, in order, without its sentence."""
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


def so_far_of(
    found: Outlook, counts: Array, starts: Sequence[datetime | None], seen: Seen, *, adds: bool
) -> SoFar | None:
    """The hours of a day that both the figure and the usual are known of, together; None where there is none."""
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
