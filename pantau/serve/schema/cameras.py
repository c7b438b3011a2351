"""What the API answers about cameras, what is drawn on them, and events; the conventions are those of `pantau.serve.schema.answer`."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from pantau.findings import FaultKind
from pantau.places import SlotKind, ZoneKind
from pantau.serve.schema.answer import Answer, Words
from pantau.serve.schema.portal import Validations

Spot = tuple[float, float]
CameraStatus = Literal["starting", "live", "outage", "ended", "off"]


class LineAnswer(Answer):
    """A counting line on a camera's picture, in fractions."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    id: str = Field(examples=["pets.W"])
    name: str
    start: Spot
    end: Spot
    forward_name: str
    backward_name: str
    revision: int
    validations: Validations = ()


class MarkAnswer(Answer):
    """A mark of a staff gauge."""

    at: Spot
    cm: float


class ZoneAnswer(Answer):
    """A zone on a camera's picture, in fractions."""

    id: str
    name: str
    kind: ZoneKind = Field(description="What is watched there, beside who is inside.")
    capacity: int = Field(description="Vehicles that fit into a parking zone; 0: not known.")
    polygon: tuple[Spot, ...]
    gauge: tuple[MarkAnswer, ...] = Field(
        description="Marks of its staff gauge, the lowest first; empty where it has none."
    )
    limit_cm: float = Field(description="Level to which the time is foretold; 0: none.")
    revision: int


class GroundAnswer(Answer):
    """How far a camera's metres can be trusted."""

    points: int = Field(description="Calibration points.")
    error_m: float | None = Field(
        description="Root mean square, metres, of where the others put each point; null where four points leave nothing to compare."
    )
    limit_m: float = Field(description="Positions less certain than this are not used.")
    note: str = Field(description="Where the points come from.")


class SlotAnswer(Answer):
    """A marked place for one vehicle, in fractions; its numbers are those of its zone."""

    id: str = Field(examples=["pasar.p1"])
    name: str
    kind: SlotKind
    zone: str
    polygon: tuple[Spot, ...]


class FaultAnswer(Answer):
    """What is wrong with a camera's pictures now."""

    kind: FaultKind
    since: AwareDatetime
    blind: bool = Field(description="Whether nothing can be measured on them meanwhile.")
    label: Words


class CameraAnswer(Answer):
    """A camera, its drawing and how it is doing. Its source is never told."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    id: str = Field(examples=["pets"])
    name: str
    lon: float | None
    lat: float | None
    area: str
    status: CameraStatus
    reason: str = Field(description="Why no pictures come.")
    time: AwareDatetime | None = Field(description="Capture time of the newest sample.")
    fps_asked: float
    fps_got: float
    step_ms: float
    stages_ms: dict[str, float] = Field(
        default_factory=dict,
        description="How much of that each stage took: detect (with the wait for its turn), track, measure.",
    )
    dropped: dict[str, int] = Field(description="Frames not analysed since the run began, by cause.")
    decoded_share: float | None = Field(
        default=None, description="Share of its groups of pictures that moved and were decoded; null where all are."
    )
    gate_recall: float | None = Field(
        default=None, description="Estimated share of movements that woke it; null before the first audit."
    )
    rested_share: float | None = Field(
        default=None,
        description="Of its groups of pictures that were too long to be slept through, the share in which the detector rested; null where there were none.",
    )
    detector: str
    attribution: str
    picture: bool = Field(description="Whether there is a picture to show.")
    ground: GroundAnswer | None = Field(
        default=None, description="Its calibration; null where there is none, and so no metres or km/h."
    )
    flows: bool = Field(default=False, description="Whether it counts trips between lines.")
    faults: tuple[FaultAnswer, ...] = Field(default=(), description="What is wrong with its pictures now.")
    lines: tuple[LineAnswer, ...]
    zones: tuple[ZoneAnswer, ...]
    slots: tuple[SlotAnswer, ...]


class CamerasAnswer(Answer):
    """Every camera of the register."""

    cameras: tuple[CameraAnswer, ...]


class EventAnswer(Answer):
    """Something that happened at a place."""

    id: str
    kind: str = Field(examples=["crossing"])
    place: str
    start: AwareDatetime
    end: AwareDatetime | None
    attributes: dict[str, str | int | float]


class EventsAnswer(Answer):
    """A page of events, newest first."""

    events: tuple[EventAnswer, ...]
    next: str | None = Field(description="Give it as `before` for the next page; null at the end.")


class LevelAnswer(Answer):
    """How well the city is watched, by one entry of the vocabulary."""

    id: str = Field(examples=["freshness"])
    label: Words
    definition: Words
    unit: str = Field(description="UCUM.")
    take: str = Field(description="How it adds up: the `share` of what is counted, or a percentile such as `p95`.")
    better: Literal["higher", "lower"] = Field(description="On which side of the target it is met.")
    target: float
    value: float | None = Field(description="null: not known.")
    met: bool | None = Field(description="Whether the target is reached; null while the value is not known.")
    n: int = Field(description="On how many of `of` the value rests.")
    of: Words
    source: str


class LevelsAnswer(Answer):
    """Every service level."""

    levels: tuple[LevelAnswer, ...]
