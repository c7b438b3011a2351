"""Which places lie in which area: by the code that a camera declares, else by where it stands.

A code belongs to every area that is its beginning (``33.74.01.1001`` lies in ``33.74.01``), as in the store's groups
(`pantau.store.groups`). A point on a border belongs to one side or the other. Rejected: position before declaration (a
camera at the edge of its kelurahan looks into it).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pantau.geometry import points_in_polygon
from pantau.places import Camera, Place, Site

Ring = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class KnownArea:
    """An area's code and name, and every ring of its shape; a hole is a ring within a ring."""

    code: str
    name: str
    rings: tuple[Ring, ...]

    def holds(self, lon: float, lat: float) -> bool:
        """Whether a point lies inside."""
        point = np.array([[lon, lat]])
        return bool(sum(int(points_in_polygon(point, ring)[0]) for ring in self.rings) % 2)


def areas_of(answer: bytes) -> tuple[KnownArea, ...]:
    """The areas of `pantau.serve.areas.load_areas`, those without a code left out."""
    found = []
    for feature in json.loads(answer)["features"]:
        code, geometry = feature["properties"]["code"], feature["geometry"] or {}
        polygons = geometry.get("coordinates", []) if geometry.get("type") in {"Polygon", "MultiPolygon"} else []
        if geometry.get("type") == "Polygon":
            polygons = [polygons]
        rings = tuple(np.array(ring, float)[:, :2] for polygon in polygons for ring in polygon)
        if code:
            found.append(KnownArea(code, feature["properties"]["name"], rings))
    return tuple(found)


def codes_of(place: Place, camera: Camera | None, areas: tuple[KnownArea, ...]) -> frozenset[str]:
    """The codes of the areas that a place lies in."""
    declared = camera.area if camera else ""
    found = {area.code for area in areas if declared and f"{declared}.".startswith(f"{area.code}.")}
    if found:
        return frozenset(found)
    where = place if isinstance(place, Site) else camera
    if where is None or where.lon is None or where.lat is None:
        return frozenset()
    return _codes_at(areas, where.lon, where.lat)


@lru_cache(maxsize=20_000)  # cameras stand still, and a boundary may have thousands of corners
def _codes_at(areas: tuple[KnownArea, ...], lon: float, lat: float) -> frozenset[str]:
    return frozenset(area.code for area in areas if area.holds(lon, lat))


def members(areas: tuple[KnownArea, ...], codes: Mapping[str, frozenset[str]]) -> Mapping[str, tuple[str, ...]]:
    """The places of each area, given the areas of each place."""
    return {area.code: tuple(place for place, mine in codes.items() if area.code in mine) for area in areas}
