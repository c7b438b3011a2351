"""Where the rules hold: one point for each rule and place, and which points a reading is for.

Made anew whenever rules or places change; a point whose rule measures the same keeps its state. A batch of a thousand
observations costs a thousand look-ups, however many rules there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pantau.alert.machine import IDLE, Limits, State
from pantau.alert.rules import Rule, check
from pantau.errors import ConfigError
from pantau.places import Camera, Line, Place, Zone
from pantau.schedule import Schedule
from pantau.vocabulary import indicator

TRACE: Final = 30
"""Readings that are remembered of a point, to show how its value came to cross the limit."""
OF_GAUGE: Final = frozenset({"water.level", "water.rise", "water.to_limit", "water.confidence"})
"""Indicators that only a gauge gives."""
MOST_EVENTS: Final = 2_000
"""Events that are remembered of a point that counts them."""


@dataclass(slots=True, eq=False)
class Point:
    """One rule at one place.

    Args:
        camera: the camera that sees the place; empty for imported ones.
        family: what it measures; empty where that does not matter.
        happened: times of the events it counts.
    """

    rule: Rule
    place: str
    camera: str
    family: str
    limits: Limits
    schedule: Schedule
    state: State = IDLE
    trace: deque[tuple[datetime, float]] = field(default_factory=lambda: deque(maxlen=TRACE))
    happened: deque[datetime] = field(default_factory=lambda: deque(maxlen=MOST_EVENTS))

    @property
    def key(self) -> tuple[str, int, str]:
        """Rule, its revision, place."""
        return self.rule.id, self.rule.revision, self.place


@dataclass(frozen=True, slots=True)
class Gauged:
    """A rule that waits for what only a gauge tells, at a zone that has one."""

    rule: str
    name: str
    place: str
    place_name: str
    camera: str


class Points:
    """All points, and indexes from what comes to what it is for.

    Args:
        rules: those in force.
        cameras, places: of the register.
        before: the points until now; those that measure the same go on.
    """

    def __init__(
        self, rules: Sequence[Rule], cameras: Sequence[Camera], places: Sequence[Place], before: Points | None = None
    ) -> None:
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rules}
        self.names: Mapping[str, str] = {p.id: p.name for p in places} | {c.id: c.name for c in cameras}
        self.cameras: Mapping[str, str] = {c.id: c.id for c in cameras} | {
            p.id: p.camera for p in places if isinstance(p, Line | Zone)
        }
        self.followers: dict[str, list[Rule]] = {}
        self.live: dict[tuple[str, str], list[Point]] = {}
        self.counted: dict[tuple[str, str], list[Point]] = {}
        self.of_camera: dict[str, list[Point]] = {}
        self.paced: dict[str, list[Point]] = {}
        self.absent: list[Point] = []
        self.minutely: dict[str, list[Point]] = {}
        self.all: dict[tuple[str, int, str], Point] = {}
        known = before.all if before else {}
        for rule in rules:
            if rule.enabled and rule.kind == "dwell":
                self.followers.setdefault(rule.event, []).append(rule)
            elif rule.enabled:
                for place in _places(rule, cameras, places):
                    self._add(rule, place, known)
        gauges = {place.id for place in places if isinstance(place, Zone) and place.gauge}
        self.gauged = tuple(
            Gauged(one.rule.id, one.rule.name, one.place, self.names[one.place], one.camera)
            for one in self.all.values()
            if one.place in gauges and one.rule.indicator in OF_GAUGE
        )

    def find(self, rule: str, place: str) -> Point | None:
        """The point of a rule at a place, as the rule is now."""
        asked = self.rules.get(rule)
        return None if asked is None else self.all.get((rule, asked.revision, place))

    def _add(self, rule: Rule, place: str, known: Mapping[tuple[str, int, str], Point]) -> None:
        family = indicator(rule.indicator).family if rule.indicator else ""
        fresh = Point(rule, place, self.cameras.get(place, ""), family, rule.limits, Schedule.parse(rule.schedule))
        if (old := known.get(fresh.key)) is not None:
            fresh.state, fresh.trace, fresh.happened = old.state, old.trace, old.happened
        self.all[fresh.key] = fresh
        if rule.kind == "absence":
            self.absent.append(fresh)
        elif rule.minutely:
            self.minutely.setdefault(family, []).append(fresh)
        elif rule.event:
            self.counted.setdefault((rule.event, place), []).append(fresh)
            self.paced.setdefault(fresh.camera, []).append(fresh)
            self.of_camera.setdefault(fresh.camera, []).append(fresh)
        else:
            self.live.setdefault((place, rule.indicator), []).append(fresh)
            self.paced.setdefault(fresh.camera, []).append(fresh)


def _places(rule: Rule, cameras: Sequence[Camera], places: Sequence[Place]) -> tuple[str, ...]:
    """Where a rule holds now; nowhere when its places have left the register since it was taken."""
    try:
        return check(rule, cameras, places)
    except ConfigError:
        return ()
