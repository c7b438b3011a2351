"""What lies in one zone: found when it appears, anchored to its place, and judged by what it does then.

A connected change of the floor (`measure.floor`) that nobody stands before is a `Find` from its first picture on, and the floor
below it is learned no more. Its clock begins when its place was last seen bare, at most `BACKDATED_S` before: it came while somebody
hid it. At every sample its place is looked at again:

    seen      most of it is still changed, and looks as it did: the difference log(thing ÷ floor) correlates with that at its
              birth, whatever the light has become
    hidden    boxes of people or vehicles cover it, and it does not look as ever: else the box is of the thing itself
    owned     it goes on into a change as tall as a person, twice: somebody undetected stands there, and its clock with them
    missing   the floor shows again, or something else: after `MISSES` such samples it went when it was last seen

A find that was seen in `SETTLED` samples is litter unless it explains itself otherwise:

    left      its rim is steeper on the learned floor than in the picture, or the print of an earlier floor shows: something was taken away
    large     larger than `LARGE` of the zone and `LARGE_PX`, than half a person is tall or most of one wide (people who walked there say how
              tall one is at that row), or than `LARGE_M` where the camera knows metres: a vehicle, a bicycle, a shop's front
    part      it is that large together with what came when it came, and close by, or with all that covers the floor's print around it
              (`measure.shown`): a wheel, a headlight, a piece of a front
    vehicle   the detector called it one, more than once, where no people say how large things are
    grows     it became `GROWN` times as large before its time was up: a puddle; litter is whole when it is dropped
    shade     it is evenly darker than the floor, with the floor's own grain and colour: its clock stands still
    own       what differs is the floor's own print, fainter or stronger in another light: it is no find at all
    moves     how well the floor's print agrees below it is another thing at every look: leaves
    outside   most of the change lies beyond the zone, or it goes on beyond what is looked at: it is no find at all

What explains itself is floor from then on, or (large, part) is watched until it goes, for `EXPLAINED_S` at most. While somebody
stands beside a find (`measure.owners`), or a parked vehicle around it (`measure.stood`), its clock stands still. Who passes does not stop it.

Limits: litter that comes while the zone's other half is hidden, or in a heap that grows, looks like a puddle or something
large; a sign that a shop puts out for the day is small, sudden, and stays: it is litter until somebody masks it. Bounded:
`MOST` finds a zone. Rejected: tracking who dropped it (identity, and needs 5 pictures a second).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import cv2
import numpy as np

from pantau.geometry import box_iou
from pantau.measure.difference import Difference, Floats, Mask, alike, is_shade, outline
from pantau.measure.find import Find, Sample
from pantau.measure.floor import Boxes, Floor
from pantau.measure.owners import SAME_STAND, Owners
from pantau.measure.regions import Box, cut_off, regions_of
from pantau.measure.shown import SEEN, Earlier, shown
from pantau.measure.stature import Stature
from pantau.measure.stood import Stood
from pantau.types import CLASSES, Detections

LEAST_PX: Final = 120
"""Pixels of a change from which it may be a thing."""
LEAST_OWN: Final = 80
"""Of those, what is the thing's own."""
MISSES: Final = 3
SETTLED: Final = 3
RESTLESS, RESTLESS_LOOKS = 0.1, 5
"""Change of that agreement from look to look (median of so many) beyond which leaves move there: of a thing that lies it stays what it was."""
STILL_THERE: Final = 0.35
ALIKE: Final = 0.4
UNCHANGED: Final = 0.75
"""The same, from which a box that should hide a thing is the thing itself: detectors call litter a person."""
COVERED: Final = 0.4
LARGE, LARGE_PX = 0.06, 60.0**2
"""Share of the zone, and pixels of the picture, beyond both of which it is no litter: a bin's surroundings are hardly larger than a bag."""
TALL, BOTH = 0.9, (0.45, 0.8)
"""Of a person's height: how tall litter may be, and how tall and wide at once."""
LARGE_M: Final = 1.5
GROWN: Final = 1.4
SURE: Final = 0.45
"""Confidence with which a box calls a thing a vehicle."""
INSIDE: Final = 0.6
STEEPER: Final = 1.15
BARE_RIM: Final = 1.4
BACKDATED_S: Final = 300.0
"""So much of the time since its place was last seen bare counts: it came while somebody hid it, or half in the shade."""
UPRIGHT, HIGHEST = 0.6, 1.4
"""Of a person's height: what may be somebody whom the detector does not see."""
CLOSE: Final = 0.12
CLOSE_LEAST_PX: Final = 6
SHADED_PX: Final = 60
JUMP: Final = 0.6
"""Share of all growth in one sample, from which more of it came into sight and it does not grow."""
UPSET_S: Final = 120.0
"""After so much fog, or whatever hides the zone, all is learned anew."""
EXPLAINED_S: Final = 4 * 3600.0
MOST: Final = 64


class LyingWatch:
    """What lies on one floor."""

    def __init__(self, floor: Floor, stature: Stature) -> None:
        self.floor, self.finds = floor, list[Find]()
        self._stature = stature
        self._count = 0
        self._upset = 0
        self._upset_since: datetime | None = None
        self._last: datetime | None = None
        self._elapsed_s = 0.0
        self._owners, self._earlier, self._stood = Owners(floor), Earlier(), Stood(floor)
        self._since: Floats = np.zeros(floor.shape, np.float32)

    @property
    def lying(self) -> list[Find]:
        """Litter."""
        return [find for find in self.finds if find.state == "lies"]

    def step(self, time: datetime, difference: Difference, around: Detections) -> bool:
        """Look at every find and for new ones; false where the picture says nothing."""
        if self.floor.upset(difference):
            self._upset += 1
            self._upset_since = self._upset_since or time
            if self._upset >= MISSES and (time - self._upset_since).total_seconds() >= UPSET_S:
                self.floor.forget()
                self._earlier = Earlier()
                self.finds.clear()
                self._since[:] = 0
            self._last = None
            return False
        self._upset, self._upset_since = 0, None
        elapsed_s = (time - self._last).total_seconds() if self._last else 0.0
        self._last = time
        self._elapsed_s = elapsed_s
        self._seen_bare(difference)
        self._stood.step(time, self._vehicles(around), difference)
        upright = [
            f for f in self.finds if f.why == "large" and f.samples > 1 and not f.misses and self._upright(f.box)
        ]
        things = [self._in_picture(find) for find in self.finds if find.state != "other"]
        people = around[around.class_id == CLASSES.index("person")]
        self._owners.step(people, difference, self._lies(), things, [self._in_picture(one) for one in upright])
        sample = Sample(time, difference, regions_of(difference), shown(self.floor, difference), around)
        for find in list(self.finds):
            self._look(find, sample)
            self._judge(find, sample)
        self._find(sample)
        self.floor.learn(difference, self._lies())
        self._earlier.step(time, self.floor)
        return True

    def _lies(self, finds: Sequence[Find] | None = None) -> Mask:
        """Where they lie (all of them), and a little around."""
        lies = np.zeros(self.floor.shape, np.uint8)
        for find in self.finds if finds is None else finds:
            lies[find.part] |= find.mask[find.part]
        return cv2.dilate(lies, np.ones((7, 7), np.uint8)).astype(np.bool_)

    def _look(self, find: Find, sample: Sample) -> None:
        part, time, difference, regions = find.part, sample.time, sample.difference, sample.regions
        mask, seen = find.mask[part], difference.seen[part]
        visible = mask & seen
        if not self._attended(find):
            find.waiting_s += self._elapsed_s
        if visible.sum() < (1 - COVERED) * mask.sum():
            if alike(find.look, self.floor.behind(difference, part), mask) >= UNCHANGED:
                self._lasts(find, time)
            return
        share = float((regions.labels[part][visible] > 0).mean())
        if share >= STILL_THERE and alike(find.look, difference.trace[part], mask & seen) >= ALIKE:
            own = regions.under(mask, part)
            x1, y1, x2, y2 = regions.boxes[own].tolist() if own else find.box
            owned = find.state != "other" and int(regions.sizes[own]) > GROWN * find.first_px
            owned = owned and self._upright((x1, y1, x2, y2))
            again = (
                owned
                and box_iou(np.array([find.owner], np.float64), np.array([[x1, y1, x2, y2]], np.float64)).max()
                >= SAME_STAND
            )
            find.owner = (x1, y1, x2, y2) if owned else (0, 0, 0, 0)
            if owned:  # somebody who goes by undetected does not stop it; somebody who is there again does
                find.seen, find.misses, find.samples = time, 0, find.samples + 1
                find.waiting_s *= not again
                return
            self._lasts(find, time, counts=not is_shade(difference, find.mask))
            agreed = sample.shown.under(find.mask) if sample.shown else None
            if agreed is not None and bool(seen[mask].all()):
                find.agreed.append(agreed)
            if bool(seen.all()):
                find.sizes.append(int(regions.sizes[own]) if own else int(mask.sum()))
        else:
            find.misses += 1
        if find.misses >= MISSES:
            self._gone(find, difference)

    def _attended(self, find: Find) -> bool:
        """Whether somebody stands beside it, or it shows within a vehicle that was there when it came."""
        box = self._in_picture(find)
        return self._owners.beside(box) or self._stood.has(box, find.found)

    @staticmethod
    def _lasts(find: Find, time: datetime, *, counts: bool = True) -> None:
        find.lain_s += find.waiting_s if counts else 0.0
        find.waiting_s = 0.0
        find.seen, find.misses, find.samples = time, 0, find.samples + 1

    def _gone(self, find: Find, difference: Difference) -> None:
        """Nothing lies there; the light may have changed while something did, so the floor is learned anew."""
        now, before = self.floor.rims(difference, find.mask)
        if now < BARE_RIM * before:
            self._release(find, difference)
        else:
            self.finds.remove(find)

    def _judge(self, find: Find, sample: Sample) -> None:
        """Whether it explains itself."""
        if find not in self.finds:
            return
        time, difference = sample.time, sample.difference
        if find.state == "other":
            if (time - find.start).total_seconds() > EXPLAINED_S:
                self._release(find, difference)
            return
        if self._moves(find):
            self.finds.remove(find)
            self._since[find.mask] = 0.0
            return
        find.called += self._called(find, sample.around)
        if find.state == "new" and find.misses == 0:
            find.parts += self._together(find, sample)
            if not self._settles(find, difference):
                return
        if self._large(find) or find.called >= 2:
            find.state, find.why = "other", "large" if find.called < 2 else "vehicle"
        elif find.parts >= 2:
            find.state, find.why = "other", "part"
        elif len(find.sizes) >= 3 and float(np.median(find.sizes)) > GROWN * find.first_px:
            self._grow(find, difference)

    def _settles(self, find: Find, difference: Difference) -> bool:
        """Once it was seen often enough it lies, unless it was taken away and what shows is floor."""
        if find.samples < SETTLED:
            return True
        now, before = self.floor.rims(difference, find.mask)
        if before > STEEPER * now or self._earlier.shows(self.floor, difference, find.mask):
            self._release(find, difference)
            return False
        find.state = "lies"
        return True

    def _grow(self, find: Find, difference: Difference) -> None:
        """Once it may have been the light that showed more of it; twice, it grows."""
        sizes = np.array([find.first_px, *find.sizes])
        if np.diff(sizes).max() > JUMP * np.ptp(sizes):
            find.first_px = round(float(np.median(sizes)))
            find.sizes.clear()
            return
        find.grown += 1
        if find.grown >= 2:
            self._release(find, difference)
            return
        find.first_px, find.lain_s = round(float(np.median(find.sizes))), 0.0
        find.sizes.clear()

    def _release(self, find: Find, difference: Difference) -> None:
        """It is floor."""
        self.finds.remove(find)
        wide = cv2.dilate(find.mask.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(np.bool_)
        self.floor.accept(difference, wide)

    def _find(self, sample: Sample) -> None:
        time, difference, regions = sample.time, sample.difference, sample.regions
        taken = self._lies()
        for label in np.flatnonzero(regions.sizes >= LEAST_PX).tolist():
            mask = regions.labels == label
            px = int(mask.sum())
            if (mask & taken).sum() > 0.2 * px or len(self.finds) >= MOST:
                continue
            if (mask & self.floor.zone).sum() < INSIDE * px:
                continue
            reaches = self.floor.reaches_out(mask)
            if reaches and is_shade(difference, mask):
                continue
            mask = mask if reaches else outline(difference, mask)
            if self._is_floor(mask, sample) or mask.sum() < LEAST_OWN or cut_off(mask, difference.seen):
                continue
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
            part = np.s_[box[1] : box[3], box[0] : box[2]]
            self._count += 1
            find = Find(self._count, mask, box, time, time, time, difference.trace[part].copy(), first_px=px)
            hidden_s = float(np.clip(np.median(self._since[mask]) - self._elapsed_s, 0.0, BACKDATED_S))
            find.lain_s = 0.0 if self._attended(find) else hidden_s
            find.start = time - timedelta(seconds=find.lain_s)
            find.sizes.append(px)
            if reaches:
                find.state, find.why = "other", "reaches out"
            self.finds.append(find)

    @staticmethod
    def _moves(find: Find) -> bool:
        """Whether it is not the same at every look: leaves."""
        steps = np.abs(np.diff(find.agreed))
        return len(steps) + 1 >= RESTLESS_LOOKS and float(np.median(steps)) > RESTLESS

    def _is_floor(self, mask: Mask, sample: Sample) -> bool:
        """Whether a change is of the floor itself, in another light."""
        agreed = sample.shown.under(mask) if sample.shown else None
        return self.floor.is_own(sample.difference, mask) if agreed is None else agreed > SEEN

    def _large(self, find: Find) -> bool:
        x1, y1, x2, y2 = self._in_picture(find)
        most = max(LARGE * self.floor.area, LARGE_PX * self.floor.scale**2)
        if max(find.px, int(np.median(find.sizes)) if find.sizes else 0) > most:
            return True
        return self._too_large((x1, y1, x2, y2))

    def _vehicles(self, around: Detections) -> Boxes:
        """Boxes of vehicles, and of nothing that may be litter: too large for it, or sure where no people say how large things are."""
        some = around[around.class_id != CLASSES.index("person")]
        boxes, sure = some.xyxy.astype(np.float64), some.confidence >= SURE
        large = [
            self._too_large((x1, y1, x2, y2)) if self._stature.at(y2) > 0 else ok
            for (x1, y1, x2, y2), ok in zip(boxes.tolist(), sure.tolist(), strict=True)
        ]
        return boxes[np.array(large, np.bool_)]

    def _called(self, find: Find, around: Detections) -> bool:
        sure = (around.class_id != CLASSES.index("person")) & (around.confidence >= SURE)
        vehicles = around.xyxy[sure].astype(np.float64)
        if self._stature.at(self._in_picture(find)[3]) > 0:
            return False  # its size says it better
        return bool(len(vehicles)) and float(box_iou(np.array([self._in_picture(find)]), vehicles).max()) >= 0.3

    def _upright(self, box: Box) -> bool:
        """Whether a region (a box of the window) is as tall as somebody whom the detector does not see, and not wider than that."""
        x1, y1, x2, y2 = self._there(box)
        tall = self._stature.at(y2)
        return tall > 0 and UPRIGHT * tall <= y2 - y1 <= HIGHEST * tall and x2 - x1 <= y2 - y1

    def _together(self, find: Find, sample: Sample) -> bool:
        """Whether it is larger than litter together with what came when it came, and close by: a wheel, a headlight, a piece of a shop's front."""
        regions, difference = sample.regions, sample.difference
        x1, y1, x2, y2 = sample.shown.extent(find.mask, self._lies(self._before(find))) if sample.shown else find.box
        gap = max(CLOSE * self._stature.at(self._in_picture(find)[3]) * self.floor.scale, CLOSE_LEAST_PX)
        there = set(regions.near((x1, y1, x2, y2), gap))
        for other in self._before(find):
            there.discard(regions.under(other.mask[other.part], other.part))
        for label in there:
            if regions.sizes[label] < SHADED_PX or not is_shade(difference, regions.labels == label):
                left, top, right, bottom = regions.boxes[label].tolist()
                x1, y1, x2, y2 = min(x1, left), min(y1, top), max(x2, right), max(y2, bottom)
        return self._too_large(self._there((x1, y1, x2, y2)))

    def _before(self, find: Find) -> list[Find]:
        """What lay there when it came."""
        since = find.start - timedelta(seconds=2 * self._elapsed_s)
        return [one for one in self.finds if one is not find and (one.start < since or one.state == "lies")]

    def _too_large(self, there: tuple[float, float, float, float]) -> bool:
        """Whether a box in the picture is of nothing that is litter; where no people say how large things are, no."""
        x1, y1, x2, y2 = there
        tall, high, wide = self._stature.at(y2), y2 - y1, x2 - x1
        return tall > 0 and (high > TALL * tall or (high > BOTH[0] * tall and wide > BOTH[1] * tall))

    def _seen_bare(self, difference: Difference) -> None:
        """For how long each pixel was not seen to be bare floor: changed, or hidden."""
        self._since += np.float32(self._elapsed_s)
        self._since[difference.seen & self.floor.known & ~difference.touched] = 0.0

    def _in_picture(self, find: Find) -> tuple[float, float, float, float]:
        return self._there(find.box)

    def _there(self, box: Box) -> tuple[float, float, float, float]:
        left, top, scale = *self.floor.window[:2], self.floor.scale
        x1, y1, x2, y2 = box
        return left + x1 / scale, top + y1 / scale, left + x2 / scale, top + y2 / scale
