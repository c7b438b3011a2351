"""``pantau import``: a CSV of readings into the declared sites, by the store or by the city that owns it.

    time,place,indicator,value,unit
    2026-01-31T07:00:00+07:00,bbws.kali-garang,sensor.level,212,cm

Every row of the file is checked before the first is given away, so that a refusal leaves everything as it was.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pantau.commands.rules import running
from pantau.config import Settings
from pantau.errors import DataError, LockedError
from pantau.ingest.decode import wall_clock as now
from pantau.places import Site
from pantau.store.control import Control
from pantau.store.imports import SHOWN, Reading, Width, bring_in, refused
from pantau.store.store import Store

COLUMNS: Final = ("time", "place", "indicator", "value", "unit")
AT_ONCE: Final = 80
"""Rows in one request to a running city."""


def import_file(file: Path, width: Width, settings: Settings, home: Path) -> Iterator[str]:
    """Bring in the rows of a CSV; a line for each site.

    Raises:
        DataError: rows are refused; the message lists them and nothing was kept.
        StoreError: nothing of the site in work was kept.
    """
    control = Control.open(settings.data.store_at(home), clock=now)
    try:
        sites = {place.id: place for place in control.places() if isinstance(place, Site)}
        by_site = _read(file, sites)
        faults = [
            f"{name}, {why}" for name, given in by_site.items() for why in refused(sites[name], width, given, now())
        ]
        if faults:
            shown = "\n".join(f"  {one}" for one in faults[:SHOWN])
            raise DataError(f"{file}: {len(faults)} rows are refused, nothing was kept\n{shown}")
        try:
            store = Store.open(settings.data.store_at(home), timezone=settings.city.zone, clock=now)
        except LockedError:
            yield from _give(by_site, width, settings, control)
        else:
            with closing(store):
                for name, given in by_site.items():
                    kept = bring_in(store, sites[name], width, given, now())
                    yield f"{name}: {kept.values} values of {kept.rows} {width}s"
    finally:
        control.close()


def _give(by_site: dict[str, list[Reading]], width: Width, settings: Settings, control: Control) -> Iterator[str]:
    """To the running city, some rows at a time."""
    with running(settings, control) as ask:
        for name, given in by_site.items():
            values = 0
            for first in range(0, len(given), AT_ONCE):
                rows = [
                    {"time": r.time.isoformat(), "indicator": r.indicator, "value": r.value, "unit": r.unit}
                    for r in given[first : first + AT_ONCE]
                ]
                values += int(ask(f"/api/v1/imports/{name}", {"width": width, "rows": rows})["values"])
            yield f"{name}: {values} values, by the running city"


def _read(file: Path, sites: dict[str, Site]) -> dict[str, list[Reading]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file}: can't be read as CSV: {error}") from error
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise DataError(f"{file}: expected rows with the columns {', '.join(COLUMNS)}")
    found: dict[str, list[Reading]] = {}
    faults = []
    for number, row in enumerate(rows, start=2):
        try:
            time, value = datetime.fromisoformat(row["time"]), float(row["value"])
            if time.utcoffset() is None:
                raise ValueError(f"{row['time']} does not say its offset")  # noqa: TRY301  # one report for all of them
        except (TypeError, ValueError) as error:
            faults.append(f"line {number}: {error}")
            continue
        if row["place"] not in sites:
            faults.append(f"line {number}: unknown place {row['place']!r}; declare it in a [[sensor]] file")
            continue
        found.setdefault(row["place"], []).append(Reading(time.astimezone(UTC), row["indicator"], value, row["unit"]))
    if faults:
        raise DataError(f"{file}: {len(faults)} rows are refused, nothing was kept\n" + _some(faults))
    return found


def _some(faults: Sequence[str]) -> str:
    return "\n".join(f"  {one}" for one in faults[:SHOWN])
