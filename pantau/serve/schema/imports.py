"""Bodies and answers of imports."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pantau.serve.schema.answer import Answer


class ImportRow(BaseModel):
    """One value of one hour (or day)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    time: AwareDatetime = Field(description="Start of the hour, with its offset.")
    indicator: str = Field(max_length=70, examples=["sensor.level"])
    value: float
    unit: str = Field(
        max_length=40, description="UCUM, as the vocabulary has it: nothing is converted.", examples=["cm"]
    )


class ImportBody(BaseModel):
    """What is brought in, rising in time for each indicator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: Literal["hour", "day"] = "hour"
    rows: tuple[ImportRow, ...] = Field(min_length=1, max_length=200)


class ImportAnswer(Answer):
    """What was kept."""

    place: str
    rows: int = Field(description="Hours that were written.")
    values: int
