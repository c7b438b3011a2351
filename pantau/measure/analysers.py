"""Every analyser by its name in the configuration: built-ins first, then those of entry points ``pantau.analyser``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Final, cast

from pantau.errors import ConfigError
from pantau.measure.dwell import DwellAnalyser
from pantau.measure.flow import FlowAnalyser
from pantau.measure.health import HealthAnalyser
from pantau.measure.litter import LitterAnalyser
from pantau.measure.parking import ParkingAnalyser
from pantau.measure.quality import QualityAnalyser
from pantau.measure.road import RoadAnalyser
from pantau.measure.speed import SpeedAnalyser
from pantau.measure.taught import TaughtAnalyser
from pantau.measure.traffic import TrafficAnalyser
from pantau.measure.visitors import VisitorsAnalyser
from pantau.measure.volume import VolumeAnalyser
from pantau.measure.water import WaterAnalyser
from pantau.places import Camera
from pantau.ports import Analyser

GROUP: Final = "pantau.analyser"

Factory = Callable[[Camera, float], Analyser]
"""Makes the analyser of a camera from the camera and the seconds between its samples."""

ANALYSERS: Final[Mapping[str, Factory]] = MappingProxyType(
    {
        "health": HealthAnalyser,
        "dwell": DwellAnalyser,
        "flow": FlowAnalyser,
        "litter": LitterAnalyser,
        "parking": ParkingAnalyser,
        "quality": QualityAnalyser,
        "road": RoadAnalyser,
        "scene": TaughtAnalyser,
        "speed": SpeedAnalyser,
        "traffic": TrafficAnalyser,
        "visitors": VisitorsAnalyser,
        "volume": VolumeAnalyser,
        "water": WaterAnalyser,
    }
)


def analyser(name: str) -> Factory:
    """The factory of this name.

    Raises:
        ConfigError: no built-in and no entry point has the name; the message lists the known ones.
    """
    if name in ANALYSERS:
        return ANALYSERS[name]
    plugins = entry_points(group=GROUP)
    if name in plugins.names:
        return cast("Factory", plugins[name].load())
    known = sorted({*ANALYSERS, *plugins.names})
    raise ConfigError(f"unknown analyser {name!r}; known ones: {', '.join(known)}")
