"""Settings of an installation (`pantau.toml`) and camera files, read into frozen values.

`pantau.toml` holds the installation only. Cameras and places live in the control database; ``pantau apply FILE`` and
``pantau export FILE`` convert them from and to the camera-file format below:

    [[camera]]
    id = "pets"
    name = "Plaza"
    source = "vtest.avi"                # a file, a folder of JPEGs, rtsp://…; credentials in it are sealed apart

    [[camera.line]]
    id = "W"                            # the place becomes "pets.W"
    start = [0.14, 0.76]                # fractions of the picture
    end = [0.14, 0.30]

    [[camera.zone]]
    id = "tengah"
    polygon = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7]]

Everything is refused as a whole: an unknown key, a self-crossing polygon, a line outside the frame or two places of one
name change nothing. Rejected: YAML (a country code that turns into ``false``), and settings from the environment for
anything but paths (nobody sees them).
"""

from __future__ import annotations

import difflib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pantau.errors import ConfigError
from pantau.types import Camera, Line, Point, Zone

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="letters, digits, - and _")]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Corner = tuple[Fraction, Fraction]
T = TypeVar("T", bound=BaseModel)

_ZONE_OF_PROVINCE = {
    **dict.fromkeys(
        ["11", "12", "13", "14", "15", "16", "17", "18", "19", "21", "31", "32", "33", "34", "35", "36", "61", "62"],
        "Asia/Jakarta",
    ),
    **dict.fromkeys(["51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"], "Asia/Makassar"),
    **dict.fromkeys(["81", "82", "91", "92", "93", "94", "95", "96"], "Asia/Jayapura"),
}
"""Kemendagri province code → IANA zone: Keppres 41/1987 (WIB, WITA, WIT)."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class City(_Strict):
    """Who runs this installation."""

    name: str = Field(default="Kota", description="Name shown in the top bar.")
    region: str = Field(
        default="", description="Kemendagri region code, such as 33.74; the time zone is derived from it."
    )
    timezone: str = Field(
        default="", description="IANA zone; only needed outside Indonesia or to overrule the region's."
    )
    areas: str = Field(default="", description="GeoJSON file of the city's areas, with properties `code` and `name`.")
    map_style: str = Field(default="", description="MapLibre style file or address for a basemap; none is needed.")

    @model_validator(mode="after")
    def _zone_is_known(self) -> City:
        if not self.timezone and self.region and self.region[:2] not in _ZONE_OF_PROVINCE:
            raise ValueError(f"region {self.region!r} begins with no Indonesian province code; set city.timezone")
        if self.timezone:
            try:
                ZoneInfo(self.timezone)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise ValueError(f"{self.timezone!r} is no IANA time zone, such as Asia/Makassar") from error
        return self

    @property
    def zone(self) -> str:
        """IANA time zone of local days and months.

        Raises:
            ConfigError: neither region nor timezone is set; it is never silently assumed.
        """
        if self.timezone:
            return self.timezone
        if self.region:
            return _ZONE_OF_PROVINCE[self.region[:2]]
        raise ConfigError(
            "set city.region (such as 33.74) or city.timezone in pantau.toml: days and months need a zone"
        )


class Server(_Strict):
    """Where the pages are served."""

    host: str = Field(
        default="127.0.0.1", description="Address to listen on; any but loopback is refused without an account."
    )
    port: int = Field(default=8600, ge=1, le=65535, description="TCP port.")


class Data(_Strict):
    """Where numbers are kept."""

    folder: str = Field(
        default="data", description="Folder of the store, relative to pantau.toml; one process owns it."
    )
    models: str = Field(default="", description="Folder of fetched models; empty means `models` in the data folder.")


class See(_Strict):
    """How pictures are looked at."""

    precision: str = Field(
        default="auto", pattern="^(auto|f32|bf16)$", description="auto measures at start and keeps the faster."
    )


class Settings(_Strict):
    """Everything in pantau.toml."""

    city: City = City()
    server: Server = Server()
    data: Data = Data()
    see: See = See()


class LineEntry(_Strict):
    """One ``[[camera.line]]``."""

    id: Slug
    name: str = Field(default="", description="Name shown; the id when empty.")
    start: Corner
    end: Corner
    forward: str = Field(
        default="", description="Words for crossing from the line's left to its right, such as `masuk`."
    )
    backward: str = Field(default="", description="Words for the other way, such as `keluar`.")

    @model_validator(mode="after")
    def _has_length(self) -> LineEntry:
        if abs(self.start[0] - self.end[0]) + abs(self.start[1] - self.end[1]) < 0.01:
            raise ValueError(
                f"line {self.id!r}: start and end are the same place; draw it at least 1 % of the picture long"
            )
        return self


class ZoneEntry(_Strict):
    """One ``[[camera.zone]]``."""

    id: Slug
    name: str = Field(default="", description="Name shown; the id when empty.")
    polygon: tuple[Corner, ...] = Field(min_length=3)

    @field_validator("polygon")
    @classmethod
    def _is_simple(cls, polygon: tuple[Point, ...]) -> tuple[Point, ...]:
        return simple_polygon(polygon)


class CameraEntry(_Strict):
    """One ``[[camera]]``."""

    id: Slug
    name: str = Field(default="", description="Name shown; the id when empty.")
    source: str = Field(default="", description="File, folder of JPEGs, or rtsp:// address.")
    lon: float | None = Field(default=None, ge=-180, le=180, description="WGS 84, degrees.")
    lat: float | None = Field(default=None, ge=-90, le=90, description="WGS 84, degrees.")
    area: str = Field(default="", description="Region code of the kelurahan or kecamatan it stands in.")
    detector: str = Field(default="centernet", description="Detector profile; see `pantau models list`.")
    fps: float = Field(default=5.0, gt=0, le=60, description="Samples per second the analysers get.")
    attribution: str = Field(default="", description="Source and licence of the footage, shown with the picture.")
    enabled: bool = Field(default=True, description="False keeps it in the register without reading it.")
    masks: tuple[tuple[Corner, ...], ...] = Field(default=(), description="Polygons blacked out before anything looks.")
    line: tuple[LineEntry, ...] = ()
    zone: tuple[ZoneEntry, ...] = ()

    @field_validator("masks")
    @classmethod
    def _are_simple(cls, masks: tuple[tuple[Point, ...], ...]) -> tuple[tuple[Point, ...], ...]:
        return tuple(simple_polygon(mask) for mask in masks)

    @model_validator(mode="after")
    def _names_are_single(self) -> CameraEntry:
        for what in ("id", "name"):
            seen: set[str] = set()
            places: tuple[LineEntry | ZoneEntry, ...] = (*self.line, *self.zone)
            for place in places:
                value = getattr(place, what) or place.id
                if value in seen:
                    raise ValueError(f"two places of camera {self.id!r} have the {what} {value!r}; rename one")
                seen.add(value)
        return self

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
            )
            for e in self.line
        )
        zones = tuple(
            Zone(id=f"{self.id}.{e.id}", camera=self.id, name=e.name or e.id, polygon=e.polygon) for e in self.zone
        )
        shared = self.model_dump(
            include={"id", "lon", "lat", "area", "detector", "fps", "attribution", "enabled", "masks"}
        )
        source, _ = split_credentials(self.source)
        return Camera(**shared, name=self.name or self.id, source=source, lines=lines, zones=zones)


class CameraFile(_Strict):
    """A whole camera file."""

    camera: tuple[CameraEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_single(self) -> CameraFile:
        ids = [c.id for c in self.camera]
        if doubled := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"two cameras have the id {doubled[0]!r}; rename one")
        return self


def load_settings(path: Path | None) -> Settings:
    """The settings in `path`, or the defaults when there is none.

    Raises:
        ConfigError: the file can't be read or says something it must not; every fault is named.
    """
    return _checked(Settings, _toml(path), path) if path is not None else Settings()


def load_camera_file(path: Path) -> tuple[CameraEntry, ...]:
    """The cameras in `path`.

    Raises:
        ConfigError: the file can't be read or says something it must not; every fault is named.
    """
    return _checked(CameraFile, _toml(path), path).camera


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
        raise ConfigError(_explain(error, path)) from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ConfigError(
            f"{path}: expected a label file with size [w, h] and lines (id, start, end): {error!r}"
        ) from error
    return CameraEntry(id="clip", line=lines).camera()


def camera_entry(camera: Camera) -> dict[str, Any]:
    """The camera-file entry of a camera, without credentials and without defaults, ready to be written as TOML."""
    entry: dict[str, Any] = {"id": camera.id, "name": camera.name, "source": camera.source}
    defaults = CameraEntry(id="x")
    for key in ("lon", "lat", "area", "detector", "fps", "attribution", "enabled"):
        if (value := getattr(camera, key)) != getattr(defaults, key):
            entry[key] = value
    if camera.masks:
        entry["masks"] = [[list(p) for p in mask] for mask in camera.masks]
    entry["line"] = [
        {"id": local_id(line.id), "name": line.name, "start": list(line.start), "end": list(line.end)}
        | ({"forward": line.forward_name} if line.forward_name else {})
        | ({"backward": line.backward_name} if line.backward_name else {})
        for line in camera.lines
    ]
    entry["zone"] = [
        {"id": local_id(zone.id), "name": zone.name, "polygon": [list(p) for p in zone.polygon]}
        for zone in camera.zones
    ]
    return {key: value for key, value in entry.items() if value != []}


def local_id(place: str) -> str:
    """The part of a place's id after its camera's."""
    return place.rsplit(".", 1)[-1]


def simple_polygon(polygon: tuple[Point, ...]) -> tuple[Point, ...]:
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


def split_credentials(address: str) -> tuple[str, tuple[str, str] | None]:
    """An address without user and password, and these two apart."""
    parts = urlsplit(address)
    if "://" not in address or parts.username is None:
        return address, None
    host = parts.netloc.rpartition("@")[2]
    public = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    return public, (unquote(parts.username), unquote(parts.password or ""))


def public_address(address: str) -> str:
    """How an address is named in messages: never with credentials or a query, which may hold tokens."""
    public = split_credentials(address)[0]
    return public.split("?", 1)[0] if "://" in public else public


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error


def _checked(model: type[T], table: dict[str, Any], path: Path) -> T:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ConfigError(_explain(error, path)) from error


def _explain(error: ValidationError, path: Path) -> str:
    faults = []
    for fault in error.errors():
        if fault["type"] == "too_short" and fault["input"] and error.error_count() > 1:
            continue  # a list that is only short because its faulty entries were left out
        where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in fault["loc"]).lstrip(".")
        text = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            text = f"unknown key{_suggestion(fault['loc'])}"
        elif fault["type"] not in {"value_error", "missing"}:
            text = f"{text}, got {fault['input']!r}"
        faults.append(f"  {where or 'file'}: {text}")
    return f"{path}: {len(faults)} fault(s), nothing was changed\n" + "\n".join(faults)


_KNOWN_KEYS = sorted(
    {
        key
        for m in (Settings, City, Server, Data, See, CameraFile, CameraEntry, LineEntry, ZoneEntry)
        for key in m.model_fields
    }
)


def _suggestion(location: tuple[int | str, ...]) -> str:
    near = difflib.get_close_matches(str(location[-1]), _KNOWN_KEYS, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
