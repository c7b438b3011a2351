"""Parking: which slots are taken, how many stand in an unmarked zone, who came, who left, how long they stayed.

A zone of kind *parking* with slots is the sum of its slots (`measure.slots`); one without is the number of vehicles that have
stood in it for `PARKED_S` (`measure.standing`), against its capacity. Cars (with buses and lorries) and two-wheelers are
counted apart. One sample in `CADENCE_S` is enough, and stills a minute apart do.

A slot of which nothing sure can be said is counted as *unknown*, and takes its share of the zone's coverage with it; it is
neither free nor taken. Each stay is one event of kind ``parking`` at its zone, written when it begins and again, under the same
id, when it ends: turnover and revenue are made of those. A gap in the pictures ends no stay: what stands is looked for when
they come back. docs/methods/parking.md explains it and says how well it works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.findings import Findings, SlotView
from pantau.geometry import box_iou
from pantau.measure.footprint import Ground, single
from pantau.measure.patch import Cut, grey_of
from pantau.measure.slots import Sight, SlotWatch
from pantau.measure.standing import Stand, StandingWatch
from pantau.places import NO_DIRECTION, Camera, Slot, Zone
from pantau.ports import Needs
from pantau.types import CLASSES, Detections, Event, Key, Observation, Unseen, View

FAMILY: Final = "parking"
CADENCE_S: Final = 10.0
"""Seconds between samples, unless the camera gives fewer."""
PARKED_S: Final = 60.0
"""A vehicle that stood for so long in an unmarked zone parks."""
SURE_BOX: Final = 0.2
RELIT: Final = 0.6
"""Share of the known slots that must look strange at once for the light to have changed."""
FEW: Final = 3
"""Strange slots below which nothing can be said about the light."""
TWO_WHEELERS: Final = frozenset({"motorcycle", "bicycle"})

Array = npt.NDArray[np.float64]
Boxes = tuple[Array, Detections, Array]


@dataclass(frozen=True, slots=True)
class Stay:
    """One vehicle's stay in a zone; `slot` where it has one, `end` when it has left."""

    zone: str
    kind: str
    start: datetime
    end: datetime | None = None
    slot: str = ""
    spot: tuple[int, ...] = ()


class ParkingAnalyser:
    """Parking of one camera; implements `pantau.ports.Analyser`."""

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        self._cadence_s = max(cadence_s, CADENCE_S)
        self._zones = tuple(zone for zone in camera.zones if zone.kind == "parking")
        known = {zone.id for zone in self._zones}
        self._slots = tuple(slot for slot in camera.slots if slot.zone in known)
        self._watches = [SlotWatch() for _ in self._slots]
        marked = {slot.zone for slot in self._slots}
        self._open = [OpenZone(zone, self._cadence_s) for zone in self._zones if zone.id not in marked]
        self._marked = tuple(zone for zone in self._zones if zone.id in marked)
        self._size: tuple[int, int] | None = None
        self._ground = Ground((), (1, 1))
        self._cuts: list[Cut | None] = []

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return FAMILY

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        return f"parking/1 ({len(self._slots)} slots, {len(self._open)} unmarked zones)"

    @property
    def needs(self) -> Needs:
        """The picture and its boxes, seldom."""
        return Needs(self._cadence_s, frozenset({"image", "detections"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Each parking zone."""
        return tuple(Key(FAMILY, zone.id, zone.revision, NO_DIRECTION) for zone in self._zones)

    def step(self, view: View) -> Findings:
        """Who came and left by this sample, and what is taken and free now."""
        if view.frame.size != self._size:
            self._fit(view.frame.size)
        found = view.detections[view.detections.confidence >= SURE_BOX]
        vehicles = found[found.class_id != CLASSES.index("person")]
        boxes = vehicles.xyxy.astype(np.float64)
        rows = single(boxes, vehicles.confidence.astype(np.float64))
        vehicles, boxes = vehicles[rows], boxes[rows]
        everything = found.xyxy.astype(np.float64)
        grey = grey_of(view.frame.image)
        stays = self._look(view.time, grey, (boxes, vehicles, everything))
        stays += [stay for zone in self._open for stay in zone.step(view.time, grey, vehicles, everything)]
        states = tuple(
            SlotView(slot.id, watch.belief.state, round(watch.belief.confidence, 3))
            for slot, watch in zip(self._slots, self._watches, strict=True)
        )
        observations, unseen = self._now(view.time)
        observations += [one for stay in stays for one in _counted(stay)]
        return Findings(tuple(observations), tuple(_event(stay) for stay in stays), tuple(unseen), states)

    def close(self, time: datetime) -> Findings:
        """Nothing ends because the pictures do: what stands is looked for when they come back."""
        del time
        return Findings()

    def _fit(self, size: tuple[int, int]) -> None:
        self._size = size
        self._ground = Ground(tuple(slot.polygon for slot in self._slots), size)
        self._cuts = [Cut.of(slot.polygon, size) for slot in self._slots]

    def _look(self, time: datetime, grey: npt.NDArray[np.uint8], seen: Boxes) -> list[Stay]:
        """Every slot once; who came and who left."""
        boxes, vehicles, everything = seen
        assigned = self._ground.assign(boxes)
        sights: list[Sight | None] = []
        for row, cut in enumerate(self._cuts):
            own = assigned.get(row)
            if cut is None:
                sights.append(None)
                continue
            others = self._hiding(row, everything, boxes[own] if own is not None else None)
            confidence = float(vehicles.confidence[own]) if own is not None else 0.0
            name = CLASSES[int(vehicles.class_id[own])] if own is not None else ""
            sights.append(Sight(time, cut.take(grey, others), self._ground.visible(row, others), confidence, name))
        strange = [
            known
            for watch, sight in zip(self._watches, sights, strict=True)
            if sight is not None and (known := watch.strange(sight)) is not None
        ]
        relit = sum(strange) >= max(FEW, RELIT * len(strange))
        stays = []
        for slot, watch, sight in zip(self._slots, self._watches, sights, strict=True):
            if sight is not None:
                for change in watch.step(sight, relit=relit):
                    kind = kind_of(change.occupant.class_name, slot)
                    stays.append(Stay(slot.zone, kind, change.occupant.start, change.end, slot.id))
        return stays

    def _hiding(self, row: int, everything: Array, own: Array | None) -> Array:
        """Boxes that may hide a slot: not its own vehicle's, and none that stands behind it."""
        if not len(everything):
            return everything
        size = self._size or (1, 1)
        y = [corner[1] * size[1] for corner in self._slots[row].polygon]
        before = everything[:, 3] > min(y) + 0.25 * (max(y) - min(y))
        if own is not None:
            before &= box_iou(own[None], everything)[0] < 0.35
        return everything[before]

    def _now(self, time: datetime) -> tuple[list[Observation], list[Unseen]]:
        """What every zone holds now, and what of it could not be seen."""
        observations: list[Observation] = []
        unseen = []
        for zone in self._marked:
            mine = [(s, w) for s, w in zip(self._slots, self._watches, strict=True) if s.zone == zone.id]
            states = [watch.belief.state for _, watch in mine]
            kinds = [
                kind_of(watch.occupant.class_name if watch.occupant else "", slot)
                for slot, watch in mine
                if watch.belief.state == "occupied"
            ]
            counts = {"free": states.count("free"), "unknown": states.count("unknown"), **_by_kind(kinds)}
            observations += self._said(zone, time, counts)
            if counts["unknown"]:
                unseen.append(Unseen(FAMILY, zone.id, time, counts["unknown"] / len(mine)))
        for watch in self._open:
            counts = _by_kind([kind_of(stand.class_name, None) for stand in watch.parked])
            if watch.zone.capacity:
                counts["free"] = max(watch.zone.capacity - len(watch.parked), 0)
            observations += self._said(watch.zone, time, counts)
        return observations, unseen

    def _said(self, zone: Zone, time: datetime, counts: dict[str, int]) -> list[Observation]:
        return [
            Observation(zone.id, f"{FAMILY}.{name}", NO_DIRECTION, time, self._cadence_s, float(value))
            for name, value in counts.items()
        ]


class OpenZone:
    """One unmarked parking zone."""

    def __init__(self, zone: Zone, cadence_s: float) -> None:
        self.zone = zone
        self._standing = StandingWatch(zone, cadence_s)
        self._entered: dict[int, Stay] = {}

    @property
    def parked(self) -> list[Stand]:
        """Those that have stood long enough."""
        return [stand for stand in self._standing.stands if stand.number in self._entered]

    def step(self, time: datetime, grey: npt.NDArray[np.uint8], vehicles: Detections, everything: Array) -> list[Stay]:
        """Who left and who has now stood long enough to have come."""
        stays = []
        for stand in self._standing.step(time, grey, vehicles, everything):
            if (entered := self._entered.pop(stand.number, None)) is not None:
                kind = kind_of(stand.class_name, None)
                stays.append(Stay(self.zone.id, kind, entered.start, stand.seen, spot=entered.spot))
        for stand in self._standing.stands:
            if stand.number not in self._entered and (stand.seen - stand.start).total_seconds() >= PARKED_S:
                spot = tuple(np.round(stand.box).astype(int).tolist())
                came = Stay(self.zone.id, kind_of(stand.class_name, None), stand.start, spot=spot)
                self._entered[stand.number] = came
                stays.append(came)
        return stays


def kind_of(class_name: str, slot: Slot | None) -> str:
    """``car`` or ``two_wheeler``: what the detector called it, else what the slot is for."""
    if class_name:
        return "two_wheeler" if class_name in TWO_WHEELERS else "car"
    return slot.kind if slot else "car"


def _by_kind(kinds: Sequence[str]) -> dict[str, int]:
    return {"occupied": len(kinds), "cars": kinds.count("car"), "two_wheelers": kinds.count("two_wheeler")}


def _counted(stay: Stay) -> list[Observation]:
    """One entered when it came; one left and the length of its stay when it left."""
    at = stay.end or stay.start
    name = f"{FAMILY}.{stay.kind}"
    if stay.end is None:
        return [Observation(stay.zone, f"{name}_in", NO_DIRECTION, at, 0.0, 1.0)]
    stay_s = (stay.end - stay.start).total_seconds()
    return [
        Observation(stay.zone, f"{name}_out", NO_DIRECTION, at, 0.0, 1.0),
        Observation(stay.zone, f"{name}_stay", NO_DIRECTION, at, 0.0, stay_s),
    ]


def _event(stay: Stay) -> Event:
    facts = f"{stay.zone}|{stay.slot}|{stay.start.isoformat(timespec='milliseconds')}|{stay.spot}"
    attributes: dict[str, str | int | float] = {"class": stay.kind}
    if stay.slot:
        attributes["slot"] = stay.slot
    if stay.end is not None:
        attributes["stay_s"] = round((stay.end - stay.start).total_seconds(), 1)
    id_ = blake2b(f"parking|{facts}".encode(), digest_size=12).hexdigest()
    return Event(id_, "parking", stay.zone, stay.start, stay.end, attributes)
