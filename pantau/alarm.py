"""The nouns of warning: an alarm with its pictures and its end, and what is told of it to the outside.

The conventions are those of `pantau.types`; what raises alarms is `pantau.alert`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Severity = Literal["info", "warning", "critical"]
AlarmState = Literal["pending", "firing", "resolved"]
Verdict = Literal["", "right", "wrong"]
Cause = Literal["", "cleared", "ended", "schedule", "judged", "rule", "unwatched"]
"""Why an alarm is over: its value came back, its event ended, its hours ended, a person said *bukan*, its rule changed or
went, or what had raised it was no longer watched."""


@dataclass(frozen=True, slots=True)
class Still:
    """A redacted picture that is kept beside an alarm: its file below the data folder and its time; or why there is none."""

    file: str = ""
    time: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One time that a rule's condition held at a place: pending, then firing, then resolved.

    `id` is made from rule, place, subject and onset, so that the same alarm written twice is one row; at most one alarm of a
    (rule, place, subject) is open.

    Args:
        rule, revision: the rule's id, and which version of its limits raised this.
        place, camera: where; the camera is empty for places without one.
        subject: id of the event that it follows; empty for rules on an indicator.
        since: UTC when the condition began to hold.
        fired, resolved: UTC, once it is so.
        seen: UTC of the newest reading taken.
        calm: while firing, since when the value has been back.
        value, peak: newest and furthest value, in `unit`; None where there is none to tell.
        limit, clear: what it crossed, and where it counts as back.
        cause: why it is over.
        acknowledged: UTC when somebody said that they have seen it.
        verdict, reason, judged: whether it was right, in a person's words, and when they said so.
        before, at: pictures from before the onset and from the moment it fired.
        trace: the readings up to the moment it fired, oldest first.
        facts: of the event it follows.
        run: the run whose event it follows; empty once that run is gone.
    """

    id: str
    rule: str
    revision: int
    place: str
    camera: str
    subject: str
    severity: Severity
    state: AlarmState
    since: datetime
    fired: datetime | None = None
    resolved: datetime | None = None
    seen: datetime
    calm: datetime | None = None
    value: float | None = None
    peak: float | None = None
    limit: float | None = None
    clear: float | None = None
    unit: str = ""
    cause: Cause = ""
    acknowledged: datetime | None = None
    verdict: Verdict = ""
    reason: str = ""
    judged: datetime | None = None
    before: Still = Still()
    at: Still = Still()
    trace: tuple[tuple[datetime, float], ...] = ()
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    run: str = ""

    @property
    def open(self) -> bool:
        """Whether it is pending or firing."""
        return self.state != "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is told to the outside about an alarm: once per alarm and state, `id` is the key that makes repeats harmless."""

    id: str
    target: str
    time: datetime
    body: str
