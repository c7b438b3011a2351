"""The teacher's desk: who teaches a zone marks stills, sees what was learned, and puts it in force.

    add      a function for a zone: a zone of kind *scene* with the outline of another one
    look     what the camera sees of it (`Sight`): the newest, and the few that were shown before it
    mark     such a look is normal, or not
    learn    from what is marked; from then on the camera's loop answers
    forget   an example, or the pictures of all

Marks are made of what the camera's loop has seen and posted to the board; a picture itself comes by here never. `pantau teach`
does the same from a folder (`pantau.commands.teach`).
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from pantau.errors import DataError
from pantau.findings import Function, Live, Sight
from pantau.lessons import Example, Label, Lesson, Report
from pantau.measure.lesson import learn
from pantau.places import Camera, Zone
from pantau.store.control import Control

REMEMBERED: Final = 6
"""Looks at a zone that were shown and can still be marked: a minute, because whoever marks looks first."""


class Shown(Protocol):
    """What is shown of cameras now."""

    def latest(self, camera: str) -> Live | None:
        """The newest, or nothing."""
        ...


class Teacher:
    """Teaches the zones of one city. Safe from any thread.

    Args:
        control: where examples are kept.
        board: where the newest looks are.
        clock: UTC now.
    """

    def __init__(self, control: Control, board: Shown, clock: Callable[[], datetime]) -> None:
        self._control, self._board, self._clock = control, board, clock
        self._lock = threading.Lock()
        self._looks: dict[str, deque[Sight]] = {}
        self._told: dict[str, tuple[tuple[datetime, int], Function]] = {}

    def taught(self, camera: Camera) -> Camera:
        """The camera with what is in force at its zones; thumbnails are not carried about."""
        places = [zone.id for zone in camera.zones if zone.kind == "scene"]
        lessons = self._control.examples.lessons(places) if places else ()
        bare = tuple(
            replace(one, examples=tuple(replace(example, thumbnail=b"") for example in one.examples)) for one in lessons
        )
        return replace(camera, lessons=bare)

    def functions(self, camera: Camera) -> tuple[Function, ...]:
        """Every function of a camera: its examples of now, what is in force, and what that says of itself."""
        zones = [zone for zone in camera.zones if zone.kind == "scene"]
        examples = self._control.examples.of([zone.id for zone in zones])
        lessons = {one.place: one for one in self._control.examples.lessons([zone.id for zone in zones])}
        return tuple(
            self._state(zone, tuple(one for one in examples if one.place == zone.id), lessons.get(zone.id))
            for zone in zones
        )

    def add(self, camera: Camera, outline: str, name: str) -> Zone:
        """A new function at the zone `outline` of a camera, which from then on watches its own health too.

        A vector is of a zone's look, and can't always tell that the camera was turned within the same street.

        Raises:
            DataError: no such zone, or no name that can be told from the others'.
        """
        zone = next((one for one in camera.zones if one.id == outline), None)
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
        if zone is None:
            raise DataError(f"camera {camera.id!r} has no zone {outline!r}; it has {[one.id for one in camera.zones]}")
        if not slug:
            raise DataError(f"a function needs a name with letters or digits, such as banjir; got {name!r}")
        local = zone.id.rsplit(".", 1)[-1]
        made = Zone(
            id=f"{camera.id}.{local[:20]}-{slug}",
            camera=camera.id,
            name=f"{zone.name}: {name.strip()}",
            polygon=zone.polygon,
            kind="scene",
        )
        if any(one.id == made.id or one.name == made.name for one in camera.zones):
            raise DataError(
                f"{zone.name!r} has a function {name.strip()!r} already; mark stills for that, or choose another name"
            )
        analysers = tuple(dict.fromkeys((*camera.analysers, "scene", "health")))
        self._control.apply([replace(camera, zones=(*camera.zones, made), analysers=analysers)])
        return made

    def look(self, zone: Zone, time: datetime | None = None) -> Sight | None:
        """The newest look at a zone; or the one of `time`, where it is among the last that were asked for."""
        live = self._board.latest(zone.camera)
        newest = next((one for one in live.sights if one.place == zone.id), None) if live else None
        with self._lock:
            looks = self._looks.setdefault(zone.id, deque(maxlen=REMEMBERED))
            if newest is not None and all(one.time != newest.time for one in looks):
                looks.append(newest)
            return newest if time is None else next((one for one in looks if one.time == time), None)

    def mark(self, zone: Zone, time: datetime, label: Label, by: str) -> Example:
        """Keep the look of `time` as an example.

        Raises:
            DataError: it was not shown in the last minute, it could not be looked at, or it is marked otherwise.
        """
        newest, sight = self.look(zone), self.look(zone, time)
        if sight is None and newest is not None and newest.vector:
            raise DataError(
                f"{zone.id!r} was looked at again since ({newest.time:%H:%M:%S} UTC); look at the new still and mark that"
            )
        if sight is None or not sight.vector:
            last = sight or newest
            why = f": {last.fault}" if last and last.fault else "; wait for the camera's next sample"
            raise DataError(f"nothing is seen of {zone.id!r} now{why}")
        example = Example(
            place=zone.id,
            revision=sight.revision,
            picture=sight.picture,
            label=label,
            time=sight.time,
            marked=self._clock(),
            by=by,
            model=sight.model,
            vector=sight.vector,
            thumbnail=sight.thumbnail,
        )
        self._control.examples.put([example])
        return example

    def keep(self, examples: Sequence[Example]) -> int:
        """Keep examples that were made elsewhere; how many were new.

        Raises:
            DataError: one still has two labels.
        """
        return self._control.examples.put(examples)

    def learn(self, zone: Zone, by: str) -> Report:
        """Learn from all that is marked at the zone where it is now, and put it in force.

        Raises:
            DataError: there is too little to learn from; the message says how many are missing.
        """
        examples = tuple(one for one in self._control.examples.of([zone.id]) if one.revision == zone.revision)
        model = examples[-1].model if examples else ""
        taught = learn(examples, zone, model)
        self._control.examples.put_lesson(
            Lesson(place=zone.id, revision=zone.revision, learned=self._clock(), by=by, examples=examples)
        )
        return taught.report

    def forget(self, place: str, picture: str) -> bool:
        """Take an example away; whether there was one."""
        return self._control.examples.remove(place, picture)

    def forget_pictures(self, place: str) -> int:
        """Let the thumbnails of a place go; how many there were."""
        return self._control.examples.remove_thumbnails(place)

    def _state(self, zone: Zone, examples: Sequence[Example], lesson: Lesson | None) -> Function:
        here = tuple(one for one in examples if one.revision == zone.revision)
        if lesson is None:
            return Function(zone=zone, examples=here)
        asked = (lesson.learned, zone.revision)
        told = self._told.get(zone.id)
        if told is None or told[0] != asked:  # a lesson examines itself for seconds: once, not at every question
            told = self._told[zone.id] = (asked, _examined(zone, lesson))
        return replace(told[1], zone=zone, examples=here, lesson=lesson)


def _examined(zone: Zone, lesson: Lesson) -> Function:
    """What a lesson says of itself, or why it is no longer in force."""
    try:
        model = lesson.examples[-1].model if lesson.examples else ""
        return Function(zone=zone, report=learn(lesson.examples, zone, model).report)
    except DataError as error:
        return Function(zone=zone, fault=f"expired: {error}")
