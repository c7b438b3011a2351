"""What the API says of groups: the city, its areas, and sites and roads with a declared border."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from pantau.serve.schema.answer import Answer, TierName


class GroupMember(Answer):
    """A place of a group."""

    place: str
    since: AwareDatetime = Field(description="Its first figure, or when it joined.")
    until: AwareDatetime | None = Field(description="When it left; null: it is a member.")
    into: Literal["forward", "backward"] | None = Field(
        description="Of a declared boundary line: its direction that leads in. Crossings of the group are those of these lines alone."
    )


class GroupAnswer(Answer):
    """Places whose figures are added."""

    id: str = Field(
        description="Ask /series for it as for a place.", examples=["city", "area:33.74.01", "road:pandanaran"]
    )
    name: str
    code: str = Field(description="Kemendagri region code; empty where it has none.", examples=["33.74.01"])
    indicators: tuple[str, ...] = Field(
        description="What is added over its places: states of zones; crossings only where it has declared cordons."
    )
    cordon: str | None = Field(
        description="Name of its declared border, in force now; null: none is declared. Of a group, forward is in and backward is out."
    )
    tiers: tuple[TierName, ...] = Field(description="Widths of buckets that it has.")
    members: tuple[GroupMember, ...]
    first: AwareDatetime | None = Field(description="Start of the earliest stored bucket.")
    last: AwareDatetime | None = Field(description="End of the latest stored bucket of any of its places.")


class GroupsAnswer(Answer):
    """The city, its areas, and sites and roads with a declared border."""

    groups: tuple[GroupAnswer, ...]
