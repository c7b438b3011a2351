"""What the page is told and what it may say: the models of the label server's API. All times are seconds of the clip."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Way = Literal["forward", "backward"]
RoadUser = Literal["person", "bicycle", "car", "motorcycle", "bus", "truck"]
Spot = tuple[float, float]
Second = Annotated[float, Field(ge=0, le=1e7)]


class Told(BaseModel):
    """A model that goes over the wire; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LineAnswer(Told):
    """A counting line and its slit-scan. Points and the window are fractions of the picture."""

    id: str
    name: str
    start: Spot
    end: Spot
    forward: str = Field(description="Words for crossing from its left to its right; may be empty.")
    backward: str
    rows: int = Field(description="Height of its slit-scan, pixels.")
    span: Spot = Field(description="Where upper and lower edge of the slit-scan lie along the line: 0 start, 1 end.")
    window: tuple[float, float, float, float] = Field(description="The part of the picture around it: x1, y1, x2, y2.")


class NeedAnswer(Told):
    """How many labelled crossings a class needs before its error may be published."""

    road_user: RoadUser
    least: int


class DeskAnswer(Told):
    """What lies on the desk; it stays the same."""

    clip: str
    camera: str
    file: str = Field(description="Where the counts are kept.")
    start: str = Field(description="UTC of the first picture; empty when it was not said.")
    size: tuple[int, int]
    fps: float = Field(description="Pictures a second of the clip.")
    samples_fps: float = Field(description="Samples a second of the slit-scans.")
    camera_fps: float = Field(description="Samples a second that Pantau analyses.")
    columns: int = Field(description="Pixels per sample in a slit-scan.")
    tile: int = Field(description="Samples in a tile of a slit-scan.")
    lines: tuple[LineAnswer, ...]
    needs: tuple[NeedAnswer, ...]
    evaluate: str = Field(description="The command that compares Pantau's counts with these.")


class CrossingAnswer(Told):
    """One counted crossing."""

    id: int
    line: str
    frame: int
    t_s: float
    along: float
    direction: Way
    road_user: RoadUser


class LabelledAnswer(Told):
    """The stretch of a line in which everything was counted."""

    line: str
    from_s: float
    to_s: float


class SheetAnswer(Told):
    """All counts, and what the last request was about."""

    crossings: tuple[CrossingAnswer, ...]
    labelled: tuple[LabelledAnswer, ...]
    can_undo: bool
    can_redo: bool
    touched: CrossingAnswer | None = None


class ReadingAnswer(Told):
    """How far the clip was gone through."""

    samples: int
    t_s: float
    frames: int
    end_s: float = Field(description="Length of the clip as far as it is known.")
    state: Literal["reading", "read", "failed"]
    why: str


class SamplesAnswer(Told):
    """Seconds and picture numbers of samples, from the one asked for on."""

    first: int
    t_s: tuple[float, ...]
    frame: tuple[int, ...]


class MomentsAnswer(Told):
    """Samples of a line at which most happens in its slit-scan, whoever it is."""

    samples: tuple[int, ...]
    along: tuple[float, ...] = Field(description="Where on the line, 0 at its start and 1 at its end.")


class NewCrossing(Told):
    """A crossing that was seen."""

    line: Annotated[str, Field(max_length=64)]
    frame: Annotated[int, Field(ge=1, le=10**9)]
    along: Annotated[float, Field(ge=-1, le=2)]
    direction: Way
    road_user: RoadUser


class ChangedCrossing(Told):
    """What of a crossing is different now; what is left out stays."""

    frame: Annotated[int, Field(ge=1, le=10**9)] | None = None
    along: Annotated[float, Field(ge=-1, le=2)] | None = None
    direction: Way | None = None
    road_user: RoadUser | None = None


class Looked(Told):
    """The stretch of a line in which everything was counted; both empty: none."""

    from_s: Second | None
    to_s: Second | None
