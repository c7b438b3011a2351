"""The desk: which alarms are open, what became of them, and what is to be kept and told of it.

Everything that changes is collected and written at once by `save` (`pantau.store.alarms.Kept`): steps at the end of the turn
that took them, mere new values at most once a second. Only what is kept is shown and told. When the database refuses,
nothing is lost: it waits here, one entry per alarm, and is written with the next turn.

Readers (the live pages) ask what has changed since the version they last saw, as they do of the board; the last `RECENT`
changes are held, and whoever is further behind asks the API.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from pantau.alarm import Alarm, Cause, Notice, Verdict
from pantau.alert.points import Point
from pantau.alert.precision import Precision
from pantau.alert.rules import Rule
from pantau.alert.stills import Stills
from pantau.alert.targets import Target
from pantau.store.alarms import Alarms, Kept
from pantau.store.minutes import SETTLE_S
from pantau.vocabulary import indicator

REFRESH: Final = timedelta(seconds=1)
RECENT: Final = 500
LATENCIES: Final = 500

Key = tuple[str, str, str]
"""Rule, place and subject: the identity of an alarm while it is open."""


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm as it is now; `gone` when it was withdrawn before it fired."""

    alarm: Alarm
    gone: bool = False


class Desk:
    """Open alarms and their changes. Used by one thread at a time.

    Args:
        book: where alarms are kept.
        stills: where their pictures are kept.
        wake: called when something has changed that readers want to know.
    """

    def __init__(self, book: Alarms, stills: Stills, wake: Callable[[], None]) -> None:
        self._book, self._stills, self._wake = book, stills, wake
        self.open: dict[Key, Alarm] = {key_of(alarm): alarm for alarm in book.open()}
        self.targets: tuple[Target, ...] = ()
        self.names: Mapping[str, str] = {}
        self.latencies: deque[float] = deque(maxlen=LATENCIES)
        self._judged = dict(book.judged())
        self._snoozes: dict[tuple[str, str], datetime] = {}
        self._dirty: dict[str, Alarm] = {}
        self._gone: dict[str, Alarm] = {}
        self._notices: list[Notice] = []
        self._new_snoozes: dict[tuple[str, str], datetime] = {}
        self._mark: datetime | None = None
        self._urgent = False
        self._refreshed: datetime | None = None
        self._recent: OrderedDict[str, tuple[int, Change]] = OrderedDict()
        self._version = 1

    # --- what happens -------------------------------------------------------------------------------------------------

    def load_snoozes(self, now: datetime) -> None:
        """Read which rules are quiet where."""
        self._snoozes = dict(self._book.snoozes(now))

    def quiet(self, rule: str, place: str, now: datetime) -> bool:
        """Whether somebody said *bukan* here a short while ago."""
        until = self._snoozes.get((rule, place))
        return until is not None and now < until

    def known(self, rule: str, place: str, subject: str) -> bool:
        """Whether there is or was an alarm of this rule and place about this event."""
        waiting = any((a.rule, a.place, a.subject) == (rule, place, subject) for a in self._dirty.values())
        return waiting or self._book.of_subject(rule, place, subject) is not None

    def pend(self, rule: Rule, new: Alarm) -> Alarm:
        """A condition begins to hold: `new` says where, since when and what of."""
        made = replace(
            new,
            id=name_of(new),
            rule=rule.id,
            revision=rule.revision,
            severity=rule.severity,
            state="pending",
        )
        made = replace(made, before=self._stills.take(made, "before"))
        return self._put(made)

    def fire(self, rule: Rule, alarm: Alarm, time: datetime, now: datetime) -> Alarm:
        """It has held long enough."""
        waited_s = SETTLE_S if rule.minutely else 0.0  # a closed minute can't be known before
        self.latencies.append((now - time).total_seconds() - waited_s)
        fired = replace(alarm, state="firing", fired=time)
        fired = replace(fired, at=self._stills.take(fired, "at"))
        self._tell(rule, fired, now)
        return self._put(fired)

    def withdraw(self, alarm: Alarm) -> None:
        """It ended before it fired: as if it had never been."""
        self._stills.drop(alarm)
        self.open.pop(key_of(alarm), None)
        self._dirty.pop(alarm.id, None)
        self._gone[alarm.id] = alarm
        self._urgent = True

    def resolve(self, rule: Rule | None, alarm: Alarm, time: datetime, now: datetime, cause: Cause) -> Alarm:
        """It is over."""
        done = replace(alarm, state="resolved", resolved=time, cause=cause, calm=None)
        if rule is not None and alarm.fired is not None:
            self._tell(rule, done, now)
        self.open.pop(key_of(alarm), None)
        self._dirty[done.id] = done
        self._urgent = True
        return done

    def refresh(self, alarm: Alarm) -> Alarm:
        """A new value of an open alarm: worth keeping, but not at once."""
        self.open[key_of(alarm)] = alarm
        self._dirty[alarm.id] = alarm
        return alarm

    def read_until(self, mark: datetime) -> None:
        """Minutes up to here have been read."""
        self._mark = mark

    # --- what people say ----------------------------------------------------------------------------------------------

    def acknowledge(self, alarm: Alarm, now: datetime) -> Alarm:
        """Somebody has seen it: it no longer sounds."""
        return self._change(alarm if alarm.acknowledged else replace(alarm, acknowledged=now))

    def judge(self, alarm: Alarm, rule: Rule | None, verdict: Verdict, reason: str, now: datetime) -> Alarm:
        """Somebody says whether it was right. *Bukan* on an open one ends it, and its rule is quiet there for a while."""
        counted = self._judged.get((alarm.rule, alarm.revision), (0, 0))
        take = (int(alarm.verdict == "right"), int(alarm.verdict != ""))
        put = (int(verdict == "right"), int(verdict != ""))
        self._judged[alarm.rule, alarm.revision] = (counted[0] - take[0] + put[0], counted[1] - take[1] + put[1])
        said = replace(alarm, verdict=verdict, reason=reason, judged=now, acknowledged=alarm.acknowledged or now)
        if verdict != "wrong" or not alarm.open:
            return self._change(said)
        until = now + timedelta(seconds=rule.snooze_s if rule else 0.0)
        self._snoozes[alarm.rule, alarm.place] = self._new_snoozes[alarm.rule, alarm.place] = until
        return self.resolve(rule, said, max(now, alarm.since), now, "judged")

    def precision(self, rule: str, revision: int) -> Precision:
        """How often a rule was right."""
        return Precision(*self._judged.get((rule, revision), (0, 0)))

    def snoozed_until(self, rule: str, place: str) -> datetime | None:
        """Until when a rule is quiet at a place."""
        return self._snoozes.get((rule, place))

    # --- what is kept and shown ---------------------------------------------------------------------------------------

    def save(self, now: datetime) -> None:
        """Keep what has changed, then show it.

        Raises:
            StoreError: nothing was kept; it waits.
        """
        fresh = bool(self._dirty) and (self._refreshed is None or abs(now - self._refreshed) >= REFRESH)
        kept = Kept(
            tuple(self._dirty.values()), tuple(self._gone), tuple(self._notices), dict(self._new_snoozes), self._mark
        )
        if not (self._urgent or fresh or self._mark or self._new_snoozes):
            return
        self._book.keep(kept)
        self._refreshed = now
        for change in [
            *(Change(a) for a in self._dirty.values()),
            *(Change(a, gone=True) for a in self._gone.values()),
        ]:
            self._version += 1
            self._recent[change.alarm.id] = (self._version, change)
            self._recent.move_to_end(change.alarm.id)
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        seen = bool(self._dirty or self._gone)
        self._dirty, self._gone, self._notices, self._new_snoozes = {}, {}, [], {}
        self._mark, self._urgent = None, False
        if seen:
            self._wake()

    def changed_since(self, version: int) -> tuple[int, tuple[Change, ...]]:
        """The version now, and what has changed after `version`, the oldest first; 0: every open alarm."""
        if version == 0:
            return self._version, tuple(Change(alarm) for alarm in self.open.values())
        changes = [change for posted, change in self._recent.values() if posted > version]
        return self._version, tuple(changes)

    def _put(self, alarm: Alarm) -> Alarm:
        self._urgent = True
        self._gone.pop(alarm.id, None)
        return self.refresh(alarm)

    def _change(self, alarm: Alarm) -> Alarm:
        if alarm.open:
            return self._put(alarm)
        self._dirty[alarm.id] = alarm
        self._urgent = True
        return alarm

    def _tell(self, rule: Rule, alarm: Alarm, now: datetime) -> None:
        wanted: Iterable[Target] = (t for t in self.targets if t.wants(rule, alarm))
        body = json.dumps(told(rule, alarm, self.names, now), ensure_ascii=False, separators=(",", ":"))
        self._notices += [Notice(id=f"{alarm.id}.{alarm.state}", target=t.id, time=now, body=body) for t in wanted]


def key_of(alarm: Alarm) -> Key:
    """The identity of an open alarm."""
    return alarm.rule, alarm.place, alarm.subject


def name_of(alarm: Alarm) -> str:
    """An id made of what happened only."""
    facts = "|".join((alarm.rule, alarm.place, alarm.subject, alarm.since.isoformat()))
    return blake2b(facts.encode(), digest_size=12).hexdigest()


def begun(point: Point, since: datetime, seen: datetime, value: float) -> Alarm:
    """What is said of an alarm of a point when it begins; `Desk.pend` adds what its rule says."""
    limits, rule = point.limits, point.rule
    absent = rule.kind == "absence"
    return Alarm(
        id="", rule=rule.id, revision=rule.revision, place=point.place, camera=point.camera, subject="",
        severity=rule.severity, state="pending", since=since, seen=seen, value=value, peak=value,
        limit=rule.hold_s if absent else rule.limit, clear=None if absent else limits.clear, unit=unit_of(rule),
    )  # fmt: skip


def unit_of(rule: Rule) -> str:
    """UCUM unit of what a rule compares."""
    if rule.kind in {"absence", "dwell"}:
        return "s"
    return indicator(rule.indicator).unit if rule.indicator else "{event}"


def told(rule: Rule, alarm: Alarm, names: Mapping[str, str], now: datetime) -> dict[str, object]:
    """What the outside is told: the type and data of Standard Webhooks. No picture, no track."""
    moments = {"since": alarm.since, "fired": alarm.fired, "resolved": alarm.resolved}
    return {
        "type": f"alarm.{alarm.state}",
        "timestamp": now.isoformat(),
        "data": {
            "id": alarm.id,
            "rule": rule.id,
            "name": rule.name,
            "place": alarm.place,
            "place_name": names.get(alarm.place, alarm.place),
            "camera": alarm.camera,
            "severity": alarm.severity,
            "state": alarm.state,
            **{name: time.isoformat() if time else None for name, time in moments.items()},
            "value": alarm.value,
            "limit": alarm.limit,
            "unit": alarm.unit,
            "cause": alarm.cause,
            "action": rule.action,
        },
    }
