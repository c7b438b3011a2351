"""Services that live in memory: for the API's document, for tests, and for who writes a store of their own.

They keep the promises of `pantau.serve.services`: a bucket without a value is a gap, codes work once, pages of events
return each event once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import Literal

import numpy as np

from pantau import __version__
from pantau.errors import StoreError
from pantau.places import Camera, Cordon, Place, Site
from pantau.serve.kept.board import LiveBoard
from pantau.serve.memory_room import MemoryAlarms, MemoryTeacher
from pantau.serve.services import CityFacts, Services
from pantau.store.backfill import BackfillReport, Row
from pantau.store.buckets import bucket, starts
from pantau.store.complaints import Answer, Case, Complaint, ComplaintQuery
from pantau.store.delays import Delays
from pantau.store.groups import Membership
from pantau.store.matched import MatchedDays, Pair
from pantau.store.reader import EventPage
from pantau.store.releases import Decision, Month
from pantau.store.self_checks import SelfCheck
from pantau.store.series import Series, SeriesQuery
from pantau.store.validations import Validation
from pantau.types import Event, Run
from pantau.vocabulary import indicator

Values = Mapping[tuple[str, str], Mapping[datetime, float]]
"""By (place, indicator): the value of each bucket, by its start."""


class MemoryNumbers:
    """Numbers and events that are given; `broken` makes every question fail."""

    def __init__(self, values: Values | None = None, events: Sequence[Event] = (), timezone: str = "UTC") -> None:
        self.values: Values = values or {}
        self.happened = list(events)
        self.timezone = timezone
        self.coverage = 0.75
        self.now: datetime | None = None
        self.broken, self.delays = False, Delays()
        self.asked: list[SeriesQuery] = []
        self.grouped: dict[str, tuple[Membership, ...]] = {}
        self.imported: dict[str, tuple[Row, ...]] = {}

    def series(self, query: SeriesQuery) -> Series:
        """What was given, and gaps."""
        self._check()
        self.asked.append(query)
        grid = starts(query.tier, self.timezone, query.start, query.end)
        given = {name: self.values.get((query.place, name), {}) for name in query.indicators}
        seen = tuple(any(start in column for column in given.values()) for start in grid)
        ends = (bucket(query.tier, self.timezone, start)[1] for start in grid)
        return Series(
            place=query.place,
            tier=query.tier,
            timezone=self.timezone,
            starts=grid,
            columns={name: tuple(column.get(start) for start in grid) for name, column in given.items()},
            coverage=tuple(self.coverage if there else 0.0 for there in seen),
            method=tuple("counting by memory" if there else "" for there in seen),
            revision=tuple(int(there) for there in seen),
            provisional=tuple(self.now is not None and end > self.now for end in ends),
        )

    def extent(self, place: str) -> Mapping[str, tuple[datetime, datetime]]:
        """Of what was given."""
        self._check()
        spans: dict[str, tuple[datetime, datetime]] = {}
        for (where, name), column in self.values.items():
            if where == place and column:
                spans[indicator(name).family] = (min(column), bucket("hour", self.timezone, max(column))[1])
        return spans

    def extents(self) -> Mapping[str, Mapping[str, tuple[datetime, datetime]]]:
        """Of what was given."""
        return {place: self.extent(place) for place in {where for where, _ in self.values}}

    def check(self) -> None:
        """Whether it is broken."""
        self._check()

    def matched_days(self, query: SeriesQuery, pairs: Sequence[Pair], covered: float) -> MatchedDays:
        """Nothing: groups have no days here."""
        del query, pairs, covered
        none = np.empty(0)
        return MatchedDays(
            places=(), place=none.astype(int), pair=none.astype(int), alike=none.astype(bool), before=none, after=none
        )

    def memberships(self) -> Mapping[str, Sequence[Membership]]:
        """What was given."""
        return self.grouped

    def methods(self) -> Mapping[str, Mapping[str, str]]:
        """All is counted by memory."""
        self._check()
        return {place.partition(".")[0]: {indicator(name).family: "counting by memory"} for place, name in self.values}

    def backfill(
        self, run: Run, tier: Literal["hour", "day"], rows: Iterable[Row], timezones: Mapping[str, str]
    ) -> BackfillReport:
        """Counted and remembered, not looked into."""
        del tier, timezones
        self.imported[run.id] = tuple(rows)
        return BackfillReport(len(self.imported[run.id]), sum(len(row[2]) for row in self.imported[run.id]))

    def events(  # as `Numbers.events`
        self,
        place: str | None = None,
        kind: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 100,
        before: tuple[datetime, str] | None = None,
    ) -> EventPage:
        """Of what was given."""
        self._check()
        found = sorted(
            (
                event
                for event in self.happened
                if (place is None or event.place == place)
                and (kind is None or event.kind == kind)
                and (start is None or event.start >= start)
                and (end is None or event.start < end)
                and (before is None or (event.start, event.id) < before)
            ),
            key=lambda event: (event.start, event.id),
            reverse=True,
        )
        page = tuple(found[:limit])
        return EventPage(page, (page[-1].start, page[-1].id) if len(found) > limit else None)

    def _check(self) -> None:
        if self.broken:
            raise StoreError("/secret/folder/pantau.duckdb: can't be read")


class MemoryRegister:
    """Cameras and sites that are given."""

    def __init__(self, cameras: Sequence[Camera] = (), sites: Sequence[Site] = ()) -> None:
        self.kept = {camera.id: camera for camera in cameras}
        self.sites = tuple(sites)
        self.compared: list[Validation] = []
        self.checks: list[SelfCheck] = []
        self.borders: list[Cordon] = []

    def cameras(self) -> Sequence[Camera]:
        """All."""
        return tuple(self.kept.values())

    def camera(self, id_: str) -> Camera | None:
        """One."""
        return self.kept.get(id_)

    def places(self) -> Sequence[Place]:
        """Lines, zones and slots of the cameras, and the sites."""
        drawn: list[tuple[Place, ...]] = [(*c.lines, *c.zones, *c.slots) for c in self.kept.values()]
        return (*chain.from_iterable(drawn), *self.sites)

    def cordons(self) -> Sequence[Cordon]:
        """What was given."""
        return self.borders

    def place(self, id_: str) -> Place | None:
        """One."""
        return next((place for place in self.places() if place.id == id_), None)

    def validations(self, camera: str | None = None) -> Sequence[Validation]:
        """What was given."""
        return tuple(v for v in self.compared if camera in {None, v.camera})

    def self_checks(self, camera: str | None = None) -> Sequence[SelfCheck]:
        """What was given."""
        return tuple(c for c in self.checks if camera in {None, c.camera})

    def failed_checks(self, places: Sequence[str], start: datetime, end: datetime) -> Sequence[SelfCheck]:
        """Of what was given."""
        return tuple(
            c
            for c in self.checks
            if c.verdict == "inconsistent" and {c.place, c.other} & set(places) and c.end > start and c.start < end
        )


class MemorySessions:
    """Codes that are given, each of which works once."""

    def __init__(self, codes: Sequence[str] = ()) -> None:
        self.codes = set(codes)
        self.tokens: set[str] = set()

    def claim(self, code: str) -> str | None:
        """The token is the code, marked."""
        if code not in self.codes:
            return None
        self.codes.remove(code)
        self.tokens.add(f"token-{code}")
        return f"token-{code}"

    def session(self, token: str) -> Literal["admin"] | None:
        """Who has a token is the admin."""
        return "admin" if token in self.tokens else None

    def end_session(self, token: str) -> None:
        """Forget it."""
        self.tokens.discard(token)


class MemoryReleases:
    """Decisions that are given; by default everything that may be open is."""

    def __init__(self, decisions: Sequence[Decision] | None = None) -> None:
        opened = Decision(family="", place="", open=True, by="walidata", time=datetime(2026, 1, 1, tzinfo=UTC))
        self.taken = [opened] if decisions is None else list(decisions)
        self.published: dict[tuple[str, str, str], Month] = {}

    def decide(self, decision: Decision) -> None:
        """Remembered."""
        self.taken.append(decision)

    def decisions(self) -> Sequence[Decision]:
        """As they were taken."""
        return tuple(self.taken)

    def months(self, places: Collection[str], indicator: str, first: str, last: str) -> Sequence[Month]:
        """What was kept."""
        kept = (m for m in self.published.values() if m.place in places and m.indicator == indicator)
        return sorted((m for m in kept if first <= m.month <= last), key=lambda m: m.month)

    def keep(self, months: Sequence[Month]) -> None:
        """Remembered."""
        self.published |= {(m.place, m.indicator, m.month): m for m in months}


class MemoryComplaints:
    """What is said, as it comes; `full` refuses everything."""

    def __init__(self) -> None:
        self.kept: dict[str, Complaint] = {}
        self.full = False

    def put(self, said: Complaint) -> str | None:
        """Kept."""
        if self.full:
            return None
        self.kept[said.id] = said
        return said.id

    def answer(self, id_: str, answer: Answer) -> Complaint | None:
        """The newest holds."""
        if id_ not in self.kept:
            return None
        self.kept[id_] = replace(self.kept[id_], answer=answer)
        return self.kept[id_]

    def page(self, query: ComplaintQuery) -> Sequence[Complaint]:
        """Of what was said."""
        found = [
            one
            for one in self.kept.values()
            if query.answered in {None, one.answer is not None}
            and (query.places is None or one.place in query.places)
            and (query.indicators is None or one.indicator in query.indicators)
            and (query.since is None or (one.answer is not None and one.answer.time >= query.since))
        ]
        found.sort(key=lambda one: one.answer.time if one.answer else one.received, reverse=True)
        return tuple(found[: query.limit])

    def cases(self) -> Sequence[Case]:
        """Of what was said."""
        return tuple(
            Case(one.received, one.answer.time if one.answer else None, one.answer.outcome if one.answer else None, 1)
            for one in self.kept.values()
        )


def memory_services(now: datetime) -> Services:
    """Services of a city without cameras, at a moment that stands still."""
    return Services(
        city=CityFacts(name="Kota", region="", timezone="UTC"),
        version=__version__,
        numbers=MemoryNumbers(),
        register=MemoryRegister(),
        sessions=MemorySessions(),
        board=LiveBoard(),
        alarms=MemoryAlarms(),
        teacher=MemoryTeacher(),
        releases=MemoryReleases(),
        complaints=MemoryComplaints(),
        clock=lambda: now,
        secret=b"a secret that lives in memory....",
    )
