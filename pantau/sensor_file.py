"""Sensor files: sites whose numbers come from elsewhere, as TOML that a person writes.

    [[sensor]]
    id = "bbws.kali-garang"
    name = "Kali Garang, papan duga Tugu Soeharto"
    timezone = "Asia/Jakarta"
    lon = 110.40
    lat = -7.01
    source = "BBWS Pemali Juana"
    licence = "CC BY 4.0"

``pantau apply FILE`` declares them; ``pantau import FILE.csv`` and ``POST /api/v1/imports/{place}`` fill them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import Field, field_validator

from pantau.config import Strict, checked, read_toml
from pantau.errors import ConfigError
from pantau.places import Site

SiteId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9_-]{1,64})?$")]


class SensorEntry(Strict):
    """One ``[[sensor]]``."""

    id: SiteId
    name: str = Field(default="", max_length=120, description="Name shown; the id when empty.")
    timezone: str = Field(description="IANA zone of its hours and days, such as Asia/Jakarta.")
    lon: float | None = Field(default=None, ge=-180, le=180, description="WGS 84, degrees.")
    lat: float | None = Field(default=None, ge=-90, le=90, description="WGS 84, degrees.")
    source: str = Field(min_length=1, max_length=200, description="Who measures it; shown with every figure.")
    licence: str = Field(default="", max_length=200, description="Under which its numbers may be passed on.")

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, timezone: str) -> str:
        if timezone not in available_timezones():
            raise ValueError(f"expected an IANA zone such as Asia/Jakarta, got {timezone!r}")
        return timezone

    def site(self) -> Site:
        """The entry as a `Site`."""
        return Site(**self.model_dump(exclude={"name"}), name=self.name or self.id)


class SensorFile(Strict):
    """A whole sensor file."""

    sensor: tuple[SensorEntry, ...] = Field(min_length=1)


def is_sensor_file(path: Path) -> bool:
    """Whether the file declares sensors, and nothing else.

    Raises:
        ConfigError: it can't be read, or says cameras or rules as well.
    """
    tables = set(read_toml(path))
    if "sensor" in tables and tables != {"sensor"}:
        raise ConfigError(f"{path}: sensors are a file of their own; move {', '.join(sorted(tables - {'sensor'}))} out")
    return "sensor" in tables


def load_sensor_file(path: Path) -> tuple[Site, ...]:
    """The sites that `path` declares.

    Raises:
        ConfigError: it can't be read or says something it must not; every fault is named.
    """
    found = checked(SensorFile, read_toml(path), path).sensor
    ids = [one.id for one in found]
    if doubled := sorted({one for one in ids if ids.count(one) > 1}):
        raise ConfigError(f"{path}: two sensors have the id {doubled[0]!r}; rename one, nothing was changed")
    return tuple(one.site() for one in found)
