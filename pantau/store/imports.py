"""What somebody else measured at a site: rows of a river, tide or rain gauge, a pump, another office's system.

    time, indicator, value, unit      one row; time is the start of an hour (or day) with its offset

A row is refused by name: an unknown indicator or one that a site does not have, another unit than the vocabulary's (nothing
is converted: a level in m where cm is expected is a mistake somebody should see), a time without offset, off the grid of
hours, in the future, there twice, or not later than the row before it of the same indicator. One refused row refuses all, so
that nothing is half-written. What is taken goes the way of every import (`pantau.store.backfill`): its `origin` is its run, whose
method names the source, and a later import of the same hours replaces it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Final, Literal, Protocol

from pantau.errors import DataError
from pantau.places import NO_DIRECTION, Site
from pantau.store.backfill import BackfillReport, Row
from pantau.store.buckets import bucket
from pantau.types import Key, Run
from pantau.vocabulary import Indicator, indicators

Width = Literal["hour", "day"]
WIDTH_S: Final[dict[Width, float]] = {"hour": 3600.0, "day": 86_400.0}
SHOWN: Final = 20
"""Refused rows that a report names; it says how many there are."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One row as it was given."""

    time: datetime
    indicator: str
    value: float
    unit: str


class Taker(Protocol):
    """Keeps imports."""

    def backfill(self, run: Run, tier: Width, rows: Iterable[Row], timezones: Mapping[str, str]) -> BackfillReport:
        """All rows or none."""
        ...


def refused(site: Site, width: Width, readings: Sequence[Reading], now: datetime) -> list[str]:
    """Why rows can't be taken, a line each with its number from 1; empty when all can."""
    newest: dict[str, datetime] = {}
    found = []
    for number, one in enumerate(readings, start=1):
        if why := _fault(site, width, one, newest.get(one.indicator), now):
            found.append(f"row {number}: {why}")
        else:
            newest[one.indicator] = one.time
    return found


def bring_in(taker: Taker, site: Site, width: Width, readings: Sequence[Reading], now: datetime) -> BackfillReport:
    """Take all rows, or none.

    Raises:
        DataError: rows are refused; the message lists them.
        StoreError: nothing was kept.
    """
    faults = refused(site, width, readings, now)
    if faults or not readings:
        more = f"\n… and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        why = "\n".join(faults[:SHOWN]) + more if faults else "there is no row"
        raise DataError(f"site {site.id!r}: {len(faults)} of {len(readings)} rows are refused, nothing was kept\n{why}")
    names = sorted({one.indicator.partition(".")[0] for one in readings})
    digest = hashlib.sha256(repr((site.id, width, [(r.time, r.indicator, r.value) for r in readings])).encode())
    run = Run(
        id=f"import-{site.id}-{digest.hexdigest()[:24]}",
        camera=site.id,
        kind="import",
        started=now,
        keys=tuple(Key(name, site.id, site.revision, NO_DIRECTION) for name in names),
        method=dict.fromkeys(names, f"imported: {site.source or site.name}"),
        cadence_s=dict.fromkeys(names, WIDTH_S[width]),
    )
    by_time: dict[datetime, dict[str, float]] = {}
    for one in readings:
        by_time.setdefault(one.time, {})[one.indicator] = one.value
    rows = ((site.id, time, values) for time, values in by_time.items())
    return taker.backfill(run, width, rows, {site.id: site.timezone})


def _fault(site: Site, width: Width, one: Reading, before: datetime | None, now: datetime) -> str:
    """What is wrong with one row; nothing when it is fine."""
    known = indicators().get(one.indicator)
    if known is None or "site" not in known.places or not known.stored or known.edges:
        have = ", ".join(name for name, i in indicators().items() if "site" in i.places and i.stored and not i.edges)
        return f"a site has no {one.indicator!r}; it may have: {have}"
    return _of_value(known, one) or _of_time(site, width, one, before, now)


def _of_value(known: Indicator, one: Reading) -> str:
    if one.unit != known.unit:
        return f"{one.indicator} is in {known.unit!r}, got {one.unit!r}; convert it before"
    if not isfinite(one.value) or (known.over_time == "sum" and one.value < 0):
        return f"{one.indicator} is {one.value}, expected a number" + (
            " of 0 or more" if known.over_time == "sum" else ""
        )
    return ""


def _of_time(site: Site, width: Width, one: Reading, before: datetime | None, now: datetime) -> str:
    if one.time.utcoffset() is None:
        return f"{one.time.isoformat()} does not say its offset; write it such as 2026-01-31T07:00:00+07:00"
    if one.time > now:
        return f"{one.time.isoformat()} has not come yet"
    if bucket(width, site.timezone, one.time)[0] != one.time:
        return f"{one.time.isoformat()} is not the start of a {width} in {site.timezone}"
    if before is not None and one.time == before:
        return f"{one.indicator} at {one.time.isoformat()} is there twice"
    if before is not None and one.time < before:
        return f"{one.indicator} at {one.time.isoformat()} is earlier than the row before it; sort them by time"
    return ""
