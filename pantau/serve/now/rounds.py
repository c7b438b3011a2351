"""Which place is looked at next: as many a turn as fit into `BUDGET_S`, those that waited longest first.

The keeper calls `turn` every few seconds. A place is due when a new hour of it is public, when it was never looked at, and again after
`AGAIN_S`, so that late figures appear and "last checked" means something. What is usual on its day is learnt once
(`pantau.serve.now.standing`), so a turn costs one question of a day for each place; the first round of a day costs more and is spread
over turns. Measured: docs/methods/forecast.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from pantau.places import Site, Slot
from pantau.serve.kept.standings import Standing, Watched
from pantau.serve.now.border import crossed
from pantau.serve.now.standing import CURRENT, Expected, Extent, day_of, expected, holds, hour_of, standing
from pantau.serve.series.released_days import zone_of
from pantau.serve.services import Services
from pantau.serve.themes import THEMES

BUDGET_S: Final = 1.0
"""Seconds that a turn may begin new places in: a fifth of the keeper's time."""
AGAIN_S: Final = 900.0
REGISTER_S: Final = 60.0
"""Seconds between looks at the register and at what each place has."""
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class StandingRounds:
    """Keeps `services.standings` new.

    Args:
        services: the city.
        budget_s: seconds a turn may take, and the last place over that.
        stopwatch: seconds of a clock that only goes forward.
    """

    def __init__(
        self, services: Services, budget_s: float = BUDGET_S, stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        self._services, self._budget_s, self._stopwatch = services, budget_s, stopwatch
        self._learnt: dict[tuple[str, str], Expected] = {}
        self._looked: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        self._found: dict[tuple[str, str], Standing] = {}
        self._extents: dict[str, Extent] = {}
        self._read: datetime | None = None

    def turn(self, now: datetime) -> int:
        """Look at the places that are due, as far as the time goes; how many that were.

        Raises:
            StoreError: what was found before is kept; the place that failed has its next turn in `AGAIN_S`.
        """
        if self._read is None or (now - self._read).total_seconds() >= REGISTER_S:
            self._follow(now)
        due = [(one, self._hour(one, now)) for one in self._services.standings.now().wanted]
        due = [(one, hour) for one, hour in due if self._is_due(one, hour, now)]
        due.sort(key=lambda pair: (not pair[0].current, self._looked.get(pair[0].key, (NEVER, NEVER))[1]))
        began, looked = self._stopwatch(), 0
        try:
            for one, hour in due:
                if looked and self._stopwatch() - began >= self._budget_s:
                    break
                self._looked[one.key] = hour, now
                self._found[one.key] = self._look(one, hour)
                looked += 1
        finally:
            self._show(now, whole=looked == len(due))
        return looked

    def _show(self, now: datetime, *, whole: bool) -> None:
        """Let the pages see a finished round, so that they never add up two hours; a place that has nothing yet, at once."""
        shown = self._services.standings.now().found
        oldest = min((one.checked for one in self._found.values()), default=now)
        if whole or (now - oldest).total_seconds() >= AGAIN_S:
            fresh = list(self._found)
        else:
            fresh = [key for key in self._found if key not in shown]
        self._services.standings.put([self._found.pop(key) for key in fresh])

    def _follow(self, now: datetime) -> None:
        """Who is to be looked at, of the register as it is now."""
        self._extents = dict(self._services.numbers.extents())
        wanted = watched(self._services, self._extents, now)
        keys = {one.key for one in wanted}
        self._learnt = {key: one for key, one in self._learnt.items() if key in keys}
        self._looked = {key: one for key, one in self._looked.items() if key in keys}
        self._found = {key: one for key, one in self._found.items() if key in keys}
        self._services.standings.want(wanted)
        self._services.standings.cross(crossed(self._services, now))
        self._read = now

    def _hour(self, one: Watched, now: datetime) -> datetime:
        return hour_of(self._services, one, self._extents.get(one.place.id, {}), now)

    def _is_due(self, one: Watched, hour: datetime, now: datetime) -> bool:
        looked = self._looked.get(one.key)
        return looked is None or looked[0] != hour or (now - looked[1]).total_seconds() >= AGAIN_S

    def _look(self, one: Watched, hour: datetime) -> Standing:
        day = hour.astimezone(zone_of(self._services, one.place)).date()
        table = day_of(self._services, one, day)
        learnt = self._learnt.get(one.key)
        if learnt is None or not holds(learnt, day, table):
            learnt = self._learnt[one.key] = expected(self._services, one, day)
        return standing(self._services, one, learnt, table, hour, self._extents.get(one.place.id, {}))


def watched(services: Services, extents: dict[str, Extent], now: datetime) -> tuple[Watched, ...]:
    """Every place that has a number of a theme, or is asked to have one."""
    cameras = {camera.id: camera for camera in services.register.cameras()}
    found = []
    for place in services.register.places():
        if isinstance(place, Slot):
            continue
        camera = None if isinstance(place, Site) else cameras.get(place.camera)
        if camera is None and not isinstance(place, Site):
            continue
        extent = extents.get(place.id, {})
        for theme in THEMES.values():
            if not theme.of(place, camera) or (camera is None and theme.family not in extent):
                continue
            if camera is not None:
                current = camera.enabled
            else:
                ours = zone_of(services, place).key == services.city.timezone
                current = ours and now - extent[theme.family][1] < CURRENT
            found.append(Watched(place, camera, theme, current))
    return tuple(found)
