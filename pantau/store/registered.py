"""The register as it was last committed, held in memory: every answer needs a place and its camera.

Its version counts up with every change, in whatever process; only when that has moved are cameras and places read again (a second for 10,000
cameras). The version itself is looked at only after a commit of anybody (`ControlFile.stamp`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pantau.places import Camera, Place


@dataclass(frozen=True, slots=True)
class Registered:
    """Cameras and places of one version of the register.

    Args:
        cameras: in force, by id, in the order of ids.
        places: in force, by camera in the order drawn, sites last.
        by_id: the newest revision of every place, retired ones too.
    """

    version: int
    cameras: Mapping[str, Camera]
    places: tuple[Place, ...]
    by_id: Mapping[str, Place]


class RegisterMemory:
    """The newest `Registered`. Safe from any thread.

    Args:
        version: of the register now.
        load: reads cameras and places.
    """

    def __init__(self, version: Callable[[], int], load: Callable[[int], Registered]) -> None:
        self._version, self._load = version, load
        self._lock = threading.Lock()
        self._known: Registered | None = None

    def now(self) -> Registered:
        """Cameras and places as they are.

        Raises:
            StoreError: the database failed.
        """
        with self._lock:
            version = self._version()
            if self._known is None or self._known.version != version:
                self._known = self._load(version)
            return self._known
