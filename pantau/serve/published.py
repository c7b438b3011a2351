"""A series as its reader may have it: the signed-in as counted, the public as the city's policy publishes it.

The one way from the store to an answer, a file or a download: numbers, then release, then gaps and doubts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from pantau.serve import doubt
from pantau.serve.cells import Asked
from pantau.serve.policy import Policy, policy_of
from pantau.serve.release import Released
from pantau.serve.services import Services
from pantau.serve.tables import Table, credit_of, explained, gaps, hold
from pantau.store.series import SeriesQuery
from pantau.types import Camera, Place, Site
from pantau.vocabulary import indicator

OUTAGES: Final = 1000
"""Outages that are looked at to explain gaps, the newest ones."""
ON_GROUND: Final = frozenset({"speed", "road"})
"""Families that stop when a calibrated camera is moved."""


def table_of(services: Services, place: Place, query: SeriesQuery, *, public: bool) -> Table:
    """What is known of a place over time, as this reader may have it.

    Raises:
        StoreError: the store or the control database failed.
    """
    now = services.clock()
    shown, held, ends = hold(services.numbers.series(query), now, public=public)
    camera = camera_of(services, place)
    credit = credit_of(place, camera.attribution if camera else "")
    table = Table(series=shown, ends=ends, held=held, direction=query.direction, credit=credit)
    if public:
        table = _published(services, place, table, now)
    missing = gaps(table, table.series.starts[0], now)
    if missing:  # only now, because asking since when a place has numbers costs more than its numbers do
        span = services.numbers.extent(place.id).get(family_of(query))
        missing = gaps(table, span[0] if span else None, now)
    if missing:
        watcher = place.id if isinstance(place, Site) else place.camera
        kinds = ("outage", "fault", "moved") if family_of(query) in ON_GROUND else ("outage", "fault")
        pages = (services.numbers.events(watcher, kind, end=missing[-1].to, limit=OUTAGES) for kind in kinds)
        reasons = [event for page in pages for event in page.events if event.attributes.get("blind", 1)]
        missing = explained(missing, reasons, tell=isinstance(place, Site) or not public)
    return doubt.with_doubt(replace(table, gaps=missing), services, place, camera)


def public_table(services: Services, place: Place, query: SeriesQuery) -> Table:
    """The series as the public has it, without gaps and doubts, for what is worked out of published numbers (an outlook, a feed, a picture).

    Raises:
        StoreError: the store or the control database failed.
    """
    now = services.clock()
    shown, held, ends = hold(services.numbers.series(query), now, public=True)
    table = Table(series=shown, ends=ends, held=held, direction=query.direction, credit=("", ""))
    return _published(services, place, table, now)


def camera_of(services: Services, place: Place) -> Camera | None:
    """The camera that sees a place; imported places have none."""
    return None if isinstance(place, Site) else services.register.camera(place.camera)


def family_of(query: SeriesQuery) -> str:
    """The family of the asked indicators."""
    return query.indicators[0].partition(".")[0]


def policies(services: Services, place: Place, names: Sequence[str]) -> dict[str, Policy]:
    """How each of these indicators of a place may be published."""
    decisions = services.releases.decisions()
    return {name: policy_of(place, indicator(name), decisions) for name in names}


def _published(services: Services, place: Place, table: Table, now: datetime) -> Table:
    rules = policies(services, place, list(table.series.columns))
    columns = {name: _column(services, place, table, name, rules[name], now) for name in rules}
    series = replace(
        table.series, columns={name: tuple(one.value for one in column) for name, column in columns.items()}
    )
    states = {name: tuple(one.state for one in column) for name, column in columns.items()}
    return replace(table, series=series, states=states, policies=rules)


def _column(  # each is one part of the question
    services: Services, place: Place, table: Table, name: str, policy: Policy, now: datetime
) -> tuple[Released, ...]:
    values = table.series.columns[name]
    if policy.rule == "closed":
        return tuple(Released("closed") for _ in values)
    if policy.rule != "cells":
        told = (Released("missing") if value is None else Released("released", value) for value in values)
        return _held(tuple(told), table.held)
    asked = Asked(place, indicator(name), table.series.timezone, now)
    return _held(services.cells.column(asked, table.series, table.ends, table.direction), table.held)


def _held(told: Sequence[Released], held: Sequence[bool]) -> tuple[Released, ...]:
    return tuple(Released("held") if hold else one for one, hold in zip(told, held, strict=True))
