"""Cameras and places between their nouns and the rows of the control database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import inf, isfinite
from typing import Any, Literal

from sqlalchemy import RowMapping

from pantau.errors import ConfigError
from pantau.litter_file import LITTER_LIMITS
from pantau.places import (
    Camera,
    Entry,
    Follows,
    Ground,
    GroundPoint,
    Line,
    Mark,
    Place,
    Point,
    Road,
    Service,
    Site,
    Slot,
    Zone,
)

Kind = Literal["line", "zone", "slot", "site"]
_CAMERA_COLUMNS = (
    "name", "source", "lon", "lat", "area", "detector", "fps", "priority", "attribution", "enabled",
)  # fmt: skip
MEASURED_BY = ("source", "detector", "fps", "analysers", "masks", "ground", "road")
"""What of a camera changes its numbers: a change of these is a new revision."""


def camera_values(camera: Camera) -> dict[str, Any]:
    """A camera's row, without id and revision; lists as JSON gives them back, so that rows can be compared."""
    return {
        **{name: getattr(camera, name) for name in _CAMERA_COLUMNS},
        "analysers": list(camera.analysers),
        "masks": [_listed(mask) for mask in camera.masks],
        "ground": _ground_values(camera.ground) if camera.ground else None,
        "road": _road_values(camera.road) if camera.road else None,
    }


def camera_of(row: RowMapping, places: Sequence[Place]) -> Camera:
    """The camera of a row and its places."""
    return Camera(
        id=row["id"],
        revision=row["revision"],
        **{name: row[name] for name in _CAMERA_COLUMNS},
        analysers=tuple(row["analysers"]),
        masks=tuple(_points(mask) for mask in row["masks"]),
        ground=_ground_of(row["ground"]) if row["ground"] else None,
        road=_road_of(row["road"]) if row["road"] else None,
        lines=tuple(place for place in places if isinstance(place, Line)),
        zones=tuple(place for place in places if isinstance(place, Zone)),
        slots=tuple(place for place in places if isinstance(place, Slot)),
    )


def kind_of(place: Place) -> Kind:
    """What a place is called in the database."""
    kinds: dict[type[Place], Kind] = {Line: "line", Zone: "zone", Slot: "slot", Site: "site"}
    return kinds[type(place)]


def geometry(place: Place) -> list[list[float]]:
    """What makes a new revision when it changes: where the place is on the picture; a gauge's marks come last, with their cm."""
    if isinstance(place, Line):
        return _listed((place.start, place.end))
    if isinstance(place, Zone) and place.gauge:
        return [*_listed(place.polygon), *([*map(float, mark.at), float(mark.cm)] for mark in place.gauge)]
    return _listed(place.polygon) if isinstance(place, Zone | Slot) else []


def facts(place: Place) -> dict[str, Any]:
    """What may be corrected without a new revision, beside the name."""
    told: dict[str, Any]
    if isinstance(place, Line):
        told = {"forward_name": place.forward_name, "backward_name": place.backward_name}
        return told | ({"follows": asdict(place.follows)} if place.follows else {})
    if isinstance(place, Zone):
        told = {name: getattr(place, name) for name in ("kind", "capacity", "limit_s", "schedule", "stop_line")}
        told |= {name: limit for name in LITTER_LIMITS if (limit := getattr(place, name))}
        told |= {"limit_cm": place.limit_cm} if place.limit_cm else {}
        return told | ({"entries": [asdict(entry) for entry in place.entries]} if place.entries else {})
    if isinstance(place, Slot):
        return {"kind": place.kind, "zone": place.zone}
    return {name: getattr(place, name) for name in ("timezone", "lon", "lat", "source", "licence")}


def place_of(row: RowMapping) -> Place:
    """The place of a row."""
    shared = {"id": row["id"], "name": row["name"], "revision": row["revision"]}
    points, told = _points([point for point in row["geometry"] if len(point) == 2]), dict(row["facts"])
    if row["kind"] == "line":
        follows = Follows(**told.pop("follows")) if "follows" in told else None
        return Line(camera=row["camera"], start=points[0], end=points[1], follows=follows, **told, **shared)
    if row["kind"] == "zone":
        entries = tuple(Entry(**entry) for entry in told.pop("entries", ()))
        gauge = tuple(Mark((point[0], point[1]), point[2]) for point in row["geometry"] if len(point) == 3)
        return Zone(camera=row["camera"], polygon=points, entries=entries, gauge=gauge, **told, **shared)
    if row["kind"] == "slot":
        return Slot(camera=row["camera"], polygon=points, **told, **shared)
    return Site(**told, **shared)


def places_of(camera: Camera) -> tuple[Line | Zone | Slot, ...]:
    """A camera's lines, then its zones, then its slots."""
    return (*camera.lines, *camera.zones, *camera.slots)


def check(cameras: Sequence[Camera]) -> None:
    """Refuse cameras that can't be told apart.

    Raises:
        ConfigError: an id is empty or there twice, two places of a camera have one name, or a place names another camera.
    """
    _single([camera.id for camera in cameras], "two cameras have the id")
    _single([place.id for camera in cameras for place in places_of(camera)], "two places have the id")
    for camera in cameras:
        _single([place.name for place in places_of(camera)], f"two places of camera {camera.id!r} have the name")
        for place in places_of(camera):
            if place.camera != camera.id:
                raise ConfigError(f"place {place.id!r} of camera {camera.id!r} says it belongs to {place.camera!r}")


def _ground_values(ground: Ground) -> dict[str, Any]:
    points = [{"name": p.name, "image": list(p.image), "metres": list(p.metres)} for p in ground.points]
    origin = list(ground.origin) if ground.origin else None
    return {**asdict(ground), "points": points, "size": list(ground.size), "origin": origin}


def _ground_of(values: Mapping[str, Any]) -> Ground:
    points = tuple(GroundPoint(p["name"], *_points((p["image"], p["metres"]))) for p in values["points"])
    width, height = values["size"]
    origin = _points((values["origin"],))[0] if values["origin"] else None
    return Ground(**{**values, "points": points, "size": (width, height), "origin": origin})


def _road_values(road: Road) -> dict[str, Any]:
    """JSON has no infinity: the last limit of a table is null."""
    levels = [[letter, limit if isfinite(limit) else None] for letter, limit in road.service.levels]
    return {**asdict(road), "service": {**asdict(road.service), "levels": levels}}


def _road_of(values: Mapping[str, Any]) -> Road:
    table = values["service"]
    levels = tuple((letter, inf if limit is None else limit) for letter, limit in table["levels"])
    return Road(**{**values, "service": Service(**{**table, "levels": levels})})


def _single(values: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for value in values:
        if not value:
            raise ConfigError(f"{what} '': give each of them one that is not empty")
        if value in seen:
            raise ConfigError(f"{what} {value!r}; rename one, nothing was changed")
        seen.add(value)


def _listed(points: Sequence[Point]) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in points]


def _points(listed: Sequence[Sequence[float]]) -> tuple[Point, ...]:
    return tuple((x, y) for x, y in listed)
