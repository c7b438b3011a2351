"""Who stands beside a thing: a box of a person that stays in its place, seen again or missed by the detector.

Somebody *stands* when their box is where one was in the sample before, or when nobody is detected there any more and the place still
looks as they did (detectors miss every other look at a person who sits in the shade). Whoever was beside a thing once is kept with their
look until neither is so. Somebody whom the detector never sees is a change of the floor as tall as a person (`measure.lying` says where),
and stands as well as one whom it does.

Nobody is recognised: a look is compared with the same place a sample later, and gone when they are. Bounded: `MOST`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.geometry import box_iou
from pantau.measure.difference import LEAST, Difference, Floats, Mask, alike
from pantau.measure.floor import Floor
from pantau.types import Detections

Boxes = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]

SAME_STAND: Final = 0.4
"""Overlap from which a person's box is where one was in the sample before."""
BESIDE: Final = 0.6
"""Of a person's height: how far away they still stand beside it."""
COVERS: Final = 0.6
LARGER: Final = 2.0
"""So many times as large as a thing is somebody before it, at the least."""
SURE: Final = 0.45
"""Confidence from which a box around a thing is of somebody before it; else of the thing itself, where it is hardly larger."""
STILL_LOOKS: Final = 0.6
LEAST_PX: Final = 150
DIFFERS: Final = 0.3
"""Share of somebody's box that must differ from the floor, for its look to say that they are there."""
MOST: Final = 32


@dataclass(slots=True, eq=False)
class Owner:
    """Somebody near a thing, with how their place looks."""

    box: Box
    sure: float
    look: Floats
    around: Mask
    stands: bool = False


class Owners:
    """Those of one zone."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._owners: list[Owner] = []
        self._people = np.zeros((0, 4))
        self._boxes, self._sure = np.zeros((0, 4)), np.zeros(0)

    def step(
        self, people: Detections, difference: Difference, lies: Mask, things: list[Box], upright: list[Box]
    ) -> None:
        """Who stands where now; all boxes in the picture's pixels.

        `lies` (h, w) is where things are, which look the same without anybody; the boxes of `things` are of those that may have owners,
        `upright` of changes that look like somebody undetected.
        """
        boxes, sure = people.xyxy.astype(np.float64), people.confidence.astype(np.float64)
        again = _overlap(boxes, self._people) >= SAME_STAND
        for n in np.flatnonzero(again).tolist():  # a post that is called somebody all day is floor
            again[n] = not self._floor.is_bare(difference, boxes[n].tolist())
        self._people = boxes
        missed = [
            one
            for one in self._owners
            if _overlap(np.array([one.box]), boxes)[0] < SAME_STAND and self._as_ever(one, difference)
        ]
        for one in missed:
            one.stands = True
        near = [n for n in range(len(boxes)) if any(_beside(boxes[n : n + 1], thing)[0] for thing in things)]
        seen = [self._owner(boxes[n], float(sure[n]), difference, lies) for n in near]
        self._owners = [*missed, *(one for one in seen if one is not None)][:MOST]
        still = [(one.box, one.sure) for one in missed] + [(box, 1.0) for box in upright]
        more = np.array([box for box, _ in still], np.float64).reshape(-1, 4)
        self._boxes = np.concatenate([boxes[again], more])
        self._sure = np.concatenate([sure[again], [told for _, told in still]])

    def beside(self, thing: Box) -> bool:
        """Whether somebody who stays in their place stands beside a thing."""
        x1, y1, x2, y2 = thing
        box = self._boxes
        across = np.minimum(box[:, 2], x2) - np.maximum(box[:, 0], x1)
        down = np.minimum(box[:, 3], y2) - np.maximum(box[:, 1], y1)
        covers = np.maximum(across, 0) * np.maximum(down, 0) > COVERS * (x2 - x1) * (y2 - y1)
        small = np.prod(box[:, 2:] - box[:, :2], axis=1) < LARGER * (x2 - x1) * (y2 - y1)
        # A doubtful box around it, and hardly larger, is of the thing itself.
        own = covers & small & (self._sure < SURE)
        return bool((_beside(box, thing) & ~own).any())

    def _owner(self, box: Boxes, sure: float, difference: Difference, lies: Mask) -> Owner | None:
        x1, y1, x2, y2 = box.tolist()
        part = self._floor.part((x1, y1, x2, y2))
        around = ~lies[part]
        if int(around.sum()) < LEAST_PX:
            return None
        look = self._floor.behind(difference, part)
        if float((np.abs(look[around]) > LEAST).any(axis=1).mean()) < DIFFERS:
            return None  # nobody is to be seen there: it would look like that without anybody
        return Owner((x1, y1, x2, y2), sure, look, around)

    def _as_ever(self, one: Owner, difference: Difference) -> bool:
        now = self._floor.behind(difference, self._floor.part(one.box))
        return alike(one.look, now, one.around) >= STILL_LOOKS


def _beside(boxes: Boxes, thing: Box) -> npt.NDArray[np.bool_]:
    x1, _, x2, y2 = thing
    across = np.maximum(np.maximum(boxes[:, 0] - x2, x1 - boxes[:, 2]), 0)
    down = np.abs(boxes[:, 3] - y2)
    return np.asarray(np.hypot(across, down) <= BESIDE * (boxes[:, 3] - boxes[:, 1]), np.bool_)


def _overlap(boxes: Boxes, others: Boxes) -> npt.NDArray[np.float64]:
    """(N,) the best overlap of each box with any other."""
    if not len(boxes) or not len(others):
        return np.zeros(len(boxes))
    return np.asarray(box_iou(boxes, others).max(axis=1), np.float64)
