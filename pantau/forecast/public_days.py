"""Public holidays at a place, by its time zone: what graphs mark and what is no ordinary day of its week.

The country is the zone's (``zone.tab`` of the IANA time zone database); its days come from the package `holidays` (MIT), which reckons the
moving ones and needs no network. Limits: national days only, no regional ones; *cuti bersama* are decreed each year, so the city's data
steward gives them (`pantau.leave_file`); days of the Islamic calendar beyond those decreed are estimates and say so. Rejected: days typed into a configuration
(nobody keeps it up), a service on the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files

from pantau.vocabulary import Text

COUNTRY, ZONE = 0, 2
"""Columns of zone.tab."""


@lru_cache(maxsize=512)
def holidays_of(timezone: str, year: int) -> Mapping[date, Text]:
    """The public holidays of a year where this IANA zone is, by day and in order; empty where the country is not known."""
    import holidays  # noqa: PLC0415  # 0.4 s, paid by who asks first

    country = _countries().get(timezone, "")
    if country not in holidays.list_supported_countries():
        return {}
    spoken = holidays.country_holidays(country, years=year)
    languages = type(spoken).supported_languages
    local = _named(holidays.country_holidays(country, years=year, language="id" if "id" in languages else None))
    english = next((one for one in ("en_US", "en_GB", "en_NZ") if one in languages), None)
    foreign = _named(holidays.country_holidays(country, years=year, language=english))
    return {day: Text(name, foreign.get(day, name)) for day, name in sorted(local.items())}


def days_off(timezone: str, year: int, decreed: Mapping[date, Text], home: str) -> Mapping[date, Text]:
    """The public holidays of a year where a zone is, and the days `decreed` where it lies in the country of the zone `home`."""
    national = holidays_of(timezone, year)
    country = _countries().get(home)
    if timezone != home and (country is None or _countries().get(timezone) != country):
        return national
    return dict(sorted(({day: name for day, name in decreed.items() if day.year == year} | dict(national)).items()))


def _named(found: Mapping[date, str]) -> dict[date, str]:
    return {day: str(name).replace("; ", ", ") for day, name in found.items()}


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {row[ZONE]: row[COUNTRY] for row in rows}
