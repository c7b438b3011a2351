"""The five things that a citizen asks of a city, each with the number that answers it first.

A theme is a family of the vocabulary with its headline: what is counted of each of its places, how a change against usual is told,
and from which change on it is called more or much more. A share says nothing where little is usual (2 instead of 1 is
"+100 %"), so below `least` none is told; what has no natural zero or is often zero is told as a difference.

Rejected: a sum of everything that a family has (what came and what left is not one number), and a theme for each indicator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from pantau.places import Camera, Place, Zone
from pantau.vocabulary import Indicator, families
from pantau.vocabulary import indicator as means

Told = Literal["share", "difference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One tile.

    Args:
        family: of the vocabulary; also the theme's name.
        indicators: what is shown; several add up.
        told: whether a change is a share of the usual or a difference from it, in the indicators' unit.
        steps: changes from which on it is called more (or less), and much more.
        least: the usual below which no share is told.
    """

    family: str
    indicators: tuple[str, ...]
    told: Told
    steps: tuple[float, float]
    least: float = 0.0

    @property
    def first(self) -> Indicator:
        """The indicator whose unit and rules all of them share."""
        return means(self.indicators[0])

    def of(self, place: Place, camera: Camera | None) -> bool:
        """Whether a place may have this number; of a camera's places, whether it is asked to measure it."""
        if camera is not None and self.family not in camera.analysers:
            return False
        if isinstance(place, Zone):
            return self.first in families()[self.family].of_zone(place.kind)
        kind: Literal["line", "site"] = "site" if camera is None else "line"
        return kind in self.first.places


def _vehicles() -> tuple[str, ...]:
    return tuple(one.id for one in families()["traffic"].indicators if one.counted)


THEMES: Final[Mapping[str, Theme]] = MappingProxyType(
    {
        theme.family: theme
        for theme in (
            Theme(family="visitors", indicators=("visitors.person",), told="share", steps=(0.1, 0.3), least=20),
            Theme(family="traffic", indicators=_vehicles(), told="share", steps=(0.1, 0.3), least=20),
            Theme(family="parking", indicators=("parking.occupied",), told="share", steps=(0.1, 0.3), least=1),
            Theme(family="litter", indicators=("litter.items",), told="difference", steps=(1.0, 5.0)),
            Theme(family="water", indicators=("water.level",), told="difference", steps=(5.0, 20.0)),
        )
    }
)
"""In the order of the tiles. Steps: a tenth is what a usual hour differs by anyway (docs/methods/forecast.md), 5 cm wets a shoe."""
