"""``pantau teach``: a function from a folder of sorted stills, or from what a running camera sees now.

    FOLDER/normal/*.jpg     stills of the camera as usual
    FOLDER/banjir/*.jpg     stills with what the function is to notice; the folder's name is free, and there may be several

A still's time groups it with its neighbours, so that a function is not examined with stills a minute from what it learned: it is
read from names like ``20260131-070000`` (UTC), else it is the file's own.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pantau.config import Settings
from pantau.errors import ConfigError, DataError
from pantau.findings import Function
from pantau.ingest.decode import wall_clock as now
from pantau.ingest.folder import pictures, read_picture
from pantau.lessons import Example, Report
from pantau.masks import Masks
from pantau.measure.lesson import packed
from pantau.measure.taught import picture_of, widened
from pantau.places import Camera, Zone
from pantau.ports import Detector, Embedder
from pantau.replay import Models
from pantau.serve.kept.board import LiveBoard
from pantau.store.control import Control
from pantau.teaching import Teacher

NORMAL: Final = "normal"
STAMP: Final = re.compile(r"(\d{8})[T_-]?(\d{6})")
ASK_S: Final = 30.0
BY: Final = "pantau teach"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachOptions:
    """What the command line said; `mark` is a label for what a running city sees now."""

    place: str
    folder: Path | None = None
    mark: str = ""
    learn: bool = False
    json: bool = False


@dataclass(frozen=True, slots=True)
class Eyes:
    """What stills of one camera are looked at with, and who says that they marked them."""

    camera: Camera
    detector: Detector
    embedder: Embedder
    by: str = BY

    def example(self, path: Path, zone: Zone, marked: datetime) -> Example:
        """A still of a file as an example; its folder says which kind.

        Raises:
            DataError: it can't be read, or too little of the zone is seen in it.
        """
        image = read_picture(path)
        if image is None:
            raise DataError(f"{path}: not a readable picture; take it out of the folder")
        image = Masks(self.camera.masks).apply(image)
        found = self.detector.detect(image)
        hidden = widened(found.xyxy) if found is not None else None
        vector = self.embedder.embed(image, zone.polygon, hidden) if hidden is not None else None
        if hidden is None or vector is None:
            raise DataError(
                f"{path}: road users or masks hide {zone.id!r}, or it is too small; take it out of the folder"
            )
        return Example(
            place=zone.id,
            revision=zone.revision,
            picture=picture_of(vector),
            label="normal" if path.parent.name == NORMAL else "yes",
            time=taken(path),
            marked=marked,
            by=self.by,
            model=self.embedder.method,
            vector=packed(vector),
            thumbnail=self.embedder.thumbnail(image, zone.polygon, hidden),
        )


def sorted_stills(folder: Path) -> tuple[Path, ...]:
    """The stills of a folder with a subfolder for each kind.

    Raises:
        ConfigError: there is no ``normal``, or nothing beside it.
        SourceError: a subfolder has no pictures.
    """
    kinds = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    names = [path.name for path in kinds]
    if NORMAL not in names or len(names) < 2:
        raise ConfigError(
            f"{folder}: expected the subfolders normal and another one such as banjir, found {names or 'none'}"
        )
    return tuple(path for kind in kinds for path in pictures(kind))


def examples_of(folder: Path, zone: Zone, eyes: Eyes, marked: datetime) -> tuple[Example, ...]:
    """Every still of a folder of sorted stills as an example.

    Raises:
        DataError: one can't be used, or lies in two folders; it is named.
    """
    found: dict[str, tuple[Path, Example]] = {}
    for path in sorted_stills(folder):
        one = eyes.example(path, zone, marked)
        other, known = found.setdefault(one.picture, (path, one))
        if known.label != one.label:
            raise DataError(f"{path} shows the same as {other}, but is sorted as another kind; keep one of the two")
    return tuple(one for _, one in found.values())


def taken(path: Path) -> datetime:
    """When a still was taken: as its name says (UTC), else as its file does."""
    if stamp := STAMP.search(path.stem):
        try:
            return datetime.strptime("".join(stamp.groups()), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            pass  # digits, but no time: a serial number
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)


def run_teach(options: TeachOptions, settings: Settings, home: Path) -> Iterator[str]:
    """Mark, learn, and say what was learned; a line each.

    Raises:
        PantauError: no such function, or stills that can't be learned from.
    """
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        camera, zone = _function(control, options.place)
        teacher = Teacher(control, LiveBoard(), now)
        if options.folder:
            models = Models(settings.data.models_at(home), settings.see.precision)
            eyes = Eyes(camera, models.detector(camera.detector), models.embedder())
            yield f"{teacher.keep(examples_of(options.folder, zone, eyes, now()))} new examples"
        if options.mark:
            yield _mark(control, zone, options.mark, f"http://{settings.server.host}:{settings.server.port}")
        if options.folder or options.learn:
            teacher.learn(zone, BY)
        (state,) = [one for one in teacher.functions(camera) if one.zone.id == zone.id]
        yield from [json.dumps(_told(state))] if options.json else words(state)
    finally:
        control.close()


def words(state: Function) -> Iterator[str]:
    """A function for a person."""
    kinds = [one.label for one in state.examples]
    yield f"{state.zone.id} ({state.zone.name}): {kinds.count('normal')} normal, {kinds.count('yes')} not normal"
    if state.fault:
        yield state.fault
    elif state.report is None:
        yield "not learned yet: mark at least 5 of each, then --learn"
    else:
        yield said(state.report)


def said(report: Report) -> str:
    """What it says of itself, in a sentence."""
    if report.error is None or report.interval is None:
        return f"learned; its error is not known: the examples come from {report.groups} separate moments, too few to leave one out"
    low, high = report.interval
    return (
        f"learned; of {report.answered} examples it was not shown it got {report.wrong} wrong ({report.error:.0%}, 95 % {low:.0%} to "
        f"{high:.0%}, {report.groups} separate moments), {report.abstained} it did not answer; it abstains beyond {report.limit:.3f}"
    )


def _function(control: Control, place: str) -> tuple[Camera, Zone]:
    scenes = [(camera, zone) for camera in control.cameras() for zone in camera.zones if zone.kind == "scene"]
    for camera, zone in scenes:
        if zone.id == place:
            return camera, zone
    known = ", ".join(zone.id for _, zone in scenes) or "none; draw a zone with kind = 'scene' and apply it"
    raise ConfigError(f"there is no function {place!r}; there are: {known}")


def _mark(control: Control, zone: Zone, label: str, address: str) -> str:
    """Have the running city mark what it sees now."""
    if label not in {"normal", "yes"}:
        raise ConfigError(f"--mark: expected normal or yes, got {label!r}")
    token = control.claim(control.new_code()) or ""
    session = {"cookie": f"pantau_session={token}", "content-type": "application/json"}
    path = f"{address}/api/v1/cameras/{zone.camera}/functions"
    try:
        found = _ask(urllib.request.Request(path, headers=session))["functions"]  # noqa: S310  # our own server
        sight = next((one["sight"] for one in found if one["id"] == zone.id), None)
        if sight is None:
            raise DataError(f"nothing has been seen of {zone.id!r} yet; wait for its camera's next sample")
        body = json.dumps({"time": sight["time"], "label": label}).encode()
        _ask(urllib.request.Request(f"{path}/{zone.id}/examples", body, session, method="POST"))  # noqa: S310  # as above
    finally:
        control.end_session(token)
    return f"the still of {sight['time']} is marked {label}"


def _ask(request: urllib.request.Request) -> Any:  # noqa: ANN401  # an answer in JSON
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ASK_S) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise DataError(f"the running city answered {error.code}: {error.read(600).decode(errors='replace')}") from None
    except OSError as error:
        raise DataError(f"no city answers at {request.host}: {error}; start it with pantau run") from None


def _told(state: Function) -> dict[str, object]:
    return {
        "place": state.zone.id,
        "revision": state.zone.revision,
        "examples": len(state.examples),
        "in_force": len(state.lesson.examples) if state.lesson and not state.fault else 0,
        "report": asdict(state.report) if state.report else None,
        "fault": state.fault or None,
    }
