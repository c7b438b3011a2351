"""``pantau check``: what the self-checks found, from the control database; the running city computes them every hour."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pantau.checks.words import sentence
from pantau.config import Settings
from pantau.errors import ConfigError
from pantau.ingest.decode import wall_clock as now
from pantau.store.buckets import zone
from pantau.store.control import Control

MARKS = {"consistent": "ok", "inconsistent": "!!", "unknown": "--"}


def said(camera: str, settings: Settings, home: Path) -> list[str]:
    """A line per check and day, the failed ones first.

    Raises:
        ConfigError: there is no such camera.
    """
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        cameras = {one.id: one.name for one in control.cameras()}
        if camera and camera not in cameras:
            raise ConfigError(f"there is no camera {camera!r}; the register has: {', '.join(cameras) or 'none'}")
        names = {place.id: place.name for place in control.places()} | cameras
        found = sorted(control.self_checks(camera or None), key=lambda check: check.verdict != "inconsistent")
    finally:
        control.close()
    lines = [
        f"{MARKS[one.verdict]}  {one.start.astimezone(zone(settings.city.zone)):%Y-%m-%d} {one.camera} {one.family}: "
        f"{sentence(one, names).en}"
        for one in found
    ]
    return lines or ["no self-check was made yet; the running city makes them every hour (docs/methods/self-checks.md)"]


def failed(lines: Sequence[str]) -> bool:
    """Whether any of these lines is about a failure."""
    return any(line.startswith(MARKS["inconsistent"]) for line in lines)
