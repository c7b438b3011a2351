"""What the live stream says, provisionally; the conventions are those of `pantau.serve.schema.answer`."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from pantau.findings import SlotState, WetState
from pantau.serve.schema.alarms import ReasonAnswer, UnguardedAnswer
from pantau.serve.schema.answer import Answer
from pantau.serve.schema.cameras import CameraStatus, FaultAnswer, Spot

Box = tuple[float, float, float, float, str]


class LiveCount(Answer):
    """Provisional crossings since the run began."""

    line: str
    direction: str
    road_user: str
    n: int


class LiveInside(Answer):
    """Road users in a zone now."""

    zone: str
    road_user: str
    n: int


class LiveSlot(Answer):
    """What is known of a slot now."""

    slot: str
    state: SlotState
    confidence: float = Field(ge=0.5, le=1.0, description="Probability of the likelier state.")


class LiveLitter(Answer):
    """Something that lies in a zone where litter is watched."""

    zone: str
    box: tuple[float, float, float, float] = Field(description="x1, y1, x2, y2 in fractions of the picture.")
    since: AwareDatetime = Field(description="When it was first seen there.")
    stage: Literal["within", "over"] = Field(description="Whether it has lain longer than the zone allows.")
    lain_s: float = Field(description="Seconds it has lain with no owner beside it.")
    m2: float | None = Field(description="Ground that it covers; null where the camera knows no metres.")
    share: float = Field(description="Of the zone, 0 to 1.")


class LiveWater(Answer):
    """The water of a zone where it is watched."""

    zone: str
    state: WetState = Field(description="dry, wet (a film of rain), flooded, or unknown.")
    wet: float | None = Field(description="Share of the zone, 0 to 1, that is wet or under water.")
    flooded: float | None = Field(description="Share of the zone, 0 to 1, that is under water.")
    level_cm: float | None = Field(
        description="Level on the zone's staff gauge; null where there is none or it can't be read."
    )
    at: Spot | None = Field(description="Where the waterline is on the gauge, in fractions of the picture.")
    depth: str = Field(description="Class of depth: dry, <=15, <=35, <=70, >70 cm; empty where no gauge gives it.")
    rise_cm_h: float | None = Field(description="How fast it rises; below 0 it falls.")
    to_limit_s: float | None = Field(
        description="Seconds to the zone's limit at this rate; null where it does not rise."
    )
    confidence: float = Field(ge=0.0, le=1.0, description="Of the level.")
    refused: bool = Field(description="Whether its gauge can't be used until somebody acts.")
    unread_since: AwareDatetime | None = Field(
        description="Since when its gauge has told no level; null while it tells one, and without a gauge."
    )
    reason: ReasonAnswer | None = Field(description="Why something is not known; null where nothing is amiss.")


class LiveCrossing(Answer):
    """A crossing that has just been settled."""

    line: str
    direction: str
    road_user: str
    time: AwareDatetime


class LiveEvent(Answer):
    """The data of one ``event: live``: the newest state of one camera. Provisional, never the stored truth."""

    camera: str
    time: AwareDatetime
    status: CameraStatus
    reason: str
    size: tuple[int, int] = Field(description="Width and height of the picture, pixels.")
    boxes: tuple[Box, ...] = Field(description="x1, y1, x2, y2 in fractions, and the class.")
    counts: tuple[LiveCount, ...]
    inside: tuple[LiveInside, ...]
    slots: tuple[LiveSlot, ...]
    litter: tuple[LiveLitter, ...]
    water: tuple[LiveWater, ...]
    faults: tuple[FaultAnswer, ...] = Field(default=(), description="What is wrong with its pictures.")
    crossings: tuple[LiveCrossing, ...] = Field(description="The last settled crossings, newest last, at most 20.")
    fps_asked: float
    fps_got: float
    step_ms: float
    stages_ms: dict[str, float] = Field(default_factory=dict, description="How much of that each stage took.")
    dropped: dict[str, int]
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
    picture: str | None = Field(description="Address of the picture these boxes belong to.")


class Beat(Answer):
    """The data of one ``event: beat``: the stream is alive even when nothing changes."""

    now: AwareDatetime
    checked: AwareDatetime | None = Field(default=None, description="When every alarm rule was last looked at.")
    unguarded: tuple[UnguardedAnswer, ...] = Field(
        default=(), description="Rules that wait for a level that does not come."
    )
