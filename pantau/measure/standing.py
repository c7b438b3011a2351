"""Vehicles that stand still somewhere in a zone, each one stay, however often it is hidden or missed.

A box that stays where it is for `SETTLE_S` (and at least two samples) becomes a `Stand`: anchored to its place, with its own
patch as reference. From then on nobody tracks it. At every sample the anchored place is looked at:

    gone      it looks like the bare ground again (`measure.bare`), where that was known before it came
    seen      a box lies on it that does not look like another vehicle, or at least half of its structured blocks still look like it (`patch.part_likeness`)
    hidden    other boxes cover most of it: it is still there, for up to `HIDDEN_S`
    missing   gone, or neither: when that adds up to `GONE_S` over two samples or more, it left at the moment it was last seen

So a detector's flicker, an id that changes, a bus or twenty people before it are one and the same stay. Someone not
detected who covers all of it for longer than `GONE_S` ends it by mistake; a vehicle that then appears at the same place with
the same patch within `AGAIN_S` takes the old stay up again.

It works from detections alone, at 5 samples a second or one in 60 s. Bounded: at most `MOST` stands a zone.
Rejected: the tracker's ids (they break at every occlusion), a background model of the zone (what stands for an hour
becomes background).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.geometry import box_area, box_iou, points_in_polygon
from pantau.measure.bare import BareGround
from pantau.measure.patch import Cut, Patch, likeness, most_likeness, part_likeness, telling
from pantau.places import Zone
from pantau.types import CLASSES, Detections

Array = npt.NDArray[np.float64]
Grey = npt.NDArray[np.uint8]

SETTLE_S: Final = 4.0
"""A vehicle that stayed on its place for so long stands."""
SAME_PLACE: Final = 0.6
"""Intersection over union from which two boxes are one place: about a tenth of a vehicle either way."""
ON_IT: Final = 0.45
"""Likewise, from which a box is the standing vehicle's own."""
ALIKE: Final = 0.6
LEARNT: Final = 0.7
"""Likeness from which its present look is kept as another light; a standing vehicle's is above 0.9, another's below 0.5."""
NEW_LIGHT: Final = 0.85
BARE: Final = 0.4
CLEARER: Final = 0.1
"""Nothing stands there when it looks so much like the ground before, and by so much more like that than like the vehicle."""
STRANGE: Final = 0.45
"""Likeness below which what lies on its place is another vehicle."""
VISIBLE: Final = 0.35
"""Share of its patch that no other box may cover for its pixels to be heard; below that it is hidden."""
GONE_S: Final = 10.0
HIDDEN_S: Final = 1800.0
AGAIN_S: Final = 300.0
MOST: Final = 64
LIGHTS: Final = 4
FADE_S: Final = 3.0
"""A box that was unseen for so long before it stood is forgotten."""


@dataclass(slots=True, eq=False)
class Stand:
    """One standing vehicle.

    Args:
        number: its own, within its zone's watch.
        box: (4,) where it is anchored, pixels.
        start: first seen at this place.
        seen: last seen there.
        before: the bare ground at this place, where it was known when the vehicle came.
    """

    number: int
    box: Array
    start: datetime
    seen: datetime
    votes: dict[str, float] = field(default_factory=dict)
    looks: deque[Patch] = field(default_factory=lambda: deque(maxlen=LIGHTS))
    samples: int = 1
    looked: datetime | None = None
    missing_s: float = 0.0
    misses: int = 0
    cut: Cut | None = None
    before: Patch | None = None

    @property
    def class_name(self) -> str:
        """What the detector called it most, by confidence."""
        return max(sorted(self.votes), key=lambda name: self.votes[name], default="car")

    @property
    def foot(self) -> Array:
        """(2,) ground point, pixels."""
        return np.array([(self.box[0] + self.box[2]) / 2, self.box[3]])

    @property
    def size(self) -> float:
        """Square root of the box's area, pixels."""
        return float(np.sqrt(box_area(self.box[None])[0]))

    def vote(self, class_id: int, confidence: float) -> None:
        """One more sighting by the detector."""
        name = CLASSES[class_id]
        self.votes[name] = self.votes.get(name, 0.0) + confidence

    def note(self, time: datetime, *, sure: bool, maybe: bool, hidden: bool) -> None:
        """What one sample says: it is there for sure, perhaps, can't be seen, or is missing.

        Time missing adds up until it is seen for sure: a passer-by who half resembles it does not bring it back.
        """
        elapsed_s = (time - self.looked).total_seconds() if self.looked else 0.0
        self.looked = time
        if sure or (maybe and not self.misses):
            self.seen, self.missing_s, self.misses = time, 0.0, 0
        elif not maybe and not hidden:
            self.missing_s += elapsed_s if self.misses else 0.0
            self.misses += 1

    def compare(self, patch: Patch | None) -> tuple[float, float]:
        """Likeness of its place now to itself, and to the bare ground; -1 where that is not known."""
        if patch is None:
            return -1.0, -1.0
        against = (self.before,) if self.before else ()
        alike = [part_likeness(one, patch, telling(one, against) if against else None) for one in self.looks]
        return max(alike, default=-1.0), most_likeness(self.before, patch) if self.before else -1.0

    def look(self, grey: Grey, hidden: Array | None = None) -> Patch | None:
        """The patch of its place now, without what the boxes `hidden` cover."""
        return self.cut.take(grey, hidden) if self.cut else None


class StandingWatch:
    """Who stands in one zone. Give it the boxes of the classes that matter, of every place, each vehicle once."""

    def __init__(self, zone: Zone, cadence_s: float) -> None:
        self.zone = zone
        self.stands: list[Stand] = []
        self._fresh: list[Stand] = []
        self._gone: deque[Stand] = deque(maxlen=8)
        self._fade_s = max(FADE_S, 2.5 * cadence_s)
        self._size: tuple[int, int] = (0, 0)
        self._count = 0
        self._ground = BareGround()

    def step(self, time: datetime, grey: Grey, boxes: Detections, around: Array) -> list[Stand]:
        """Stands that ended by this sample; `boxes` are vehicles, `around` (N, 4) everything that may hide one."""
        size = (grey.shape[1], grey.shape[0])
        ended = self.close() if size != self._size else []
        self._size = size
        xyxy = boxes.xyxy.astype(np.float64)
        free = self._keep(time, grey, boxes, around)
        for stand in [s for s in self.stands if self._over(s, time)]:
            self.stands.remove(stand)
            self._gone.append(stand)
            ended.append(stand)
        self._settle(time, grey, boxes, xyxy, free)
        standing = [stand.box for stand in (*self.stands, *self._fresh)]
        self._ground.step(time, grey, np.concatenate([around, np.reshape(standing, (-1, 4))]))
        return ended

    def close(self) -> list[Stand]:
        """End every stand: the picture has changed under them."""
        ended, self.stands, self._fresh = self.stands, [], []
        return ended

    def _keep(self, time: datetime, grey: Grey, boxes: Detections, around: Array) -> list[int]:
        """Look at every stand; rows of the boxes that are on none of them."""
        xyxy = boxes.xyxy.astype(np.float64)
        free = list(range(len(xyxy)))
        for stand in self.stands:
            overlap = box_iou(stand.box[None], xyxy)[0] if len(xyxy) else np.zeros(0)
            on_it = [row for row in free if overlap[row] >= ON_IT]
            before = _before(stand.box, around)
            patch = stand.look(grey, before)
            covered = len(before) > 0 if patch is None else patch.seen_of(stand.cut) < VISIBLE
            alike, bare = stand.compare(patch)
            gone = bare >= BARE and bare > alike + CLEARER
            other = patch is not None and bool(stand.looks) and alike < STRANGE and not covered
            own = bool(on_it) and not other and not gone
            if own:
                row = max(on_it, key=lambda r: (overlap[r], *xyxy[r].tolist()))
                free.remove(row)
                stand.vote(int(boxes.class_id[row]), float(boxes.confidence[row]))
                if patch and LEARNT <= alike < NEW_LIGHT and not len(before):
                    stand.looks.append(patch)
            sure = not gone and (alike >= ALIKE or (own and patch is None))
            stand.note(time, sure=sure, maybe=own, hidden=covered and not gone)
        return free

    @staticmethod
    def _over(stand: Stand, time: datetime) -> bool:
        if stand.misses >= 2 and stand.missing_s >= GONE_S:
            return True
        return (time - stand.seen).total_seconds() > HIDDEN_S

    def _settle(self, time: datetime, grey: Grey, boxes: Detections, xyxy: Array, free: list[int]) -> None:
        ground = boxes.ground.astype(np.float64)
        within = (
            points_in_polygon(ground, np.multiply(self.zone.polygon, self._size))
            if len(xyxy)
            else np.zeros(0, np.bool_)
        )
        for row in sorted((r for r in free if within[r]), key=lambda r: xyxy[r].tolist()):
            self._wait(time, grey, xyxy[row], int(boxes.class_id[row]), float(boxes.confidence[row]))
        self._fresh = [f for f in self._fresh if (time - f.seen).total_seconds() <= self._fade_s]
        for fresh in list(self._fresh):
            if (
                fresh.samples >= 2
                and (fresh.seen - fresh.start).total_seconds() >= SETTLE_S
                and len(self.stands) < MOST
            ):
                self._fresh.remove(fresh)
                self.stands.append(self._again(fresh, grey) or fresh)

    def _wait(self, time: datetime, grey: Grey, box: Array, class_id: int, confidence: float) -> None:
        """One sighting of something that does not stand yet; it begins anew when it has moved or is another."""
        cut = _cut(box, self._size)
        patch = cut.take(grey) if cut else None
        near = [f for f in self._fresh if f.seen != time and box_iou(f.box[None], box[None])[0, 0] >= SAME_PLACE]
        fresh = max(near, key=lambda f: (box_iou(f.box[None], box[None])[0, 0], f.start), default=None)
        if fresh is not None:
            now = fresh.look(grey)
            if now is None or not fresh.looks or likeness(fresh.looks[0], now) >= ALIKE:
                fresh.seen, fresh.samples = time, fresh.samples + 1
                fresh.vote(class_id, confidence)
                return
            self._fresh.remove(fresh)
        if len(self._fresh) < MOST:
            self._count += 1
            new = Stand(self._count, box, time, time, cut=cut, before=self._ground.look(cut) if cut else None)
            new.vote(class_id, confidence)
            if patch:
                new.looks.append(patch)
            self._fresh.append(new)

    def _again(self, fresh: Stand, grey: Grey) -> Stand | None:
        """The stand that ended by mistake, when the same vehicle is back at the same place."""
        for old in self._gone:
            near = box_iou(old.box[None], fresh.box[None])[0, 0] >= SAME_PLACE
            soon = (fresh.start - old.seen).total_seconds() <= AGAIN_S
            now = old.look(grey) if near and soon else None
            if now and any(part_likeness(one, now) >= ALIKE for one in old.looks):
                self._gone.remove(old)
                old.seen, old.missing_s, old.misses = fresh.seen, 0.0, 0
                return old
        return None


def _before(box: Array, others: Array) -> Array:
    """Boxes that may hide it: those that touch it and are neither on its place nor behind it."""
    if not len(others):
        return others
    touching = (others[:, 0] < box[2]) & (others[:, 2] > box[0]) & (others[:, 1] < box[3]) & (others[:, 3] > box[1])
    nearer = others[:, 3] > box[3] - 0.25 * (box[3] - box[1])
    return np.asarray(others[touching & nearer & (box_iou(box[None], others)[0] < ON_IT)])


def _cut(box: Array, size: tuple[int, int]) -> Cut | None:
    """The patch of a box, a little inside its edges, where the street begins."""
    (left, top), (right, bottom) = box[:2], box[2:]
    inset_x, inset_y = 0.06 * (right - left), 0.06 * (bottom - top)
    corners = [
        (left + inset_x, top + inset_y),
        (right - inset_x, top + inset_y),
        (right - inset_x, bottom - inset_y),
        (left + inset_x, bottom - inset_y),
    ]
    return Cut.of(tuple((float(x / size[0]), float(y / size[1])) for x, y in corners), size)
