"""The fold: what a run found, batch by batch, becomes one row per minute and series. It happens here and nowhere else.

A row is a commutative monoid (`merge`), so batches may come in any order; that a batch counts once is decided by its
sequence number, one level up (`pantau.store.sink`). Every sample of a family gives each of the run's series of that family
a share of its minute: that is how a quiet minute becomes a row of zeros, and an unwatched one no row at all.

    observed_s   samples times the family's cadence, less what they could not see of the place (`Unseen`); a little over 60
                 when a stream jitters, so readers clip, not this
    span         first to last moment that the row knows of, to tell two runs over the same minute apart

Source: DESIGN §4 and §6; Timescale's partial aggregates for the shape. Limits: a value is not weighted with its
duration. Rejected: folding in SQL (a batch is a handful of values, and the rule would be spread over two languages).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isfinite

from pantau.distribution import bins
from pantau.errors import DataError
from pantau.places import FLOW, NO_DIRECTION, Direction
from pantau.types import Aggregate, Batch, Key, Observation, Run, Unseen, require_utc
from pantau.vocabulary import PlaceKind, family, indicators

SETTLE_S = 30.0
"""Seconds after its end in which a minute may still change as a matter of course; later data is late, and kept as well."""

Slot = tuple[Key, datetime]
"""A series and the start of a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteRow:
    """One minute of one series as one run saw it.

    `values` has an aggregate for every indicator that the place's kind has; of a ``sum`` indicator only its sum counts.
    """

    key: Key
    minute: datetime
    span: tuple[datetime, datetime] | None = None
    observed_s: float = 0.0
    samples: int = 0
    values: Mapping[str, Aggregate] = field(default_factory=dict)


def kind_of(run: Run, key: Key) -> PlaceKind:
    """What kind of place a run's key means.

    Lines have a direction, flows name two lines, sites come from imports, the rest are zones. What holds for the whole
    picture is kept under the camera's own id.
    """
    if key.direction:
        return "line"
    if FLOW in key.place:
        return "flow"
    if key.place == run.camera and run.kind != "import":
        return "camera"
    return "site" if run.kind == "import" else "zone"


def empty(run: Run, slot: Slot) -> MinuteRow:
    """The row before anything was found: zeros for all that this kind of place has."""
    key, minute = slot
    names = (i.name for i in family(key.family).of_kind(kind_of(run, key)) if i.stored)
    return MinuteRow(key=key, minute=minute, values=dict.fromkeys(names, Aggregate()))


def merge(a: MinuteRow, b: MinuteRow) -> MinuteRow:
    """Both together; associative and commutative, with `empty` as identity.

    Raises:
        DataError: they are of different minutes or series.
    """
    if (a.key, a.minute) != (b.key, b.minute):
        raise DataError(f"expected rows of one minute and series, got {a.key} {a.minute} and {b.key} {b.minute}")
    names = (*a.values, *(name for name in b.values if name not in a.values))
    nothing = Aggregate()
    return replace(
        a,
        span=_span((*(a.span or ()), *(b.span or ()))),
        observed_s=a.observed_s + b.observed_s,
        samples=a.samples + b.samples,
        values={name: a.values.get(name, nothing) + b.values.get(name, nothing) for name in names},
    )


def found(run: Run, batch: Batch) -> dict[Slot, MinuteRow]:
    """What one batch alone says about each minute it touches.

    Raises:
        DataError: it speaks of something that the run did not announce, or with a value that is none.
    """
    rows: dict[Slot, MinuteRow] = {}
    for name, times in batch.samples.items():
        if name not in run.cadence_s:
            raise DataError(f"run {run.id}: samples of family {name!r}, announced were {sorted(run.cadence_s)}")
        keys = [key for key in run.keys if key.family == name]
        for minute, within in _by_minute(times).items():
            share = {
                "span": _span(within),
                "samples": len(within),
                "observed_s": len(within) * run.cadence_s[name],
            }
            for key in keys:
                rows[key, minute] = replace(empty(run, (key, minute)), **share)  # type: ignore[arg-type]  # as above
    keys_of = {(key.family, key.place, key.direction): key for key in run.keys}
    for observation in batch.observations:
        row = _observed(run, keys_of, observation)
        slot = (row.key, row.minute)
        rows[slot] = merge(rows.get(slot) or empty(run, slot), row)
    for lost in batch.unseen:
        row = _lost(run, keys_of, lost)
        slot = (row.key, row.minute)
        rows[slot] = merge(rows.get(slot) or empty(run, slot), row)
    return rows


def _lost(run: Run, keys: Mapping[tuple[str, str, Direction], Key], lost: Unseen) -> MinuteRow:
    """The part of a sample that did not see its place: seconds that were counted as observed and are taken back."""
    key = keys.get((lost.family, lost.place, NO_DIRECTION))
    if key is None or not 0 <= lost.share <= 1:
        raise DataError(f"run {run.id}: {lost} is of no place that the run announced, or no share between 0 and 1")
    return MinuteRow(key=key, minute=_minute(lost.time), observed_s=-lost.share * run.cadence_s[lost.family])


def _observed(run: Run, keys: Mapping[tuple[str, str, Direction], Key], said: Observation) -> MinuteRow:
    indicator = indicators().get(said.indicator)
    key = keys.get((indicator.family, said.place, said.direction)) if indicator else None
    if indicator is None or key is None:
        raise DataError(
            f"run {run.id}: an observation of {said.indicator!r} at {said.place!r} {said.direction or 'without direction'} "
            "that the run did not announce; expected one of its keys"
        )
    if kind_of(run, key) not in indicator.places or not indicator.stored:
        raise DataError(f"run {run.id}: {said.place!r} is a {kind_of(run, key)}, which has no {said.indicator!r}")
    if not isfinite(said.value):
        raise DataError(f"run {run.id}: {said.indicator!r} at {said.place!r} is {said.value}, expected a finite number")
    counted = bins(said.value, indicator.edges) if indicator.edges else ()
    value = Aggregate(1, said.value, said.value, said.value, bins=counted)
    return MinuteRow(key=key, minute=_minute(said.time), span=(said.time, said.time), values={indicator.name: value})


def _by_minute(times: Iterable[datetime]) -> dict[datetime, list[datetime]]:
    minutes: dict[datetime, list[datetime]] = {}
    for time in times:
        minutes.setdefault(_minute(time), []).append(time)
    return minutes


def _minute(time: datetime) -> datetime:
    return require_utc(time).replace(second=0, microsecond=0)


def _span(times: Iterable[datetime]) -> tuple[datetime, datetime] | None:
    known = sorted(times)
    return (known[0], known[-1]) if known else None
