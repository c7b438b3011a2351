"""Vehicles that stand in a zone's picture: what shows within one since it came is mostly its own.

A detector misses a parked vehicle at some looks, or doubts it, and then its lamps, wheels and bumpers are changes of the floor like any other, each as large
as litter. So a vehicle's box that was in its place at `LOOKS` looks *stands* there, from its first sight until it was not seen for `KEPT_S`. The clock of
what shows within it stands still until it goes: its own parts go with it, and what was dropped there stays. What lay there before it came is not its own,
nor is what is hardly smaller than it: detectors call a heap a vehicle now and then. Where the floor looks as ever nobody stands, whatever the detector says:
so a lane in which one waits after the other, and a kiosk that is called a car all day, stop no clock.

Limits: what is dropped in front of a parked vehicle waits for it to go. Bounded: `MOST` boxes. Nobody is recognised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from pantau.geometry import box_iou
from pantau.measure.difference import Difference
from pantau.measure.floor import Boxes, Floor

SAME: Final = 0.5
"""Overlap from which a box is in the place of one before."""
FOLLOWS: Final = 0.2
"""What a look moves the box of one that stands: half of it may be hidden."""
LOOKS: Final = 3
KEPT_S: Final = 300.0
WIDER: Final = 0.1
"""Of its size, on each side: its shadow, and what the detector cut off."""
INSIDE: Final = 0.8
"""Share of a thing that lies within a vehicle's box where it is a part of it."""
LARGER: Final = 2.0
"""So many times as large is the vehicle, at the least."""
MOST: Final = 32

Corners = tuple[float, float, float, float]


@dataclass(slots=True, eq=False)
class _Vehicle:
    box: Boxes
    came: datetime
    seen: datetime
    looks: int = 1
    missed_s: float = 0.0


class Stood:
    """Those of one zone's picture."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._vehicles: list[_Vehicle] = []
        self._last: datetime | None = None

    def step(self, time: datetime, boxes: Boxes, difference: Difference) -> None:
        """Take in one look's vehicles, (N, 4) in the picture's pixels; a gap counts as a look that missed them."""
        passed_s = (time - self._last).total_seconds() if self._last else 0.0
        self._last = time
        for one in self._vehicles:
            one.missed_s += min(passed_s, KEPT_S / LOOKS)
        kept = [one for one in self._vehicles if one.missed_s <= KEPT_S]
        overlaps = box_iou(boxes, np.array([one.box for one in kept]).reshape(-1, 4))
        for box, overlap in zip(boxes, overlaps, strict=True):
            if len(overlap) and overlap.max() >= SAME:
                one = kept[int(overlap.argmax())]
                one.looks += one.seen < time
                one.seen, one.missed_s = time, 0.0
                one.box += FOLLOWS * (box - one.box)
            else:
                kept.append(_Vehicle(box.copy(), time, time))
        kept = [one for one in kept if not self._floor.is_bare(difference, one.box.tolist())]
        self._vehicles = sorted(kept, key=lambda one: (one.looks >= LOOKS, one.seen))[-MOST:]

    def has(self, thing: Corners, came: datetime) -> bool:
        """Whether something is within a vehicle that stands there and was there first."""
        x1, y1, x2, y2 = thing
        area = (x2 - x1) * (y2 - y1)
        for one in self._vehicles:
            if one.looks < LOOKS or one.came > came:
                continue
            margin = WIDER * (one.box[2:] - one.box[:2])
            (left, top), (right, bottom) = (one.box[:2] - margin).tolist(), (one.box[2:] + margin).tolist()
            common = max(min(x2, right) - max(x1, left), 0.0) * max(min(y2, bottom) - max(y1, top), 0.0)
            if common >= INSIDE * area and (right - left) * (bottom - top) >= LARGER * area:
                return True
        return False
