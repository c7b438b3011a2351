"""Every indicator, once, as data.

``vocabulary.toml`` beside this file is the only place that says what is measured: the store's columns, the rollups, the
API, CSV headers, chart labels and metadata are made from it. An indicator's id is ``family.name``.

Rejected: an enum in code (a city could not add its own) and a table in the database (the schema is made from it).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Literal, get_args

from pantau.errors import ConfigError
from pantau.places import ZoneKind

PlaceKind = Literal["line", "zone", "site", "flow", "camera"]
Publish = Literal["counted", "approved", "cells", "closed"]


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
        road_user: the class it is about, where it is about one.
        edges: of a distribution, the fixed edges between which its values are counted (`pantau.distribution`); a
            distribution gives percentiles at any tier.
        of: names of the indicators of the family that it is worked out of whenever it is asked; it is never stored itself.
        take: what it takes of them: their ``mean``, their ``max``, or a percentile such as ``p85``.
        counts: ids of the counts that it is a weighted sum of; it is as well validated as the worst of them.
        zones: kinds of zone that can have it; every kind when empty.
        classification: how its values are told apart (SDI: klasifikasi).
        version: of the definition; a change that changes numbers gets a new one.
        publish: how the public may have it: ``counted`` as it is, ``approved`` as it is once its family is opened by name, ``cells`` of people by
            `pantau.serve.release.rule`, or ``closed``.
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
    edges: tuple[float, ...] = ()
    of: tuple[str, ...] = ()
    take: str = ""
    counts: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    publish: Publish = "counted"
    classification: str = ""
    version: str = "1"

    @property
    def id(self) -> str:
        """``family.name``."""
        return f"{self.family}.{self.name}"

    @property
    def stored(self) -> bool:
        """Whether it has columns of its own."""
        return not self.of

    @property
    def counted(self) -> bool:
        """Whether it counts road users of one class, so that it can be compared with a count by hand."""
        return self.over_time == "sum" and bool(self.road_user)


@dataclass(frozen=True, slots=True)
class Family:
    """Indicators that are measured together and share one wide row.

    Args:
        concept: what is thought of (SDI: konsep).
        classification: how values are told apart (SDI: klasifikasi).
        theme: code of the EU authority table of data themes, which DCAT-AP uses.
    """

    name: str
    label: Text
    indicators: tuple[Indicator, ...]
    concept: Text
    classification: str
    theme: str

    def of_kind(self, kind: PlaceKind) -> tuple[Indicator, ...]:
        """The indicators that a place of this kind has."""
        return tuple(i for i in self.indicators if kind in i.places)

    def of_zone(self, kind: str) -> tuple[Indicator, ...]:
        """The indicators that a zone of this kind (`pantau.places.ZoneKind`) has."""
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


@dataclass(frozen=True, slots=True)
class Field:
    """A column that stands beside indicators in every table and file.

    Args:
        name: as it heads the column.
        type: ``string``, ``number``, ``boolean`` or ``datetime``.
    """

    name: str
    type: str
    label: Text
    definition: Text


@cache
def fields() -> Mapping[str, Field]:
    """The columns beside indicators by name, of ``vocabulary_fields.toml``, in the order of the file."""
    table = tomllib.loads(files("pantau").joinpath("vocabulary_fields.toml").read_text("utf-8"))
    return MappingProxyType(
        {
            name: Field(
                name,
                _one_of(entry["type"], "string", "number", "boolean", "datetime"),
                _text(entry["name"]),
                _text(entry["definition"]),
            )
            for name, entry in table.items()
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A service level: how well the city is watched, and what is aimed for. No place has it and no row is kept of it.

    Args:
        metric: its name on ``/metrics``.
        unit: UCUM.
        take: how it adds up: the ``share`` of what is counted, or a percentile such as ``p95``.
        better: on which side of the target it is met; the target itself is.
        of: what is counted for it.
    """

    id: str
    metric: str
    unit: str
    take: str
    better: Literal["higher", "lower"]
    target: float
    label: Text
    of: Text
    definition: Text
    source: str
    since: str

    def met(self, value: float | None) -> bool | None:
        """Whether the target is reached; None where the value is not known."""
        if value is None:
            return None
        return value >= self.target if self.better == "higher" else value <= self.target


@cache
def levels() -> Mapping[str, Level]:
    """The service levels by id, of ``vocabulary_levels.toml``, in the order of the file."""
    table = tomllib.loads(files("pantau").joinpath("vocabulary_levels.toml").read_text("utf-8"))
    return MappingProxyType({id_: _level(id_, entry) for id_, entry in table.items()})


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


def _level(id_: str, entry: Mapping[str, object]) -> Level:
    return Level(
        id=id_,
        metric=str(entry["metric"]),
        unit=str(entry["unit"]),
        take=_one_of(entry["take"], "share", "p95"),
        better=_one_of(entry["better"], "higher", "lower"),  # type: ignore[arg-type]  # checked by _one_of
        target=float(str(entry["target"])),
        label=_text(entry["name"]),
        of=_text(entry["of"]),
        definition=_text(entry["definition"]),
        source=str(entry["source"]),
        since=str(entry["since"]),
    )


def _family(name: str, entry: dict[str, object]) -> Family:
    columns = {
        column: body for column, body in entry.items() if isinstance(body, dict) and column not in {"name", "concept"}
    }
    classification = str(entry["classification"])
    found: list[Indicator] = []
    for column, body in columns.items():
        one = _indicator(name, column, {"classification": classification, **body})
        found += [one, *_percentiles(one, body)]
    known = {i.name: i for i in found}
    for one in found:
        if unknown := [base for base in one.of if base not in known or known[base].of]:
            raise ConfigError(f"vocabulary: {one.id} is made of {unknown[0]!r}, which is not stored in {name!r}")
        if len({known[base].edges for base in one.of}) > 1:
            raise ConfigError(f"vocabulary: {one.id} is made of distributions with different edges")
    return Family(
        name, _text(entry["name"]), tuple(found), _text(entry["concept"]), classification, str(entry["theme"])
    )


_KEYS: Final = frozenset(
    {"unit", "over_time", "over_places", "places", "name", "definition", "source", "since", "road_user"}
    | {"edges", "percentiles", "of", "take", "counts", "zones", "publish"}
    | {"classification", "version"}
)


def _indicator(family_name: str, name: str, body: dict[str, object]) -> Indicator:
    if unknown := set(body) - _KEYS:
        raise ConfigError(f"vocabulary: {family_name}.{name} has unknown keys {sorted(unknown)}")
    where = f"vocabulary: {family_name}.{name}"
    edges = tuple(float(str(edge)) for edge in _list(body.get("edges", []), f"{where}: edges"))
    if any(b <= a for a, b in pairwise(edges)):
        raise ConfigError(f"{where}: expected rising edges, got {list(edges)}")
    zones = _list(body.get("zones", []), f"{where}: zones")
    return Indicator(
        family=family_name,
        name=name,
        unit=str(body["unit"]),
        over_time=_one_of(body["over_time"], "sum", "mean"),  # type: ignore[arg-type]  # checked by _one_of
        over_places=_one_of(body["over_places"], "yes", "cordon", "never"),  # type: ignore[arg-type]  # checked by _one_of
        places=_places(body["places"], f"{where}: places"),
        label=_text(body["name"]),
        definition=_text(body["definition"]),
        source=str(body["source"]),
        since=str(body["since"]),
        road_user=str(body.get("road_user", "")),
        edges=edges,
        of=tuple(str(base) for base in _list(body.get("of", []), f"{where}: of")),
        take=str(body.get("take", "mean")) if "of" in body else "",
        counts=tuple(str(one) for one in _list(body.get("counts", []), f"{where}: counts")),
        zones=tuple(_one_of(z, *get_args(ZoneKind)) for z in zones),
        classification=str(body.get("classification", "")),
        version=str(body.get("version", "1")),
        publish=_one_of(body.get("publish", "counted"), *get_args(Publish)),  # type: ignore[arg-type]  # checked by _one_of
    )


def _percentiles(base: Indicator, body: dict[str, object]) -> list[Indicator]:
    """The indicators that ``percentiles = [50, 85]`` makes beside a distribution, or beside what is made of some."""
    percents = _list(body.get("percentiles", []), f"vocabulary: {base.id}: percentiles")
    return [_percentile(base, str(percent)) for percent in percents]


def _percentile(base: Indicator, percent: str) -> Indicator:
    return replace(
        base,
        name=f"{base.name}_p{percent}",
        label=Text(f"{base.label.id}, persentil {percent}", f"{base.label.en}, {percent}th percentile"),
        definition=Text(
            f"{percent} % nilai berada di bawahnya. {base.definition.id}",
            f"{percent} % of the values are below it. {base.definition.en}",
        ),
        edges=(),
        of=base.of or (base.name,),
        take=f"p{percent}",
    )


def _places(value: object, where: str) -> tuple[PlaceKind, ...]:
    return tuple(_one_of(p, "line", "zone", "site", "flow", "camera") for p in _list(value, where))  # type: ignore[misc]  # checked by _one_of


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise ConfigError(f"{where} must be a list")
    return value


def _one_of(value: object, *allowed: str) -> str:
    if value not in allowed:
        raise ConfigError(f"vocabulary: expected one of {allowed}, got {value!r}")
    return str(value)


def _text(value: object) -> Text:
    if not isinstance(value, dict) or set(value) != {"id", "en"}:
        raise ConfigError(f"vocabulary: expected a text in id and en, got {value!r}")
    return Text(str(value["id"]), str(value["en"]))
