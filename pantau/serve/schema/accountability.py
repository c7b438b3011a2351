"""What the API answers about the city itself: transparency, methods, and what the steward decides."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from pantau.serve.schema.answer import Answer, Words
from pantau.serve.schema.open import IndicatorMetadata, VariableMetadata
from pantau.store.complaints import Outcome
from pantau.vocabulary import Publish

Days = int
"""0 is for ever."""


class AreaCameras(Answer):
    """Cameras of an area; an empty code: those that name none."""

    code: str
    name: str
    known: int
    analysed: int


class FunctionCameras(Answer):
    """What how many cameras are asked to measure."""

    family: str
    label: Words
    cameras: int


class CamerasWatched(Answer):
    """Numbers of cameras, never their addresses."""

    known: int = Field(description="In the register.")
    analysed: int = Field(description="Of these, those whose pictures are looked at; of the others nothing is.")
    areas: tuple[AreaCameras, ...]
    functions: tuple[FunctionCameras, ...]


class Kept(Answer):
    """How long what is kept, in days; 0 is for ever. Video is not kept at all."""

    minute_days: Days
    quarter_hour_days: Days
    hour_days: Days
    picture_days: Days = Field(description="Redacted pictures of alarms; 0: none are kept.")
    alarm_days: Days
    complaint_text_days: Days = Field(description="Of a citizen's text that no answer quotes, after the answer.")


class DecisionTaken(Answer):
    """A decision of the data steward about publishing."""

    family: str = Field(description="Empty: every one.")
    label: Words
    place: str = Field(description="Of a place or camera; empty: every one.")
    place_name: str
    open: bool
    by: str
    time: AwareDatetime
    reason: str


class ComplaintsHandled(Answer):
    """What citizens said of figures, and what came of it."""

    received: int
    voices: int
    answered: int
    median_days: float | None = Field(description="From the first voice to the first answer.")
    oldest_days: float | None = Field(description="How long the oldest without an answer waits.")
    outcomes: dict[Outcome, int] = Field(description="`corrected` is how often a figure was.")


class Availability(Answer):
    """Camera-minutes with usable pictures on the last whole day."""

    from_: AwareDatetime = Field(serialization_alias="from")
    to: AwareDatetime
    cameras: int = Field(description="That were looked at.")
    of: int = Field(description="That should have watched.")
    minutes: int
    good: int = Field(description="Minutes with a coverage of `least` or more.")
    least: float


class PooledError(Answer):
    """A class of road user against the truth, over every comparison."""

    road_user: str
    label: Words
    truth: int
    missed: int
    over: int
    accuracy: float
    comparisons: int
    newest: AwareDatetime


class TransparencyAnswer(Answer):
    """What the city says of itself."""

    version: str
    cameras: CamerasWatched
    kept: Kept
    routes: dict[Literal["public", "room", "admin"], int] = Field(description="Addresses by who may ask them.")
    decisions: tuple[DecisionTaken, ...] = Field(description="Newest first.")
    complaints: ComplaintsHandled
    availability: Availability | None = Field(description="null: not worked out yet.")
    errors: tuple[PooledError, ...]


class IndicatorMethod(Answer):
    """What an indicator is, and how right it was here."""

    id: str
    label: Words
    definition: Words
    unit: str
    classification: str
    source: str
    version: str
    since: str
    publish: Publish
    error: PooledError | None = Field(description="null where nobody compared it here.")
    ms_var: VariableMetadata | None = Field(description="null where it is worked out of others.")
    ms_ind: IndicatorMetadata


class FamilyMethods(Answer):
    """Indicators that are measured together."""

    name: str
    label: Words
    concept: Words
    classification: str
    dataset: bool = Field(
        description="Whether the city publishes it: then /open/datasets/{name}/metadata has its MS-Keg."
    )
    indicators: tuple[IndicatorMethod, ...]


class MethodsAnswer(Answer):
    """The whole vocabulary, as methods and metadata."""

    families: tuple[FamilyMethods, ...]


class FamilyPolicy(Answer):
    """How a family is published: how many places under each rule."""

    family: str
    label: Words
    places: int
    rules: dict[Literal["cells", "counted", "none", "closed"], int]
    decision: DecisionTaken | None = Field(description="That of the whole city.")


class PoliciesAnswer(Answer):
    """What may be published, and every decision it rests on."""

    families: tuple[FamilyPolicy, ...]
    decisions: tuple[DecisionTaken, ...]


class NewDecision(Answer):
    """What the steward decides; the same as `pantau release open` and `close`."""

    family: str = Field(default="", max_length=80)
    place: str = Field(default="", max_length=140)
    open: bool
    by: str = Field(min_length=1, max_length=80)
    reason: str = Field(min_length=1, max_length=500)
