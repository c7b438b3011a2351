"""What the API answers about the usual, the unusual and tomorrow."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from pydantic import AwareDatetime, Field

from pantau.serve.schema.answer import Answer, Fraction, Way, Words

Known = float | None
UNPUBLISHED: Final = "Nothing is told because most of what it is worked out of is not published yet; ask again later."


class OutlookHour(Answer):
    """One local hour: what came, what is usual, and where it would lie."""

    t: AwareDatetime = Field(description="Start of the hour.")
    value: Known = Field(description="The released figure; null where none is released or too little was seen.")
    coverage: Fraction | None = Field(description="Observed ÷ scheduled; null while not released.")
    usual: Known = Field(description="By earlier days of the same kind; null where too little is known.")
    low: Known = Field(description="Nine of ten hours lie at or above it and at or below `high`, or between.")
    high: Known
    odd: bool = Field(description="Out of the ordinary: see `spells`.")


class OutlookDay(Answer):
    """One local day."""

    day: date
    hours: tuple[OutlookHour, ...]


class Spell(Answer):
    """Hours in a row, two or more, outside the range that 99 of 100 hours keep, to the same side."""

    from_: AwareDatetime = Field(serialization_alias="from")
    to: AwareDatetime
    side: Literal["over", "under"]
    value: float = Field(description="Of all of its hours: their sum, or the mean of what does not add up.")
    usual: float
    sentence: Words


class SoFar(Answer):
    """The released hours of the day against the same hours of a usual one."""

    value: float = Field(description="Sum of the hours, or the mean of what does not add up.")
    usual: float
    hours: int = Field(description="Hours that both are known of.")
    until: AwareDatetime = Field(description="End of the newest of them.")
    coverage: Fraction


class OutlookError(Answer):
    """How right the outlook was at this place: each of those hours was foretold from the days before it."""

    mae: float = Field(description="Mean absolute error of an hour, in the unit of the figures.")
    naive: float = Field(description="The same, of the same hour a week earlier.")
    within: Fraction = Field(description="Share of hours within the range; it should be 0.9.")
    hours: int
    days: int


class OutlookAnswer(Answer):
    """A day of a place against the usual, and the day after it."""

    place: str
    indicators: tuple[str, ...] = Field(description="Added up where there are several.")
    direction: Way
    unit: str
    over_time: Literal["sum", "mean"]
    timezone: str
    since: AwareDatetime | None = Field(
        description="The usual is learnt from hours after this: the newest change of method."
    )
    days: int = Field(description="Days that it is learnt from.")
    today: OutlookDay
    tomorrow: OutlookDay
    so_far: SoFar | None
    spells: tuple[Spell, ...]
    error: OutlookError | None = Field(description="null where too little is known to tell.")
    closed: bool = Field(
        default=False, description="It is not for the public: so nothing is told, whatever was counted."
    )
    unpublished: bool = Field(default=False, description=UNPUBLISHED)
