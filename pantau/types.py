"""The nouns of Pantau: what flows from a camera to a graph.

Conventions, stated once and checked at the edges:

* **Time** is timezone-aware UTC, of *capture*, and always passed in. Durations are float seconds and end in ``_s``.
* **Images** are (H, W, 3) uint8 BGR and read-only. **Boxes** are xyxy float32 in the pixels of their own frame; a box's
  *ground point* is its bottom centre. Configured lines and polygons are fractions [0, 1] of the picture.
* **Ground** is metres; lon/lat are WGS 84 at the edges only. Units are UCUM.
* A line's **forward** crosses from the left to the right of start→end as seen walking along it (x right, y down).
* **Coverage** is usable samples ÷ scheduled samples at the analyser's declared cadence. A gap is not a zero.
* ``Aggregate`` is a commutative monoid; means are derived from it and never stored.

Nothing here knows where a value came from or goes to. What is drawn and named stands in `pantau.places`, what is warned of in `pantau.alarm`, what
each analyser shows of its zones in `pantau.findings`, what a zone is taught in `pantau.lessons` (docs/adr/0012). Rejected: optional fields that
later stages fill in (the type says the stage), and pixels in configuration (a camera that changes its profile would move its lines).
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
from pantau.places import Direction

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

CLASSES: Final = ("person", "bicycle", "car", "motorcycle", "bus", "truck")
"""Road users that Pantau counts; ``class_id`` is an index into this tuple, whatever labels a model was trained with."""

CLASS_GROUP: Final = (0, 1, 2, 1, 2, 2)
"""Group of each class whose members detectors mix up: people, two-wheelers, four-wheelers."""


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


UNWATCHED: Final = "unwatched"
"""Value of an event's attribute `ended` when it was given an end only because nobody watched any more."""


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


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
