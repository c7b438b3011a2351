"""Cordon files: the boundary lines of the city, an area, a site or a road, as TOML that a person writes.

    [[cordon]]
    of = "area:33.74.01"                # city, area:CODE, or a site:ID or road:ID that this makes
    name = "Batas Semarang Tengah"
    lines = [
      {line = "pandanaran.barat", into = "forward"},    # camera.line, and the direction that leads in
      {line = "pemuda.utara", into = "backward"},
    ]

Crossings of a group are counted over these lines and no others ("lintasan terhitung"): a person who passes two lines within the city is two
crossings, so lines are added only where somebody says that they are the border. ``pantau apply FILE`` puts the cordons of the file in
force, and no others; ``cordon = []`` takes all back. Rejected: a key of each line (a line may be on the border of its kecamatan and of
the city, and who checks whether a border is closed wants to see it whole).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from pantau.config import Strict, checked, read_toml
from pantau.errors import ConfigError
from pantau.places import Cordon, Entry, Line, Place


class BorderLine(Strict):
    """One of the ``lines``."""

    line: str = Field(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$", description="Id of a line, `camera.line`.")
    into: Literal["forward", "backward"] = Field(description="The direction of the line that leads in.")


class CordonEntry(Strict):
    """One ``[[cordon]]``."""

    of: str = Field(
        pattern=r"^(city|(area|site|road):[A-Za-z0-9][A-Za-z0-9._-]{0,63})$",
        description="Whose border: `city`, `area:CODE`, or a `site:ID` or `road:ID` that this makes.",
    )
    name: str = Field(
        min_length=1, max_length=120, description="Name shown: where the border runs; of a site or road, its name."
    )
    lines: tuple[BorderLine, ...] = Field(min_length=1, description="The lines, each with the direction that leads in.")

    @field_validator("lines")
    @classmethod
    def _are_single(cls, lines: tuple[BorderLine, ...]) -> tuple[BorderLine, ...]:
        ids = [one.line for one in lines]
        if doubled := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"line {doubled[0]!r} is there twice: its crossings would be doubled; name it once")
        return lines

    def cordon(self) -> Cordon:
        """The entry as a `Cordon`."""
        return Cordon(
            of=self.of, name=self.name, lines=tuple(Entry(line=one.line, into=one.into) for one in self.lines)
        )


class CordonFile(Strict):
    """A whole cordon file."""

    cordon: tuple[CordonEntry, ...]

    @model_validator(mode="after")
    def _are_single(self) -> CordonFile:
        of = [one.of for one in self.cordon]
        if doubled := sorted({one for one in of if of.count(one) > 1}):
            raise ValueError(f"{doubled[0]!r} has two cordons; a group has one border: put their lines together")
        return self


def is_cordon_file(path: Path) -> bool:
    """Whether the file declares cordons, and nothing else.

    Raises:
        ConfigError: it can't be read, or says something else as well.
    """
    tables = set(read_toml(path))
    if "cordon" in tables and tables != {"cordon"}:
        others = ", ".join(sorted(tables - {"cordon"}))
        raise ConfigError(f"{path}: cordons are a file of their own, applied after the cameras; move {others} out")
    return "cordon" in tables


def load_cordon_file(path: Path) -> tuple[Cordon, ...]:
    """The cordons that `path` declares.

    Raises:
        ConfigError: it can't be read or says something it must not; every fault is named.
    """
    return tuple(one.cordon() for one in checked(CordonFile, read_toml(path), path).cordon)


def refuse_wrong(cordons: Iterable[Cordon], places: Mapping[str, Place]) -> None:
    """Check cordons against the places in force, by id.

    Raises:
        ConfigError: a line is not there or is none, or sees the same stream as another line of its cordon.
    """
    for cordon in cordons:
        mine = {one.line for one in cordon.lines}
        for id_ in (one.line for one in cordon.lines):
            place = places.get(id_)
            if place is None:
                lines = sorted(one.id for one in places.values() if isinstance(one, Line))
                known = f"{', '.join(lines[:20]) or 'none'}{' …' if len(lines) > 20 else ''}"
                raise ConfigError(
                    f"cordon of {cordon.of!r}: there is no line {id_!r}; known: {known}; apply its camera first, nothing was changed"
                )
            if not isinstance(place, Line):
                kind = type(place).__name__.lower()
                raise ConfigError(
                    f"cordon of {cordon.of!r}: {id_!r} is a {kind}; a border is made of lines, nothing was changed"
                )
            if place.follows and place.follows.line in mine:
                raise ConfigError(
                    f"cordon of {cordon.of!r}: {id_!r} follows {place.follows.line!r}, so they see the same crossings and everyone "
                    "would count twice; leave one out, nothing was changed"
                )


def cordon_entries(cordons: Sequence[Cordon]) -> list[dict[str, Any]]:
    """Cordons ready to be written as TOML."""
    return [
        {"of": one.of, "name": one.name, "lines": [{"line": e.line, "into": e.into} for e in one.lines]}
        for one in cordons
    ]
