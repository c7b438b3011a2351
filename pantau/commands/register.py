"""``pantau init``, ``apply`` and ``export``: the installation's file, and cameras between files and the register.

The register is SQLite, which several processes may open; a running city sees the change by its version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import tomli_w

from pantau.alert.rule_file import is_rule_file
from pantau.camera_file import CameraEntry, camera_entry, load_camera_file
from pantau.commands.cordons import apply_cordons
from pantau.commands.rules import apply_rules
from pantau.config import Settings, checked, split_credentials
from pantau.cordon_file import cordon_entries, is_cordon_file
from pantau.errors import ConfigError, SourceError
from pantau.ingest.decode import wall_clock as now
from pantau.ingest.onvif.device import OnvifAddress
from pantau.ingest.sources import kind_of, local_path
from pantau.measure.analysers import analyser
from pantau.places import Camera, Site
from pantau.see.detectors import detector_names
from pantau.see.registry import model
from pantau.sensor_file import is_sensor_file, load_sensor_file
from pantau.store.control import Control

COUNTING_FPS: Final = 5.0
"""Samples a second below which runners and dense two-wheelers are lost between samples (docs/methods/counting.md)."""
HEALTH_RULES: Final = "kamera-sehat.toml"
"""Alarm rules for the health of every camera, written beside ``pantau.toml``."""


def write_settings(folder: Path, region: str, name: str) -> Path:
    """Write ``pantau.toml`` for a city, and rules for the health of its cameras to apply once there are some.

    Raises:
        ConfigError: the region is unknown, or there is a file already.
    """
    path = folder / "pantau.toml"
    if path.exists():
        raise ConfigError(f"{path} is there already; change it by hand, or choose another folder")
    if not region:
        raise ConfigError("--region: expected a Kemendagri code such as 33.74; the city's time zone comes from it")
    table = {"city": {"name": name or region, "region": region}}
    checked(Settings, table, path)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HEALTH_RULES).write_text(_example("camera-health").read_text("utf-8"), "utf-8")
    path.write_text(
        "# This installation. Cameras and places are not here: see `pantau apply`. Every key: docs/reference/settings.md\n"
        + tomli_w.dumps(table),
        "utf-8",
    )
    return path


def new_code(settings: Settings, home: Path) -> str:
    """A fresh one-time code for the pages of this installation."""
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        return control.new_code()
    finally:
        control.close()


def apply_file(file: Path, settings: Settings, home: Path, *, force: bool = False) -> Iterator[str]:
    """Put the cameras, rules, sensors or cordons of `file` in force; a line per change.

    Args:
        file: camera file, rule file, sensor file or cordon file.
        settings: the installation's.
        home: its folder.
        force: take a rule that would have been firing all of last week, too.

    Raises:
        ConfigError: the file is wrong, or names something that does not exist; nothing was changed.
    """
    if is_rule_file(file):
        yield from apply_rules(file, settings, home, force=force)
        return
    if is_sensor_file(file):
        yield from _declare(load_sensor_file(file), settings, home)
        return
    if is_cordon_file(file):
        yield from apply_cordons(file, settings, home)
        return
    entries = load_camera_file(file)
    cameras = [entry.model_copy(update={"source": _absolute(entry, file)}).camera() for entry in entries]
    folder = settings.data.models_at(home)
    for camera in cameras:
        if camera.detector not in detector_names(folder):
            model(camera.detector, folder)  # says that there is none, and which there are
            raise ConfigError(f"camera {camera.id}: {camera.detector} is no detector")
        for name in camera.analysers:
            analyser(name)(camera, 1 / camera.fps)
        _check_onvif(camera)
    credentials = {e.id: c for e in entries if (c := split_credentials(e.source)[1]) is not None}
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        changes = control.apply(cameras, credentials)
    finally:
        control.close()
    told = [
        f"{what}: {', '.join(ids)}"
        for what, ids in (("added", changes.added), ("changed", changes.changed), ("retired", changes.retired))
        if ids
    ]
    yield from told or ["nothing to change"]
    yield from _too_slow(cameras)


def _check_onvif(camera: Camera) -> None:
    if kind_of(camera.source) == "onvif":
        try:
            OnvifAddress.parse(camera.source)
        except SourceError as error:
            raise ConfigError(f"camera {camera.id!r}: {error}; nothing was changed") from None


def _declare(sites: Sequence[Site], settings: Settings, home: Path) -> Iterator[str]:
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        for site in sites:
            control.put_site(site)
            yield f"declared: {site.id} ({site.source})"
    finally:
        control.close()


def register_anew(place: str, settings: Settings, home: Path) -> str:
    """Take a camera's next good picture as the one on which its places hold; or, for one zone, what its gauge looks like when dry.

    Raises:
        ConfigError: there is no such camera, nor a zone with a gauge.
    """
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        cameras = control.cameras()
        gauges = [zone.id for one in cameras for zone in one.zones if zone.gauge]
        known = [*(one.id for one in cameras), *gauges]
        if place not in known:
            raise ConfigError(
                f"no camera and no zone with a gauge is called {place!r}; known: {', '.join(known) or 'none'}; nothing was changed"
            )
        there = control.views.forget(place)
    finally:
        control.close()
    told = (
        "its gauge is learned anew: it has to be dry now"
        if place in gauges
        else "its places hold on its next good picture"
    )
    return f"{place}: {told}" + ("" if there else "; nothing was kept of an earlier one")


def export_file(file: Path, settings: Settings, home: Path) -> str:
    """Write every camera of the register to `file`, alarm rules and cordons to files beside it; credentials left out.

    Raises:
        ConfigError: `file` is there already.
    """
    beside, borders = (file.with_name(f"{file.stem}.{what}{file.suffix}") for what in ("rules", "cordons"))
    if there := next((one for one in (file, beside, borders) if one.exists()), None):
        raise ConfigError(f"{there} is there already; choose another name")
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        cameras, rules, targets = control.cameras(), control.alarms.rules(), control.alarms.targets()
        cordons = control.cordons()
    finally:
        control.close()
    file.write_text(tomli_w.dumps({"camera": [camera_entry(camera) for camera in cameras]}), "utf-8")
    said = f"wrote {len(cameras)} cameras to {file}"
    if rules or targets:
        entries = [{key: value for key, value in rule.items() if key != "revision"} for rule in rules]
        beside.write_text(tomli_w.dumps({"rule": entries, "notify": list(targets)}), "utf-8")
        said += f" and {len(rules)} rules to {beside}"
    if cordons:
        borders.write_text(tomli_w.dumps({"cordon": cordon_entries(cordons)}), "utf-8")
        said += f" and {len(cordons)} cordons to {borders}"
    return f"{said}; user names, passwords and secrets are not in it"


def _too_slow(cameras: Sequence[Camera]) -> Iterator[str]:
    """A note for each camera that counts at fewer samples than counting was made for: it is taken, but said."""
    for camera in cameras:
        counting = sorted({"visitors", "traffic"} & set(camera.analysers))
        if counting and camera.fps < COUNTING_FPS:
            yield (
                f"note: camera {camera.id!r} counts {' and '.join(counting)} at {camera.fps:g} samples per second; below "
                f"{COUNTING_FPS:g}, people who run and dense two-wheelers are lost: raise fps, or validate the camera as it is"
            )


def _absolute(entry: CameraEntry, file: Path) -> str:
    """A recording's path counts from the camera file's folder."""
    if not entry.source or kind_of(entry.source) not in {"file", "folder"}:
        return entry.source
    return str((file.resolve().parent / local_path(entry.source)).resolve())


def _example(name: str) -> Path:
    """An example file: beside the source in a checkout, inside the package in a wheel."""
    package = Path(str(files("pantau")))
    found = package.parent / "examples" / f"{name}.toml"
    return found if found.is_file() else package / "demo" / "examples" / f"{name}.toml"
