"""The nouns that a person draws and names: cameras, the lines, zones and slots on their pictures, and the borders that lines make.

The conventions are those of `pantau.types`. Nothing here knows what is seen at a place, or how it is written in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pantau.lessons import Lesson

Point = tuple[float, float]
Direction = Literal["forward", "backward", ""]
ZoneKind = Literal["area", "road", "parking", "no_parking", "danger", "litter", "bin", "scene", "water"]
SlotKind = Literal["car", "two_wheeler"]
Priority = Literal["low", "normal", "high"]

DIRECTIONS: Final[tuple[Direction, Direction]] = ("forward", "backward")
NO_DIRECTION: Final[Direction] = ""


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


def local_id(place: str) -> str:
    """The part of a place's id after its camera's."""
    return place.rsplit(".", 1)[-1]
