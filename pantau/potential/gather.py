"""Counts of each entry of a plan out of the store: day by day, with coverage and what is known of their error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from pantau.errors import ConfigError
from pantau.places import Camera, Cordon, Place, Site
from pantau.potential.estimate import Accuracy, Day, Estimate, estimate
from pantau.potential.plan import Plan, Source
from pantau.store.series import Series, SeriesQuery
from pantau.store.validations import Measured, Validation, validity
from pantau.vocabulary import indicator

Way = Literal["forward", "backward", "both"]


class Numbers(Protocol):
    """The stored truth."""

    def series(self, query: SeriesQuery) -> Series:
        """A point for every bucket of the range."""
        ...


class Register(Protocol):
    """Places, cameras, and comparisons with the truth."""

    def place(self, id_: str) -> Place | None:
        """A place."""
        ...

    def camera(self, id_: str) -> Camera | None:
        """A camera."""
        ...

    def cordons(self) -> Sequence[Cordon]:
        """The declared borders in force."""
        ...

    def validations(self, camera: str | None = None) -> Sequence[Validation]:
        """Comparisons of one camera or of all."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """Local days from `first` to `last`, both included; of places that have no zone of their own in `timezone` (IANA)."""

    first: date
    last: date
    timezone: str

    def at(self, place: Place) -> tuple[datetime, datetime]:
        """Midnight of the first day and midnight after the last where the place is, UTC."""
        zone = ZoneInfo(place.timezone if isinstance(place, Site) else self.timezone)
        first, after = self.first, self.last + timedelta(days=1)
        start, end = (datetime(d.year, d.month, d.day, tzinfo=zone).astimezone(UTC) for d in (first, after))
        return start, end


def potential(plan: Plan, numbers: Numbers, register: Register, stretch: Stretch) -> Iterator[Estimate]:
    """The estimate of each entry over some local days.

    Raises:
        ConfigError: the plan names a place or a border that is not in the register, or one that can't have the indicator.
    """
    for source in plan.potential:
        counted = _border(source, register) if source.cordon else dict.fromkeys(source.places, source.direction)
        places = [_place(source, register, id_) for id_ in counted]
        ways = list(counted.values())
        series = [numbers.series(_query(source, p, way, stretch)) for p, way in zip(places, ways, strict=True)]
        accuracies = [_accuracy(source, p, way, s, register) for p, way, s in zip(places, ways, series, strict=True)]
        worst = min(accuracies, key=lambda a: -1.0 if a.least is None else a.least)
        yield estimate(source, _days(source, series), worst)


def _border(source: Source, register: Register) -> dict[str, Way]:
    """The lines of the declared border that is in force, each with the direction that the entry asks for."""
    declared = {cordon.of: cordon for cordon in register.cordons()}
    if source.cordon not in declared:
        known = ", ".join(sorted(declared)) or "none"
        raise ConfigError(
            f"potential {source.id!r}: no border of {source.cordon!r} is declared; known ones: {known}; `pantau apply` a cordon file"
        )
    turned: dict[Way, Way] = {"forward": "backward", "backward": "forward", "both": "both"}
    way = source.direction
    return {one.line: way if one.into == "forward" else turned[way] for one in declared[source.cordon].lines}


def _query(source: Source, place: Place, way: Way, stretch: Stretch) -> SeriesQuery:
    start, end = stretch.at(place)
    return SeriesQuery(place=place.id, indicators=(source.indicator,), tier="day", start=start, end=end, direction=way)


def _place(source: Source, register: Register, id_: str) -> Place:
    place = register.place(id_)
    if place is None:
        raise ConfigError(f"potential {source.id!r}: no place {id_!r} in the register; `pantau apply` its camera first")
    kind = type(place).__name__.lower()
    if kind not in indicator(source.indicator).places:
        raise ConfigError(f"potential {source.id!r}: {id_!r} is a {kind}, {source.indicator} is not measured there")
    return place


def _days(source: Source, series: Sequence[Series]) -> list[Day]:
    """Days that are over and seen at every place; one dark place, or one that may still change, makes the sum unknown."""
    zone = ZoneInfo(series[0].timezone)
    days = []
    for i, start in enumerate(series[0].starts):
        values = [one.columns[source.indicator][i] for one in series]
        known = [value for value in values if value is not None]
        over = not any(one.provisional[i] for one in series)
        counted = sum(known) if over and len(known) == len(values) else None
        days.append(Day(start.astimezone(zone).date(), counted, min(one.coverage[i] for one in series)))
    return days


def _accuracy(source: Source, place: Place, direction: Way, series: Series, register: Register) -> Accuracy:
    """What is known of a place's counts: the worst validation among all ways they were measured, or what the plan assumes."""
    if not isinstance(place, Site):
        kept = register.validations(place.camera)
        way = "" if direction == "both" else direction
        user = indicator(source.indicator).road_user
        ways = {(m, r) for m, r in zip(series.method, series.revision, strict=True) if m}
        found = [validity(kept, Measured(place.id, revision, method), way, user) for method, revision in ways]
        rests = [one.by for one in found if one.status == "validated" and one.by]
        if rests and len(rests) == len(found):
            by = min(rests, key=lambda v: v.low)
            said = f"{by.accuracy:.3f} [{by.low:.3f}, {by.high:.3f}] n={by.truth} {by.time.date().isoformat()}"
            return Accuracy(by.low, "validated", said)
    if source.assumed_error is None:
        return Accuracy(None, "unknown", "")
    return Accuracy(1 - source.assumed_error, "assumed", f"± {source.assumed_error:.0%}")
