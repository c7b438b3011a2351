"""Litter: what lies in a watched zone, since when, how many things, how much ground, and when that is too much.

Zones of kind *litter*, and *bin* (a bin's surroundings), are looked at once in `CADENCE_S`. What lies there (`measure.lying` over
`measure.floor`) counts when it has lain for the zone's `limit_s` with nobody beside it. A zone is *littered* from the first
thing that lies in it: one event of kind ``litter``, written when it begins (stage *within*), again under the same id when what
has lain too long reaches the zone's limit (one thing, or its own `limit_items`, `limit_m2`, `limit_share`; the first that is reached) as *over*, and
once more when it ends: when nothing lies there, or an *over* one is below its limits again. Alarms are made from these.

A sample of which nothing can be said (the camera moved, fog) is not observed; the part of a zone that somebody covers lowers
its coverage. A gap in the pictures ends nothing: what lies there is looked for when they come back.

Square metres are those of the pixels' place on the ground: of a thing that stands up they are too many. docs/methods/litter.md
explains it and says how well it works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final, Literal

import numpy as np

from pantau.findings import Findings, LitterView
from pantau.ground import plane_of
from pantau.measure.difference import Difference
from pantau.measure.find import Find
from pantau.measure.floor import Floor
from pantau.measure.hours import Hours
from pantau.measure.lying import LyingWatch
from pantau.measure.stature import Stature
from pantau.places import NO_DIRECTION, Camera, Ground, Zone
from pantau.ports import Needs
from pantau.types import UNWATCHED, Detections, Event, Key, Observation, Unseen, View

FAMILY: Final = "litter"
CADENCE_S: Final = 30.0
"""Seconds between samples, unless the camera gives fewer."""
LIMIT_S: Final = 900.0
"""How long a thing may lie in a zone that does not say it."""
SURE_BOX: Final = 0.25
DOUBTFUL: Final = 0.45
SHORT: Final = 0.7
"""Of a person's height: a box that is less high and less wide may be of litter."""
WIDER: Final = 0.1
"""Boxes are widened by so much of their size on each side: feet, shadows, what the detector cut off."""

Stage = Literal["within", "over"]


@dataclass(slots=True)
class Littering:
    """The time from the first thing in a zone to none; or to when nobody knows any more."""

    start: datetime
    seen: datetime
    stage: Stage = "within"
    items: int = 0
    m2: float | None = None
    share: float = 0.0
    unwatched: bool = False


class LitterZone:
    """One zone."""

    def __init__(self, camera: Camera, zone: Zone) -> None:
        self.zone, self.limit_s = zone, zone.limit_s or LIMIT_S
        self._ground = camera.ground
        self._hours = Hours(camera, zone)
        self._watch: LyingWatch | None = None
        self._size = (0, 0)
        self._old: set[int] = set()
        self._ended: datetime | None = None
        self.littering: Littering | None = None
        self.views: tuple[LitterView, ...] = ()

    def step(self, view: View, around: Detections, stature: Stature) -> tuple[list[tuple[Littering, bool]], int, float]:
        """Litterings that changed (and whether they ended), things that have newly lain too long, share that is hidden.

        A hidden share of 1 says that the picture says nothing.
        """
        if self._watch is None or view.frame.size != self._size:
            self._size = view.frame.size
            self._watch = LyingWatch(Floor(self.zone.polygon, self._size), stature)
            self._old.clear()
        floor = self._watch.floor
        may_be = _may_be_things(around, stature)
        difference = floor.look(view.frame.image, _widened(around[~may_be]), _widened(around[may_be]))
        if not self._watch.step(view.time, difference, around):
            return self._lost(view.time), 0, 1.0
        lying = self._watch.lying
        self.views = tuple(self._view(find, floor) for find in lying)
        over = {find.number for find in lying if find.lain_s >= self.limit_s}
        fresh = len(over - self._old)
        self._old = over
        held = self._hours.hold(view.time)
        return self._changed(view.time, held=held), fresh, _hidden(floor, difference)

    def _lost(self, time: datetime) -> list[tuple[Littering, bool]]:
        """After fog, or a camera that turned, all was forgotten: nobody knows whether it still lies there."""
        one = self.littering
        if self._watch is None or self._watch.finds or one is None:
            return []
        self.littering, self.views, self._ended = None, (), time
        one.unwatched = True
        return [(one, True)]

    def _changed(self, time: datetime, *, held: bool) -> list[tuple[Littering, bool]]:
        changed: list[tuple[Littering, bool]] = []
        one = self.littering
        over = [view for view in self.views if view.stage == "over"]
        too_much = held and self._too_much(over)
        if one and (not self.views or (one.stage == "over" and not too_much)):
            changed.append((one, True))
            self.littering, self._ended = None, time
            one = None
        if not self.views:
            return changed
        if one is None:
            since = min(view.since for view in self.views)
            self.littering = one = Littering(max(since, self._ended or since), time)  # no two begin alike
            changed.append((one, False))
        known = [view.m2 for view in self.views]
        one.seen, one.items = time, len(self.views)
        one.m2 = sum(m2 for m2 in known if m2 is not None) if None not in known else None
        one.share = sum(view.share for view in self.views)
        if too_much and one.stage == "within":
            one.stage = "over"
            changed.append((one, False))
        return changed

    def _too_much(self, over: list[LitterView]) -> bool:
        zone = self.zone
        said = zone.limit_items or zone.limit_m2 or zone.limit_share
        items = zone.limit_items if said else 1
        m2 = sum(view.m2 or 0.0 for view in over)
        share = sum(view.share for view in over)
        return (
            bool(items and len(over) >= items)
            or bool(zone.limit_m2 and m2 >= zone.limit_m2)
            or bool(zone.limit_share and share >= zone.limit_share)
        )

    def _view(self, find: Find, floor: Floor) -> LitterView:
        left, top, _, _ = floor.window
        x1, y1, x2, y2 = find.box
        width, height = self._size
        box = (
            round((left + x1 / floor.scale) / width, 4),
            round((top + y1 / floor.scale) / height, 4),
            round((left + x2 / floor.scale) / width, 4),
            round((top + y2 / floor.scale) / height, 4),
        )
        stage: Stage = "over" if find.lain_s >= self.limit_s else "within"
        covered = (find.mask & floor.zone).sum() / floor.area
        m2 = _square_metres(self._ground, find, floor, self._size) if self._ground else None
        return LitterView(self.zone.id, box, find.start, stage, find.lain_s, m2, round(float(covered), 5))


class LitterAnalyser:
    """Litter of one camera; implements `pantau.ports.Analyser`."""

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        self._camera, self._cadence_s = camera, max(cadence_s, CADENCE_S)
        self._zones = [LitterZone(camera, zone) for zone in camera.zones if zone.kind in {"litter", "bin"}]
        self._stature = Stature()

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return FAMILY

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        limits = ", ".join(f"{one.zone.id} {one.limit_s:g} s" for one in self._zones)
        return f"litter/4 ({limits})"

    @property
    def needs(self) -> Needs:
        """The picture and its boxes, seldom."""
        return Needs(self._cadence_s, frozenset({"image", "detections"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Each zone."""
        return tuple(Key(FAMILY, one.zone.id, one.zone.revision, NO_DIRECTION) for one in self._zones)

    def step(self, view: View) -> Findings:
        """What lies where now; litterings that began, went over their limit or ended."""
        around = view.detections[view.detections.confidence >= SURE_BOX]
        self._stature.step(view.detections)
        observations: list[Observation] = []
        events: list[Event] = []
        unseen: list[Unseen] = []
        for one in self._zones:
            changed, fresh, hidden = one.step(view, around, self._stature)
            events += [self._event(one, littering, ended=ended) for littering, ended in changed]
            if hidden:
                unseen.append(Unseen(FAMILY, one.zone.id, view.time, round(hidden, 4)))
            if hidden < 1:
                observations += self._said(one, view.time, fresh)
        litter = tuple(view for one in self._zones for view in one.views)
        usable = not self._zones or any(o.duration_s for o in observations)
        return Findings(tuple(observations), tuple(events), tuple(unseen), usable=usable, litter=litter)

    def close(self, time: datetime) -> Findings:
        """Nothing ends because the pictures do: what lies there is looked for when they come back."""
        del time
        return Findings()

    def _said(self, one: LitterZone, time: datetime, fresh: int) -> list[Observation]:
        def said(name: str, value: float, duration_s: float) -> Observation:
            return Observation(one.zone.id, f"{FAMILY}.{name}", NO_DIRECTION, time, duration_s, value)

        found = [
            said("items", float(len(one.views)), self._cadence_s),
            said("share", 100 * sum(view.share for view in one.views), self._cadence_s),
        ]
        known = [view.m2 for view in one.views]
        if self._camera.ground and None not in known:
            found.append(said("area", sum(m2 for m2 in known if m2 is not None), self._cadence_s))
        return [*found, said("abandoned", float(fresh), 0.0)] if fresh else found

    def _event(self, one: LitterZone, littering: Littering, *, ended: bool) -> Event:
        name = f"litter|{one.zone.id}|{littering.start.isoformat(timespec='milliseconds')}"
        attributes: dict[str, str | int | float] = {
            "stage": littering.stage,
            "zone_kind": one.zone.kind,
            "limit_s": one.limit_s,
            "dwell_s": round((littering.seen - littering.start).total_seconds(), 1),
            "items": littering.items,
            "share": round(littering.share, 5),
        }
        if littering.unwatched:
            attributes["ended"] = UNWATCHED
        if littering.m2 is not None:
            attributes["m2"] = round(littering.m2, 2)
        id_ = blake2b(name.encode(), digest_size=12).hexdigest()
        return Event(id_, "litter", one.zone.id, littering.start, littering.seen if ended else None, attributes)


def _may_be_things(around: Detections, stature: Stature) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(N,) which boxes may be of litter that the detector calls somebody or a vehicle: doubtful ones, and those too small for a person."""
    x1, y1, x2, y2 = around.xyxy.astype(np.float64).T
    tall = np.array([stature.at(foot) for foot in y2.tolist()], np.float64)
    short = (y2 - y1 < SHORT * tall) & (x2 - x1 < SHORT * tall)
    return np.asarray(short | (around.confidence < DOUBTFUL), np.bool_)


def _widened(around: Detections) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    boxes = around.xyxy.astype(np.float64)
    margin = WIDER * (boxes[:, 2:] - boxes[:, :2])
    return np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)


def _hidden(floor: Floor, difference: Difference) -> float:
    """Share of the zone that somebody covers."""
    return float((floor.zone & ~difference.seen).sum() / floor.area)


def _square_metres(ground: Ground, find: Find, floor: Floor, size: tuple[int, int]) -> float | None:
    """Of its pixels on the ground; nothing where the calibration can't say metres."""
    rows, columns = np.nonzero(find.mask)
    pixels = np.stack([columns / floor.scale + floor.window[0], rows / floor.scale + floor.window[1]], axis=1)
    factor = np.divide(ground.size, size)
    plane = plane_of(ground)
    middle = pixels.mean(axis=0, keepdims=True) * factor
    if not plane.spread_m(middle)[0] <= ground.limit_m:
        return None
    scale = np.abs(np.linalg.det(plane.scale(pixels * factor)))
    return float(scale.sum() * factor.prod() / floor.scale**2)
