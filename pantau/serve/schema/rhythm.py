"""What the API answers about usual levels, weeks, trends and holidays of a place."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812  # a field is called date
from typing import Literal

from pydantic import AwareDatetime, Field

from pantau.serve.schema.answer import Answer, Way, Words
from pantau.serve.schema.outlook import UNPUBLISHED

Known = float | None


class UsualHour(Answer):
    """What one hour was expected to be, by the days before it."""

    t: AwareDatetime = Field(description="Start of the hour.")
    usual: Known = Field(description="null where too little is known.")
    low: Known = Field(description="Nine of ten hours lie at or above it and at or below `high`, or between.")
    high: Known


class UsualAnswer(Answer):
    """The usual level of each hour of some days; each day's is learnt from the days before it."""

    place: str
    indicators: tuple[str, ...] = Field(description="Added up where there are several.")
    direction: Way
    unit: str
    since: AwareDatetime | None = Field(description="It is learnt from hours after this: the newest change of method.")
    hours: tuple[UsualHour, ...]
    unpublished: bool = Field(default=False, description=UNPUBLISHED)


class WeekHour(Answer):
    """One hour of the week."""

    weekday: int = Field(ge=1, le=7, description="ISO 8601: 1 is Monday.")
    hour: int = Field(ge=0, le=23, description="Local hour that it begins with.")
    median: Known = Field(description="Of the weeks that are known; null where fewer than four are.")
    weeks: int = Field(description="Weeks that stand behind it.")


class WeekAnswer(Answer):
    """The course of a week at a place."""

    place: str
    indicators: tuple[str, ...] = Field(description="Added up where there are several.")
    direction: Way
    unit: str
    timezone: str
    from_: Date = Field(serialization_alias="from", description="First local day that is looked at.")
    to: Date = Field(description="Last local day that is looked at.")
    since: AwareDatetime | None = Field(description="Only hours after this: the newest change of method.")
    hours: tuple[WeekHour, ...] = Field(description="168, Monday 00 first.")
    quietest: WeekHour | None = Field(description="Of the hours from 8 to 20; null where nothing is known.")
    busiest: WeekHour | None
    sentence: Words | None = Field(description="Both in words; null where nothing is known.")
    closed: bool = Field(
        default=False, description="It is not for the public: so nothing is told, whatever was counted."
    )
    unpublished: bool = Field(default=False, description=UNPUBLISHED)


class TrendStep(Answer):
    """An abrupt change of level that the places nearby do not share: perhaps the sensor or its place is another."""

    date: Date = Field(description="First day of the week in which it is seen.")
    change: float = Field(description="Against the course of the places nearby: 0.5 is 50 % more.", examples=[0.5])


class TrendAnswer(Answer):
    """The newest year against the one before it, over days known in both."""

    place: str
    indicators: tuple[str, ...] = Field(description="Added up where there are several.")
    direction: Way
    verdict: Literal["up", "down", "same", "unclear", "unknown"] = Field(
        description="up, down: the interval does not hold 0; same: it lies within 10 % of it; unclear: it is wider, or there is a `step`; unknown: see `reason`."
    )
    reason: Literal["", "short", "method", "gaps", "nothing", "unpublished"] = Field(
        description="unpublished: people who are not published yet; ask again later."
    )
    change: Known = Field(description="As a share: 0.04 is 4 % more.", examples=[0.04])
    low: Known = Field(description="95 % interval of the change, up to `high`, by the spread between blocks of weeks.")
    high: Known
    days: int = Field(description="Days known in both years, of a group at one of its places or more.")
    from_: Date | None = Field(serialization_alias="from", description="First of them, in the newest year.")
    to: Date | None
    since: AwareDatetime | None = Field(
        description="The newest change of method or place, of a group's border: nothing is compared across it."
    )
    step: TrendStep | None = Field(description="What makes a rise or a fall doubtful; null where nothing does.")
    places: int | None = Field(
        default=None, description="Of a group: how many places any of these days is of; null for a place."
    )
    of: int | None = Field(default=None, description="Of a group: how many of its places measure this now.")
    method: str = Field(description="By which version of docs/methods/trend.md.", examples=["trend/2"])
    sentence: Words
    unpublished: bool = Field(default=False, description=UNPUBLISHED)


class Holiday(Answer):
    """A public holiday."""

    date: Date
    name: Words


class HolidaysAnswer(Answer):
    """Public holidays where a place is; national days only."""

    place: str
    holidays: tuple[Holiday, ...]
