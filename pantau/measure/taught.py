"""Functions that a city taught by example: whether a zone looks as usual, or as the stills that were marked *not*.

A zone of kind *scene* is one function at one place; its name is the zone's. Once in `CADENCE_S` it is embedded without the people
and vehicles in it, and answered by what was learned from its examples (`pantau.measure.lesson`): yes, no, or nothing, where it is
like no example, in doubt or hidden. What was not answered is not observed: it lowers the coverage, and is counted beside it.

A *yes* that stands in `BEGIN` samples in a row is an event of kind ``taught``; it ends with as many *no*. What nobody answers
neither begins nor ends it, up to `PATIENCE_S`. A function whose place was moved, or whose examples are of another model, is expired: it says
nothing until it is taught anew. docs/methods/taught.md explains it and says how well it works.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

from pantau.errors import DataError
from pantau.findings import Findings, Sight
from pantau.lessons import Answer, Lesson
from pantau.measure.lesson import Taught, learn, packed
from pantau.places import NO_DIRECTION, Camera, Zone
from pantau.ports import Embedder, Needs
from pantau.types import Event, Floats, Key, Observation, Unseen, View

FAMILY: Final = "scene"
CADENCE_S: Final = 10.0
"""Seconds between samples, unless the camera gives fewer."""
WIDEN: Final = 0.15
"""Boxes are widened by so much of their size on each side: shadows, and what the detector cut off."""
BEGIN: Final = 2
PATIENCE_S: Final = 600.0
"""An event whose place was not answered for so long ends where it was last seen."""


class TaughtAnalyser:
    """The taught functions of one camera; implements `pantau.ports.Analyser`.

    Without an `embedder` it is only the name in a configuration: it measures nothing, and says that nothing was seen.
    """

    def __init__(self, camera: Camera, cadence_s: float, embedder: Embedder | None = None) -> None:
        self._cadence_s = max(cadence_s, CADENCE_S)
        self._embedder = embedder
        lessons = {lesson.place: lesson for lesson in camera.lessons}
        self._functions = [
            _Function(zone, *_learned(zone, lessons.get(zone.id), embedder.method))
            for zone in camera.zones
            if zone.kind == "scene" and embedder
        ]

    @property
    def family(self) -> str:
        """The vocabulary's family."""
        return FAMILY

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number: what was learned is a part of it."""
        told = ", ".join(f"{f.zone.id} {f.taught.digest if f.taught else 'untaught'}" for f in self._functions)
        return f"taught/1 {self._embedder.method if self._embedder else 'blind'} ({told})"

    @property
    def needs(self) -> Needs:
        """The picture and its boxes, seldom."""
        return Needs(self._cadence_s, frozenset({"image", "detections"}))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Each zone that was taught."""
        return tuple(Key(FAMILY, f.zone.id, f.zone.revision, NO_DIRECTION) for f in self._functions if f.taught)

    def step(self, view: View) -> Findings:
        """What each function says of this sample."""
        if self._embedder is None:
            return Findings(usable=False)
        hidden = widened(view.detections.xyxy)
        sights, events = [], []
        observations: list[Observation] = []
        unseen = []
        for function in self._functions:
            sight = _look(function, view, hidden, self._embedder)
            sights.append(sight)
            if function.taught is None:
                continue
            events += function.follow(sight)
            observations += self._said(function.zone, sight)
            if sight.answer == "abstain":
                unseen.append(Unseen(FAMILY, function.zone.id, view.time, 1.0))
        return Findings(tuple(observations), tuple(events), tuple(unseen), sights=tuple(sights))

    def close(self, time: datetime) -> Findings:
        """Nothing ends because the pictures do: the next answer says whether it is still so."""
        del time
        return Findings()

    def _said(self, zone: Zone, sight: Sight) -> list[Observation]:
        yes, abstained = sight.answer == "yes", sight.answer == "abstain"
        values = {
            "yes_s": self._cadence_s * yes,
            "abstain_s": self._cadence_s * abstained,
            "n": 0.0 if abstained else 1.0,
        }
        return [
            Observation(zone.id, f"{FAMILY}.{name}", NO_DIRECTION, sight.time, 0.0, value)
            for name, value in values.items()
            if value
        ]


@dataclass(slots=True, eq=False)
class _Function:
    """One zone, what it learned (or why not), and the event that is open."""

    zone: Zone
    taught: Taught | None
    fault: str
    event: Event | None = None
    seen: datetime | None = None
    run: int = 0
    last: Answer = "abstain"

    def follow(self, sight: Sight) -> list[Event]:
        """Events that began or ended with this sight."""
        ended: list[Event] = []
        if self.event and self.seen and (sight.time - self.seen).total_seconds() > PATIENCE_S:
            ended, self.event = [replace(self.event, end=self.seen)], None
        if sight.answer == "abstain":
            return ended
        self.seen = sight.time
        self.run = self.run + 1 if sight.answer == self.last else 1
        self.last = sight.answer
        if self.run >= BEGIN and sight.answer == "yes" and self.event is None:
            self.event = Event(
                id=f"taught:{self.zone.id}:{sight.time.isoformat()}",
                kind="taught",
                place=self.zone.id,
                start=sight.time,
                attributes={"function": self.zone.name, "chance": sight.chance},
            )
            return [*ended, self.event]
        if self.run >= BEGIN and sight.answer == "no" and self.event is not None:
            over, self.event = replace(self.event, end=sight.time), None
            return [*ended, over]
        return ended


def _look(function: _Function, view: View, hidden: Floats, embedder: Embedder) -> Sight:
    """One zone in this sample."""
    zone, image = function.zone, view.frame.image
    none: Answer = "abstain" if function.taught else "untaught"
    vector = embedder.embed(image, zone.polygon, hidden)
    if vector is None:
        return Sight(zone.id, zone.revision, view.time, none, fault=function.fault or "hidden")
    answer, chance, distance = function.taught.answer(vector) if function.taught else (none, 0.5, 0.0)
    return Sight(
        zone.id,
        zone.revision,
        view.time,
        answer,
        round(chance, 4),
        round(distance, 4),
        function.taught.report.limit if function.taught else 0.0,
        embedder.method,
        packed(vector),
        picture_of(vector),
        embedder.thumbnail(image, zone.polygon, hidden),
        function.fault,
    )


def _learned(zone: Zone, lesson: Lesson | None, model: str) -> tuple[Taught | None, str]:
    """What the lesson teaches, or why nothing."""
    if lesson is None:
        return None, ""
    try:
        return learn(lesson.examples, zone, model), ""
    except DataError as error:
        return None, f"expired: {error}"


def picture_of(vector: Floats) -> str:
    """Names what was looked at: the same pixels of the zone give the same name, whatever the file is called."""
    return hashlib.sha256(packed(vector)).hexdigest()


def widened(xyxy: Floats) -> Floats:
    """Boxes (N, 4) with a margin."""
    margin = WIDEN * (xyxy[:, 2:] - xyxy[:, :2])
    return np.concatenate([xyxy[:, :2] - margin, xyxy[:, 2:] + margin], axis=1).astype(np.float32)
