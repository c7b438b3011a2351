"""``pantau watch``: a folder of stills, a line each, as JSON or in words."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from rich.console import Console

from pantau.camera_file import load_one_camera
from pantau.commands.clips import DEFAULT_MODELS, checked_timezone, json_line, parse_time
from pantau.commands.show import progress_on
from pantau.errors import ConfigError
from pantau.findings import LitterView, Sight, WaterView
from pantau.ingest.decode import wall_clock as now
from pantau.lessons import Lesson
from pantau.litter_file import LITTER_KINDS
from pantau.measure.lesson import learn
from pantau.places import Camera, local_id
from pantau.replay import Models
from pantau.stills import Look, Still, look
from pantau.types import EPOCH


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """What the command line said about stills; `start` and `timezone` are only needed by schedules."""

    folder: Path
    camera: Path
    every_s: float
    start: str
    timezone: str
    json: bool
    models: Path | None
    taught: Path | None = None
    dry: Path | None = None


def run_watch(options: WatchOptions) -> None:
    """Say what stands in each zone and on each slot of every still of a folder.

    Raises:
        PantauError: the camera file, the folder, a model or the time is not what it must be.
    """
    read = load_one_camera(options.camera)
    if not 0 < options.every_s < float("inf"):
        raise ConfigError(f"--every: expected more than 0 seconds, got {options.every_s}")
    if not read.zones:
        raise ConfigError(f"{options.camera}: expected at least one [[camera.zone]] or [[camera.slot]], got none")
    if not options.start and (timed := [local_id(z.id) for z in read.zones if z.schedule]):
        raise ConfigError(f"zone {timed[0]!r} has a schedule, but stills do not know when they were made; say --start")
    start = parse_time(options.start) if options.start else EPOCH
    with progress_on(Console(stderr=True)) as progress:
        models = Models(options.models or DEFAULT_MODELS, progress=progress.fetch)
        read = replace(read, lessons=_lessons(options.taught, read, models)) if options.taught else read
        timezone = checked_timezone(options.timezone)
        job = Look(camera=read, start=start, every_s=options.every_s, timezone=timezone, dry=options.dry)
        for number, still in enumerate(look(options.folder, job, models)):
            said = _said(still, read, number * options.every_s)
            if options.json:
                json_line(**said)
            else:
                sys.stdout.write(f"{still.name}: {still.fault if still.blind else _words(said)}\n")


def _said(still: Still, camera: Camera, t_s: float) -> dict[str, object]:
    """One still as its JSON line: `zones` as ever, what else is watched where the camera has it."""
    zones: dict[str, dict[str, int]] = {local_id(zone.id): {} for zone in camera.zones}
    for (zone, road_user), n in still.inside.items():
        zones[local_id(zone)][road_user] = n
    said: dict[str, object] = {"still": still.name, "t_s": t_s, "zones": None if still.blind else zones}
    if camera.slots:
        slots = {local_id(one.slot): {"state": one.state, "confidence": one.confidence} for one in still.slots}
        said["slots"] = None if still.blind else slots
    if any(zone.kind == "parking" for zone in camera.zones):
        parking: dict[str, dict[str, int]] = {}
        for (zone, name), n in still.parking.items():
            parking.setdefault(local_id(zone), {})[name] = n
        said["parking"] = None if still.blind else parking
    if any(zone.kind in {"no_parking", "danger"} for zone in camera.zones):
        said["dwell"] = (
            None
            if still.blind
            else [
                {
                    "zone": local_id(stay.zone.id),
                    "class": stay.class_name,
                    "stage": stay.stage,
                    "since_s": t_s - (still.time - stay.start).total_seconds(),
                    "dwell_s": stay.dwell_s,
                }
                for stay in still.dwell
            ]
        )
    if any(zone.kind == "scene" for zone in camera.zones):
        taught = {local_id(one.place): _sight(one) for one in still.taught}
        said["taught"] = None if still.blind else taught
    if any(zone.kind in LITTER_KINDS for zone in camera.zones):
        said["litter"] = None if still.blind else [_lies(one, t_s, still.time) for one in still.litter]
    if any(zone.kind == "water" for zone in camera.zones):
        said["water"] = None if still.blind else {local_id(one.zone): _water(one) for one in still.water}
    return said | {"fault": still.fault or None}


def _sight(sight: Sight) -> dict[str, object]:
    told = {name: getattr(sight, name) for name in ("answer", "chance", "distance", "limit")}
    return told | {"fault": sight.fault or None}


def _lessons(folder: Path, camera: Camera, models: Models) -> tuple[Lesson, ...]:
    """What the stills of a folder teach the camera's zones: a subfolder with the id of each."""
    from pantau.commands.teach import BY, Eyes, examples_of  # noqa: PLC0415  # only where something is taught

    lessons = []
    for zone in camera.zones:
        if zone.kind == "scene" and (folder / local_id(zone.id)).is_dir():
            eyes = Eyes(camera, models.detector(camera.detector), models.embedder())
            examples = examples_of(folder / local_id(zone.id), zone, eyes, now())
            learn(examples, zone, eyes.embedder.method)  # refuses here what would be said at every still
            lessons.append(Lesson(place=zone.id, revision=zone.revision, learned=now(), by=BY, examples=examples))
    if not lessons:
        raise ConfigError(
            f"--taught {folder}: expected a subfolder with the id of a zone of kind scene of {camera.id!r}"
        )
    return tuple(lessons)


def _lies(one: LitterView, t_s: float, time: datetime) -> dict[str, object]:
    """One thing that lies in a zone; its box in fractions of the picture."""
    return {
        "zone": local_id(one.zone),
        "since_s": t_s - (time - one.since).total_seconds(),
        "stage": one.stage,
        "lain_s": one.lain_s,
        "box": list(one.box),
        "m2": one.m2 and round(one.m2, 3),
        "share": one.share,
    }


def _water(one: WaterView) -> dict[str, object]:
    """The water of one zone; `level_cm` and `depth` where a gauge gives them, `reason` where something is not known."""
    level = {
        "level_cm": one.level_cm,
        "rise_cm_h": one.rise_cm_h,
        "to_limit_s": one.to_limit_s,
        "depth": one.depth or None,
    }
    return {
        "state": one.state,
        "wet": one.wet,
        "flooded": one.flooded,
        **level,
        "confidence": one.confidence,
        "reason": one.reason and {"code": one.reason.code, **one.reason.values},
    }


def _words(said: dict[str, object]) -> str:
    """The same for a person."""
    return " · ".join(
        f"{key} {json.dumps(said[key])}"
        for key in ("zones", "slots", "parking", "dwell", "taught", "litter", "water")
        if said.get(key)
    )
