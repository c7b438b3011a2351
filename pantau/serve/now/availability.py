"""How much of the last whole day the city's cameras saw, worked out by the keeper, a camera a turn, so that no citizen waits for it.

Camera-minutes whose pictures were usable `GOOD` of the time, of all minutes of the cameras that should have watched: one that was off or dark
has none, and counts, from when the city had its first camera on. Of more than `MOST_CAMERAS` every n-th is looked at, by its id, and the
answer says so. A camera's day is some 30 ms, two hundred of them a quarter of an hour of turns. Rejected: in the request that asks first (seconds, in a
thread that others wait for), and the day's mean coverage (half a day seen whole and half not at all is not a day half seen).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from pantau.places import Camera
from pantau.serve.schema.accountability import Availability
from pantau.serve.services import Services
from pantau.store.buckets import bucket
from pantau.store.series import SeriesQuery
from pantau.types import EPOCH

GOOD: Final = 0.95
MOST_CAMERAS: Final = 200
SEEN_BY: Final = "quality"
"""The family whose coverage says whether a camera's pictures were usable."""
SETTLED: Final = timedelta(minutes=15)
"""After its end a day is looked at."""


class AvailabilityRounds:
    """Looks at the newest whole day. For one thread."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._day: tuple[datetime, datetime] | None = None
        self._left: list[Camera] = []
        self._span = EPOCH, EPOCH
        self._looked = self._of = self._good = 0

    def turn(self) -> bool:
        """Look at one camera; whether there is more to do.

        Raises:
            StoreError: the camera is looked at again at the next turn.
        """
        day = last_day(self._services)
        if day != self._day:
            self._begin(day)
        if self._left:
            self._good += self._minutes(self._left[-1], *self._span)
            self._left.pop()
            if not self._left:
                self._tell()
        return bool(self._left)

    def _begin(self, day: tuple[datetime, datetime]) -> None:
        asked = watching(self._services.register.cameras())
        self._left = list(asked[:: max(1, -(-len(asked) // MOST_CAMERAS))])
        self._looked, self._of, self._good = len(self._left), len(asked), 0
        extents = [self._services.numbers.extent(camera.id) for camera in self._left]
        begun = min((one[SEEN_BY][0] for one in extents if SEEN_BY in one), default=day[1])
        self._span = min(max(day[0], begun), day[1]), day[1]
        self._day = day
        if self._span[0] == self._span[1]:  # nobody was off before the city had its first camera
            self._left = []
        if not self._left:
            self._tell()

    def _minutes(self, camera: Camera, start: datetime, end: datetime) -> int:
        query = SeriesQuery(
            place=camera.id, indicators=(f"{SEEN_BY}.light",), tier="minute", start=start, end=end, fresh=False
        )
        return sum(coverage >= GOOD for coverage in self._services.numbers.series(query).coverage)

    def _tell(self) -> None:
        start, end = self._span
        minutes = round((end - start).total_seconds() / 60) * self._looked
        self._services.availability.newest = Availability(
            from_=start, to=end, cameras=self._looked, of=self._of, minutes=minutes, good=self._good, least=GOOD
        )


def watching(cameras: Sequence[Camera]) -> list[Camera]:
    """Those that should watch, by their ids."""
    return sorted((c for c in cameras if c.enabled and SEEN_BY in c.analysers), key=lambda c: c.id)


def last_day(services: Services) -> tuple[datetime, datetime]:
    """The newest local day that is over, UTC."""
    zone, now = services.city.timezone, services.clock() - SETTLED
    start = bucket("day", zone, now)[0]
    return bucket("day", zone, start - timedelta(hours=1))[0].astimezone(UTC), start.astimezone(UTC)
