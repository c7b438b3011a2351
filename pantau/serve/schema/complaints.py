"""What is said of a published figure, and what the data steward answers, as the API has it."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from pantau.serve.schema.answer import Answer, Way, Words
from pantau.store.complaints import LONGEST, LONGEST_ANSWER, Outcome, Reason

Said = Field(default="", max_length=LONGEST, description="In the citizen's own words; nothing that tells who they are.")


class NewComplaint(Answer):
    """That a published figure looks wrong. Nobody is asked who says it, and nothing about them is kept."""

    place: str = Field(min_length=1, max_length=140, examples=["pets.W"])
    indicator: str = Field(min_length=1, max_length=80, examples=["visitors.person"])
    direction: Way = "both"
    from_: AwareDatetime = Field(alias="from", description="Begin of the period that the figure is of.")
    to: AwareDatetime
    reason: Reason
    text: str = Said


class ComplaintReceived(Answer):
    """Kept for the steward."""

    id: str = Field(description="Under which its answer will stand.")


class StewardAnswer(Answer):
    """What the steward says."""

    outcome: Outcome
    words: Words = Field(description="English may be empty.")
    by: str
    time: AwareDatetime


class AnsweredComplaint(Answer):
    """An answered complaint, as everybody may read it."""

    id: str
    place: str
    indicator: str
    direction: str
    from_: datetime = Field(serialization_alias="from")
    to: datetime
    reason: Reason
    voices: int = Field(description="How often the same was said.")
    received: AwareDatetime = Field(description="The hour of the first.")
    text: str = Field(description="The citizen's words where the answer quotes them.")
    answer: StewardAnswer


class AnsweredComplaints(Answer):
    """Newest answer first."""

    complaints: tuple[AnsweredComplaint, ...]


class ComplaintAnswer(Answer):
    """A complaint as the steward reads it."""

    id: str
    place: str
    place_name: str
    indicator: str
    label: Words
    direction: str
    from_: datetime = Field(serialization_alias="from")
    to: datetime
    reason: Reason
    voices: int
    received: AwareDatetime
    text: str
    quoted: bool
    answer: StewardAnswer | None


class ComplaintsAnswer(Answer):
    """Newest first."""

    complaints: tuple[ComplaintAnswer, ...]


class NewAnswer(Answer):
    """The steward's answer, published beside the figure as soon as it is given."""

    outcome: Outcome
    id: str = Field(min_length=1, max_length=LONGEST_ANSWER, description="In Indonesian.")
    en: str = Field(default="", max_length=LONGEST_ANSWER, description="In English, where the steward writes both.")
    quote: bool = Field(default=False, description="Publish the citizen's words beside it.")
    by: str = Field(min_length=1, max_length=80, description="Who answers.")
