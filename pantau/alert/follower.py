"""Alarms that follow an event: one for each stay, from its onset to its end.

An event comes again under its id whenever it changes (`pantau.types.Event`). One that says its stage (`within`, `over`) is
pending while within its limit and fires when over; one that says none (an outage) fires when it has lasted the rule's
`hold_s`. Its end resolves the alarm; a pending one that ends fires nothing.

When a run ends without ending its events (the process was killed), or ends one because it can tell no more (fog), nobody knows whether they went on. Their alarms stay open,
as *orphans*: the next event of the same rule and place takes one over, because a car that stands there after a restart is
the one that stood there before (the names of such events are in the alarm's fact `also`); and when the place was watched
again for `REWATCH_S` without any, it is over (`unwatched`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from pantau.alarm import Alarm
from pantau.alert.desk import Desk
from pantau.alert.machine import Limits, State, due
from pantau.alert.numbers import Numbers
from pantau.alert.points import Points
from pantau.alert.rules import LIVE_GAP_S, Rule
from pantau.schedule import Schedule
from pantau.types import UNWATCHED, Event, Run

REWATCH_S: Final = 60.0
RECOVER: Final = timedelta(hours=1)
"""How far back events are asked for after a stop."""
MOST_RECOVERED: Final = 1000


class Follower:
    """Event rules; used by one thread at a time.

    Args:
        desk: where alarms are.
        numbers: the store, for events that were committed while nobody listened.
    """

    def __init__(self, desk: Desk, numbers: Numbers) -> None:
        self._desk, self._numbers = desk, numbers
        self._watched: dict[str, tuple[datetime, datetime]] = {}
        self._orphaned: dict[str, datetime] = {}

    def watched(self, camera: str, span: tuple[datetime, datetime], gap_s: float) -> None:
        """A camera was sampled throughout `span`; more than `gap_s` (and `LIVE_GAP_S`) without a sample is a gap."""
        first, last = span
        since, until = self._watched.get(camera, (first, first))
        gap = (first - until).total_seconds() > max(LIVE_GAP_S, gap_s)
        self._watched[camera] = (first if gap else since, max(until, last))

    def watched_since(self, camera: str, otherwise: datetime) -> datetime:
        """Since when a camera has been watched without a gap."""
        return self._watched.get(camera, (otherwise, otherwise))[0]

    def began(self, run: Run) -> None:
        """A camera has a new run: what its earlier runs had not ended has nobody left to end it."""
        for alarm in list(self._desk.open.values()):
            if alarm.subject and alarm.camera == run.camera and alarm.run not in {"", run.id}:
                self._desk.refresh(replace(alarm, run=""))

    def recover(self, points: Points, local: datetime, now: datetime) -> None:
        """After a stop: ends that were kept while nobody listened, and events of the last hour that were not seen."""
        followed = [alarm for alarm in self._desk.open.values() if alarm.subject]
        for alarm in followed:
            self._desk.refresh(replace(alarm, run=""))
        for kind, rules in points.followers.items():
            names = {rule.id for rule in rules}
            page = self._numbers.events(None, kind, now - RECOVER, now, MOST_RECOVERED)
            found = {event.id: event for event in page.events}
            for alarm in followed:
                if alarm.rule in names and alarm.subject not in found:
                    at = self._numbers.events(alarm.place, kind, alarm.since, alarm.since + timedelta(microseconds=1))
                    found |= {event.id: event for event in at.events if event.id == alarm.subject}
            for event in sorted(found.values(), key=lambda one: one.start):
                self.event(event, "", points, local, now)

    def event(self, event: Event, run: str, points: Points, local: datetime, now: datetime) -> None:
        """An event began, went on or ended."""
        for rule in points.followers.get(event.kind, ()):
            if rule.covers(event.place):
                self._follow(rule, event, run, points.cameras.get(event.place, ""), (local, now))

    def tick(self, points: Points, now: datetime) -> None:
        """What time alone makes due: events that have lasted long enough, and orphans nobody took over."""
        for alarm in [a for a in self._desk.open.values() if a.subject]:
            rule = points.rules.get(alarm.rule)
            if rule is None:
                continue
            if alarm.run:
                self._orphaned.pop(alarm.id, None)
            if alarm.state == "pending" and alarm.run and alarm.facts.get("stage", "over") == "over":
                self._due(rule, alarm, now, now)
            elif not alarm.run:
                self._settle_orphan(rule, alarm, now)

    def _follow(self, rule: Rule, event: Event, run: str, camera: str, when: tuple[datetime, datetime]) -> None:
        local, now = when
        stage = str(event.attributes.get("stage", "over"))
        lost = event.attributes.get("ended") == UNWATCHED
        end = None if lost else event.end
        alarm = self._find(rule, event)
        if alarm is None:
            over = stage == "over" and ((end or now) - event.start).total_seconds() >= rule.hold_s
            if event.end is not None and not over:
                return
            if self._desk.known(rule.id, event.place, event.id) or self._desk.quiet(rule.id, event.place, now):
                return
            if not Schedule.parse(rule.schedule).covers(local):
                return
            alarm = self._adopted(rule, event, run) or self._begin(rule, event, run, camera, now)
        lasted = _seconds(event, ((event.end or now) - event.start).total_seconds())
        facts = dict(event.attributes) | ({"also": also} if (also := alarm.facts.get("also")) else {})
        alarm = replace(alarm, facts=facts, seen=now, value=lasted, peak=lasted, run="" if lost else run or alarm.run)
        alarm = self._desk.refresh(alarm)
        if stage == "over" and alarm.state == "pending":
            alarm = self._due(rule, alarm, end or now, now)
        if end is not None:
            if alarm.state == "pending":
                self._desk.withdraw(alarm)
            else:
                self._desk.resolve(rule, alarm, max(end, alarm.fired or alarm.since), now, "ended")

    def _find(self, rule: Rule, event: Event) -> Alarm | None:
        """The open alarm that follows this event, under its own name or taken over."""
        found = self._desk.open.get((rule.id, event.place, event.id))
        if found is None:
            for alarm in self._desk.open.values():
                also = str(alarm.facts.get("also", "")).split()
                if (alarm.rule, alarm.place) == (rule.id, event.place) and event.id in also:
                    return alarm
        return found

    def _begin(self, rule: Rule, event: Event, run: str, camera: str, now: datetime) -> Alarm:
        limit = event.attributes.get("limit_s", rule.hold_s)
        return self._desk.pend(
            rule,
            Alarm(
                id="", rule=rule.id, revision=rule.revision, place=event.place, camera=camera, subject=event.id,
                severity=rule.severity, state="pending", since=event.start, seen=now, limit=float(limit), unit="s",
                facts=dict(event.attributes), run=run,
            ),
        )  # fmt: skip

    def _adopted(self, rule: Rule, event: Event, run: str) -> Alarm | None:
        """An orphan of this rule and place that this event goes on with."""
        for alarm in self._desk.open.values():
            here = (alarm.rule, alarm.place) == (rule.id, event.place) and alarm.subject
            if here and run and not alarm.run and alarm.subject != event.id:
                also = f"{alarm.facts.get('also', '')} {event.id}".strip()
                return replace(alarm, facts={"also": also})
        return None

    def _due(self, rule: Rule, alarm: Alarm, at: datetime, now: datetime) -> Alarm:
        """Fire when it has lasted long enough at `at`."""
        _, steps = due(Limits(above=0.0, hold_s=rule.hold_s), State("pending", alarm.since, seen=alarm.seen), at)
        return self._desk.fire(rule, alarm, max(at, alarm.since), now) if "fired" in steps else alarm

    def _settle_orphan(self, rule: Rule, alarm: Alarm, now: datetime) -> None:
        orphaned = self._orphaned.setdefault(alarm.id, now)
        watched = self._watched.get(alarm.camera)
        if watched is None or (watched[1] - max(watched[0], orphaned)).total_seconds() < REWATCH_S:
            return
        self._orphaned.pop(alarm.id, None)
        if alarm.state == "pending":
            self._desk.withdraw(alarm)
        else:
            self._desk.resolve(rule, alarm, max(now, alarm.since), now, "unwatched")


def _seconds(event: Event, lasted: float) -> float:
    said = event.attributes.get("dwell_s", lasted)
    return float(said)
