"""When a zone's limit holds, on the clock of the city: its schedule with the camera's time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pantau.errors import ConfigError
from pantau.places import Camera, Zone
from pantau.schedule import ALWAYS, Schedule


class Hours:
    """The hours of one zone.

    Raises:
        ConfigError: the zone has a schedule, but nobody said in which time zone its hours are.
    """

    def __init__(self, camera: Camera, zone: Zone) -> None:
        self._schedule = Schedule.parse(zone.schedule)
        if self._schedule != ALWAYS and not camera.timezone:
            raise ConfigError(
                f"zone {zone.id!r} has the schedule {zone.schedule!r}, but the time zone of its clock is not known; "
                "say it with --timezone Asia/Jakarta, or run inside an installation (its region gives the zone)"
            )
        self._zone = ZoneInfo(camera.timezone) if camera.timezone else None

    def hold(self, time: datetime) -> bool:
        """Whether the limit holds at `time` (UTC)."""
        return self._zone is None or self._schedule.covers(time.astimezone(self._zone))
