"""Who stays where one may not: vehicles in no-parking zones, people in danger zones. One event per stay.

The event is written when somebody begins to stand or to be inside (stage *within*), again under the same id when it has been
too long (*over*), and once more when it ends. Alarms are made from these (`alert`); nothing here raises one. The rules are in
`measure.overstay`; the page docs/methods/dwell.md explains them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Final

import numpy as np

from pantau.findings import Findings
from pantau.measure.footprint import single
from pantau.measure.overstay import Danger, NoParking, Stay
from pantau.measure.patch import grey_of
from pantau.places import NO_DIRECTION, Camera
from pantau.ports import Needs
from pantau.types import CLASSES, Event, Key, Observation, View

FAMILY: Final = "dwell"
SURE_BOX: Final = 0.25
"""Confidence from which a vehicle's box counts; that it stays where it is makes up for the rest."""


class DwellAnalyser:
    """Watches the zones with a limit of one camera; implements `pantau.ports.Analyser`."""

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        self._camera, self._cadence_s = camera, cadence_s
        self._no_parking = [NoParking(camera, z, cadence_s) for z in camera.zones if z.kind == "no_parking"]
        self._danger = [Danger(camera, z, cadence_s) for z in camera.zones if z.kind == "danger"]
        self._watches: tuple[NoParking | Danger, ...] = (*self._no_parking, *self._danger)

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return FAMILY

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        limits = ", ".join(f"{w.zone.id} {w.limit_s:g} s" for w in self._watches)
        return f"dwell/1 ({limits})"

    @property
    def needs(self) -> Needs:
        """Everything, at the camera's cadence: a danger zone has to sound within seconds."""
        return Needs(self._cadence_s, frozenset({"image", "detections", "tracks"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Each zone with a limit."""
        return tuple(Key(FAMILY, w.zone.id, w.zone.revision, NO_DIRECTION) for w in self._watches)

    def step(self, view: View) -> Findings:
        """Stays that began, went over their limit or ended, and how many there are now."""
        changed: list[Stay] = []
        if self._no_parking:
            grey = grey_of(view.frame.image)
            found = view.detections[view.detections.confidence >= SURE_BOX]
            vehicles = found[found.class_id != CLASSES.index("person")]
            vehicles = vehicles[single(vehicles.xyxy.astype(np.float64), vehicles.confidence.astype(np.float64))]
            around = found.xyxy.astype(np.float64)
            for parking in self._no_parking:
                changed += parking.step(view, grey, vehicles, around)
        for danger in self._danger:
            changed += danger.step(view)
        return self._findings(changed, view.time, count=True)

    def close(self, time: datetime) -> Findings:
        """The pictures stop: nobody knows who is in a danger zone now. What stands is looked for when they come back."""
        return self._findings([stay for danger in self._danger for stay in danger.close()], time, count=False)

    def open(self) -> tuple[Stay, ...]:
        """Stays that last, by zone."""
        return tuple(stay for watch in self._watches for stay in watch.open())

    def _findings(self, changed: list[Stay], time: datetime, *, count: bool) -> Findings:
        over = [stay for stay in changed if stay.stage == "over" and not stay.counted]
        observations = [self._said(stay.zone.id, "over", time, 1.0) for stay in over]
        for stay in over:
            stay.counted = True
        if count:
            observations += [self._said(w.zone.id, "staying", time, float(w.inside)) for w in self._watches]
        return Findings(tuple(observations), tuple(self._event(stay) for stay in changed))

    def _said(self, place: str, name: str, time: datetime, value: float) -> Observation:
        duration_s = 0.0 if name == "over" else self._cadence_s
        return Observation(place, f"{FAMILY}.{name}", NO_DIRECTION, time, duration_s, value)

    def _event(self, stay: Stay) -> Event:
        facts = f"dwell|{stay.zone.id}|{stay.start.isoformat(timespec='milliseconds')}|{stay.spot}"
        attributes: Mapping[str, str | int | float] = {
            "stage": stay.stage,
            "zone_kind": stay.zone.kind,
            "class": stay.class_name,
            "limit_s": self._limit(stay),
            "dwell_s": round(stay.dwell_s, 1),
            **({"people": stay.people} if stay.people else {}),
        }
        id_ = blake2b(facts.encode(), digest_size=12).hexdigest()
        return Event(id_, "dwell", stay.zone.id, stay.start, stay.seen if stay.ended else None, attributes)

    def _limit(self, stay: Stay) -> float:
        return next(w.limit_s for w in self._watches if w.zone.id == stay.zone.id)
