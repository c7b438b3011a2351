"""``pantau release``: what the data steward lets the public have, shown, opened and closed; and the key behind person counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pantau.config import Settings
from pantau.errors import ConfigError
from pantau.ingest.decode import wall_clock as now
from pantau.places import Line, Place, Site, Slot
from pantau.serve.area_members import areas_of
from pantau.serve.areas import load_areas
from pantau.serve.release.policy import decision_about, fault_of, policy_of
from pantau.serve.series.groups import AREA
from pantau.store.control import Control
from pantau.store.groups import members_of
from pantau.store.releases import Decision
from pantau.vocabulary import Indicator, families

WORDS = {
    "cells": "people, rounded to 5, 1 to 9 suppressed",
    "counted": "as counted",
    "none": "open already",
    "closed": "not public",
}


def list_policies(settings: Settings, home: Path) -> Iterator[str]:
    """One line per place and family, and per group: how it is published, who decided and when."""
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        decisions = control.releases.decisions()
        for place in control.places():
            if isinstance(place, Slot):
                continue
            for name, family in families().items():
                for rule, said in _rules(place, family.indicators, decisions).items():
                    yield f"{place.id}  {name}: {WORDS[rule]}{said}"
        for group in sorted(_groups(control, settings, home)):
            yield f"{group}  sums of what its places publish"
            own = {name: decision_about(group, name, decisions) for name in families()}
            yield from (f"{group}  {name}: {WORDS['closed']}{_by(d)}" for name, d in own.items() if d and not d.open)
    finally:
        control.close()


def decision(family: str, place: str, by: str, reason: str, *, allow: bool) -> Decision:
    """A decision taken now."""
    return Decision(family=family, place=place, open=allow, by=by, time=now(), reason=reason)


def decide(decision: Decision, settings: Settings, home: Path) -> str:
    """Put a decision of the steward in force; a running city follows at the next question.

    Raises:
        ConfigError: there is no such family, place, camera or group.
        DataError: nobody signs it.
    """
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        if fault := fault_of(decision, control, _groups(control, settings, home)):
            raise ConfigError(fault)
        control.releases.decide(decision)
        borders = sorted(
            {c.of for c in control.cordons() for e in c.lines if decision.place in {e.line, e.line.split(".")[0]}}
        )
    finally:
        control.close()
    what, where = decision.family or "every family", decision.place or "every place"
    said = f"{what} at {where}: {'may be published' if decision.open else 'is not published'}, decided by {decision.by}"
    if borders and not decision.open:
        said += f"; it is on the declared border of {', '.join(borders)}, whose crossings are not published either"
    return said


def new_key(by: str, settings: Settings, home: Path) -> str:
    """Make another release key.

    Raises:
        DataError: nobody signs it.
    """
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        control.releases.renew(by, now())
    finally:
        control.close()
    return (
        "made another release key; months published under the old one stay as they are. Restart pantau, and back it up"
    )


def _rules(place: Place, asked: tuple[Indicator, ...], decisions: tuple[Decision, ...]) -> dict[str, str]:
    kind = "line" if isinstance(place, Line) else "site" if isinstance(place, Site) else "zone"
    found: dict[str, str] = {}
    for one in asked:
        if kind in one.places:
            policy = policy_of(place, one, decisions)
            found[policy.rule] = _by(policy.decision) if policy.decision else ""
    return found


def _groups(control: Control, settings: Settings, home: Path) -> set[str]:
    """The groups that the register makes, and the city's areas; one whose cordon was taken back is known to the running city only."""
    made = {member.group for member in members_of(control.cameras(), control.cordons())}
    areas = load_areas(home / settings.city.areas) if settings.city.areas else b""
    return made | {f"{AREA}{area.code}" for area in areas_of(areas)} if areas else made


def _by(one: Decision) -> str:
    return f" (decided by {one.by}, {one.time:%Y-%m-%d}{f': {one.reason}' if one.reason else ''})"
