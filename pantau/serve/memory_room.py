"""What the room has, in memory: alarms and taught functions (`pantau.serve.memory`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pantau.alarm import Alarm, Still, Verdict
from pantau.alert.desk import Change
from pantau.alert.engine import Pulse
from pantau.alert.points import Gauged
from pantau.alert.precision import Precision
from pantau.alert.rules import Rule
from pantau.errors import DataError
from pantau.findings import Function, Sight
from pantau.lessons import Example, Label, Report
from pantau.places import Camera, Zone
from pantau.store.alarms import AlarmQuery, Posted


class MemoryAlarms:
    """No rules, and the alarms that are given."""

    def __init__(self, alarms: Sequence[Alarm] = ()) -> None:
        self.kept = {alarm.id: alarm for alarm in alarms}
        self.in_force: dict[str, Rule] = {}
        self.gauged: tuple[Gauged, ...] = ()
        self.pictures: dict[str, bytes] = {}
        self.taken_s: tuple[float, ...] = ()

    def page(self, query: AlarmQuery) -> Sequence[Alarm]:
        """Those in the asked states."""
        return tuple(alarm for alarm in self.kept.values() if alarm.state in query.states)[: query.limit]

    def alarm(self, id_: str) -> Alarm | None:
        """One."""
        return self.kept.get(id_)

    def notices(self, alarm: str) -> Sequence[Posted]:
        """Nobody is told."""
        del alarm
        return ()

    def outbox(self) -> Mapping[str, int]:
        """Nothing waits."""
        return {}

    def picture(self, still: Still) -> bytes | None:
        """What was given."""
        return self.pictures.get(still.file)

    def acknowledge(self, alarm: Alarm) -> Alarm:
        """Seen when it began."""
        self.kept[alarm.id] = replace(alarm, acknowledged=alarm.since)
        return self.kept[alarm.id]

    def judge(self, alarm: Alarm, verdict: Verdict, reason: str) -> Alarm:
        """Noted."""
        self.kept[alarm.id] = replace(alarm, verdict=verdict, reason=reason)
        return self.kept[alarm.id]

    def rules(self) -> Mapping[str, Rule]:
        """Those given."""
        return self.in_force

    def precision(self, rule: str, revision: int) -> Precision:
        """Of what was judged."""
        mine = [a for a in self.kept.values() if (a.rule, a.revision) == (rule, revision) and a.verdict]
        return Precision(sum(a.verdict == "right" for a in mine), len(mine))

    def snoozed_until(self, rule: str, place: str) -> datetime | None:
        """Never."""
        del rule, place
        return None  # that is the answer

    def changed_since(self, version: int) -> tuple[int, tuple[Change, ...]]:
        """All once."""
        return 1, () if version else tuple(Change(alarm) for alarm in self.open())

    def open(self) -> Sequence[Alarm]:
        """Of those given."""
        return tuple(alarm for alarm in self.kept.values() if alarm.open)

    def latencies(self) -> Sequence[float]:
        """Those given."""
        return self.taken_s

    def pulse(self) -> Pulse:
        """Nothing is watched but the gauges given."""
        return Pulse(None, 0, 0, 0, self.gauged)


class MemoryTeacher:
    """Nothing is taught, and nothing can be."""

    def functions(self, camera: Camera) -> Sequence[Function]:
        """The zones of kind *scene*, untaught."""
        return tuple(Function(zone=zone) for zone in camera.zones if zone.kind == "scene")

    def add(self, camera: Camera, outline: str, name: str) -> Zone:
        """Refused."""
        raise DataError(f"camera {camera.id!r} can't be taught {name!r} at {outline!r}: nothing is kept here")

    def look(self, zone: Zone, time: datetime | None = None) -> Sight | None:
        """Nothing."""
        del zone, time
        return None

    def mark(self, zone: Zone, time: datetime, label: Label, by: str) -> Example:
        """Refused."""
        del time, label, by
        raise DataError(f"nothing is seen of {zone.id!r} now")

    def learn(self, zone: Zone, by: str) -> Report:
        """Refused."""
        del by
        raise DataError(f"{zone.id!r} can't learn yet: there are no examples")

    def forget(self, place: str, picture: str) -> bool:
        """There is none."""
        del place, picture
        return False

    def forget_pictures(self, place: str) -> int:
        """There are none."""
        del place
        return 0
