"""What road capacity manuals say: passenger car equivalents, basic capacities, levels of service. Data in manuals.toml.

The two manuals in use in Indonesia give different numbers for the same traffic (basic capacity, motorcycles at signals),
and many programs mix them; so a number in passenger car units is never without the manual's id. Each type of road has two sets of
equivalents, for flows below and above a threshold in vehicles an hour; lanes of divided roads are looked at singly.

Neither manual defines levels of service. Those of the ministry are tables with their own citation; a city may write its own
into the camera file. Bicycles and other unmotorised vehicles are side friction in both manuals, not part of the flow.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pantau.errors import ConfigError
from pantau.places import Road, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadType:
    """What a manual says of one type of road.

    Args:
        below, above: passenger car units of each class, where the flow is below and above `threshold`; classes that are
            not there do not count.
        threshold: vehicles an hour, of one lane where the road is divided, else of both directions; 0: one set only.
        capacity: passenger car units an hour, as `threshold`; 0 where the manual works it out otherwise (at signals).
        divided: whether its directions are separate roads.
    """

    below: Mapping[str, float]
    above: Mapping[str, float]
    threshold: float = 0.0
    capacity: float = 0.0
    divided: bool = True


def road_type(road: Road) -> RoadType:
    """What the road's manual says of it.

    Raises:
        ConfigError: no such manual, or it has no such type of road; the message lists the known ones.
    """
    manuals = _data()["manual"]
    if road.manual not in manuals:
        raise ConfigError(f"unknown manual {road.manual!r}; known ones: {', '.join(manuals)}")
    types = manuals[road.manual]["road"]
    if road.type not in types:
        raise ConfigError(f"{road.manual} has no type of road {road.type!r}; it has {', '.join(types)}")
    found = types[road.type]
    prefix = "narrow_" if road.narrow and "narrow_below" in found else ""
    below = found[f"{prefix}below"]
    return RoadType(
        below=MappingProxyType(below),
        above=MappingProxyType(found.get(f"{prefix}above", below)),
        threshold=float(found.get("threshold", 0)),
        capacity=float(found.get("capacity", 0)),
        divided=bool(found.get("divided", True)),
    )


def service(name: str) -> Service:
    """The table of levels of service of this id.

    Raises:
        ConfigError: there is none; the message lists the known ones.
    """
    tables = _data()["service"]
    if name not in tables:
        raise ConfigError(f"unknown table of levels of service {name!r}; known ones: {', '.join(tables)}")
    found = tables[name]
    levels = tuple((str(letter), float(limit)) for letter, limit in found["levels"])
    return Service(id=name, source=found["source"], indicator=found["indicator"], levels=levels)


@cache
def _data() -> Mapping[str, Any]:
    return MappingProxyType(tomllib.loads(files("pantau").joinpath("manuals.toml").read_text("utf-8")))
