"""What a rule would have done last week, before it is taken: the same state machine over the stored minutes and events.

A rule that would have been firing for more than `MOST_FIRING` of the time that was watched says nothing, and is refused; one
that would have fired more than `MOST_A_DAY` times a day will not be listened to, and is warned of. Limits: a rule on the
newest value (`over_s` = 0) is rehearsed on the means of minutes, which are smoother, so it may fire a little more often;
of a pattern that names many places the first `MOST_PLACES` are rehearsed. Where nothing was stored nothing can be said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from pantau.alert.machine import IDLE, Reading, advance
from pantau.alert.rules import MINUTE_S, Rule
from pantau.alert.windows import LEAST_SEEN, MINUTE, Cells, closed, readings
from pantau.places import NO_DIRECTION
from pantau.schedule import Schedule
from pantau.store.reader import EventPage
from pantau.store.series import Minute, Series, SeriesQuery
from pantau.types import Aggregate, Event
from pantau.vocabulary import families, indicator

WEEK: Final = timedelta(days=7)
MOST_FIRING: Final = 0.3
MOST_A_DAY: Final = 24.0
MOST_PLACES: Final = 50
DAY_S: Final = 86_400.0
LEAST_WATCHED_S: Final = 3600.0
"""Less than an hour of numbers says nothing about a week."""


class Stored(Protocol):
    """What is asked of the store."""

    def series(self, query: SeriesQuery) -> Series:
        """A point for every minute of the range."""
        ...

    def events(
        self,
        place: str | None = None,
        kind: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 100,
        before: tuple[datetime, str] | None = None,
    ) -> EventPage:
        """A page of events."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a rule would have done: alarms, seconds firing and seconds watched, over so many of its places."""

    rule: str
    alarms: int
    firing_s: float
    watched_s: float
    places: int
    of_places: int

    @property
    def share(self) -> float:
        """Of the watched time, how much it would have been firing."""
        return self.firing_s / self.watched_s if self.watched_s else 0.0

    @property
    def a_day(self) -> float:
        """Alarms per watched day."""
        return self.alarms / (self.watched_s / DAY_S) if self.watched_s else 0.0

    @property
    def known(self) -> bool:
        """Whether there were numbers enough to say anything."""
        return self.watched_s >= LEAST_WATCHED_S

    @property
    def constant(self) -> bool:
        """Whether it would have been firing all the time."""
        return self.known and self.share > MOST_FIRING

    @property
    def frequent(self) -> bool:
        """Whether it would have fired too often to be listened to."""
        return self.known and self.a_day > MOST_A_DAY

    def told(self) -> str:
        """In a sentence."""
        if not self.known:
            return f"rule {self.rule!r}: not enough was stored in the last week to rehearse it"
        some = f" at {self.places} of {self.of_places} places" if self.places < self.of_places else ""
        return (
            f"rule {self.rule!r}: over the {self.watched_s / 3600:.0f} h watched last week{some} it would have fired "
            f"{self.alarms} times ({self.a_day:.1f} a day) and been firing {self.share:.0%} of the time"
        )


def rehearse(
    rule: Rule, places: Sequence[str], stored: Stored, now: datetime, local: Callable[[datetime], datetime]
) -> Rehearsal:
    """Run a rule over the last week; `local` gives the city's wall clock.

    Raises:
        StoreError: the store could not be read.
    """
    end = closed(now)
    start = end - WEEK
    alarms, firing_s, watched_s = 0, 0.0, 0.0
    for place in places[:MOST_PLACES]:
        if rule.kind == "dwell":
            stays = [e for e in _events(stored, place, rule.event, start, end) if _fires(rule, e, end)]
            alarms += len(stays)
            firing_s += sum(((e.end or end) - e.start).total_seconds() - rule.hold_s for e in stays)
            watched_s += (end - start).total_seconds()
            continue
        found = list(_readings(rule, place, stored, start, end))
        fired, lasted = _run(rule, found, local)
        alarms, firing_s, watched_s = alarms + fired, firing_s + lasted, watched_s + MINUTE_S * len(found)
    return Rehearsal(
        rule=rule.id, alarms=alarms, firing_s=firing_s, watched_s=watched_s,
        places=min(len(places), MOST_PLACES), of_places=len(places),
    )  # fmt: skip


def _run(rule: Rule, found: Iterable[Reading], local: Callable[[datetime], datetime]) -> tuple[int, float]:
    """How often it would have fired, and for how long."""
    schedule, limits = Schedule.parse(rule.schedule), replace(rule.limits, gap_s=2 * MINUTE_S)
    state, fired, lasted = IDLE, 0, 0.0
    last: datetime | None = None
    for reading in found:
        if not schedule.covers(local(reading.time)):
            state, last = IDLE, None
            continue
        if state.phase == "firing" and last is not None:
            lasted += min((reading.time - last).total_seconds(), MINUTE_S)
        state, steps = advance(limits, state, reading)
        fired += "fired" in steps
        last = reading.time
    return fired, lasted


def _readings(rule: Rule, place: str, stored: Stored, start: datetime, end: datetime) -> Iterator[Reading]:
    if rule.kind == "absence":
        yield from _silences(rule, place, stored, start, end)
    elif rule.event:
        times = sorted(e.start for e in _events(stored, place, rule.event, start, end))
        over = timedelta(seconds=rule.over_s)
        for i in range(int(over / MINUTE) + 1, int((end - start) / MINUTE) + 1):
            at = start + i * MINUTE
            yield Reading(at, float(sum(at - over < time <= at for time in times)))
    else:
        minutes = list(_minutes(rule, place, stored, start, end))
        ends = [start + i * MINUTE for i in range(1, int((end - start) / MINUTE) + 1)]
        yield from readings(rule if rule.over_s else replace(rule, over_s=MINUTE_S), place, Cells(minutes), ends)


def _minutes(rule: Rule, place: str, stored: Stored, start: datetime, end: datetime) -> Iterator[Minute]:
    series = stored.series(
        SeriesQuery(
            place=place, indicators=(rule.indicator,), tier="minute", start=start, end=end,
            direction=rule.direction or "both",
        )
    )  # fmt: skip
    name = indicator(rule.indicator).name
    for at, value, coverage in zip(series.starts, series.columns[rule.indicator], series.coverage, strict=True):
        if value is not None:
            yield Minute(place, NO_DIRECTION, at, coverage * MINUTE_S, {name: Aggregate(1, value, value, value)})


def _silences(rule: Rule, place: str, stored: Stored, start: datetime, end: datetime) -> Iterator[Reading]:
    """The age of the newest data at each minute, from when there first were some."""
    names = [rule.indicator] if rule.indicator else [f.indicators[0].id for f in families().values()]
    seen: set[datetime] = set()
    for name in names:
        series = stored.series(SeriesQuery(place=place, indicators=(name,), tier="minute", start=start, end=end))
        seen |= {at for at, share in zip(series.starts, series.coverage, strict=True) if share > 1 - LEAST_SEEN}
    last = min(seen, default=None)
    for i in range(int((end - start) / MINUTE)):
        at = start + i * MINUTE
        if last is not None and at >= last:
            last = at if at in seen else last
            yield Reading(at + MINUTE, (at - last).total_seconds(), onset=last + MINUTE)


def _events(stored: Stored, place: str, kind: str, start: datetime, end: datetime) -> Iterator[Event]:
    before = None
    while True:
        page = stored.events(place, kind, start, end, 1000, before)
        yield from page.events
        if (before := page.before) is None:
            return


def _fires(rule: Rule, event: Event, end: datetime) -> bool:
    stage = event.attributes.get("stage", "over")
    return stage == "over" and ((event.end or end) - event.start).total_seconds() >= rule.hold_s
