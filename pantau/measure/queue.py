"""How far a queue reaches back from its stop line: a chain of vehicles that stand.

A vehicle stands below `STANDS_KMH` and moves again above `MOVES_KMH`, so that creeping and trembling boxes don't break a queue. The first
may stand `FIRST_M` from the line (what is nearer may be hidden), each further one `GAP_M` behind the one before; whatever stands
beyond a larger gap (parked, another queue) is not in it. The length is from the line to the *end* of the last vehicle: the
ground point of a box is the end that faces the camera, so a vehicle's own length is added where the camera looks at its front.

Limits: lengths are those of a usual vehicle of the class; vehicles in lanes side by side make one chain; what is
hidden makes the queue shorter or cuts it. Rejected: the number of standing vehicles times a length (wrong by every bus).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

STANDS_KMH: Final = 5.0
MOVES_KMH: Final = 8.0
FIRST_M: Final = 15.0
GAP_M: Final = 10.0
LENGTH_M: Final = {"car": 4.5, "motorcycle": 2.0, "bicycle": 1.8, "bus": 11.0, "truck": 8.0}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One vehicle that stands: metres from the stop line to its nose and to its end."""

    nose_m: float
    end_m: float

    @classmethod
    def at(cls, foot_m: float, facing: float, name: str) -> Waiting:
        """From the metres between the line and its ground point.

        Args:
            foot_m: upstream of the line.
            facing: cosine between its direction to the camera and its direction to the line: 1 where the camera sees its front.
            name: its class.
        """
        length = LENGTH_M.get(name, LENGTH_M["car"])
        nose = foot_m - length / 2 + facing * length / 2
        return cls(nose, nose + length)


@dataclass(frozen=True, slots=True)
class Queue:
    """Metres from the stop line to the end of the last vehicle that waits, and how many wait; (0, 0) without a queue."""

    length_m: float = 0.0
    vehicles: int = 0


def queue_of(standing: Iterable[Waiting]) -> Queue:
    """The queue behind a line that these vehicles make; those past the line are no part of it."""
    end, vehicles, reach = 0.0, 0, FIRST_M
    for one in sorted((w for w in standing if w.end_m > 0), key=lambda w: (w.nose_m, w.end_m)):
        if one.nose_m > end + reach:
            break
        end, vehicles, reach = max(end, one.end_m), vehicles + 1, GAP_M
    return Queue(end, vehicles)


def stands(kmh: float | None, before: bool) -> bool:  # noqa: FBT001  # the state it was in
    """Whether a vehicle stands now; what is not known changes nothing."""
    if kmh is None:
        return before
    return kmh < (MOVES_KMH if before else STANDS_KMH)
