"""What is drawn on a picture, and whether it can be true: corners in view, edges that do not cross, slots side by side.

Also which parking zone a slot belongs to: the one it names, else the one its middle lies in, else a zone of its own making
around all slots that have none (`LOOSE`). Everything in fractions of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Protocol

from pydantic import AfterValidator, BeforeValidator, Field

from pantau.config import Strict
from pantau.places import Point, Slot, SlotKind, Zone

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="letters, digits, - and _")]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


def _in_view(corner: object) -> object:
    """`corner` as it came, when it lies in the picture.

    Raises:
        ValueError: it does not.
    """
    numbers = [part for part in corner if isinstance(part, int | float)] if isinstance(corner, list | tuple) else []
    if any(not 0 <= part <= 1 for part in numbers):
        raise ValueError(
            f"corner {numbers} lies outside the picture: its fractions run from 0 to 1; draw only what the camera sees"
        )
    return corner


def _simple(polygon: tuple[Point, ...]) -> tuple[Point, ...]:
    """`polygon`, when its edges do not cross and it has an area.

    Raises:
        ValueError: it crosses itself or is flat; the message says where.
    """
    from shapely import Polygon  # noqa: PLC0415  # 60 ms that only camera files pay
    from shapely.validation import explain_validity  # noqa: PLC0415  # as above

    shape = Polygon(polygon)
    if not shape.is_valid or shape.area < 1e-6:
        why = explain_validity(shape) if not shape.is_valid else "it has no area"
        raise ValueError(f"expected a polygon whose edges do not cross, got {list(polygon)}: {why}; redraw it in order")
    return polygon


Corner = Annotated[tuple[Fraction, Fraction], BeforeValidator(_in_view)]
Outline = Annotated[tuple[Corner, ...], Field(min_length=3), AfterValidator(_simple)]
"""A polygon that can be drawn."""

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


class SlotEntry(Strict):
    """One ``[[camera.slot]]``."""

    id: Slug
    name: str = Field(default="", description="Name shown; the id when empty.")
    polygon: Outline
    kind: SlotKind = Field(default="car", description="For which vehicles: car, two_wheeler.")
    zone: str = Field(default="", description="Id of its parking zone; where empty, the one it lies in.")


class Drawn(Protocol):
    """Anything with an id and a polygon."""

    @property
    def id(self) -> str:
        """Its id within the camera."""
        ...

    @property
    def polygon(self) -> Polygon:
        """Its corners."""
        ...


def check_slots(slots: Sequence[SlotEntry], parking: Mapping[str, Polygon]) -> None:
    """Raise ValueError where slots overlap or one names a zone that is no parking zone."""
    if why := overlap({slot.id: slot.polygon for slot in slots}):
        raise ValueError(why)
    for slot in slots:
        if slot.zone and slot.zone not in {*parking, LOOSE}:
            raise ValueError(
                f"slot {slot.id!r}: there is no zone {slot.zone!r} of kind parking; known: {sorted(parking)}"
            )


def check_seen(drawn: Sequence[Drawn], masks: Sequence[Polygon]) -> None:
    """Raise ValueError where masks black out half of something that has to be watched."""
    for one in drawn:
        if (share := masked(one.polygon, masks)) >= MOST_MASKED:
            raise ValueError(f"{share:.0%} of {one.id!r} is blacked out by masks: nothing can be seen there; move one")


def place_slots(
    camera: str, slots: Sequence[SlotEntry], parking: Mapping[str, Polygon]
) -> tuple[tuple[Zone, ...], tuple[Slot, ...]]:
    """Every slot with its zone, and the zone that is made around those that lie in none."""
    zone_by_slot = {slot.id: slot.zone or zone_of(slot.polygon, parking) or LOOSE for slot in slots}
    loose = [slot.polygon for slot in slots if zone_by_slot[slot.id] == LOOSE and LOOSE not in parking]
    made = [
        Zone(id=f"{camera}.{LOOSE}", camera=camera, name="Petak parkir", polygon=around(loose), kind="parking")
        for _ in loose[:1]
    ]
    placed = tuple(
        Slot(
            id=f"{camera}.{slot.id}",
            camera=camera,
            name=slot.name or slot.id,
            polygon=slot.polygon,
            zone=f"{camera}.{zone_by_slot[slot.id]}",
            kind=slot.kind,
        )
        for slot in slots
    )
    return tuple(made), placed
