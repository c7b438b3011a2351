"""A zone in a camera file: a polygon, what is watched in it, and its border.

    [[camera.zone]]
    id = "tengah"
    polygon = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7]]
    kind = "parking"                    # a plain area when it is left out
    entries = [{line = "utara", into = "forward"}]

Its ``gauge`` is told in `pantau.gauge_file`, its litter limits in `pantau.litter_file`; what of other entries it must agree with is checked by
the camera that has both (`pantau.camera_file`).
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from pantau.config import Strict
from pantau.gauge_file import WATER_FACTS, WaterEntry, gauge_entry
from pantau.layout import Outline, Slug
from pantau.litter_file import LITTER_KINDS, LITTER_LIMITS, LitterLimits
from pantau.places import Entry, Zone, ZoneKind, local_id
from pantau.schedule import Hours

ZONE_FACTS: Final = ("kind", "capacity", "limit_s", *LITTER_LIMITS, *WATER_FACTS, "schedule", "stop_line")
"""What is said of a zone beside where it is."""
ANALYSER_OF: Final = {
    "parking": "parking",
    "no_parking": "dwell",
    "danger": "dwell",
    "scene": "scene",
    "water": "water",
} | dict.fromkeys(LITTER_KINDS, "litter")
"""What has to watch a zone of this kind; it is asked for by itself where the camera names no analysers."""
NO_ZONE: Final = Zone(id="", camera="", name="", polygon=())


class ZoneBorder(Strict):
    """One of the ``entries`` of a zone: a line that is a part of its border."""

    line: Slug
    into: Literal["forward", "backward"] = "forward"


class ZoneEntry(LitterLimits, WaterEntry):
    """One ``[[camera.zone]]``."""

    id: Slug
    name: str = Field(default="", description="Name shown; the id when empty.")
    polygon: Outline
    kind: ZoneKind = Field(default="area", description="What is watched there, beside who is inside.")
    capacity: int = Field(default=0, ge=0, description="Vehicles that fit; 0: not known.")
    limit_s: float = Field(default=0.0, ge=0, description="Seconds that one may stay; 0: the analyser's own limit.")
    schedule: Hours = Field(
        default="", description="When the limit holds, local time, such as `Mo-Fr 06:00-22:00`; empty: always."
    )
    stop_line: str = Field(default="", description="Id of the line behind which the queue of a road stands.")
    entries: tuple[ZoneBorder, ...] = Field(
        default=(),
        description="The lines that close its border, such as `[{line = 'utara', into = 'forward'}]`: nobody enters or leaves"
        " but over them. In - out is compared with who is inside.",
    )

    def zone(self, camera: str) -> Zone:
        """The entry as a `Zone` of a camera; its ``stop_line`` stays as it is written."""
        return Zone(
            id=f"{camera}.{self.id}",
            camera=camera,
            name=self.name or self.id,
            polygon=self.polygon,
            entries=tuple(Entry(line=f"{camera}.{one.line}", into=one.into) for one in self.entries),
            gauge=self.marks(),
            **{name: getattr(self, name) for name in ZONE_FACTS},
        )


def zone_entry(zone: Zone) -> dict[str, Any]:
    """The entry of a zone, without defaults, ready to be written as TOML."""
    entries = [{"line": local_id(one.line), "into": one.into} for one in zone.entries]
    return (
        {"id": local_id(zone.id), "name": zone.name, "polygon": [list(p) for p in zone.polygon]}
        | {name: value for name in ZONE_FACTS if (value := getattr(zone, name)) != getattr(NO_ZONE, name)}
        | ({"entries": entries} if entries else {})
        | ({"gauge": gauge_entry(zone.gauge)} if zone.gauge else {})
    )
