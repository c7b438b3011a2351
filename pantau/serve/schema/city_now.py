"""What the API answers about the whole city now."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from pantau.serve.release.rule import State
from pantau.serve.schema.answer import Answer, Fraction, Words
from pantau.serve.schema.outlook import SoFar

Known = float | None


class HourOfToday(Answer):
    """One hour of the day."""

    t: AwareDatetime = Field(description="Start of the hour.")
    value: Known = Field(description="null where none is released, or too little was watched.")
    usual: Known


class PlaceNow(Answer):
    """A place's last released hour."""

    place: str
    from_: AwareDatetime = Field(serialization_alias="from")
    to: AwareDatetime
    value: Known = Field(description="null where `state` says why.")
    state: State = Field(description="suppressed: 1 to 9 people; missing: nobody watched; else as in /series.")
    usual: Known = Field(description="Of that hour; null where too little is known.")
    change: Known = Field(description="Against the usual, as the theme tells it; null where it can't be compared.")
    coverage: Fraction
    current: bool = Field(description="Whether it is this city's and still measured; false for imported history.")
    doubted: bool = Field(description="A self-check failed at that hour.")


class CrossedNow(Answer):
    """Crossings of a declared border in that hour: how many came in and went out over its lines. Never how many people are inside."""

    cordon: str = Field(description="Name of the border.")
    in_: Known = Field(serialization_alias="in", description="null where `in_state` says why.")
    in_state: State
    out: Known
    out_state: State
    lines: int = Field(description="Lines that gave anything.")
    of: int = Field(description="Lines that are declared.")
    coverage: Fraction = Field(description="Of all its lines together.")


class FigureNow(Answer):
    """Places together: the city, or an area.

    Their sum is told only where the vocabulary lets places be added and every one of them was watched; otherwise the figure is that
    of one place, the one with the most. The change is over all that can be compared.
    """

    summed: bool = Field(description="Whether `value` is the sum of all places, or that of `lead` alone.")
    lead: str | None = Field(description="The place with the most; null where none was watched for half of the hour.")
    value: Known
    usual: Known = Field(description="Of the same as `value`.")
    change: Known = Field(description="Over the compared places; where values do not add up, that of `lead`.")
    compared: int = Field(description="Places that the change is of.")
    known: int = Field(description="Places that have a figure.")
    of: int = Field(description="Places that should have one.")
    coverage: Fraction | None = Field(description="Mean over all places; one that was not watched counts as 0.")
    crossed: CrossedNow | None = Field(
        description="Over its declared border; null: none is declared, or nothing is public."
    )


class AreaNow(FigureNow):
    """The same of an area."""

    code: str


class ThemeNow(Answer):
    """One tile."""

    id: str = Field(examples=["visitors"])
    label: Words
    indicators: tuple[str, ...] = Field(description="Added up where there are several.")
    unit: str = Field(description="UCUM.")
    over_time: Literal["sum", "mean"]
    over_places: Literal["yes", "cordon", "never"]
    told: Literal["share", "difference"] = Field(description="What a change is: a share of the usual, or in `unit`.")
    steps: tuple[float, float] = Field(description="Changes from which on it is more (or less), and much more.")
    state: Literal["none", "pending", "waiting", "closed", "unseen", "few", "told"] = Field(
        description="none: nothing here measures it; pending: not yet looked at; waiting: nothing released yet; closed: not public;"
        " unseen: no place was watched for half of this hour; few: too few people for an hour's figure; told: there is one."
    )
    due: AwareDatetime | None = Field(description="waiting: when the first figure is released, where that is known.")
    from_: AwareDatetime | None = Field(serialization_alias="from", description="The last released hour.")
    to: AwareDatetime | None
    city: FigureNow
    hours: tuple[HourOfToday, ...] = Field(description="Today, of the same as the city's `value`.")
    so_far: SoFar | None = Field(description="Today against the same hours of a usual day, likewise.")
    areas: tuple[AreaNow, ...]
    places: tuple[PlaceNow, ...]


class Unusual(Answer):
    """Something out of the ordinary today."""

    place: str
    theme: str
    from_: AwareDatetime = Field(serialization_alias="from")
    to: AwareDatetime
    side: Literal["over", "under"]
    value: float
    usual: float
    sentence: Words


class AreaMembers(Answer):
    """An area and the places in it."""

    code: str
    name: str
    places: tuple[str, ...]


class CityNowAnswer(Answer):
    """The city at its last released hour."""

    checked: AwareDatetime | None = Field(
        description="Every place was looked at then or later; null before the first round ended."
    )
    looked: int = Field(description="Series of places looked at so far.")
    of: int = Field(description="… of how many.")
    comparable: int = Field(description="… that have a figure today and a usual, so that something unusual would show.")
    unusual: tuple[Unusual, ...] = Field(description="The strangest first; at most 50.")
    themes: tuple[ThemeNow, ...]
    areas: tuple[AreaMembers, ...]
