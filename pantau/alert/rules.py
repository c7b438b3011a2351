"""What a city wants to be warned of: rules on indicators and events.

    threshold   a value is above or below a limit: the newest of a state (`over_s` = 0), or the sum or mean of the closed minutes
                of the last `over_s` seconds; on an event: how many began in the last `over_s` seconds
    rate        how much a value rose in `over_s` seconds (fell: `below` a negative limit)
    absence     no usable sample came for `hold_s` seconds
    dwell       an event lasts: one that says its own stage (`within`, `over`) fires when it is over its limit, another one (an
                outage) when it has lasted `hold_s`

A rule holds at every place that one of its patterns names; `*` stands for anything, so a new zone needs no new rule. It is
checked against the vocabulary and the register before it is taken: an unknown name is refused with the nearest known one.
Rejected: an expression language (nobody can say what it would have done last week, and few can read it).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final, Literal

from pantau.alarm import Severity
from pantau.alert.machine import Limits
from pantau.errors import ConfigError
from pantau.places import Camera, Direction, Line, Place, Zone
from pantau.schedule import Schedule
from pantau.vocabulary import Indicator, PlaceKind, indicators

Kind = Literal["threshold", "rate", "absence", "dwell"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "critical")
MINUTE_S: Final = 60.0
LIVE_GAP_S: Final = 10.0
"""Live readings further apart than this do not hang together."""
EVENTS: Final = ("dwell", "crossing", "stay", "outage", "congestion", "moved", "litter", "taught", "fault", "unread")
LASTING: Final = frozenset({"dwell", "outage", "congestion", "moved", "litter", "taught", "fault", "unread"})
"""Kinds of event that are told when they begin, not only when they are over."""
OF_CAMERA: Final = frozenset({"outage", "moved", "fault"})
"""Kinds of event whose place is a camera."""
LONGEST_S: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, as `pantau.alert.rule_file` says it.

    Args:
        places: patterns of ids of places; of cameras too, where data are missing or an event is of a camera.
        indicator, event: what it watches; exactly one of them, or neither for absence.
        above, below, clear, hold_s, clear_s: `pantau.alert.machine.Limits`.
        over_s: the window, seconds.
        direction: of a line; empty for both together.
        snooze_s: how long it is quiet at a place after somebody said that it was wrong there.
        action: what to do about it, in a sentence.
        revision: counts up when what it measures changes; how often it was right begins anew.
    """

    id: str
    name: str
    kind: Kind
    places: tuple[str, ...]
    indicator: str = ""
    event: str = ""
    direction: Direction = ""
    above: float | None = None
    below: float | None = None
    clear: float | None = None
    over_s: float = 0.0
    hold_s: float = 0.0
    clear_s: float = 0.0
    severity: Severity = "warning"
    schedule: str = ""
    snooze_s: float = 1800.0
    action: str = ""
    enabled: bool = True
    revision: int = 1

    @property
    def limit(self) -> float | None:
        """What is crossed."""
        return self.above if self.above is not None else self.below

    @property
    def minutely(self) -> bool:
        """Whether it reads closed minutes; the others read what was committed a moment ago."""
        return bool(self.indicator) and self.kind in {"threshold", "rate"} and self.over_s > 0

    @property
    def limits(self) -> Limits:
        """For the state machine."""
        if self.kind == "absence":
            return Limits(above=0.0, clear=0.0, hold_s=self.hold_s, gap_s=float("inf"))
        limit = self.limit or 0.0
        return Limits(
            above=self.above,
            below=self.below,
            clear=limit if self.clear is None else self.clear,
            hold_s=self.hold_s,
            clear_s=self.clear_s,
            gap_s=2 * MINUTE_S if self.minutely else LIVE_GAP_S,
        )

    def covers(self, place: str) -> bool:
        """Whether it holds at this place."""
        return any(fnmatchcase(place, pattern) for pattern in self.places)

    def awake(self, local: datetime) -> bool:
        """Whether its schedule holds at this local time."""
        return Schedule.parse(self.schedule).covers(local)


def check(rule: Rule, cameras: Sequence[Camera], places: Sequence[Place]) -> tuple[str, ...]:
    """The ids of the places where it holds now.

    Raises:
        ConfigError: it contradicts itself, or names an indicator, event or place that there is not.
    """
    if rule.event and rule.event not in EVENTS:
        raise _fault(rule, f"there is no event {rule.event!r}{_near(rule.event, EVENTS)}; known: {', '.join(EVENTS)}")
    measured = _indicator(rule) if rule.indicator else None
    _check_shape(rule, measured)
    kinds = {place.id: kind_of(place) for place in places}
    known: dict[str, PlaceKind | Literal["camera"]] = dict(kinds)
    if rule.kind == "absence" or rule.event in {*OF_CAMERA, "unread"}:  # `*` holds before there is a gauge, too
        known |= {camera.id: "camera" for camera in cameras}
    found = tuple(id_ for id_ in known if rule.covers(id_))
    if rule.event == "fault":
        found = tuple(id_ for id_ in found if known[id_] == "camera")
    if rule.event == "unread":
        gauged = {place.id for place in places if isinstance(place, Zone) and place.gauge}
        found = tuple(id_ for id_ in found if id_ in gauged)
    if rule.kind == "absence":  # one alarm for each camera that is dark, not one for each of its lines
        seen_by = {place.id: place.camera for place in places if isinstance(place, Line | Zone)}
        found = tuple(id_ for id_ in found if known[id_] == "camera" or seen_by.get(id_, id_) not in {*found, id_})
    for pattern in rule.places:
        if not any(fnmatchcase(id_, pattern) for id_ in known):
            raise _fault(rule, f"no place is called {pattern!r}{_near(pattern, known)}")
    if measured is None:
        return found
    fitting = tuple(id_ for id_ in found if known[id_] in {*measured.places, "camera"})
    if not fitting:
        kind = known[found[0]]
        have = [name for name, one in indicators().items() if kind in one.places]
        raise _fault(
            rule, f"{found[0]!r} is a {kind}, which has no {rule.indicator!r}; it has: {', '.join(have) or 'none'}"
        )
    return fitting


def kind_of(place: Place) -> PlaceKind:
    """What a place is, in the words of the vocabulary."""
    return "line" if isinstance(place, Line) else "zone" if isinstance(place, Zone) else "site"


def _indicator(rule: Rule) -> Indicator:
    known = indicators()
    if rule.indicator not in known:
        raise _fault(rule, f"there is no indicator {rule.indicator!r}{_near(rule.indicator, known)}")
    measured = known[rule.indicator]
    if not measured.stored:
        made_of = " and ".join(f"{measured.family}.{name}" for name in measured.of)
        raise _fault(rule, f"{measured.id!r} is worked out of {made_of} when it is asked; watch one of those")
    return measured


def _check_shape(rule: Rule, measured: Indicator | None) -> None:
    Schedule.parse(rule.schedule)
    numeric = rule.kind in {"threshold", "rate"}
    if not numeric and (rule.limit is not None or rule.over_s):
        raise _fault(rule, f"{rule.kind} takes no above, below or over_s: it is about time; set hold_s")
    if rule.kind == "dwell" and (rule.event not in LASTING or rule.indicator):
        raise _fault(rule, f"dwell is about an event that lasts; set event to one of {', '.join(sorted(LASTING))}")
    if rule.kind == "absence" and (rule.event or rule.hold_s < LIVE_GAP_S):
        raise _fault(rule, f"absence takes no event, and hold_s of {LIVE_GAP_S:.0f} s or more")
    if numeric:
        _check_numbers(rule, measured)


def _check_numbers(rule: Rule, measured: Indicator | None) -> None:
    if bool(rule.indicator) == bool(rule.event):
        raise _fault(rule, "name what it watches: an indicator or an event, not both")
    if (rule.above is None) == (rule.below is None):
        raise _fault(rule, "set either above or below")
    limits = rule.limits
    if limits.beyond(limits.clear):
        raise _fault(
            rule,
            f"clear = {limits.clear:g} lies beyond the limit {rule.limit:g}: a firing alarm would never be resolved",
        )
    if not 0 <= rule.over_s <= LONGEST_S or (measured is not None and rule.over_s % MINUTE_S):
        raise _fault(rule, f"over_s = {rule.over_s:g}: expected whole minutes (60, 120, …), at most a day")
    if not rule.over_s and (measured is None or rule.kind == "rate" or measured.over_time == "sum"):
        raise _fault(rule, f"{rule.indicator or rule.event!r} needs a window: set over_s, such as 300")
    if rule.kind == "rate" and rule.event:
        raise _fault(rule, "a rate is of an indicator")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was perhaps meant, or nothing."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)), "")


def _near(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""


def _fault(rule: Rule, why: str) -> ConfigError:
    return ConfigError(f"rule {rule.id!r}: {why}; nothing was changed")
