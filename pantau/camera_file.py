"""Camera files: cameras and what is drawn on their pictures, as TOML that a person writes.

    [[camera]]
    id = "pets"
    name = "Plaza"
    source = "vtest.avi"                # a file, a folder of JPEGs, rtsp://…, onvif://…; credentials in it are sealed apart

    [[camera.line]]
    id = "W"                            # the place becomes "pets.W"
    start = [0.14, 0.76]                # fractions of the picture
    end = [0.14, 0.30]

    [[camera.zone]]
    id = "tengah"
    polygon = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7]]
    kind = "parking"                    # or road, no_parking, danger, litter, bin, scene, water; a plain area when it is left out

    [[camera.slot]]
    id = "p1"                           # one marked place, drawn on the ground
    polygon = [[0.3, 0.3], [0.4, 0.3], [0.4, 0.5], [0.3, 0.5]]

``[camera.ground]`` and ``[camera.road]`` are told in `pantau.ground_file`, a zone in `pantau.zone_file`, its ``gauge`` in `pantau.gauge_file`. A file is refused as a whole: an unknown key, a self-crossing polygon, a line outside the frame or two places of one name
change nothing. ``pantau apply FILE`` and ``pantau export FILE`` carry cameras between such files and the register.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from pantau.config import Strict, checked, checked_address, explain, read_toml, split_credentials
from pantau.errors import ConfigError
from pantau.ground_file import GroundEntry, RoadEntry, ground_entry, refuse_out_of_sight, road_entry
from pantau.layout import Corner, Outline, SlotEntry, Slug, check_seen, check_slots, place_slots
from pantau.litter_file import check_litter
from pantau.places import Camera, Follows, Line, Priority, local_id
from pantau.zone_file import ANALYSER_OF, ZoneEntry, zone_entry


class FollowsEntry(Strict):
    """``follows`` of a line: the line that sees the same stream."""

    line: str = Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)?$")
    lag_s: float = Field(default=5.0, ge=0, le=600)
    turned: bool = False


class LineEntry(Strict):
    """One ``[[camera.line]]``."""

    id: Slug
    name: str = Field(default="", description="Name shown; the id when empty.")
    start: Corner
    end: Corner
    forward: str = Field(
        default="", description="Words for crossing from the line's left to its right, such as `masuk`."
    )
    backward: str = Field(default="", description="Words for the other way, such as `keluar`.")
    follows: FollowsEntry | None = Field(
        default=None,
        description="A line that all who pass here pass too, such as `{line = 'hulu', lag_s = 4}`; `kamera.garis` on another"
        " camera; `turned = true` where its forward is this one's backward. Their counts are compared.",
    )

    @model_validator(mode="after")
    def _has_length(self) -> LineEntry:
        if abs(self.start[0] - self.end[0]) + abs(self.start[1] - self.end[1]) < 0.01:
            raise ValueError(
                f"line {self.id!r}: start and end are the same place; draw it at least 1 % of the picture long"
            )
        return self


class CameraEntry(Strict):
    """One ``[[camera]]``."""

    id: Slug
    name: str = Field(default="", description="Name shown; the id when empty.")
    source: str = Field(default="", description="File, folder of JPEGs, rtsp:// or onvif:// address.")
    lon: float | None = Field(default=None, ge=-180, le=180, description="WGS 84, degrees.")
    lat: float | None = Field(default=None, ge=-90, le=90, description="WGS 84, degrees.")
    area: str = Field(default="", description="Region code of the kelurahan or kecamatan it stands in.")
    detector: str = Field(default="centernet", description="Detector profile; see `pantau models list`.")
    fps: float = Field(default=5.0, gt=0, le=60, description="Samples per second the analysers get.")
    analysers: tuple[str, ...] = Field(
        default=("visitors", "traffic", "quality", "health"),
        min_length=1,
        description="What is measured here: visitors, traffic, quality, health, speed, road, volume, flow; "
        "parking, dwell, litter, water and scene come by themselves with the zones that need them.",
    )
    priority: Priority = Field(
        default="normal",
        description="Who keeps the samples when the computer is too slow for all: each step has twice the part of the one below.",
    )
    attribution: str = Field(default="", description="Source and licence of the footage, shown with the picture.")
    enabled: bool = Field(default=True, description="False keeps it in the register without reading it.")
    masks: tuple[Outline, ...] = Field(default=(), description="Polygons blacked out before anything looks.")
    ground: GroundEntry | None = Field(default=None, description="What makes metres of pixels; see below.")
    road: RoadEntry | None = Field(default=None, description="What passenger car units need; see below.")
    line: tuple[LineEntry, ...] = ()
    zone: tuple[ZoneEntry, ...] = ()
    slot: tuple[SlotEntry, ...] = ()

    @field_validator("analysers")
    @classmethod
    def _are_single(cls, analysers: tuple[str, ...]) -> tuple[str, ...]:
        if doubled := sorted({a for a in analysers if analysers.count(a) > 1}):
            raise ValueError(f"{doubled[0]!r} is there twice: everything it counts would be doubled; name it once")
        return analysers

    @field_validator("source")
    @classmethod
    def _is_an_address(cls, source: str) -> str:
        return checked_address(source)

    @model_validator(mode="after")
    def _names_are_single(self) -> CameraEntry:
        for what in ("id", "name"):
            seen: set[str] = set()
            places: tuple[LineEntry | ZoneEntry | SlotEntry, ...] = (*self.line, *self.zone, *self.slot)
            for place in places:
                value = getattr(place, what) or place.id
                if value in seen:
                    raise ValueError(f"two places of camera {self.id!r} have the {what} {value!r}; rename one")
                seen.add(value)
        return self

    @model_validator(mode="after")
    def _stop_lines_are_there(self) -> CameraEntry:
        for zone in self.zone:
            if zone.stop_line and zone.stop_line not in {line.id for line in self.line}:
                raise ValueError(f"zone {zone.id!r}: its stop_line {zone.stop_line!r} is no line of camera {self.id!r}")
        return self

    @model_validator(mode="after")
    def _slots_can_be(self) -> CameraEntry:
        parking = {zone.id: zone.polygon for zone in self.zone if zone.kind == "parking"}
        check_slots(self.slot, parking)
        check_litter([(z.id, z.kind, z) for z in self.zone], metres=self.ground is not None)
        check_seen([*(z for z in self.zone if z.kind != "area"), *self.slot], self.masks)
        return self

    @model_validator(mode="after")
    def _is_in_sight(self) -> CameraEntry:
        try:
            refuse_out_of_sight(self.camera())
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self

    @model_validator(mode="after")
    def _is_watched(self) -> CameraEntry:
        """Raise when a zone's analyser is left out on purpose; what it asks of nobody would stay silent for ever."""
        if "analysers" in self.model_fields_set and (missing := set(self.needed()) - set(self.analysers)):
            raise ValueError(f"its zones or slots need the analyser {sorted(missing)[0]!r}; add it to analysers")
        return self

    def needed(self) -> tuple[str, ...]:
        """The analysers that its zones and slots ask for."""
        kinds = [zone.kind for zone in self.zone] + (["parking"] if self.slot else [])
        return tuple(sorted({ANALYSER_OF[kind] for kind in kinds if kind in ANALYSER_OF}))

    @model_validator(mode="after")
    def _compares_what_is_there(self) -> CameraEntry:
        lines = {line.id for line in self.line}
        for zone in self.zone:
            named = [entry.line for entry in zone.entries]
            if unknown := sorted(set(named) - lines):
                raise ValueError(f"zone {zone.id!r}: entries name line {unknown[0]!r}, which this camera does not have")
            if len(named) != len(set(named)):
                raise ValueError(f"zone {zone.id!r}: entries name a line twice; name each once")
        for line in self.line:
            other = line.follows.line.removeprefix(f"{self.id}.") if line.follows else ""
            if other == line.id or (other and "." not in other and other not in lines):
                raise ValueError(
                    f"line {line.id!r}: follows {other!r}; expected another line of this camera or `camera.line`"
                )
        return self

    def place_id(self, line: str) -> str:
        """The full id of a line of this camera, or of one that names its camera itself."""
        return line if "." in line else f"{self.id}.{line}"

    def camera(self) -> Camera:
        """The entry as a `Camera`, without credentials."""
        lines = tuple(
            Line(
                id=f"{self.id}.{e.id}",
                camera=self.id,
                name=e.name or e.id,
                start=e.start,
                end=e.end,
                forward_name=e.forward,
                backward_name=e.backward,
                follows=Follows(line=self.place_id(e.follows.line), lag_s=e.follows.lag_s, turned=e.follows.turned)
                if e.follows
                else None,
            )
            for e in self.line
        )
        zones = tuple(entry.zone(self.id) for entry in self.zone)
        shared = self.model_dump(
            include={
                "id",
                "lon",
                "lat",
                "area",
                "detector",
                "fps",
                "priority",
                "analysers",
                "attribution",
                "enabled",
                "masks",
            }
        )
        shared["analysers"] = tuple(dict.fromkeys((*self.analysers, *self.needed())))
        source, _ = split_credentials(self.source)
        made, slots = place_slots(self.id, self.slot, {z.id: z.polygon for z in self.zone if z.kind == "parking"})
        return Camera(
            **shared,
            name=self.name or self.id,
            source=source,
            lines=lines,
            zones=(*zones, *made),
            slots=slots,
            ground=self.ground.ground() if self.ground else None,
            road=self.road.road() if self.road else None,
        )


class CameraFile(Strict):
    """A whole camera file."""

    camera: tuple[CameraEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_single(self) -> CameraFile:
        ids = [c.id for c in self.camera]
        if doubled := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"two cameras have the id {doubled[0]!r}; rename one")
        return self


def load_camera_file(path: Path) -> tuple[CameraEntry, ...]:
    """The cameras in `path`.

    Raises:
        ConfigError: the file can't be read or says something it must not; every fault is named.
    """
    return checked(CameraFile, read_toml(path), path).camera


def load_one_camera(path: Path) -> Camera:
    """The only camera in `path`.

    Raises:
        ConfigError: as `load_camera_file`, or there is more than one.
    """
    entries = load_camera_file(path)
    if len(entries) != 1:
        raise ConfigError(f"{path}: expected one [[camera]], got {len(entries)}: {', '.join(e.id for e in entries)}")
    return entries[0].camera()


def load_label_lines(path: Path) -> Camera:
    """A camera whose lines come from a label file: pixels of a clip, converted to fractions by its ``size``.

    Raises:
        ConfigError: the file can't be read or has no ``size`` and ``lines``.
    """
    try:
        labels = json.loads(path.read_text("utf-8"))
        width, height = labels["size"]
        lines = tuple(
            LineEntry(
                id=str(line["id"]),
                start=(line["start"][0] / width, line["start"][1] / height),
                end=(line["end"][0] / width, line["end"][1] / height),
            )
            for line in labels["lines"]
        )
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    except ValidationError as error:
        raise ConfigError(explain(error, path)) from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ConfigError(
            f"{path}: expected a label file with size [w, h] and lines (id, start, end): {error!r}"
        ) from error
    return CameraEntry(id="clip", line=lines).camera()


def camera_entry(camera: Camera) -> dict[str, Any]:
    """The camera-file entry of a camera, without credentials and without defaults, ready to be written as TOML."""
    entry: dict[str, Any] = {"id": camera.id, "name": camera.name, "source": camera.source}
    defaults = CameraEntry(id="x")
    for key in ("lon", "lat", "area", "detector", "fps", "priority", "analysers", "attribution", "enabled"):
        if (value := getattr(camera, key)) != getattr(defaults, key):
            entry[key] = list(value) if isinstance(value, tuple) else value
    if camera.masks:
        entry["masks"] = [[list(p) for p in mask] for mask in camera.masks]
    entry["line"] = [
        {"id": local_id(line.id), "name": line.name, "start": list(line.start), "end": list(line.end)}
        | ({"forward": line.forward_name} if line.forward_name else {})
        | ({"backward": line.backward_name} if line.backward_name else {})
        | ({"follows": _follows(line.follows, camera.id)} if line.follows else {})
        for line in camera.lines
    ]
    entry["zone"] = [zone_entry(zone) for zone in camera.zones]
    entry["ground"] = ground_entry(camera.ground) if camera.ground else []
    entry["road"] = road_entry(camera.road) if camera.road else []
    entry["slot"] = [
        {
            "id": local_id(slot.id),
            "name": slot.name,
            "polygon": [list(p) for p in slot.polygon],
            "zone": local_id(slot.zone),
        }
        | ({"kind": slot.kind} if slot.kind != "car" else {})
        for slot in camera.slots
    ]
    return {key: value for key, value in entry.items() if value != []}


def _follows(told: Follows, camera: str) -> dict[str, Any]:
    values = asdict(told) | {"line": told.line.removeprefix(f"{camera}.")}
    return {name: value for name, value in values.items() if name == "line" or value != getattr(Follows(line=""), name)}
