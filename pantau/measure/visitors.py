"""Visitors: people across lines, inside zones, and how long they stay."""

from __future__ import annotations

from typing import Final

from pantau.measure.passers import Group, PassersAnalyser
from pantau.places import Camera

VISITORS: Final = Group("visitors", frozenset({"person"}))


class VisitorsAnalyser(PassersAnalyser):
    """Counts people of one camera; implements `pantau.ports.Analyser`."""

    def __init__(self, camera: Camera, cadence_s: float) -> None:
        super().__init__(VISITORS, camera, cadence_s)
