"""Whole days of a place as they were published, each against what was usual on it: what feeds tell and share pictures show.

The figure of a day is the one at tier *day*, as the page and the files have it. Its change is told of the hours that both the
figure and the usual are known of (`known` against `usual`), so that a day with a hole is not a quiet day. Out of released figures only.
A day is whole `DELAY_S` after its end; what is worked out is kept until the next hour, because learning what is usual costs
some 50 ms for each place.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from pantau.forecast.outlook import Forecaster
from pantau.places import Place
from pantau.serve.kept.standings import HourNow
from pantau.serve.now.standing import WORST_FIRST
from pantau.serve.release.publication import DELAY_S
from pantau.serve.release.rule import State
from pantau.serve.schema.outlook import Spell
from pantau.serve.series.published import public_table
from pantau.serve.series.released_days import (
    SEEN,
    OutlookQuestion,
    added,
    by_day,
    newest_day,
    released,
    spells_of,
    zone_of,
)
from pantau.serve.services import Services
from pantau.serve.themes import THEMES, Told
from pantau.serve.usual.outlook_words import sentence
from pantau.store.series import SeriesQuery
from pantau.vocabulary import Text, family, indicator

FRESH_S: Final = 3600
MOST_KEPT: Final = 1_000
LEAST: Final = 20.0
"""The usual below which no share is told of a number that has no theme of its own."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A number of a place; several indicators add up."""

    place: Place
    indicators: tuple[str, ...]

    @property
    def label(self) -> Text:
        """The indicator's, or the family's where several add up."""
        first = indicator(self.indicators[0])
        return first.label if len(self.indicators) == 1 else family(first.family).label

    @property
    def told(self) -> Told:
        """Whether a change is told as a share of the usual or as a difference."""
        first = indicator(self.indicators[0])
        theme = THEMES.get(first.family)
        if theme and theme.indicators == self.indicators:
            return theme.told
        return "share" if first.over_time == "sum" else "difference"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDigest:
    """One local day of a subject.

    Args:
        value: of the day; None where the state is not ``released``.
        coverage: of the day.
        known, usual: of the hours that both are known of, added up (or their mean); None where there is none.
        hours: those of the day.
        spells: what was out of the ordinary; empty where it was not asked.
    """

    day: date
    start: datetime
    end: datetime
    value: float | None
    state: State
    coverage: float
    known: float | None
    usual: float | None
    hours: tuple[HourNow, ...]
    spells: tuple[Spell, ...]

    @property
    def partly(self) -> bool:
        """Whether the day was watched in part only: its figure is less than what passed."""
        return self.coverage < SEEN

    @property
    def public(self) -> datetime:
        """When it became public."""
        return self.end + timedelta(seconds=DELAY_S)


def change(subject: Subject, digest: DayDigest) -> float | None:
    """Against usual: a share, or a difference in the unit; None where too little is known."""
    if digest.known is None or digest.usual is None:
        return None
    if subject.told == "difference":
        return round(digest.known - digest.usual, 2)
    theme = THEMES.get(indicator(subject.indicators[0]).family)
    least = theme.least if theme and theme.indicators == subject.indicators else LEAST
    return round(digest.known / digest.usual - 1, 4) if digest.usual >= max(least, 1e-9) else None


def last_day(services: Services, subject: Subject) -> date:
    """The newest whole day that is public; of what is measured no more, the day of its last figure."""
    zone = zone_of(services, subject.place)
    told = (services.clock() - timedelta(seconds=DELAY_S)).astimezone(zone).date()
    return min(newest_day(services, subject.place, subject.indicators[0]), told - timedelta(days=1))


def digests(services: Services, subject: Subject, newest: date, days: int, *, odd: bool) -> tuple[DayDigest, ...]:
    """The `days` up to `newest`, newest first; those without any figure are left out.

    Raises:
        StoreError: the store or the control database failed.
    """
    asked = OutlookQuestion(place=subject.place, indicators=subject.indicators, direction="both", day=newest)
    table = released(services, asked)
    changed = table.breaks
    hourly, starts = by_day(
        services.city, table.series, added(table, subject.indicators), changed[-1].t if changed else None, newest
    )
    forecaster, adds = Forecaster(hourly), indicator(subject.indicators[0]).over_time == "sum"
    totals, found = _totals(services, subject, newest, days), []
    for day in (newest - timedelta(days=i) for i in range(days)):
        index = hourly.index(day)
        if day not in totals or index < 0:
            continue
        start, end, value, state, coverage = totals[day]
        counts, usual, spells = hourly.counts[index], forecaster.usual(day), []
        if odd:
            spells = spells_of(forecaster.outlook(day), counts, starts[index], adds=adds)
        both = np.isfinite(counts) & np.isfinite(usual)
        fold = np.sum if adds else np.mean
        told = (sentence(spell, subject.place.name, table.series.timezone) for spell in spells)
        found.append(
            DayDigest(
                day=day,
                start=start,
                end=end,
                value=value,
                state=state,
                coverage=coverage,
                known=float(fold(counts[both])) if both.any() else None,
                usual=float(fold(usual[both])) if both.any() else None,
                hours=tuple(
                    HourNow(at, _known(counts[i]), _known(usual[i])) for i, at in enumerate(starts[index]) if at
                ),
                spells=tuple(s.model_copy(update={"sentence": said}) for s, said in zip(spells, told, strict=True)),
            )
        )
    return tuple(found)


Total = tuple[datetime, datetime, float | None, State, float]
"""Start, end, value, state and coverage of a day."""


def _totals(services: Services, subject: Subject, newest: date, days: int) -> dict[date, Total]:
    """The days that anything is known of, at tier *day*."""
    zone = zone_of(services, subject.place)
    first, after = newest - timedelta(days=days - 1), newest + timedelta(days=1)
    start, end = (datetime(d.year, d.month, d.day, tzinfo=zone).astimezone(UTC) for d in (first, after))
    query = SeriesQuery(place=subject.place.id, indicators=subject.indicators, tier="day", start=start, end=end)
    table = public_table(services, subject.place, query)
    found: dict[date, Total] = {}
    for i, begin in enumerate(table.series.starts):
        values = [table.series.columns[name][i] for name in subject.indicators]
        states = {table.states[name][i] for name in subject.indicators}
        state: State = next((one for one in WORST_FIRST if one in states), "released")
        if state in {"closed", "held", "missing"} or table.series.coverage[i] <= 0:
            continue
        total = sum(v for v in values if v is not None) if state == "released" and None not in values else None
        day = begin.astimezone(zone).date()
        found[day] = begin, table.ends[i], total, state, table.series.coverage[i]
    return found


class Digests:
    """Digests that were asked for, kept until the next hour; safe from any thread, bounded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, tuple[DayDigest, ...]] = OrderedDict()

    def of(self, services: Services, subject: Subject, days: int, *, odd: bool) -> tuple[DayDigest, ...]:
        """As `digests` up to the newest whole day."""
        key = _key(services, subject, days, odd=odd)
        with self._lock:
            if key in self._kept:
                return self._kept[key]
        found = digests(services, subject, last_day(services, subject), days, odd=odd)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def has(self, services: Services, subject: Subject, days: int, *, odd: bool) -> bool:
        """Whether asking costs nothing."""
        with self._lock:
            return _key(services, subject, days, odd=odd) in self._kept


def _key(services: Services, subject: Subject, days: int, *, odd: bool) -> object:
    # The name is in every sentence; decisions are appended, never changed.
    told = subject.place.id, subject.place.name, subject.indicators, days, odd
    now = int((services.clock().timestamp() - DELAY_S) // FRESH_S)
    return *told, now, len(services.releases.decisions())


def _known(value: float) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None
