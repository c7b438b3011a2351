"""When a gauge says nothing: an event from the first still without a level to the next one with it.

A rule on a level waits for levels; where none come it neither warns nor says that it can't. So a silent gauge is itself something
to be warned of: at once where it is refused, else when it has been silent for `SILENT_S` (a bus, a shower of headlights). While
its dry look is being learned it has nothing to say yet, and is given the same time. Rejected: an alarm on coverage, which
tells a gauge behind a lorry from one that was refused only in numbers that nobody reads at night.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pantau.findings import REFUSED, SILENT_S, Reason
from pantau.types import Event


class Unread:
    """The silence of one gauge; `since` is when it began, nothing while levels are told."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self.since: datetime | None = None
        self._event: Event | None = None

    def step(self, time: datetime, reason: Reason | None) -> tuple[Event, ...]:
        """One still: why it told no level, or nothing where it did; the event that begins, changes its reason or ends with it."""
        if reason is None:
            over, self.since, self._event = self._event, None, None
            return (replace(over, end=time),) if over else ()
        self.since = self.since or time
        if self._event is None:
            if reason.code not in REFUSED and (time - self.since).total_seconds() < SILENT_S:
                return ()
        elif self._event.attributes["reason"] == reason.code:
            return ()
        self._event = Event(
            id=f"unread:{self._zone}:{self.since.isoformat()}",
            kind="unread",
            place=self._zone,
            start=self.since,
            attributes={"reason": reason.code, **reason.values},
        )
        return (self._event,)
