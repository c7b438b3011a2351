"""Which camera is examined next: one at a time, each again after `AGAIN_S`, so that nobody waits for all of them.

Of each camera today, as far as it has passed, and yesterday, whose last minutes may have settled late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from pantau.checks.examine import Ask, Examination
from pantau.places import Camera, Place
from pantau.store.self_checks import SelfCheck

AGAIN_S: Final = 3600.0
YESTERDAY: Final = timedelta(days=1)


class Register(Protocol):
    """What is examined, and where the results are kept."""

    def cameras(self) -> Sequence[Camera]:
        """Every camera, lines and zones included."""
        ...

    def place(self, id_: str) -> Place | None:
        """One place."""
        ...

    def checked(self, found: Sequence[SelfCheck]) -> None:
        """Keep results."""
        ...


class Rounds:
    """Examines camera after camera.

    Args:
        register: cameras and results.
        ask: the store's `series`.
        timezone: IANA zone of the city's days.
    """

    def __init__(self, register: Register, ask: Ask, timezone: str) -> None:
        self._register, self._ask, self._timezone = register, ask, timezone
        self._done: dict[str, datetime] = {}

    def turn(self, now: datetime) -> Sequence[SelfCheck]:
        """Examine the camera that has waited longest, if any is due; what was found.

        Raises:
            StoreError: nothing was kept; the camera has its next turn in `AGAIN_S`, so that one that fails holds nobody up.
        """
        cameras = {camera.id: camera for camera in self._register.cameras()}
        self._done = {id_: time for id_, time in self._done.items() if id_ in cameras}
        due = [id_ for id_ in cameras if id_ not in self._done or (now - self._done[id_]).total_seconds() >= AGAIN_S]
        if not due:
            return ()
        first = min(due, key=lambda id_: (id_ in self._done, self._done.get(id_, now)))
        self._done[first] = now
        found = self.examine(cameras[first], now)
        if found:
            self._register.checked(found)
        return found

    def examine(self, camera: Camera, now: datetime) -> tuple[SelfCheck, ...]:
        """Yesterday and today of one camera."""
        place: Callable[[str], Place | None] = self._register.place
        about = Examination(camera, self._timezone, self._ask, place)
        return about.day(now - YESTERDAY, now) + about.day(now, now)
