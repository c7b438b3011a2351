"""One place now: its last released hour and its day so far, against what is usual there.

**Now** is the last hour that is public (it ended `DELAY_S` ago): a place that has no number for it has none now, and its older
ones are not shown as if they were new. Only a place that was measured once and is not any more (an imported series that
ended) stands at its own last hour, and is not `current`.

**Two halves.** What the day's usual is (`Expected`) rests on the days before it and costs 50 to 300 ms, so it is worked out once a day
for each place; what came is a question about one day. The day changes when the last hour of the old one is public, so that
the new one's usual rests on whole days. Limits: what is filled in late of earlier days is learnt the next day.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from pantau.forecast.outlook import Forecaster, Outlook
from pantau.serve.kept.standings import HourNow, Standing, Watched
from pantau.serve.release.policy import Rule
from pantau.serve.release.publication import DELAY_S
from pantau.serve.release.rule import State
from pantau.serve.series.doubt import doubted
from pantau.serve.series.published import public_table
from pantau.serve.series.released_days import (
    OutlookQuestion,
    added,
    by_day,
    released,
    so_far_of,
    spells_of,
    zone_of,
)
from pantau.serve.series.tables import Table
from pantau.serve.services import Services
from pantau.serve.themes import Theme
from pantau.serve.usual.outlook_words import sentence
from pantau.store.buckets import bucket
from pantau.store.series import SeriesQuery

CURRENT: Final = timedelta(days=2)
"""A place without a camera counts as measured for so long after its last figure."""
WORST_FIRST: Final[tuple[State, ...]] = ("closed", "wider", "held", "missing", "suppressed")

Extent = Mapping[str, tuple[datetime, datetime]]
"""By family: start of the first and end of the last stored bucket of a place."""
Terms = tuple[tuple[Rule, ...], frozenset[tuple[str, int]]]
"""Rules of publishing; methods and revisions that measured on the day."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is usual on a day, learnt on these terms, from hours after `since`."""

    day: date
    terms: Terms
    since: datetime | None
    outlook: Outlook
    starts: tuple[datetime | None, ...]


def hour_of(services: Services, watched: Watched, extent: Extent, now: datetime) -> datetime:
    """Start of the hour that is a place's now."""
    zone = zone_of(services, watched.place).key
    last = bucket("hour", zone, now - timedelta(seconds=DELAY_S))[0] - timedelta(microseconds=1)
    span = extent.get(watched.theme.family)
    if not watched.current and span is not None and now - span[1] >= CURRENT:
        last = min(last, span[1] - timedelta(microseconds=1))
    return bucket("hour", zone, last)[0]


def day_of(services: Services, watched: Watched, day: date) -> Table:
    """The released hours of a local day.

    Raises:
        StoreError: the store or the control database failed.
    """
    zone = zone_of(services, watched.place)
    midnights = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (day, day + timedelta(days=1)))
    start, end = (midnight.astimezone(UTC) for midnight in midnights)
    query = SeriesQuery(place=watched.place.id, indicators=watched.theme.indicators, tier="hour", start=start, end=end)
    return public_table(services, watched.place, query)


def expected(services: Services, watched: Watched, day: date) -> Expected:
    """Learn what is usual on a day.

    Raises:
        StoreError: the store or the control database failed.
    """
    asked = OutlookQuestion(place=watched.place, indicators=watched.theme.indicators, direction="both", day=day)
    table = released(services, asked)
    changed = table.breaks
    since = changed[-1].t if changed else None
    hourly, starts = by_day(services.city, table.series, added(table, asked.indicators), since, day)
    today = tuple(starts[hourly.index(day)])
    return Expected(day, _terms(table, {at for at in today if at}), since, Forecaster(hourly).outlook(day), today)


def holds(learnt: Expected | None, day: date, table: Table) -> bool:
    """Whether what was learnt is of this day, by these rules of publishing and of one method with what came since."""
    return learnt is not None and (learnt.day, learnt.terms) == (day, _terms(table, set(table.series.starts)))


def standing(
    services: Services, watched: Watched, learnt: Expected, table: Table, start: datetime, extent: Extent
) -> Standing:
    """A place at the hour that begins at `start`; `table` is of the learnt day, on which it lies.

    Raises:
        StoreError: the control database failed.
    """
    theme, row = watched.theme, table.series.starts.index(start)
    figures = dict(zip(table.series.starts, added(table, theme.indicators), strict=True))
    if learnt.since is not None:
        figures = {at: value if at >= learnt.since else np.nan for at, value in figures.items()}
    seen = {at: (value, table.series.coverage[i]) for i, (at, value) in enumerate(figures.items())}
    counts = np.array([figures.get(at, np.nan) if at else np.nan for at in learnt.starts])
    adds, usual = theme.first.over_time == "sum", learnt.outlook.usual
    hours = [HourNow(at, _known(counts[i]), _known(usual[i])) for i, at in enumerate(learnt.starts) if at is not None]
    spells = spells_of(learnt.outlook, counts, learnt.starts, adds=adds)
    sentences = (sentence(spell, watched.place.name, table.series.timezone) for spell in spells)
    value, state = told(table, theme, row)
    return Standing(
        watched=watched,
        checked=services.clock(),
        start=start,
        end=table.ends[row],
        value=value,
        state=state,
        known=next((hour.value for hour in hours if hour.start == start), None),
        usual=next((hour.usual for hour in hours if hour.start == start), None),
        coverage=table.series.coverage[row],
        hours=tuple(hours),
        so_far=so_far_of(learnt.outlook, counts, learnt.starts, seen, adds=adds),
        spells=tuple(s.model_copy(update={"sentence": said}) for s, said in zip(spells, sentences, strict=True)),
        first=extent[theme.family][0] if theme.family in extent else None,
        doubted=doubted(services, watched.place, watched.camera, table, start),
    )


def told(table: Table, theme: Theme, row: int) -> tuple[float | None, State]:
    """The figure of one bucket as the public has it, its parts added; the worst of their states where one has none."""
    values = [table.series.columns[name][row] for name in theme.indicators]
    states = {table.states[name][row] for name in theme.indicators}
    for state in WORST_FIRST:
        if state in states:
            return None, state
    if any(value is None for value in values):
        return None, "missing"
    return _known(sum(value for value in values if value is not None)), "released"


def _terms(table: Table, starts: AbstractSet[datetime]) -> Terms:
    """The rules of publishing, and what measured in the given hours."""
    series = table.series
    ways = zip(series.starts, series.method, series.revision, strict=True)
    return (
        tuple(one.rule for one in table.policies.values()),
        frozenset((method, revision) for at, method, revision in ways if at in starts and method),
    )


def _known(value: float) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None
