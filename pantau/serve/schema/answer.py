"""What all answers of the API share; the OpenAPI document and the web's TypeScript types are made from these models.

Times are UTC and end in ``Z``; positions in a picture are fractions [0, 1]; units are UCUM. A value that was not seen is
null, never 0. No answer may hold a camera's source, a credential or a track's id. Rejected: answering with the core's
dataclasses, because a field added there would be published without anyone deciding so.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["public", "admin"]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Way = Literal["both", "forward", "backward"]
TierName = Literal["minute", "quarter_hour", "hour", "day", "month"]
PlaceKind = Literal["line", "zone", "site", "flow"]


class Answer(BaseModel):
    """What every answer shares: it can't be changed, and an unknown field is a bug."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Problem(Answer):
    """What went wrong (RFC 9457), as application/problem+json."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(description="The kind of problem, in a few words.", examples=["Too many points"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(description="What happened and what to do.", examples=["ask for tier=day instead"])


class Words(Answer):
    """One wording in Indonesian and English."""

    id: str
    en: str
