"""What a camera file says of the ground and the road: ``[camera.ground]`` and ``[camera.road]``.

    [camera.ground]
    size = [1280, 720]                  # pixels of the picture that was clicked
    [[camera.ground.point]]
    name = "sudut zebra, barat"
    image = [0.21, 0.64]                # fractions of the picture
    lonlat = [110.42031, -6.99027]      # from a map; or metres = [0, 12.5], measured on the road

    [camera.road]
    manual = "PKJI-2023"
    type = "4/2-T"

The plane is fitted when the file is read, so that points that are in line or contradict one another are refused with the rest of it.
"""

from __future__ import annotations

from math import inf
from typing import Annotated, Any, Final

import numpy as np
from pydantic import Field, field_validator, model_validator

from pantau.config import Strict
from pantau.errors import ConfigError
from pantau.ground import GroundPlane, plane_of, to_plane
from pantau.manual import road_type, service
from pantau.places import Camera, Ground, GroundPoint, Line, Point, Road, Service, Zone
from pantau.vocabulary import indicator

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
MEASURED_M: Final = 0.05
MAP_M: Final = 0.5
"""Standard deviation of a place measured with a tape, and of a click on a map, metres."""
KEPT: Final = ("size", "click_px", "place_m", "limit_m", "note", "reference")


class PointEntry(Strict):
    """One ``[[camera.ground.point]]``: a point of the picture whose place is known."""

    name: str = Field(default="", description="What it is called in messages, such as `sudut zebra`.")
    image: tuple[Fraction, Fraction] = Field(description="Where it is in the picture, fractions `[x, y]`.")
    metres: Point | None = Field(default=None, description="Where it is on the ground, measured: `[x, y]` in metres.")
    lonlat: tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]] | None = Field(
        default=None, description="Where it is on a map: `[longitude, latitude]`, WGS 84; instead of metres."
    )


class GroundEntry(Strict):
    """``[camera.ground]``: what makes metres of pixels."""

    size: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]] = Field(
        description="Width and height in pixels of the picture that was clicked."
    )
    point: tuple[PointEntry, ...] = Field(min_length=4, max_length=60)
    click_px: float = Field(default=3.0, gt=0, le=50, description="Standard deviation of a click, pixels.")
    place_m: float | None = Field(
        default=None, gt=0, le=10, description="Standard deviation of a place, metres; 0.05 measured, 0.5 from a map."
    )
    limit_m: float = Field(
        default=2.0, gt=0, description="Standard deviation of a position beyond which no metres are given."
    )
    note: str = Field(default="", description="Where the points come from; shown beside the figures.")
    reference: str = Field(
        default="", description="The fixed things of the picture, by `pantau calibrate`: notices that the camera moved."
    )

    @model_validator(mode="after")
    def _holds(self) -> GroundEntry:
        try:
            plane_of(self.ground())
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self

    def ground(self) -> Ground:
        """The entry as a `Ground`; map clicks become metres.

        Raises:
            ConfigError: some points are measured and others from a map, or one has neither.
        """
        names = [p.name or f"point {n}" for n, p in enumerate(self.point, start=1)]
        measured, mapped = [p.metres for p in self.point], [p.lonlat for p in self.point]
        origin: Point | None = None
        if all(m is not None for m in measured) and not any(mapped):
            places = tuple(m for m in measured if m is not None)
        elif all(m is not None for m in mapped) and not any(m is not None for m in measured):
            origin, places = to_plane([m for m in mapped if m is not None])
        else:
            raise ConfigError(
                "calibration: expected every point with metres, or every point with lonlat; don't mix them"
            )
        usual = MEASURED_M if origin is None else MAP_M
        return Ground(
            points=tuple(GroundPoint(n, p.image, m) for n, p, m in zip(names, self.point, places, strict=True)),
            size=self.size,
            origin=origin,
            click_px=self.click_px,
            place_m=self.place_m or usual,
            limit_m=self.limit_m,
            note=self.note,
            reference=self.reference,
        )


class ServiceEntry(Strict):
    """``[camera.road.service]``: a city's own table of levels of service."""

    id: str = Field(min_length=1, description="What it is called.")
    source: str = Field(min_length=1, description="The rule that it is from.")
    indicator: str = Field(default="volume.ratio", description="What is looked up in it.")
    levels: tuple[tuple[str, float], ...] = Field(
        min_length=2, description='Letter and upper limit, rising, such as `[["A", 0.2], ["F", inf]]`.'
    )

    @field_validator("levels")
    @classmethod
    def _rise(cls, levels: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
        limits = [limit for _, limit in levels]
        if limits != sorted(set(limits)) or limits[-1] != inf:
            raise ValueError(f"expected limits that rise and end in inf, got {limits}")
        return levels

    @field_validator("indicator")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            indicator(name)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return name


class RoadEntry(Strict):
    """``[camera.road]``: what passenger car units and levels of service are worked out with."""

    manual: str = Field(default="PKJI-2023", description="Manual of the passenger car equivalents.")
    type: str = Field(description="Type of road as the manual calls it, such as `4/2-T` or `2/2-TT`.")
    lanes: int = Field(default=2, ge=1, le=8, description="Lanes in one direction (divided roads).")
    narrow: bool = Field(default=False, description="True where the carriageway is 6 m wide or less (undivided roads).")
    factor: float = Field(default=1.0, gt=0, le=2, description="The manual's capacity factors, multiplied.")
    service: str | ServiceEntry = Field(
        default="KM-14-2006", description="Table of levels of service: an id, or a table of its own."
    )

    @model_validator(mode="after")
    def _is_known(self) -> RoadEntry:
        try:
            road_type(self.road())
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self

    def road(self) -> Road:
        """The entry as a `Road`.

        Raises:
            ConfigError: the table of levels of service is unknown.
        """
        table = service(self.service) if isinstance(self.service, str) else Service(**self.service.model_dump())
        known = self.model_dump(exclude={"service"})
        return Road(**known, service=table)


def refuse_out_of_sight(camera: Camera) -> None:
    """Raise ConfigError when a road zone of a calibrated camera reaches beyond the horizon, or all of it is too far away.

    Raises:
        ConfigError: it does; the message says which corner.
    """
    if camera.ground is None:
        return
    plane = plane_of(camera.ground)
    for zone in (z for z in camera.zones if z.kind == "road"):
        spread = _spread(camera.ground, plane, zone.polygon)
        for corner, metres in zip(zone.polygon, spread, strict=True):
            if not np.isfinite(metres):
                raise ConfigError(
                    f"zone {zone.id!r}: its corner {list(corner)} lies on or beyond the horizon of the calibration, where there is "
                    "no ground; draw it lower, or calibrate with points farther away"
                )
        if min(spread) > camera.ground.limit_m:
            raise ConfigError(
                f"zone {zone.id!r}: positions in it are uncertain by {min(spread):.1f} m or more, at most {camera.ground.limit_m:g} m "
                "are allowed; draw it nearer, or add calibration points in it"
            )


def line_spread_m(camera: Camera, line: Line) -> float:
    """Standard deviation of a position in the middle of a line, metres; infinite beyond the horizon."""
    if camera.ground is None:
        return inf
    middle = ((line.start[0] + line.end[0]) / 2, (line.start[1] + line.end[1]) / 2)
    return _spread(camera.ground, plane_of(camera.ground), (middle,))[0]


def zone_spread_m(camera: Camera, zone: Zone) -> tuple[float, ...]:
    """Standard deviation of a position at each corner of a zone, metres."""
    if camera.ground is None:
        return (inf,) * len(zone.polygon)
    return _spread(camera.ground, plane_of(camera.ground), zone.polygon)


def _spread(ground: Ground, plane: GroundPlane, points: tuple[Point, ...]) -> tuple[float, ...]:
    return tuple(plane.spread_m(np.multiply(points, ground.size)).tolist())


def ground_entry(ground: Ground) -> dict[str, Any]:
    """The camera-file entry of a calibration. Map clicks come back as metres with the origin they count from in the note."""
    usual = Ground(points=(), size=(1, 1))
    entry = {name: value for name in KEPT if (value := getattr(ground, name)) != getattr(usual, name)}
    entry["size"] = list(ground.size)
    if ground.origin is not None and "asal" not in ground.note:
        entry["note"] = f"{ground.note} · asal {ground.origin[0]:.7f}, {ground.origin[1]:.7f}".strip(" ·")
    return entry | {
        "point": [{"name": p.name, "image": list(p.image), "metres": list(p.metres)} for p in ground.points]
    }


def road_entry(road: Road) -> dict[str, Any]:
    """The camera-file entry of a road."""
    entry: dict[str, Any] = {"manual": road.manual, "type": road.type, "lanes": road.lanes, "narrow": road.narrow}
    try:
        named = service(road.service.id) == road.service
    except ConfigError:
        named = False
    table = {
        "id": road.service.id,
        "source": road.service.source,
        "indicator": road.service.indicator,
        "levels": [list(level) for level in road.service.levels],
    }
    return entry | {"factor": road.factor, "service": road.service.id if named else table}
