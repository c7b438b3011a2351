"""A city's alarms without a city: a real control database, numbers that are given, a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pantau.alarm import Alarm
from pantau.alert.desk import Desk
from pantau.alert.engine import AlarmEngine
from pantau.alert.rule_file import RuleEntry, rules_of, targets_of, written
from pantau.alert.stills import Stills
from pantau.places import Camera, Line, Zone
from pantau.store.alarms import AlarmQuery
from pantau.store.control import Control
from pantau.store.reader import EventPage
from pantau.store.series import Minute
from pantau.types import Batch, Event, Observation, Run

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
CAMERA = Camera(
    id="a",
    name="Alun-alun",
    source="rtsp://10.0.0.5/one",
    lines=(Line(id="a.gate", camera="a", name="Gerbang", start=(0.1, 0.5), end=(0.9, 0.5)),),
    zones=(
        Zone(id="a.square", camera="a", name="Pelataran", polygon=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))),
        Zone(id="a.edge", camera="a", name="Tebing", polygon=((0.1, 0.1), (0.2, 0.1), (0.2, 0.9)), kind="danger"),
    ),
)
RUN = Run(
    id="a-1", camera="a", kind="live", started=NOON, keys=(), method={"visitors": "uji"}, cadence_s={"visitors": 0.2}
)


@dataclass
class Given:
    """The store: minutes and events that a test gives."""

    kept: list[Minute] = field(default_factory=list)
    happened: dict[str, Event] = field(default_factory=dict)

    def minutes(self, name: str, start: datetime, end: datetime) -> Iterator[Minute]:
        del name
        return iter([m for m in self.kept if start <= m.start < end])

    def events(
        self,
        place: str | None = None,
        kind: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 100,
    ) -> EventPage:
        found = [
            e
            for e in self.happened.values()
            if place in {None, e.place}
            and kind in {None, e.kind}
            and (start is None or e.start >= start)
            and (end is None or e.start < end)
        ]
        return EventPage(tuple(found[:limit]))


@dataclass
class Album:
    """The live board's redacted pictures."""

    held: list[tuple[datetime, bytes]] = field(default_factory=list)

    def pictures(self, camera: str) -> Sequence[tuple[datetime, bytes]]:
        del camera
        return self.held


class Office:
    """An engine over a control database, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, NOON
        self.numbers, self.album, self.woken = Given(), Album(), 0
        self.seq = 0
        self.control = Control.open(folder, clock=lambda: self.now)
        self.control.apply([CAMERA])
        self.engine = self._engine()

    def _engine(self) -> AlarmEngine:
        desk = Desk(self.control.alarms, Stills(self.folder, self.album), self._wake)
        return AlarmEngine(desk, self.numbers, "Asia/Jakarta")

    def _wake(self) -> None:
        self.woken += 1

    def rules(self, *entries: Mapping[str, Any], notify: Sequence[Mapping[str, Any]] = ()) -> None:
        """Put rules in force, as `pantau apply` and a running city do."""
        told = [written(RuleEntry.model_validate({"name": e["id"], **e})) for e in entries]
        self.control.apply_rules(told, list(notify))
        self.follow()

    def follow(self) -> None:
        alarms = self.control.alarms
        self.engine.follow(rules_of(alarms.rules()), targets_of(alarms.targets()), self.control, self.now)

    def kill(self) -> None:
        """As kill -9, and a new process: nothing but what was kept remains."""
        self.engine = self._engine()
        self.follow()
        self.engine.recover(self.now, self.control.alarms.mark())

    def at(self, seconds: float) -> Office:
        """Let time pass until so many seconds after noon."""
        self.now = NOON + timedelta(seconds=seconds)
        return self

    def see(self, value: float | None = None, *, events: Sequence[Event] = (), cadence_s: float = 0.2) -> None:
        """One committed batch, now: how many are inside, and what happened; then a turn."""
        self.seq += 1
        found = () if value is None else (Observation("a.square", "visitors.inside", "", self.now, cadence_s, value),)
        self.numbers.happened |= {event.id: event for event in events}
        self.engine.begin(replace(RUN, cadence_s={"visitors": cadence_s}))
        self.engine.take(Batch(RUN.id, self.seq, {"visitors": (self.now,)}, found, tuple(events)))
        self.engine.turn(self.now)

    def states(self) -> list[str]:
        """States of all alarms that were kept, in the order of their onset."""
        return [alarm.state for alarm in self.kept()]

    def kept(self) -> list[Alarm]:
        return list(reversed(self.control.alarms.page(AlarmQuery(states=("pending", "firing", "resolved")))))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.control.close()
