"""The nouns of Pantau: what flows from a camera to a graph.

Conventions, stated once and checked at the edges:

* **Time** is timezone-aware UTC, of *capture*, and always passed in. Durations are float seconds and end in ``_s``.
* **Images** are (H, W, 3) uint8 BGR and read-only. **Boxes** are xyxy float32 in the pixels of their own frame; a box's
  *ground point* is its bottom centre. Configured lines and polygons are fractions [0, 1] of the picture.
* **Ground** is metres; lon/lat are WGS 84 at the edges only. Units are UCUM.
* A line's **forward** crosses from the left to the right of start→end as seen walking along it (x right, y down).
* **Coverage** is usable samples ÷ scheduled samples at the analyser's declared cadence. A gap is not a zero.
* ``Aggregate`` is a commutative monoid; means are derived from it and never stored.

Nothing here knows where a value came from or goes to. It is one file, longer than our limit, because a reader should meet
the nouns of the way in one place; what each analyser shows of its zones stands in `pantau.findings`, what a zone is taught in `pantau.lessons`
(docs/adr/0012). Rejected: optional fields that later stages fill in (the type
says the stage), and pixels in configuration (a camera that changes its profile would move its lines).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import add
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from pantau.errors import DataError
from pantau.lessons import Lesson

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Point = tuple[float, float]
Direction = Literal["forward", "backward", ""]
ZoneKind = Literal["area", "road", "parking", "no_parking", "danger", "litter", "bin", "scene", "water"]
SlotKind = Literal["car", "two_wheeler"]
Priority = Literal["low", "normal", "high"]

CLASSES: Final = ("person", "bicycle", "car", "motorcycle", "bus", "truck")
"""Road users that Pantau counts; ``class_id`` is an index into this tuple, whatever labels a model was trained with."""

CLASS_GROUP: Final = (0, 1, 2, 1, 2, 2)
"""Group of each class whose members detectors mix up: people, two-wheelers, four-wheelers."""

DIRECTIONS: Final[tuple[Direction, Direction]] = ("forward", "backward")
NO_DIRECTION: Final[Direction] = ""


def require_utc(time: datetime) -> datetime:
    """Return `time` unchanged when it is timezone-aware UTC.

    Raises:
        DataError: the time is naive or in another zone.
    """
    if time.tzinfo is None or time.utcoffset() != timedelta(0):
        raise DataError(
            f"expected a timezone-aware UTC time, got {time.isoformat()!r}; convert it where it enters Pantau"
        )
    return time


# --- places -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Follows:
    """Says that a line sees the stream that another line has seen: all who pass one pass the other.

    Args:
        line: the other line's id.
        lag_s: seconds between the two, at most.
        turned: whether this line's forward is the other's backward.
    """

    line: str
    lag_s: float = 5.0
    turned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One of the lines that close the border of a zone or a group; `into` is the direction in which it is entered."""

    line: str
    into: Direction = "forward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cordon:
    """The declared boundary lines of a group: `of` is ``city``, ``area:CODE``, or a ``site:ID`` or ``road:ID`` that it makes."""

    of: str
    name: str
    lines: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A counting line on a camera's picture, from `start` to `end` in fractions of the picture."""

    id: str
    camera: str
    name: str
    start: Point
    end: Point
    forward_name: str = ""
    backward_name: str = ""
    follows: Follows | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a staff gauge on the picture, in fractions, and its height in cm."""

    at: Point
    cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A polygon on a camera's picture (3 or more corners, fractions) in which road users are counted and timed.

    `kind` says what is watched there beside that. `capacity` is how many vehicles fit (0: not known), `limit_s` how long one
    may stay (0: the analyser's own limit), `schedule` when that holds (`pantau.schedule`; empty: always). `stop_line` is the
    id of the line behind which a road's queue stands, `entries` are the lines that close its border, where they do. Where
    litter is watched, `limit_items`, `limit_m2` and `limit_share` (of the zone) say how much is too much; 0: no such limit.
    water is watched, `gauge` is a polyline up a kerb, wall, pole or stairs with its heights, from the lowest on, and `limit_cm` the
    level to which the time is foretold (0: none).
    """

    id: str
    camera: str
    name: str
    polygon: tuple[Point, ...]
    kind: ZoneKind = "area"
    capacity: int = 0
    limit_s: float = 0.0
    limit_items: int = 0
    limit_m2: float = 0.0
    limit_share: float = 0.0
    schedule: str = ""
    stop_line: str = ""
    entries: tuple[Entry, ...] = ()
    gauge: tuple[Mark, ...] = ()
    limit_cm: float = 0.0
    revision: int = 1


FLOW: Final = ">"
"""Between the two lines in the id of a flow; no other id holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The way from one line of a camera to another, or back over the same: who crosses `origin` first and `target` last.

    It is not drawn; every pair of lines makes one.
    """

    camera: str
    origin: Line
    target: Line

    @property
    def id(self) -> str:
        """``camera.A>B``."""
        return f"{self.origin.id}{FLOW}{self.target.id.rsplit('.', 1)[-1]}"

    @property
    def revision(self) -> int:
        """Counts up when one of its lines is moved."""
        return self.origin.revision + self.target.revision - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A marked place for one vehicle, drawn on the ground (3 or more corners, fractions); its numbers are those of `zone`."""

    id: str
    camera: str
    name: str
    polygon: tuple[Point, ...]
    zone: str
    kind: SlotKind = "car"
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place measured by someone else (an imported series): it has a position and a time zone, but no camera."""

    id: str
    name: str
    timezone: str
    lon: float | None = None
    lat: float | None = None
    source: str = ""
    licence: str = ""
    revision: int = 1


Place = Line | Zone | Slot | Site


@dataclass(frozen=True, slots=True)
class GroundPoint:
    """A point of the picture whose place on the ground is known: fractions of the picture, metres in the camera's plane."""

    name: str
    image: Point
    metres: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What makes metres of a camera's pixels (`pantau.ground`).

    Args:
        points: four or more.
        size: (width, height) in pixels of the picture they were clicked in.
        origin: (lon, lat) of the plane's origin, where the points were given on a map; x is east, y north.
        click_px: standard deviation of a click, pixels of `size`.
        place_m: standard deviation of a place, metres.
        limit_m: standard deviation of a position beyond which no metres are given.
        note: where the points come from.
        reference: the fixed things of the picture when it was calibrated (`pantau.measure.aim`), to notice that the
            camera was moved; empty when not taken.
    """

    points: tuple[GroundPoint, ...]
    size: tuple[int, int]
    origin: Point | None = None
    click_px: float = 3.0
    place_m: float = 0.05
    limit_m: float = 2.0
    note: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A table of levels of service: each letter with the value of `indicator` up to which it holds, rising; the last is inf."""

    id: str
    source: str
    indicator: str
    levels: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """What a capacity manual has to know of the road that a camera sees (`pantau.manual`).

    Args:
        manual: id of the manual that the passenger car equivalents are from.
        type: its name for this kind of road, such as ``4/2-T``.
        lanes: lanes in one direction.
        narrow: whether the carriageway is 6 m wide or less (undivided roads only).
        factor: capacity of this road ÷ basic capacity of its type (width, sides, city size multiplied).
        service: the table of levels of service.
    """

    manual: str
    type: str
    service: Service
    lanes: int = 2
    narrow: bool = False
    factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One camera of the register: where it looks, what reads it and what is drawn on its picture.

    `source` never holds credentials; they are sealed apart under the camera's id. `fps` is how many samples a second the
    analysers ask of it, and `priority` who keeps them when the computer has not enough time for all. `masks` are polygons that are blacked out before anything looks at the picture. Without `ground`
    there are no metres and no km/h, without `road` no passenger car units. `timezone` is the IANA zone of its wall clock,
    `lessons` what its zones were taught; whoever runs the camera says them, the register does not hold them; so it is with `view`, the fixed things of the picture on
    which its places were drawn (`pantau.measure.aim.Features`; empty: not known yet), and with `dry`, what its gauges look like when dry: zone's id and text.
    """

    id: str
    name: str
    source: str
    lon: float | None = None
    lat: float | None = None
    area: str = ""
    detector: str = "centernet"
    fps: float = 5.0
    analysers: tuple[str, ...] = ("visitors", "traffic", "quality", "health")
    priority: Priority = "normal"
    attribution: str = ""
    lines: tuple[Line, ...] = ()
    zones: tuple[Zone, ...] = ()
    slots: tuple[Slot, ...] = ()
    masks: tuple[tuple[Point, ...], ...] = ()
    enabled: bool = True
    ground: Ground | None = None
    road: Road | None = None
    revision: int = 1
    timezone: str = ""
    view: str = ""
    dry: tuple[tuple[str, str], ...] = ()
    lessons: tuple[Lesson, ...] = ()

    @property
    def flows(self) -> tuple[Flow, ...]:
        """Every way from one line to another, or back over the same."""
        return tuple(Flow(camera=self.id, origin=a, target=b) for a in self.lines for b in self.lines)


# --- what a camera gives ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One sampled picture of a camera.

    Args:
        camera: the camera's id.
        time: UTC of capture.
        image: (H, W, 3) uint8 BGR, read-only.
        index: number of the frame in its source, from 1 (frames that were not sampled are numbered too).
        media_s: seconds since the start of the source's current segment.
        segment: counts up whenever the source's own clock jumps (a reconnect, the seam of a looped file).
        told: what the camera's own clock said of this picture, where it tells; a health reading and nothing else.
        quiet: the gate has seen that nothing moved since the frame before; what was found there holds, and the picture may be
            as old as the newest key frame's.
    """

    camera: str
    time: datetime
    image: Image
    index: int
    media_s: float
    segment: int = 0
    told: datetime | None = None
    quiet: bool = False

    def __post_init__(self) -> None:
        require_utc(self.time)
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise DataError(
                f"camera {self.camera}: expected an (H, W, 3) uint8 image, got {self.image.shape} {self.image.dtype}"
            )
        self.image.setflags(write=False)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.shape[1], self.image.shape[0]


@dataclass(frozen=True, slots=True)
class Gap:
    """The source has nothing to show from `time` on, for `reason`; frames after it belong to a new segment.

    `kind` is ``"outage"`` when the camera is away, ``"seam"`` where a looped file starts again, ``"end"`` when no more
    will come.
    """

    camera: str
    time: datetime
    kind: Literal["outage", "seam", "end"]
    reason: str


# --- what is seen -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """N boxes of one frame; N = 0 is normal. A struct of arrays, nothing optional.

    Args:
        xyxy: (N, 4) float32, pixels.
        confidence: (N,) float32 in [0, 1].
        class_id: (N,) int64, index into `CLASSES`.
    """

    xyxy: Floats
    confidence: Floats
    class_id: Ints

    def __post_init__(self) -> None:
        n = len(self.xyxy)
        if self.xyxy.shape != (n, 4) or self.confidence.shape != (n,) or self.class_id.shape != (n,):
            raise DataError(
                "expected xyxy (N, 4), confidence (N,), class_id (N,); got "
                f"{self.xyxy.shape}, {self.confidence.shape}, {self.class_id.shape}"
            )

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, rows: npt.NDArray[np.bool_] | Ints) -> Detections:
        """The detections selected by a boolean mask (N,) or by row numbers."""
        return Detections(self.xyxy[rows], self.confidence[rows], self.class_id[rows])

    @classmethod
    def empty(cls) -> Detections:
        """No boxes."""
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64))

    @property
    def ground(self) -> Floats:
        """(N, 2) ground points: the bottom centre of each box, pixels."""
        xyxy = self.xyxy
        return np.stack([(xyxy[:, 0] + xyxy[:, 2]) / 2, xyxy[:, 3]], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """The road users seen in one frame, each with an identity that holds while it is in view.

    Args:
        detections: the N boxes that belong to a confirmed track.
        track_id: (N,) int64, unique in the frame, never reused by this tracker.
        velocity: (N, 2) float32, pixels per second of the ground point.
        ended: ids that will never appear again; each is reported exactly once.
    """

    detections: Detections
    track_id: Ints
    velocity: Floats
    ended: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.detections)
        if self.track_id.shape != (n,) or self.velocity.shape != (n, 2):
            raise DataError(
                f"expected track_id ({n},) and velocity ({n}, 2), got {self.track_id.shape} and {self.velocity.shape}"
            )

    def __len__(self) -> int:
        return len(self.detections)

    @classmethod
    def empty(cls, ended: tuple[int, ...] = ()) -> Tracks:
        """No tracks in view."""
        return cls(Detections.empty(), np.empty(0, np.int64), np.empty((0, 2), np.float32), ended)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What an analyser sees of one sample: the frame, its boxes, its tracks."""

    frame: Frame
    detections: Detections
    tracks: Tracks

    @property
    def time(self) -> datetime:
        """UTC of capture."""
        return self.frame.time


# --- what is measured -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Observation:
    """One measured value at a place.

    Args:
        place: the place's id.
        indicator: an id of the vocabulary, ``family.name``.
        direction: ``forward`` or ``backward`` for lines, empty for places without one.
        time: UTC of the moment measured, which may lie some seconds back (a settled crossing).
        duration_s: seconds the value stands for; 0 for things that happen at a moment.
        value: in the indicator's unit.
    """

    place: str
    indicator: str
    direction: Direction
    time: datetime
    duration_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a place: a crossing, a stay, an outage.

    `id` is made from what happened, so that the same event written twice is one row.
    """

    id: str
    kind: str
    place: str
    start: datetime
    end: datetime | None = None
    attributes: Mapping[str, str | int | float] = field(default_factory=dict)
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What a usable sample could not see of a place: this `share` (0 to 1) of it, which lowers the coverage of its minute."""

    family: str
    place: str
    time: datetime
    share: float


@dataclass(frozen=True, slots=True)
class Aggregate:
    """n, sum, min and max of some values, and the seconds observed: a commutative monoid under ``+``.

    `bins` counts the values between the fixed edges of a distribution; empty where nothing was counted so.
    """

    n: int = 0
    sum: float = 0.0
    min: float = float("inf")
    max: float = float("-inf")
    observed_s: float = 0.0
    bins: tuple[int, ...] = ()

    def __add__(self, other: Aggregate) -> Aggregate:
        return Aggregate(
            self.n + other.n,
            self.sum + other.sum,
            min(self.min, other.min),
            max(self.max, other.max),
            self.observed_s + other.observed_s,
            tuple(map(add, self.bins, other.bins)) if self.bins and other.bins else self.bins or other.bins,
        )

    @property
    def mean(self) -> float | None:
        """Sum ÷ n, or nothing where there is nothing."""
        return self.sum / self.n if self.n else None


# --- what is kept -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """One stored series: a family of indicators at one revision of a place, in one direction."""

    family: str
    place: str
    revision: int
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One stretch of watching, with one method.

    A live run has a new id; a replay or back-fill has the hash of its source and configuration, so that repeating it
    replaces what it wrote.

    Args:
        id: unique name of the run.
        camera: the camera's id, or the source's for imports.
        kind: how it came about.
        started: UTC when the run began (of the wall clock).
        keys: every series the run watches; each gets a row for each minute watched, also when nothing happened.
        method: per family, what measured: detector, tracker, analyser and their settings.
        cadence_s: per family, seconds between scheduled samples.
    """

    id: str
    camera: str
    kind: Literal["live", "replay", "import"]
    started: datetime
    keys: tuple[Key, ...]
    method: Mapping[str, str]
    cadence_s: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a run found since its last batch; `seq` counts up from 1 within the run.

    `samples` holds, per family, the capture times of the usable samples: coverage is counted from them.
    """

    run: str
    seq: int
    samples: Mapping[str, tuple[datetime, ...]]
    observations: tuple[Observation, ...] = ()
    events: tuple[Event, ...] = ()
    unseen: tuple[Unseen, ...] = ()


# --- what is shown live -----------------------------------------------------------------------------------------------


# --- what is warned of -------------------------------------------------------------------------------------------------

Severity = Literal["info", "warning", "critical"]
AlarmState = Literal["pending", "firing", "resolved"]
Verdict = Literal["", "right", "wrong"]
Cause = Literal["", "cleared", "ended", "schedule", "judged", "rule", "unwatched"]
"""Why an alarm is over: its value came back, its event ended, its hours ended, a person said *bukan*, its rule changed or
went, or what had raised it was no longer watched."""


@dataclass(frozen=True, slots=True)
class Still:
    """A redacted picture that is kept beside an alarm: its file below the data folder and its time; or why there is none."""

    file: str = ""
    time: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One time that a rule's condition held at a place: pending, then firing, then resolved.

    `id` is made from rule, place, subject and onset, so that the same alarm written twice is one row; at most one alarm of a
    (rule, place, subject) is open.

    Args:
        rule, revision: the rule's id, and which version of its limits raised this.
        place, camera: where; the camera is empty for places without one.
        subject: id of the event that it follows; empty for rules on an indicator.
        since: UTC when the condition began to hold.
        fired, resolved: UTC, once it is so.
        seen: UTC of the newest reading taken.
        calm: while firing, since when the value has been back.
        value, peak: newest and furthest value, in `unit`; None where there is none to tell.
        limit, clear: what it crossed, and where it counts as back.
        cause: why it is over.
        acknowledged: UTC when somebody said that they have seen it.
        verdict, reason, judged: whether it was right, in a person's words, and when they said so.
        before, at: pictures from before the onset and from the moment it fired.
        trace: the readings up to the moment it fired, oldest first.
        facts: of the event it follows.
        run: the run whose event it follows; empty once that run is gone.
    """

    id: str
    rule: str
    revision: int
    place: str
    camera: str
    subject: str
    severity: Severity
    state: AlarmState
    since: datetime
    fired: datetime | None = None
    resolved: datetime | None = None
    seen: datetime
    calm: datetime | None = None
    value: float | None = None
    peak: float | None = None
    limit: float | None = None
    clear: float | None = None
    unit: str = ""
    cause: Cause = ""
    acknowledged: datetime | None = None
    verdict: Verdict = ""
    reason: str = ""
    judged: datetime | None = None
    before: Still = Still()
    at: Still = Still()
    trace: tuple[tuple[datetime, float], ...] = ()
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    run: str = ""

    @property
    def open(self) -> bool:
        """Whether it is pending or firing."""
        return self.state != "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is told to the outside about an alarm: once per alarm and state, `id` is the key that makes repeats harmless."""

    id: str
    target: str
    time: datetime
    body: str


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
