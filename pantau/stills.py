"""A folder of stills, looked at one after the other as a camera would look at them: what each shows, by what can be told of stills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from pantau.errors import SourceError
from pantau.findings import LitterView, Sight, SlotView, WaterView
from pantau.geometry import points_in_polygon
from pantau.ingest.folder import pictures, read_picture
from pantau.masks import Masks
from pantau.measure.aim import Aim
from pantau.measure.dwell import DwellAnalyser
from pantau.measure.health import INNER, MOVED, HealthAnalyser, useless
from pantau.measure.litter import LitterAnalyser
from pantau.measure.overstay import Stay
from pantau.measure.parking import ParkingAnalyser
from pantau.measure.taught import TaughtAnalyser
from pantau.measure.water import WaterAnalyser
from pantau.places import Camera
from pantau.replay import Models
from pantau.types import CLASSES, EPOCH, Detections, Frame, Image, Tracks, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How stills are looked at: `every_s` seconds lie between two, the first was taken at `start` (UTC); `dry` shows the gauges dry."""

    camera: Camera
    start: datetime
    every_s: float
    timezone: str = ""
    confidence: float = 0.4
    dry: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """What one picture shows; `fault` says what is wrong with it, and `blind` whether that leaves nothing to say.

    Args:
        name: of its file.
        time: UTC it stands for.
        inside: road users by (zone, class).
        slots: what is known of each slot.
        parking: what each parking zone holds, by (zone, name of the indicator).
        dwell: stays that last in zones with a limit.
        taught: what each taught zone is answered.
        litter: what lies in zones where litter is watched.
        water: the water of each zone where it is watched.
    """

    name: str
    time: datetime
    inside: Mapping[tuple[str, str], int] = field(default_factory=dict)
    slots: tuple[SlotView, ...] = ()
    parking: Mapping[tuple[str, str], int] = field(default_factory=dict)
    dwell: tuple[Stay, ...] = ()
    taught: tuple[Sight, ...] = ()
    litter: tuple[LitterView, ...] = ()
    water: tuple[WaterView, ...] = ()
    fault: str = ""
    blind: bool = False


def look(folder: Path, job: Look, models: Models) -> Iterator[Still]:
    """Say of every picture of `folder`, in the natural order of their names, who is in each zone and what is parked where.

    Raises:
        SourceError: the folder holds no pictures, or the dry still is none (`dry_still`).
        ModelError: the detector can't be had.
        ConfigError: a zone has hours, and nobody said in which time zone.
    """
    camera = replace(job.camera, timezone=job.timezone)
    bare = dry_still(job.dry, folder) if job.dry else None
    detector, masks = models.detector(camera.detector), Masks(camera.masks)
    parking, dwell = ParkingAnalyser(camera, job.every_s), DwellAnalyser(camera, job.every_s)
    health = HealthAnalyser(camera, job.every_s)
    scenes = any(zone.kind == "scene" for zone in camera.zones)
    taught = TaughtAnalyser(camera, job.every_s, models.embedder()) if scenes else None
    litter = LitterAnalyser(camera, job.every_s)
    water = WaterAnalyser(camera, job.every_s)
    if bare is not None:
        bare = masks.apply(bare)
        before = job.start - timedelta(seconds=job.every_s)
        shown = detector.detect(bare) or Detections.empty()
        water.given(View(Frame(camera.id, before, bare, 0, -job.every_s), shown, Tracks.empty()))
    for number, path in enumerate(pictures(folder)):
        time = job.start + timedelta(seconds=number * job.every_s)
        image = read_picture(path)
        if image is None:
            yield Still(name=path.name, time=time, fault="not a readable picture", blind=True)
            continue
        image = masks.apply(image)
        found = detector.detect(image)
        if found is None:
            yield Still(name=path.name, time=time, fault="not analysed", blind=True)
            continue
        view = View(Frame(camera.id, time, image, number + 1, number * job.every_s), found, Tracks.empty())
        faults = health.step(view).faults or ()
        fault = ", ".join(one.kind for one in faults)
        if any(one.blind for one in faults):
            yield Still(name=path.name, time=time, fault=fault, blind=True)
            continue
        parked = parking.step(view)
        dwell.step(view)
        yield Still(
            name=path.name,
            time=time,
            fault=fault,
            inside=_inside(camera, found[found.confidence >= job.confidence], view.frame.size),
            slots=parked.slots,
            parking={
                (o.place, o.indicator.partition(".")[2]): int(o.value) for o in parked.observations if o.duration_s
            },
            dwell=dwell.open(),
            taught=taught.step(view).sights if taught else (),
            litter=litter.step(view).litter,
            water=water.step(view).water,
        )


def dry_still(path: Path, folder: Path) -> Image:
    """The picture in which the gauges are dry. Rain is not told of one still, nor another place altogether: in a flood little is where it was.

    Raises:
        SourceError: it can't be read, shows nothing, or has another size or view than the first still of `folder` that can be read.
    """
    image = read_picture(path) if path.is_file() else None
    if image is None:
        raise _not_dry(path, "none that can be read")
    if fault := useless(image):
        raise _not_dry(path, f"one that is {fault}")
    read = ((still.name, shown) for still in pictures(folder) if (shown := read_picture(still)) is not None)
    name, first = next(read, ("", image))
    if first.shape != image.shape:
        sizes = [f"{one.shape[1]}x{one.shape[0]}" for one in (image, first)]
        raise _not_dry(path, f"one of {sizes[0]} pixels; {name} has {sizes[1]}")
    aim = Aim("", INNER, MOVED)
    aim.judge(_alone(image))
    verdict, moved = aim.judge(_alone(first))
    if verdict == "off":
        raise _not_dry(path, f"one of another view: {name} lies {100 * moved:.0f} % of its width beside it")
    return image


def _alone(image: Image) -> View:
    return View(Frame("", EPOCH, image, 0, 0.0), Detections.empty(), Tracks.empty())


def _not_dry(path: Path, got: str) -> SourceError:
    return SourceError(f"{path}: expected a picture in which the gauges are dry, got {got}")


def _inside(camera: Camera, found: Detections, size: tuple[int, int]) -> dict[tuple[str, str], int]:
    ground = np.divide(found.ground, size, dtype=np.float64)
    inside: dict[tuple[str, str], int] = {}
    for zone in camera.zones:
        within = found.class_id[points_in_polygon(ground, np.asarray(zone.polygon))]
        inside |= {(zone.id, CLASSES[c]): int(n) for c, n in zip(*np.unique(within, return_counts=True), strict=True)}
    return inside
