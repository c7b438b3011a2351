"""Gauges of the register that were refused when their dry look was taken, in words for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from pantau.measure.kept_looks import refused
from pantau.places import Zone
from pantau.store.control import Control


def refused_gauges(control: Control) -> Iterator[tuple[Zone, str]]:
    """Each refused gauge's zone, and what is wrong with it and what to do, in a sentence."""
    for camera in control.cameras():
        dry = control.views.dry_of(camera) if any(zone.gauge for zone in camera.zones) else {}
        for zone in camera.zones:
            if (reason := refused(dry.get(zone.id, ""), zone.limit_cm)) is not None:
                alarm = f" (its alarm level is {zone.limit_cm:g} cm)" if "limit" in reason.values else ""
                yield (
                    zone,
                    f"gauge {zone.id!r} is refused: at {reason.values['heights']} it is too bare or dark to show water{alarm}; it tells no "
                    f"level and guards nothing. Move it to a face with edges or light it, then `pantau reregister {zone.id}`",
                )
