"""Days off that are decreed each year (*cuti bersama*), as TOML that the city's data steward keeps; nobody guesses them.

    source = "SKB 3 Menteri 933/2025, 1/2025, 3/2025"   # of all days below that name none of their own

    [[leave]]
    day = 2026-03-20
    name = "Cuti bersama Idul Fitri 1447 H"
    name_en = "Collective leave, Eid al-Fitr"             # the Indonesian name where it is left out

``city.leave`` in ``pantau.toml`` names the file. Each of its days is a holiday of the country of the city's time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import Field, model_validator

from pantau.config import Strict, checked, read_toml
from pantau.vocabulary import Text


class LeaveDay(Strict):
    """One ``[[leave]]``."""

    day: date
    name: str = Field(min_length=1, max_length=120)
    name_en: str = Field(default="", max_length=120)
    source: str = Field(default="", max_length=200)


class LeaveFile(Strict):
    """A whole file."""

    source: str = Field(default="", max_length=200)
    leave: tuple[LeaveDay, ...]

    @model_validator(mode="after")
    def _are_sourced_and_single(self) -> LeaveFile:
        days = [one.day for one in self.leave]
        if doubled := sorted({one for one in days if days.count(one) > 1}):
            raise ValueError(f"{doubled[0]} is there twice; name it once")
        if bare := [one.day for one in self.leave if not (one.source or self.source)]:
            raise ValueError(f"{bare[0]} has no source; say which decree names it, for it or for the file")
        return self


def load_leave(path: Path) -> Mapping[date, Text]:
    """The decreed days, each with its name and the decree.

    Raises:
        ConfigError: the file can't be read or says something it must not; every fault is named.
    """
    found = checked(LeaveFile, read_toml(path), path)
    told = {one.day: (one, one.source or found.source) for one in found.leave}
    return {
        day: Text(f"{one.name} ({source})", f"{one.name_en or one.name} ({source})")
        for day, (one, source) in sorted(told.items())
    }
