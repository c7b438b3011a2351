"""What a reader asks of the store and gets back: one place, some indicators of one family, one tier, a range.

A series has a point for **every** bucket of its range: where nothing was stored the value is None and coverage 0, so that
no reader can mistake a gap for a zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pantau.places import Direction
from pantau.types import Aggregate

Tier = Literal["minute", "quarter_hour", "hour", "day", "month"]
TIERS: tuple[Tier, ...] = ("minute", "quarter_hour", "hour", "day", "month")
"""Widths of buckets, rising; each is computed from the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesQuery:
    """What is asked.

    Args:
        place: the place's id.
        indicators: ids of one family.
        tier: width of the buckets; all but the minute are local to the place's time zone.
        start, end: UTC, end exclusive; both are widened to whole buckets.
        direction: one direction of a line, or ``both`` added up; places without direction ignore it.
        members: of a group, the only ones that count; None: all of them.
        fresh: whether what was acknowledged and is not yet in the tiers is brought in first; else the answer is as the last rollup left it,
            some seconds ago.
    """

    place: str
    indicators: tuple[str, ...]
    tier: Tier
    start: datetime
    end: datetime
    direction: Literal["forward", "backward", "both"] = "both"
    members: tuple[str, ...] | None = None
    fresh: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What came.

    Args:
        place: the place's id.
        tier: width of the buckets.
        timezone: IANA name of the zone the buckets are local to.
        starts: UTC start of every bucket in the range, rising, without holes.
        columns: per indicator id, the value of each bucket: a sum, or the mean of the samples; None where nothing was seen.
        coverage: per bucket, observed ÷ scheduled seconds in [0, 1]; the running bucket counts only what has passed.
        method: per bucket, what measured (empty for a gap); a change is drawn as a break.
        revision: per bucket, the place's revision (0 for a gap).
        provisional: per bucket, whether it may still change.
        places: per bucket of a group, how many of its places it is of; None for a single place.
    """

    place: str
    tier: Tier
    timezone: str
    starts: tuple[datetime, ...]
    columns: Mapping[str, tuple[float | None, ...]]
    coverage: tuple[float, ...]
    method: tuple[str, ...]
    revision: tuple[int, ...]
    provisional: tuple[bool, ...]
    places: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of one place and direction: seconds observed, and the aggregate of each indicator (by name) it has."""

    place: str
    direction: Direction
    start: datetime
    observed_s: float
    values: Mapping[str, Aggregate]
