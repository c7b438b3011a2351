"""What the server needs from the rest of the house, as verbs: `pantau.app` binds them, tests give small fakes.

The server reads live pages from the Board only and truth from the store only; it reads no clock but the one it is given.
Everything here is synchronous and is called from worker threads, except the Board, which is quick enough to be asked from
the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

from pantau.alarm import Alarm, Still, Verdict
from pantau.alert.desk import Change
from pantau.alert.engine import Pulse
from pantau.alert.precision import Precision
from pantau.alert.rules import Rule
from pantau.findings import Function, Load, Sight
from pantau.forecast.public_days import days_off
from pantau.lessons import Example, Label, Report
from pantau.places import Camera, Cordon, Place, Zone
from pantau.serve.kept.availability import Availabilities
from pantau.serve.kept.board import LiveBoard
from pantau.serve.kept.standings import Standings
from pantau.serve.release.cells import Cells
from pantau.serve.release.publication import Publication
from pantau.serve.release.rule import CellRule
from pantau.store.alarms import AlarmQuery, Posted
from pantau.store.backfill import BackfillReport, Row
from pantau.store.complaints import Answer, Case, Complaint, ComplaintQuery
from pantau.store.delays import Delays
from pantau.store.groups import Membership
from pantau.store.matched import MatchedDays, Pair
from pantau.store.reader import EventPage
from pantau.store.releases import Decision, Month, fingerprint
from pantau.store.seal import KEEP, Retention
from pantau.store.self_checks import SelfCheck
from pantau.store.series import Series, SeriesQuery
from pantau.store.validations import Validation
from pantau.types import Run
from pantau.vocabulary import Text


class Numbers(Protocol):
    """The stored truth."""

    @property
    def delays(self) -> Delays:
        """Seconds from capture to kept."""
        ...

    def series(self, query: SeriesQuery) -> Series:
        """A point for every bucket of the range."""
        ...

    def extent(self, place: str) -> Mapping[str, tuple[datetime, datetime]]:
        """For each family that a place has anything of: start of the first and end of the last stored bucket."""
        ...

    def extents(self) -> Mapping[str, Mapping[str, tuple[datetime, datetime]]]:
        """`extent` of every place that has anything."""
        ...

    def check(self) -> None:
        """Ask something small; StoreError where it can't be read."""
        ...

    def matched_days(self, query: SeriesQuery, pairs: Sequence[Pair], covered: float) -> MatchedDays:
        """Days of a group's places that were watched on both days of a pair."""
        ...

    def memberships(self) -> Mapping[str, Sequence[Membership]]:
        """Who belongs and belonged to each group of places (the city, its areas)."""
        ...

    def methods(self) -> Mapping[str, Mapping[str, str]]:
        """For each camera and family, what measured in the newest run."""
        ...

    def events(  # each is one filter of the page
        self,
        place: str | None = None,
        kind: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 100,
        before: tuple[datetime, str] | None = None,
    ) -> EventPage:
        """A page of events that began in [start, end), newest first; `before` is that of the page above."""
        ...

    def backfill(
        self, run: Run, tier: Literal["hour", "day"], rows: Iterable[Row], timezones: Mapping[str, str]
    ) -> BackfillReport:
        """Keep an import: all of it or, with DataError, nothing."""
        ...


class Register(Protocol):
    """The control database's cameras and places, as they are now."""

    def cameras(self) -> Sequence[Camera]:
        """Every camera, lines and zones included."""
        ...

    def camera(self, id_: str) -> Camera | None:
        """One camera."""
        ...

    def places(self) -> Sequence[Place]:
        """Every line, zone and imported site."""
        ...

    def place(self, id_: str) -> Place | None:
        """A place, also one that has been retired."""
        ...

    def cordons(self) -> Sequence[Cordon]:
        """The declared boundary lines of groups in force."""
        ...

    def validations(self, camera: str | None = None) -> Sequence[Validation]:
        """Comparisons with the truth, of one camera or of all."""
        ...

    def self_checks(self, camera: str | None = None) -> Sequence[SelfCheck]:
        """The newest results of every self-check, of one camera or of all."""
        ...

    def failed_checks(self, places: Sequence[str], start: datetime, end: datetime) -> Sequence[SelfCheck]:
        """Every self-check that failed about any of these places and touches [start, end), oldest first."""
        ...


class Sessions(Protocol):
    """Who is signed in. Codes work once; tokens are unguessable and end by themselves."""

    def claim(self, code: str) -> str | None:
        """A session token for a one-time code, or None when the code is wrong, used or too old."""
        ...

    def session(self, token: str) -> Literal["admin"] | None:
        """The role of a token, or None when there is no such session."""
        ...

    def end_session(self, token: str) -> None:
        """Forget a token."""
        ...


class Alarms(Protocol):
    """Alarms, their rules, and what people say of them."""

    def page(self, query: AlarmQuery) -> Sequence[Alarm]:
        """Alarms, newest onset first."""
        ...

    def alarm(self, id_: str) -> Alarm | None:
        """One alarm."""
        ...

    def notices(self, alarm: str) -> Sequence[Posted]:
        """What was or is to be told of an alarm."""
        ...

    def outbox(self) -> Mapping[str, int]:
        """How many notices wait, were sent and were given up."""
        ...

    def picture(self, still: Still) -> bytes | None:
        """A kept picture."""
        ...

    def acknowledge(self, alarm: Alarm) -> Alarm:
        """Somebody has seen it."""
        ...

    def judge(self, alarm: Alarm, verdict: Verdict, reason: str) -> Alarm:
        """Somebody says whether it was right."""
        ...

    def rules(self) -> Mapping[str, Rule]:
        """Every rule in force."""
        ...

    def precision(self, rule: str, revision: int) -> Precision:
        """How often a rule was right."""
        ...

    def snoozed_until(self, rule: str, place: str) -> datetime | None:
        """Until when a rule is quiet at a place."""
        ...

    def changed_since(self, version: int) -> tuple[int, tuple[Change, ...]]:
        """The version now, and what has changed after `version`; 0: every open alarm."""
        ...

    def open(self) -> Sequence[Alarm]:
        """Alarms that are pending or firing."""
        ...

    def latencies(self) -> Sequence[float]:
        """Seconds from when a reading could be known to its alarm, of the newest alarms."""
        ...

    def pulse(self) -> Pulse:
        """When the rules were last looked at."""
        ...


class Teacher(Protocol):
    """Functions that are taught by example; what can't be done raises DataError with what to do."""

    def functions(self, camera: Camera) -> Sequence[Function]:
        """Every function of a camera."""
        ...

    def add(self, camera: Camera, outline: str, name: str) -> Zone:
        """A new function at a zone."""
        ...

    def look(self, zone: Zone, time: datetime | None = None) -> Sight | None:
        """The newest look at a zone, or the one of that time if it was shown lately."""
        ...

    def mark(self, zone: Zone, time: datetime, label: Label, by: str) -> Example:
        """Keep the look of that time as an example."""
        ...

    def learn(self, zone: Zone, by: str) -> Report:
        """Learn from what is marked, and put it in force."""
        ...

    def forget(self, place: str, picture: str) -> bool:
        """Take an example away; whether there was one."""
        ...

    def forget_pictures(self, place: str) -> int:
        """Let the small pictures of a place go."""
        ...


class Releases(Protocol):
    """What the data steward decided, and the person counts that were published."""

    def decide(self, decision: Decision) -> None:
        """Put a decision in force."""
        ...

    def decisions(self) -> Sequence[Decision]:
        """Every decision ever taken, oldest first."""
        ...

    def months(self, places: Collection[str], indicator: str, first: str, last: str) -> Sequence[Month]:
        """What was published of these months, both included."""
        ...

    def keep(self, months: Sequence[Month]) -> None:
        """Remember what is published from now on."""
        ...


class Complaints(Protocol):
    """What citizens say of published figures, and what the data steward answers."""

    def put(self, said: Complaint) -> str | None:
        """Keep what was said, or add its voice to the same; its id, or None when too many wait."""
        ...

    def answer(self, id_: str, answer: Answer) -> Complaint | None:
        """Append an answer; None when there is no such complaint."""
        ...

    def page(self, query: ComplaintQuery) -> Sequence[Complaint]:
        """What was asked for, newest first."""
        ...

    def cases(self) -> Sequence[Case]:
        """What may be counted of every complaint."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CityFacts:
    """Whose pages these are.

    Args:
        timezone: IANA zone of the city's days; places on cameras have it.
        areas: GeoJSON file with properties `code` and `name`.
        map_style: MapLibre style, an http(s) address or the path of a file; None draws the areas on plain ground.
        licence: address of the licence under which the city publishes its numbers.
        keep, picture_days: how long numbers and the redacted pictures of alarms are kept.
        leave: days off that were decreed (`pantau.leave_file`), with their names.
        potential: the plan of potential revenue (`pantau.potential.plan`), where the city has one.
        targets: what the city aims for of a service level, by its id; of others it is what the vocabulary says.
    """

    name: str
    region: str
    timezone: str
    demo: bool = False
    areas: Path | None = None
    map_style: str | None = None
    potential: Path | None = None
    leave: Mapping[date, Text] = field(default_factory=dict)
    licence: str = "https://creativecommons.org/licenses/by/4.0/"
    keep: Retention = KEEP
    picture_days: int = 30
    targets: Mapping[str, float] = field(default_factory=dict)

    def days_off(self, timezone: str, year: int) -> Mapping[date, Text]:
        """Public holidays and decreed days where an IANA zone is, in order."""
        return days_off(timezone, year, self.leave, self.timezone)

    @property
    def map_address(self) -> str | None:
        """Where the browser finds the basemap style: as configured, or where a configured file is served."""
        if not self.map_style or self.map_style.startswith(("http://", "https://")):
            return self.map_style or None
        return f"/map/style{Path(self.map_style).suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the app is made of.

    Args:
        web_root: the built pages; None shows a page that says how to build them.
        clock: UTC now.
        hosts: names under which browsers may reach the server; more come with an account.
        load: how busy the inferences are; None where nobody watches.
        failing: the keeper's jobs that fail now, and since when (`pantau.keeper`).
        open_per_s, open_burst: requests to the open API that one address may make, lasting and at once (`pantau.serve.http.fair`).
        metrics_token: what a program brings that reads the metrics; empty: only the signed-in read them.
        secret: what published person counts are made with; None where it is lost: no new ones are published.
        publication, cells: published person counts, made of the above.
        availability: how much of the last day cameras saw, put in by the keeper (`pantau.serve.now.availability`).
        standings: what every place is now, put in by the keeper (`pantau.serve.now.rounds`).
    """

    city: CityFacts
    version: str
    numbers: Numbers
    register: Register
    sessions: Sessions
    board: LiveBoard
    alarms: Alarms
    teacher: Teacher
    releases: Releases
    complaints: Complaints
    clock: Callable[[], datetime]
    load: Callable[[], Load] | None = None
    failing: Callable[[], Mapping[str, datetime]] = dict
    web_root: Path | None = None
    hosts: frozenset[str] = field(default=frozenset({"localhost", "127.0.0.1", "[::1]"}))
    open_per_s: float = 10.0
    open_burst: float = 120.0
    metrics_token: str = field(default="", repr=False)
    secret: bytes | None = field(default=None, repr=False)
    publication: Publication = field(init=False, repr=False, compare=False)
    cells: Cells = field(init=False, repr=False, compare=False)
    availability: Availabilities = field(init=False, repr=False, compare=False)
    standings: Standings = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rule = CellRule(self.secret) if self.secret else None
        made = Publication(self.numbers, self.releases, rule, fingerprint(self.secret) if self.secret else "")
        object.__setattr__(self, "publication", made)
        object.__setattr__(self, "cells", Cells(made))
        object.__setattr__(self, "standings", Standings())
        object.__setattr__(self, "availability", Availabilities())
