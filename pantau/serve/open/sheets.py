"""The tables of the open API: series of a place, a whole dataset, places and areas, with columns from the vocabulary only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Literal
from zoneinfo import ZoneInfo

from pantau.places import Line, Site, Slot
from pantau.serve.formats.sheet import Cell, Column, Row, Sheet, beside, state_of, value_of
from pantau.serve.http.problems import ProblemError
from pantau.serve.open.datasets import Dataset
from pantau.serve.series.asking import kind_of
from pantau.serve.series.groups import Group, Subject
from pantau.serve.series.published import camera_of, table_of
from pantau.serve.series.tables import Table, credit_of
from pantau.serve.services import Services
from pantau.store.buckets import WIDTHS
from pantau.store.series import SeriesQuery

MOST_ROWS = 1_000_000
"""Rows of one download: 114 years of one place's hours, or a year of days of 2,700 places."""
OPEN = ("start", "place", "place_name", "kode_wilayah", "tier", "direction", "coverage", "provisional", "method")
WHERE = ("place", "place_name", "kind", "kode_wilayah", "lon", "lat", "source", "licence")


def columns_of(names: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns of a table of these indicators: what stands beside them, then value and state of each."""
    told = [column for name in names for column in (value_of(name), state_of(name))]
    return (*(beside(name) for name in OPEN), *told)


def series_sheet(services: Services, place: Subject, query: SeriesQuery) -> tuple[Sheet, bool]:
    """The public's series of one place, and whether time alone will not change it."""
    table = table_of(services, place, query, public=True)
    names = query.indicators
    title = f"pantau_{place.id}_{query.tier}_{table.series.starts[0]:%Y%m%d}_{table.ends[-1]:%Y%m%d}"
    return Sheet(title, columns_of(names), tuple(_rows(services, place, table, names))), table.settled


def dataset_sheet(services: Services, one: Dataset, query: SeriesQuery) -> Sheet:
    """Every place of a dataset over one range; `query.place` is not looked at.

    Raises:
        ProblemError: 422, it has more rows than one download may.
    """
    most = round((query.end - query.start) / WIDTHS[query.tier] + 1) * len(one.places)
    if most > MOST_ROWS:
        raise ProblemError(
            422,
            "Too many rows",
            f"{most:,} rows of one {query.tier} are more than the {MOST_ROWS:,} of one download; ask for a shorter range or a wider tier",
        )
    names = tuple(i.id for i in one.indicators)

    def rows() -> Iterator[Row]:
        for place_id, mine in one.places.items():
            place = services.register.place(place_id)
            if place is None:
                continue
            asked = SeriesQuery(
                place=place_id,
                indicators=tuple(i.id for i in mine),
                tier=query.tier,
                start=query.start,
                end=query.end,
                direction=query.direction,
            )
            yield from _rows(services, place, table_of(services, place, asked, public=True), names)

    title = f"pantau_{one.family.name}_{query.tier}_{query.start:%Y%m%d}_{query.end:%Y%m%d}"
    return Sheet(title, columns_of(names), rows())


def places_sheet(services: Services) -> Sheet:
    """Every place that publishes something may be looked up in it."""
    rows = []
    for place in services.register.places():
        if isinstance(place, Slot):
            continue  # its numbers are its zone's
        camera = camera_of(services, place)
        at = place if isinstance(place, Site) else camera
        source, licence = credit_of(place, camera.attribution if camera else "")
        code = camera.area if camera else services.city.region
        where: tuple[Cell, Cell] = (at.lon, at.lat) if at else (None, None)
        rows.append((place.id, place.name, kind_of(place), code, *where, source, licence or services.city.licence))
    return Sheet("pantau_places", tuple(beside(name) for name in WHERE), rows)


def areas_sheet(areas: bytes) -> Sheet:
    """The city's areas with their codes, as text."""
    features = json.loads(areas)["features"]
    rows = [(one["properties"]["code"], one["properties"]["name"]) for one in features]
    geometries: tuple[Mapping[str, object] | None, ...] = tuple(one["geometry"] for one in features)
    return Sheet("pantau_areas", (beside("kode_wilayah"), beside("name")), rows, geometries)


def _rows(services: Services, place: Subject, table: Table, names: tuple[str, ...]) -> Iterator[Row]:
    series, zone = table.series, ZoneInfo(table.series.timezone)
    camera = camera_of(services, place)
    code = camera.area if camera else place.code if isinstance(place, Group) else ""
    direction: Literal["both", "forward", "backward", ""] = ""
    if isinstance(place, Line):
        direction = table.direction  # type: ignore[assignment]  # checked where it was asked
    tier = series.tier
    empty = (None,) * len(series.starts)
    told = [(series.columns.get(name, empty), table.states.get(name, empty)) for name in names]
    for i, start in enumerate(series.starts):
        coverage = None if table.held[i] else round(series.coverage[i], 4)
        cells: list[Cell] = [start.astimezone(zone), place.id, place.name, code, tier, direction, coverage]
        cells += [series.provisional[i], series.method[i]]
        for values, states in told:
            cells += [values[i], states[i]]
        yield cells
