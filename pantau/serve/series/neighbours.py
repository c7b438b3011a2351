"""Places near a place that measure the same: what a city has in common is in them, what happened to one sensor is not."""

from __future__ import annotations

from datetime import datetime
from math import cos, hypot, radians
from typing import Final

from pantau.places import Place, Site
from pantau.serve.series.groups import Group, Subject
from pantau.serve.services import Services
from pantau.vocabulary import indicator as means

MOST: Final = 8
"""Each costs a question about two years of days."""


def neighbours(services: Services, place: Subject, name: str, span: tuple[datetime, datetime]) -> tuple[Place, ...]:
    """The nearest places of the same kind that have this indicator throughout a span; none of a group, or where the place's position is not known.

    Raises:
        StoreError: the store or the control database failed.
    """
    here = None if isinstance(place, Group) else _position(services, place)
    if here is None:
        return ()
    extents, of = services.numbers.extents(), means(name).family
    found: list[tuple[float, str, Place]] = []
    for other in services.register.places():
        known, there = extents.get(other.id, {}).get(of), _position(services, other)
        if type(other) is not type(place) or other.id == place.id or known is None or there is None:
            continue
        if known[0] <= span[0] and known[1] >= span[1]:
            found.append((_apart(here, there), other.id, other))
    return tuple(other for _, _, other in sorted(found, key=lambda one: one[:2])[:MOST])


def _position(services: Services, place: Place) -> tuple[float, float] | None:
    at = place if isinstance(place, Site) else services.register.camera(place.camera)
    return (at.lon, at.lat) if at and at.lon is not None and at.lat is not None else None


def _apart(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Degrees of latitude between two positions, near enough to put them in order."""
    return hypot((a[0] - b[0]) * cos(radians(a[1])), a[1] - b[1])
