"""A staff gauge in a camera file: a polyline up something that stands in the water, with heights.

    [[camera.zone]]
    id = "kali"
    kind = "water"
    polygon = [[0.1, 0.6], [0.9, 0.6], [0.9, 1.0], [0.1, 1.0]]
    limit_cm = 60                       # the level to which the time is foretold
    gauge = [{at = [0.42, 0.90], cm = 0}, {at = [0.42, 0.55], cm = 80}]

Marks run from the lowest to the highest; between two, heights are taken along a straight line, so that stairs and a wall seen
at a slant get a mark wherever their scale changes. Refused: marks off the picture, heights that do not rise, fewer than two.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from pantau.config import Strict
from pantau.layout import Corner
from pantau.places import Mark, ZoneKind

WATER_FACTS: Final = ("limit_cm",)
HIGHEST_CM: Final = 10_000.0
MIN_STEP: Final = 0.004
"""Fractions of the picture between two marks, at least."""


class MarkEntry(Strict):
    """One mark of a ``gauge``."""

    at: Corner
    cm: float = Field(ge=-HIGHEST_CM, le=HIGHEST_CM)


class WaterEntry(Strict):
    """What is said of a zone where water is watched."""

    gauge: tuple[MarkEntry, ...] = Field(
        default=(),
        description="Staff gauge of a zone of kind `water`, from the lowest mark on: `[{at = [0.4, 0.9], cm = 0}, {at = [0.4, 0.5],"
        " cm = 80}]`; places in fractions of the picture.",
    )
    limit_cm: float = Field(
        default=0.0, ge=0, le=HIGHEST_CM, description="Level to which the time is foretold; 0: none."
    )

    @field_validator("gauge")
    @classmethod
    def _rises(cls, gauge: tuple[MarkEntry, ...]) -> tuple[MarkEntry, ...]:
        if len(gauge) == 1:
            raise ValueError("expected at least two marks, got one: a height needs a mark below and one above it")
        for low, high in pairwise(gauge):
            if high.cm <= low.cm:
                raise ValueError(
                    f"heights must rise from mark to mark, but {high.cm:g} cm comes after {low.cm:g} cm; "
                    "begin with the lowest and turn the list round if it runs downwards"
                )
            if abs(high.at[0] - low.at[0]) + abs(high.at[1] - low.at[1]) < MIN_STEP:
                raise ValueError(f"the marks of {low.cm:g} and {high.cm:g} cm are the same place; draw them apart")
        return gauge

    @model_validator(mode="after")
    def _is_of_water(self) -> Self:
        kind: ZoneKind = getattr(self, "kind", "water")
        if kind != "water" and (self.gauge or self.limit_cm):
            raise ValueError(f'a gauge and limit_cm are for zones of kind water, not {kind}; set kind = "water"')
        if self.limit_cm and not self.gauge:
            raise ValueError("limit_cm needs a gauge: without heights there is no level")
        return self

    def marks(self) -> tuple[Mark, ...]:
        """The gauge."""
        return tuple(Mark(mark.at, mark.cm) for mark in self.gauge)


def gauge_entry(gauge: tuple[Mark, ...]) -> list[dict[str, object]]:
    """A gauge as a camera file says it."""
    return [{"at": list(mark.at), "cm": mark.cm} for mark in gauge]
