"""A series as its reader may have it: the signed-in as counted, the public as the city's policy publishes it.

The one way from the store to an answer, a file or a download: numbers, then release, then gaps and doubts. Of a group the public gets the
sum over the places that are open to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np

from pantau.places import Camera, Direction, Line, Place, Site
from pantau.serve.release.cells import Column, all_of
from pantau.serve.release.policy import Policy, policy_of, policy_of_border, policy_of_group
from pantau.serve.release.publication import Asked
from pantau.serve.release.rule import Floats, State
from pantau.serve.series import doubt
from pantau.serve.series.asking import kind_of
from pantau.serve.series.groups import Group, Subject, extent_of
from pantau.serve.series.tables import Table, credit_of, explained, gaps, hold
from pantau.serve.services import Services
from pantau.store.series import SeriesQuery
from pantau.vocabulary import Indicator, indicator

OUTAGES: Final = 1000
"""Outages that are looked at to explain gaps, the newest ones."""
ON_GROUND: Final = frozenset({"speed", "road"})
"""Families that stop when a calibrated camera is moved."""


def table_of(services: Services, place: Subject, query: SeriesQuery, *, public: bool) -> Table:
    """What is known of a place or group over time, as this reader may have it.

    Raises:
        StoreError: the store or the control database failed.
    """
    now = services.clock()
    camera = camera_of(services, place)
    table = _told(services, place, query, now, public=public)
    table = replace(table, credit=credit_of(place, camera.attribution if camera else ""))
    missing = gaps(table, _since(services, place, family_of(query)), now)
    if missing and not isinstance(place, Group):
        watcher = place.id if isinstance(place, Site) else place.camera
        kinds = ("outage", "fault", "moved") if family_of(query) in ON_GROUND else ("outage", "fault")
        pages = (services.numbers.events(watcher, kind, end=missing[-1].to, limit=OUTAGES) for kind in kinds)
        reasons = [event for page in pages for event in page.events if event.attributes.get("blind", 1)]
        missing = explained(missing, reasons, tell=isinstance(place, Site) or not public)
    return doubt.with_doubt(replace(table, gaps=missing), services, place, camera, fresh=not public)


def public_table(services: Services, place: Subject, query: SeriesQuery) -> Table:
    """The series as the public has it, without gaps and doubts, for what is worked out of published numbers (an outlook, a feed, a picture).

    Raises:
        StoreError: the store or the control database failed.
    """
    return _told(services, place, query, services.clock(), public=True)


def people_by_place(services: Services, group: Group, table: Table, what: Indicator) -> Mapping[str, Floats]:
    """Of a table of days of a group that the public has: the released figures of each place by itself, while it is of the group; NaN where there is none.

    Raises:
        StoreError: the store or the control database failed.
    """
    asked = list(_asked(services, group, what, table.policies[what.id], table.series.timezone))
    found: dict[str, Floats] = {}
    for one, values in services.cells.by_place(asked, table.series, table.ends, table.direction):
        known = found.get(one.place.id, values)
        found[one.place.id] = np.where(np.isnan(known), values, known)
    return found


def open_members(services: Services, group: Group, table: Table) -> tuple[str, ...]:
    """The members whose figures the public has, where it has the group's."""
    closed = _closed(services, group, table.policies)
    return tuple(sorted({member.place for member in group.members} - closed))


def camera_of(services: Services, place: Subject) -> Camera | None:
    """The camera that sees a place; imported places and groups have none."""
    return None if isinstance(place, Site | Group) else services.register.camera(place.camera)


def family_of(query: SeriesQuery) -> str:
    """The family of the asked indicators."""
    return query.indicators[0].partition(".")[0]


def policies(services: Services, place: Subject, names: Sequence[str]) -> dict[str, Policy]:
    """How each of these indicators of a place or group may be published."""
    decisions = services.releases.decisions()
    if not isinstance(place, Group):
        return {name: policy_of(place, indicator(name), decisions) for name in names}
    places, found = _places(services, place), {}
    for name in names:
        what = indicator(name)
        if what.over_places == "cordon":
            lines = {member.place for member in place.members if member.cordon and member.until is None}
            mine = [policy_of(one, what, decisions) for id_, one in places.items() if id_ in lines]
            found[name] = policy_of_border(place.id, what, mine, decisions)
        else:
            mine = [policy_of(one, what, decisions) for one in places.values()]
            found[name] = policy_of_group(place.id, what, mine, decisions)
    return found


def _told(services: Services, place: Subject, query: SeriesQuery, now: datetime, *, public: bool) -> Table:
    """The numbers, and for the public what may be told of them."""
    rules = policies(services, place, query.indicators) if public else {}
    query = replace(
        query, fresh=not public
    )  # what the public may have ended a quarter of an hour ago, and was rolled up
    joined: tuple[datetime, ...] = ()
    if isinstance(place, Group):
        closed = _closed(services, place, rules)
        joined = _joined(services, place, query.indicators, closed)
        if closed:
            query = replace(query, members=tuple(sorted({member.place for member in place.members} - closed)))
    shown, held, ends = hold(services.numbers.series(query), now, public=public)
    table = Table(series=shown, ends=ends, held=held, direction=query.direction, credit=("", ""), joined=joined)
    if not public:
        return table
    columns = {name: _column(services, place, table, policy, indicator(name)) for name, policy in rules.items()}
    if isinstance(place, Group):
        columns = {name: _whole(services, place, indicator(name), column, table) for name, column in columns.items()}
    series = replace(shown, columns={name: column.values for name, column in columns.items()})
    states = {name: column.states for name, column in columns.items()}
    return replace(table, series=series, states=states, policies=rules)


def _places(services: Services, group: Group) -> dict[str, Place]:
    """The members of a group; those that were retired, too, because their figures are still in it."""
    known = {place.id: place for place in services.register.places()}
    wanted = dict.fromkeys(member.place for member in group.members)
    found = {id_: known.get(id_) or services.register.place(id_) for id_ in wanted}
    return {id_: place for id_, place in found.items() if place is not None}


def _closed(services: Services, group: Group, rules: Mapping[str, Policy]) -> set[str]:
    """Members whose figures are not for the public, where the group's are."""
    asked = [indicator(name) for name, policy in rules.items() if policy.rule != "closed"]
    if not asked:
        return set()
    decisions, places = services.releases.decisions(), _places(services, group)
    return {id_ for id_, one in places.items() for what in asked if policy_of(one, what, decisions).rule == "closed"}


def _since(services: Services, place: Subject, name: str) -> datetime | None:
    """Start of the first bucket of a place, or of any member of a group."""
    found = extent_of(services, place).get(name)
    return found[0] if found else None


def _joined(services: Services, group: Group, names: Sequence[str], without: Set[str]) -> tuple[datetime, ...]:
    """When other places began to be added in a group's states, after the first; of crossings the method says it."""
    states = [one for one in map(indicator, names) if one.over_places != "cordon"]
    if not states:
        return ()
    extents, places = services.numbers.extents(), _places(services, group)
    begun, ended = set[datetime](), set[datetime]()
    for member in group.members:
        known, span = places.get(member.place), extents.get(member.place, {}).get(states[0].family)
        if span is None or known is None or member.place in without or kind_of(known) not in states[0].places:
            continue
        begun.add(max(member.since, span[0]))
        if member.until is not None:
            ended.add(member.until)
    return tuple(sorted(begun | ended)[1:])


def _column(services: Services, place: Subject, table: Table, policy: Policy, what: Indicator) -> Column:
    values = table.series.columns[what.id]
    if policy.rule == "closed":
        return all_of("closed", len(values))
    if policy.rule != "cells":
        told: Iterator[State] = ("missing" if value is None else "released" for value in values)
        return _held(Column(values, tuple(told)), table.held)
    asked = list(_asked(services, place, what, policy, table.series.timezone))
    return _held(services.cells.column(asked, table.series, table.ends, table.direction), table.held)


def _asked(services: Services, place: Subject, what: Indicator, policy: Policy, timezone: str) -> Iterator[Asked]:
    """The places whose people are told: the place itself, or the open members of a group with the terms of each."""
    now = services.clock()
    if not isinstance(place, Group):
        yield Asked(place, what, timezone, now)
        return
    places, closed = _places(services, place), _closed(services, place, {what.id: policy})
    terms: dict[tuple[str, Direction], list[tuple[datetime, datetime | None]]] = {}
    for member in place.members:
        terms.setdefault((member.place, member.cordon), []).append((member.since, member.until))
    for (id_, cordon), spans in terms.items():
        known = places.get(id_)
        if known is None or id_ in closed or kind_of(known) not in what.places:
            continue
        if not isinstance(known, Line) or cordon:
            yield Asked(known, what, timezone, now, cordon or "forward", tuple(spans), border=bool(cordon))


def _whole(services: Services, group: Group, what: Indicator, told: Column, table: Table) -> Column:
    """The crossings of a group without the buckets in which a line of its border was one that is closed now: a sum of the others is no border."""
    if what.over_places != "cordon":
        return told
    closed = _closed(services, group, {what.id: Policy("counted")})
    spans = [(m.since, m.until) for m in group.members if m.cordon and m.place in closed]
    holes = [any(s < end and (u is None or u >= end) for s, u in spans) for end in table.ends]
    if not any(holes):
        return told
    return Column(
        tuple(None if hole else value for hole, value in zip(holes, told.values, strict=True)),
        tuple("closed" if hole else state for hole, state in zip(holes, told.states, strict=True)),
    )


def _held(told: Column, held: Sequence[bool]) -> Column:
    if not any(held):
        return told
    return Column(
        tuple(None if h else value for h, value in zip(held, told.values, strict=True)),
        tuple("held" if h else state for h, state in zip(held, told.states, strict=True)),
    )
