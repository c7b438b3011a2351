"""Whether the slots and zones drawn on a picture can be true: slots do not overlap, and what is drawn can be seen.

Also which parking zone a slot belongs to: the one it names, else the one its middle lies in, else a zone of its own making
around all slots that have none (`LOOSE`). Everything in fractions of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pantau.types import Point

MOST_OVERLAP: Final = 0.15
"""Share of the smaller of two slots that the other may cover: neighbours are drawn to a shared line, not to a pixel."""
MOST_MASKED: Final = 0.5
LOOSE: Final = "petak"
"""Id of the zone that is made around slots outside every parking zone."""

Polygon = tuple[Point, ...]


def overlap(slots: Mapping[str, Polygon]) -> str:
    """Which two slots overlap, in words; empty when none do."""
    from shapely import Polygon as Shape  # noqa: PLC0415  # 60 ms that only camera files pay

    shapes = [(name, Shape(polygon)) for name, polygon in slots.items()]
    for number, (name, shape) in enumerate(shapes):
        for other, another in shapes[:number]:
            share = shape.intersection(another).area / max(min(shape.area, another.area), 1e-12)
            if share > MOST_OVERLAP:
                return (
                    f"slots {other!r} and {name!r} overlap by {share:.0%} of the smaller one, at most {MOST_OVERLAP:.0%} may be: "
                    "a vehicle would be counted twice; redraw them side by side"
                )
    return ""


def masked(polygon: Polygon, masks: Sequence[Polygon]) -> float:
    """Share of a polygon that privacy masks black out."""
    from shapely import Polygon as Shape  # noqa: PLC0415  # as above
    from shapely import union_all  # noqa: PLC0415  # as above

    if not masks:
        return 0.0
    shape = Shape(polygon)
    return float(shape.intersection(union_all([Shape(mask) for mask in masks])).area / max(shape.area, 1e-12))


def zone_of(polygon: Polygon, zones: Mapping[str, Polygon]) -> str:
    """The first of `zones` that the middle of a slot lies in; empty when none does."""
    from shapely import Polygon as Shape  # noqa: PLC0415  # as above

    middle = Shape(polygon).centroid
    return next((name for name, zone in zones.items() if Shape(zone).contains(middle)), "")


def around(polygons: Sequence[Polygon]) -> Polygon:
    """The convex hull of slots."""
    from shapely import MultiPoint, get_coordinates  # noqa: PLC0415  # as above

    hull = MultiPoint([point for polygon in polygons for point in polygon]).convex_hull
    return tuple((round(x, 6), round(y, 6)) for x, y in get_coordinates(hull).tolist()[:-1])
