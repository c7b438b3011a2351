"""Every indicator, once, as data.

``vocabulary.toml`` beside this file is the only place that says what is measured: the store's columns, the rollups, the
API, CSV headers, chart labels and metadata are made from it. An indicator's id is ``family.name``.

Rejected: an enum in code (a city could not add its own) and a table in the database (the schema is made from it).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, get_args

from pantau.errors import ConfigError
from pantau.types import ZoneKind

PlaceKind = Literal["line", "zone", "site", "camera"]


@dataclass(frozen=True, slots=True)
class Text:
    """One wording in both languages; Indonesian is shown first."""

    id: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """What one column means.

    Args:
        family: the wide row it is a column of.
        name: the column.
        unit: UCUM.
        over_time: ``sum`` for things that happen (a minute without any is 0), ``mean`` for states that are sampled.
        over_places: whether a sum over places is allowed: disjoint places, declared cordons, or never.
        places: kinds of place that can have it; a place of another kind has no value, not zero.
        road_user: the class it counts, where it counts one.
        zones: kinds of zone that can have it; every kind when empty.
    """

    family: str
    name: str
    unit: str
    over_time: Literal["sum", "mean"]
    over_places: Literal["yes", "cordon", "never"]
    places: tuple[PlaceKind, ...]
    label: Text
    definition: Text
    source: str
    since: str
    road_user: str = ""
    zones: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """``family.name``."""
        return f"{self.family}.{self.name}"


@dataclass(frozen=True, slots=True)
class Family:
    """Indicators that are measured together and share one wide row."""

    name: str
    label: Text
    indicators: tuple[Indicator, ...]

    def of_kind(self, kind: PlaceKind) -> tuple[Indicator, ...]:
        """The indicators that a place of this kind has."""
        return tuple(i for i in self.indicators if kind in i.places)

    def of_zone(self, kind: str) -> tuple[Indicator, ...]:
        """The indicators that a zone of this kind (`pantau.types.ZoneKind`) has."""
        return tuple(i for i in self.of_kind("zone") if not i.zones or kind in i.zones)


@cache
def families() -> Mapping[str, Family]:
    """All families by name, in the order of the file."""
    table = tomllib.loads(files("pantau").joinpath("vocabulary.toml").read_text("utf-8"))
    return MappingProxyType({name: _family(name, entry) for name, entry in table.items()})


@cache
def indicators() -> Mapping[str, Indicator]:
    """All indicators by id, in the order of the file."""
    return MappingProxyType({i.id: i for f in families().values() for i in f.indicators})


def indicator(id_: str) -> Indicator:
    """The indicator of this id.

    Raises:
        ConfigError: no such indicator; the message lists the known ones.
    """
    known = indicators()
    if id_ not in known:
        raise ConfigError(f"unknown indicator {id_!r}; known ones: {', '.join(known)}")
    return known[id_]


def family(name: str) -> Family:
    """The family of this name.

    Raises:
        ConfigError: no such family; the message lists the known ones.
    """
    known = families()
    if name not in known:
        raise ConfigError(f"unknown family {name!r}; known ones: {', '.join(known)}")
    return known[name]


def _family(name: str, entry: dict[str, object]) -> Family:
    columns = {column: body for column, body in entry.items() if isinstance(body, dict) and column != "name"}
    return Family(name, _text(entry["name"]), tuple(_indicator(name, c, body) for c, body in columns.items()))


def _indicator(family_name: str, name: str, body: dict[str, object]) -> Indicator:
    known = {
        "unit",
        "over_time",
        "over_places",
        "places",
        "name",
        "definition",
        "source",
        "since",
        "road_user",
        "zones",
    }
    if unknown := set(body) - known:
        raise ConfigError(f"vocabulary: {family_name}.{name} has unknown keys {sorted(unknown)}")
    places = body["places"]
    zones = body.get("zones", [])
    if not isinstance(places, list) or not isinstance(zones, list):
        raise ConfigError(f"vocabulary: {family_name}.{name}: places and zones must be lists")
    return Indicator(
        family=family_name,
        name=name,
        unit=str(body["unit"]),
        over_time=_one_of(body["over_time"], "sum", "mean"),  # type: ignore[arg-type]  # checked by _one_of
        over_places=_one_of(body["over_places"], "yes", "cordon", "never"),  # type: ignore[arg-type]  # checked by _one_of
        places=tuple(_one_of(p, "line", "zone", "site", "camera") for p in places),  # type: ignore[misc]  # checked by _one_of
        label=_text(body["name"]),
        definition=_text(body["definition"]),
        source=str(body["source"]),
        since=str(body["since"]),
        road_user=str(body.get("road_user", "")),
        zones=tuple(_one_of(z, *get_args(ZoneKind)) for z in zones),
    )


def _one_of(value: object, *allowed: str) -> str:
    if value not in allowed:
        raise ConfigError(f"vocabulary: expected one of {allowed}, got {value!r}")
    return str(value)


def _text(value: object) -> Text:
    if not isinstance(value, dict) or set(value) != {"id", "en"}:
        raise ConfigError(f"vocabulary: expected a text in id and en, got {value!r}")
    return Text(str(value["id"]), str(value["en"]))
