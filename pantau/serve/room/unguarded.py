"""Rules that wait for a level that does not come: an operator must not believe that they guard.

A rule on a gauge's level is silent where the water is low, and silent where the gauge can't be read. The second is said here, for every page that
shows alarms: the rule, the place, since when, and why. A gauge that is silent for less than `SILENT_S` (a bus) is not named
unless it was refused; a camera that sends no usable pictures is, at once, because its gauges say nothing either.
"""

from __future__ import annotations

from datetime import datetime

from pantau.findings import SILENT_S, Live
from pantau.serve.schema.alarms import ReasonAnswer, UnguardedAnswer
from pantau.serve.services import Services

Silence = tuple[datetime, ReasonAnswer | None]
"""Since when no level comes, and why; no reason where the camera itself is out."""


def unguarded(services: Services) -> tuple[UnguardedAnswer, ...]:
    """Each rule on a gauge and place of it where no level comes, in the order of the rules."""
    now, found = services.clock(), []
    for one in services.alarms.pulse().gauged:
        if (silence := _silence(services.board.latest(one.camera), one.place, now)) is not None:
            since, reason = silence
            found.append(
                UnguardedAnswer(
                    rule=one.rule, name=one.name, place=one.place, place_name=one.place_name, since=since, reason=reason
                )
            )
    return tuple(found)


def _silence(live: Live | None, place: str, now: datetime) -> Silence | None:
    if live is None or live.status == "starting":  # it has not looked yet
        return None
    if live.status != "live":
        return live.time, None
    if blind := [fault.since for fault in live.faults if fault.blind]:
        return min(blind), None
    water = next((one for one in live.water if one.zone == place), None)
    if water is None or water.unread_since is None or water.reason is None:
        return None
    if not water.refused and (now - water.unread_since).total_seconds() < SILENT_S:
        return None
    return water.unread_since, ReasonAnswer(code=water.reason.code, values=dict(water.reason.values))
