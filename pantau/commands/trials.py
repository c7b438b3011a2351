"""``pantau models try``: a new detector beside the old one, on live cameras or on a recording, and the bridge between them.

A command asks for a trial by writing it into the data folder (`pantau.store.trials`), where the running city finds it; what
both detectors counted is read from there, whether the city runs or not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console

from pantau.camera_file import load_one_camera
from pantau.commands.bridge import sheet, told, words
from pantau.commands.clips import ProgressBoard
from pantau.commands.models import folder_of
from pantau.commands.plan import Nowhere
from pantau.commands.show import progress_on
from pantau.config import Settings, load_settings
from pantau.errors import ConfigError, ModelError
from pantau.evaluate.bridge import Bridge, Stretch, bridges, read_stretch
from pantau.ingest.decode import wall_clock as now
from pantau.ingest.sources import probe
from pantau.places import Camera
from pantau.replay import Models, Replay, replay
from pantau.see.detectors import detector_names
from pantau.see.registry import list_models, model, verify
from pantau.shadow.beside import Beside
from pantau.shadow.witness import counts
from pantau.store.control import Control
from pantau.store.trials import Trial, Trials
from pantau.types import CLASSES

UNITS_S: Final = {"m": 60.0, "h": 3600.0, "d": 86_400.0}
LONGEST_S: Final = 92 * 86_400.0
WAIT_S: Final = 180.0
"""Seconds after which a trial should have compared something."""
A_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When a clip was made does not matter here: it is compared with itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryOptions:
    """What the command line said; `city` holds the installation on whose cameras it is tried, none on a clip."""

    model: str
    city: tuple[Settings, Path] | None = None
    shadow: str = ""
    cameras: tuple[str, ...] = ()
    clip: str = ""
    source_fps: float | None = None
    stop: bool = False
    json: bool = False
    csv: bool = False
    config: Path | None = None


def run_try(options: TryOptions) -> Iterator[str]:
    """Start, stop or tell; a line each.

    Raises:
        ConfigError: options that don't go together, another trial runs, no camera to compare on.
        ModelError: the model is unknown, not here, altered, without a licence, or does not run.
        PantauError: the clip, a camera file or a kept trial can't be read.
    """
    if sum(map(bool, (options.shadow, options.clip, options.stop))) > 1:
        raise ConfigError("expected one of --shadow, --clip and --stop")
    if options.json and options.csv:
        raise ConfigError("expected one of --json and --csv")
    if options.clip or options.city is None:
        yield from _on_clip(options)
        return
    settings, home = options.city
    trials = Trials(settings.data.store_at(home))
    if options.shadow:
        yield from _start(options, trials, settings, home)
    elif options.stop:
        yield _stop(options.model, trials)
    else:
        yield from _tell(options, trials, settings.data.models_at(home))


def check_model(name: str, folder: Path) -> None:
    """Refuse a model that may not, or can't, be tried.

    Raises:
        ModelError: it is unknown, finds no road users, has no licence, or its files are missing or altered.
    """
    if name not in {entry.name for entry in list_models(folder)} and name in detector_names(folder):
        return  # a third party's: it answers for itself when it is loaded
    entry = model(name, folder)
    if entry.task != "detect":
        found = ", ".join(detector_names(folder))
        raise ModelError(f"model {name} is no detector; there are {found}")
    if not entry.licence.strip():
        raise ModelError(f"model {name} has no licence; say in its entry under what terms it may be used")
    verify(entry, folder)


def seconds(text: str) -> float:
    """Seconds of ``7d``, ``12h`` or ``30m``.

    Raises:
        ConfigError: it is none of these, nothing, or more than three months.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([mhd])", text.strip())
    length_s = float(found[1]) * UNITS_S[found[2]] if found else 0.0
    if not 0 < length_s <= LONGEST_S:
        raise ConfigError(f"--shadow: expected a time such as 30m, 12h or 7d, of three months at most, got {text!r}")
    return length_s


# --- on live cameras --------------------------------------------------------------------------------------------------


def _start(options: TryOptions, trials: Trials, settings: Settings, home: Path) -> Iterator[str]:
    length_s = seconds(options.shadow)
    folder = settings.data.models_at(home)
    check_model(options.model, folder)
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        cameras = control.cameras()
    finally:
        control.close()
    compared = chosen(cameras, options.cameras, options.model)
    began = now()
    if trials.running(began) is None:  # else it is refused below, and need not be loaded
        Models(folder, settings.see.precision).detector(options.model)  # it runs here, and how fast is known
    trial = Trial(
        model=options.model,
        cameras=tuple(camera.id for camera in compared),
        started=began.replace(microsecond=0),
        until=began.replace(microsecond=0) + timedelta(seconds=length_s),
    )
    trials.begin(trial)
    olds = ", ".join(sorted({camera.detector for camera in compared}))
    yield (
        f"{options.model} is tried beside {olds} on {len(compared)} camera{'s' * (len(compared) > 1)} until "
        f"{trial.until:%Y-%m-%d %H:%M} UTC, in idle time; nothing that is stored changes"
    )
    if never := never_counted(options.model, folder):
        yield f"it can't tell {never}: with it these are never counted"
    yield f"the running city begins within seconds, else the next `pantau run`; see how it goes: pantau models try {options.model}"


def chosen(cameras: Sequence[Camera], asked: Sequence[str], name: str) -> tuple[Camera, ...]:
    """The cameras to compare on: those asked for, or all that count something with another detector.

    Raises:
        ConfigError: one is unknown or counts nothing, or none is left.
    """
    known = {camera.id: camera for camera in cameras}
    if unknown := sorted(set(asked) - known.keys()):
        raise ConfigError(
            f"--camera: there is no camera {unknown[0]!r}; there are: {', '.join(sorted(known)) or 'none, apply a camera file'}"
        )
    able = {one.id: one for one in cameras if one.enabled and one.source and counts(one) and one.detector != name}
    for camera in (known[one] for one in asked if one not in able):
        why = (
            f"counts with {name} already"
            if camera.detector == name
            else "is switched off, has no lines and zones, or counts neither visitors nor traffic"
        )
        raise ConfigError(f"--camera: {camera.id} can't compare: it {why}")
    if not able:
        raise ConfigError(
            f"no camera can compare: one that is watched, counts visitors or traffic at a line or in a zone, and not with {name} "
            "yet, is needed; draw a line and `pantau apply` it"
        )
    return tuple(able[one] for one in dict.fromkeys(asked)) if asked else tuple(able.values())


def _stop(name: str, trials: Trials) -> str:
    trial = trials.running(now())
    if trial is None or trial.model != name:
        raise ConfigError(f"{name} is not being tried" + (f"; {trial.model} is" if trial else ""))
    trials.end(trial, now())
    return f"the trial of {name} is over; what was compared is kept: pantau models try {name}"


def _tell(options: TryOptions, trials: Trials, folder: Path) -> Iterator[str]:
    kept = trials.all(options.model)
    if not kept:
        check_model(options.model, folder)
        raise ConfigError(
            f"{options.model} was not tried yet; start with `pantau models try {options.model} --shadow 7d`"
        )
    trial = kept[0]
    found = bridges(read_stretch(line) for line in trials.counts(trial))
    state = "running" if trial.runs(now()) else "over"
    if options.json:
        yield json.dumps(
            {
                "model": trial.model,
                "state": state,
                "started": trial.started.isoformat(),
                "until": (trial.ended or trial.until).isoformat(),
                "cameras": trial.cameras,
                "trouble": trial.trouble or None,
                "bridges": [told(bridge) for bridge in found],
            }
        )
    elif options.csv:
        yield sheet(found)
    else:
        yield f"{trial.model}: {state}, {trial.started:%Y-%m-%d %H:%M} to {trial.ended or trial.until:%Y-%m-%d %H:%M} UTC"
        yield from _waiting(trial, found)
        yield from _said(found, never_counted(options.model, folder))


def _waiting(trial: Trial, found: Sequence[Bridge]) -> Iterator[str]:
    """Why there is nothing, or nothing new."""
    if trial.trouble:
        yield f"nothing is compared at the moment: {trial.trouble}"
    elif not found:
        waited_s = (now() - trial.started).total_seconds()
        late = ": does `pantau run` run, and do these cameras show pictures?" if waited_s > WAIT_S else ""
        yield f"nothing was compared yet{late}"


# --- on a recording ---------------------------------------------------------------------------------------------------


def _on_clip(options: TryOptions) -> Iterator[str]:
    folder = folder_of(options.config)
    if len(options.cameras) != 1:
        raise ConfigError("--clip: say what is counted with one --camera FILE.toml")
    check_model(options.model, folder)
    precision = (
        load_settings(found).see.precision if (found := options.config or Path("pantau.toml")).is_file() else "auto"
    )
    camera = replace(load_one_camera(Path(options.cameras[0])), source=options.clip)
    with progress_on(Console(stderr=True)) as progress:
        models = Models(folder, precision, progress.fetch)
        duration_s = probe(options.clip, source_fps=options.source_fps).duration_s or 0.0
        board = ProgressBoard(A_DAY, progress.clip(Path(options.clip).name, duration_s, "comparing"))
        found_here = bridges(compare_clip(camera, options.model, models, board, options.source_fps))
    if options.json:
        yield json.dumps({"model": options.model, "clip": options.clip, "bridges": [told(one) for one in found_here]})
    elif options.csv:
        yield sheet(found_here)
    else:
        yield from _said(found_here, never_counted(options.model, folder))
        yield "a clip is one light and one day: try it on the cameras for days before you change them (--shadow 7d)"


def compare_clip(
    camera: Camera, name: str, models: Models, board: ProgressBoard | Nowhere, source_fps: float | None = None
) -> tuple[Stretch, ...]:
    """What the camera's detector and the one called `name` count in the clip that is the camera's source.

    Raises:
        ConfigError: the camera counts nothing, or counts with this detector already.
        SourceError: the clip can't be read.
        ModelError: a detector can't be had.
    """
    (camera,) = chosen((camera,), (camera.id,), name)
    beside = Beside(camera, models.detector(name), models.detector(camera.detector).method)
    job = Replay(camera=replace(camera, analysers=()), start=A_DAY, source_fps=source_fps, timezone="UTC")
    replay(job, models, Nowhere(), board, now, (beside,))
    return beside.end()


def _said(found: Sequence[Bridge], never: str) -> Iterator[str]:
    for bridge in found:
        yield from words(bridge)
    if never:
        yield f"the new one can't tell {never}: with it these are never counted"


def never_counted(name: str, folder: Path) -> str:
    """The classes that this model can't tell; empty where it tells all, or says nothing of itself."""
    labels = next((set(entry.labels.values()) for entry in list_models(folder) if entry.name == name), None)
    return "" if labels is None else ", ".join(c for number, c in enumerate(CLASSES) if number not in labels)
