"""What analysers find in a sample, and the newest of it that is shown live and never stored.

The conventions are those of `pantau.types`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from pantau.lessons import Answer, Example, Lesson, Report
from pantau.places import Direction, Point, Zone
from pantau.types import Event, Observation, Unseen

SlotState = Literal["occupied", "free", "unknown"]
FaultKind = Literal["frozen", "dark", "overexposed", "covered", "sprayed", "defocused", "moved", "drops", "clock"]
WetState = Literal["dry", "wet", "flooded", "unknown"]
WaterWhy = Literal[
    "learning", "rain", "passer", "moving",
    "refused", "refused_at_limit", "resized", "untelling", "unsure", "hidden", "unreadable", "short",
    "wet_gauge", "zone_covered", "zone_unreadable", "zone_small", "moved",
]  # fmt: skip
REFUSED: Final[frozenset[WaterWhy]] = frozenset({"refused", "refused_at_limit", "resized"})
"""Why a gauge is not used at all, until somebody acts; all others pass by themselves."""
SILENT_S: Final = 600.0
"""How long a gauge that is not refused may say nothing (a bus, a shower of headlights) before it is told that it guards nothing."""


@dataclass(frozen=True, slots=True)
class SlotView:
    """What is known of one slot now: shown live, never stored."""

    slot: str
    state: SlotState
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The newest look at a zone of kind *scene*: what can be marked, and what is answered; shown live, never stored.

    Args:
        place, revision: the zone.
        time: UTC of capture.
        answer: `untaught` where nothing was learned.
        chance: 0 to 1 that it is *yes*; 0.5 where nothing was learned.
        distance, limit: how far from its examples it lies, and from where on it abstains; 0 where nothing was learned.
        model, vector, picture, thumbnail: as an `Example` keeps them.
        fault: why it could not be looked at.
    """

    place: str
    revision: int
    time: datetime
    answer: Answer
    chance: float = 0.5
    distance: float = 0.0
    limit: float = 0.0
    model: str = ""
    vector: bytes = b""
    picture: str = ""
    thumbnail: bytes = b""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class LitterView:
    """One thing that lies in a zone and that nobody stands beside: shown live, never stored.

    Args:
        zone: where it lies.
        box: (x1, y1, x2, y2) in fractions of the picture.
        since: UTC when it was first seen there.
        stage: whether it has lain longer than the zone allows.
        lain_s: seconds it has lain without an owner beside it.
        m2: ground that it covers; None where the camera knows no metres there.
        share: of the zone's area on the picture.
    """

    zone: str
    box: tuple[float, float, float, float]
    since: datetime
    stage: Literal["within", "over"]
    lain_s: float
    m2: float | None
    share: float


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a camera's pictures since when; `blind`: nothing can be measured on them."""

    kind: FaultKind
    since: datetime
    blind: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something of water is not known: the pages' catalogue has the sentence (``water.why.CODE``), filled with `values`."""

    code: WaterWhy
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WaterView:
    """What is known of the water in one zone now: shown live, never stored.

    Args:
        zone: where.
        state: dry, wet (a film of rain), flooded, or unknown.
        wet: share of the zone, 0 to 1, that is wet or under water; None where nothing can be said.
        flooded: share that is under water.
        level_cm: on the zone's gauge; None where there is none or it can't be read.
        at: (x, y) of the waterline on the gauge, in fractions of the picture.
        depth: class of depth, such as ``<=35``; empty where no gauge gives it.
        rise_cm_h: how fast it rises; below 0 it falls.
        to_limit_s: seconds to the zone's `limit_cm` at this rate; None where it does not rise or is above it.
        confidence: of the level, 0 to 1.
        reason: why something is not known; None where nothing is amiss.
        unread_since: UTC since when its gauge has told no level; None while it tells one, and where there is no gauge.
    """

    zone: str
    state: WetState = "unknown"
    wet: float | None = None
    flooded: float | None = None
    level_cm: float | None = None
    at: Point | None = None
    depth: str = ""
    rise_cm_h: float | None = None
    to_limit_s: float | None = None
    confidence: float = 0.0
    reason: Reason | None = None
    unread_since: datetime | None = None

    @property
    def refused(self) -> bool:
        """Whether its gauge can't be used until somebody acts."""
        return self.reason is not None and self.reason.code in REFUSED


@dataclass(frozen=True, slots=True)
class Findings:
    """What an analyser says after one step.

    `usable` is false when this sample said nothing (a camera that was moved has no metres): it is then not observed, and
    shows as a gap. `faults` are those of the pictures from this sample on; None says nothing about them.
    """

    observations: tuple[Observation, ...] = ()
    events: tuple[Event, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    slots: tuple[SlotView, ...] = ()
    usable: bool = True
    sights: tuple[Sight, ...] = ()
    litter: tuple[LitterView, ...] = ()
    faults: tuple[Fault, ...] | None = None
    water: tuple[WaterView, ...] = ()


NOTHING: Final = Findings()
"""Of a sample in which there was nothing to say."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A settled crossing, as the live page lights it up."""

    line: str
    direction: Direction
    road_user: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the inferences of a computer are.

    Args:
        busy_s: seconds of inference since the start, of all cameras together.
        at_once: how many run side by side.
        wait_s: moving mean of the seconds that a picture waits for its turn.
        given_up: pictures that waited past their deadline, or whose answer would have come after it, since the start.
    """

    busy_s: float
    at_once: int
    wait_s: float
    given_up: int


@dataclass(frozen=True, slots=True)
class Live:
    """The newest picture and numbers of one camera: bounded, replaced by the next, never the stored truth.

    Args:
        camera: the camera's id.
        time: UTC of capture of the newest sample, or when the outage began.
        status: whether pictures come.
        reason: why they do not.
        picture: a redacted JPEG without overlays; empty when redaction failed or nothing is there.
        size: (width, height) of the picture in pixels.
        boxes: (x1, y1, x2, y2) in fractions and the class, for the browser to draw.
        counts: provisional crossings since the run began, by (line, direction, class).
        inside: road users in each zone now, by (zone, class).
        slots: what is known of each slot now.
        sights: the newest look at each zone that is or can be taught.
        litter: what lies in each zone where litter is watched.
        faults: what is wrong with its pictures.
        water: what is known of the water in each zone where it is watched.
        crossings: the last settled crossings, newest last, at most 20.
        fps_asked, fps_got: samples per second scheduled and analysed over the last minute.
        step_ms: milliseconds the newest sample took from picture to numbers.
        stages_ms: how much of that each stage took: detect (with the wait for its turn), track, measure.
        dropped: frames not analysed since the run began, by cause.
        gated: groups of pictures since then by what became of them: decoded, quiet, fired, audited, missed, dozed, rested; see `recall`.
    """

    camera: str
    time: datetime
    status: Literal["starting", "live", "outage", "ended"]
    reason: str = ""
    picture: bytes = b""
    size: tuple[int, int] = (0, 0)
    boxes: tuple[tuple[float, float, float, float, str], ...] = ()
    counts: Mapping[tuple[str, Direction, str], int] = field(default_factory=dict)
    inside: Mapping[tuple[str, str], int] = field(default_factory=dict)
    slots: tuple[SlotView, ...] = ()
    sights: tuple[Sight, ...] = ()
    litter: tuple[LitterView, ...] = ()
    faults: tuple[Fault, ...] = ()
    water: tuple[WaterView, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    fps_asked: float = 0.0
    fps_got: float = 0.0
    step_ms: float = 0.0
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    gated: Mapping[str, int] = field(default_factory=dict)


def recall(gated: Mapping[str, int]) -> float | None:
    """Estimated share of the sleeping groups in which something began to move that the gate let through.

    Every group in which it fired is known; of those it called quiet, audits have looked at some. None before an audit.
    """
    audited, fired = gated.get("audited", 0), gated.get("fired", 0)
    if not audited:
        return None
    missed = gated["missed"] / audited * (gated["quiet"] + audited)
    return fired / (fired + missed) if fired + missed else None


def decoded_share(gated: Mapping[str, int]) -> float | None:
    """Share of the groups that were decoded whole; None where nothing is gated, 1 where it is and its groups are too long."""
    groups = gated.get("decoded", 0) + gated.get("quiet", 0)
    return gated["decoded"] / groups if groups else None


def rested_share(gated: Mapping[str, int]) -> float | None:
    """Share of the groups too long to be slept through in which nothing stirred and the detector rested; None where there were none."""
    return gated["rested"] / gated["dozed"] if gated.get("dozed") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A zone of kind *scene* as its teacher sees it: what was marked, what is in force, and why nothing is (`fault`)."""

    zone: Zone
    examples: tuple[Example, ...] = ()
    lesson: Lesson | None = None
    report: Report | None = None
    fault: str = ""
