"""Traffic: vehicles by class across lines, inside zones, and how long they stay."""

from __future__ import annotations

from typing import Final

from pantau.measure.passers import Group, PassersAnalyser
from pantau.places import Camera
from pantau.types import CLASSES

TRAFFIC: Final = Group("traffic", frozenset(CLASSES) - {"person"})


class TrafficAnalyser(PassersAnalyser):
    """Counts vehicles of one camera; implements `pantau.ports.Analyser`."""

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        super().__init__(TRAFFIC, camera, cadence_s)
