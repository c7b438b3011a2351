"""A year of real counts through the real importer: to the unit what the file says, but for the rows that it tells of."""

from __future__ import annotations

import csv
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path

import pytest

from pantau.demo.city import Footage, seed
from pantau.demo.footage import counts
from pantau.demo.history import DEAD_HOURS
from pantau.store.control import Control
from pantau.store.series import SeriesQuery
from pantau.store.store import Store

pytestmark = [pytest.mark.network, pytest.mark.slow]

KEPT = Path(__file__).parents[2] / ".cache" / "footage"
FIRST, LAST = "2024-11-01", "2025-10-31"
"""With a change to summer time, and with labels that occur twice."""
START, END = datetime(2024, 10, 30, tzinfo=UTC), datetime(2025, 11, 3, tzinfo=UTC)
SKIPPED = ("2025-09-27", "2:00-2:59")
"""The hour of the night of 28 September 2025 that no clock in Auckland showed; the file's day begins at six."""


def of_store(store: Store, place: str) -> tuple[tuple[float | None, ...], int]:
    """Every hour of a place, and how many gaps are told of it."""
    query = SeriesQuery(place=place, indicators=("visitors.person",), tier="hour", start=START, end=END)
    outages = store.events(place, "outage", limit=1000).events
    return tuple(store.series(query).columns["visitors.person"]), len(outages)


def test_totals_of_a_year_are_those_of_the_source_and_so_are_its_gaps(tmp_path: Path) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    whole, locations = counts(KEPT, lambda *_: None)
    with whole.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    rows = [row for row in rows if FIRST <= row[0] <= LAST]
    year = tmp_path / "year.csv"
    with year.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])

    now = datetime(2025, 12, 1, tzinfo=UTC)
    control = Control.open(tmp_path, clock=lambda: now)
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: now)
    with closing(control), closing(store):
        said = seed(store, control, Footage(whole, whole, whole, None, None, (year, locations)), lambda: now)
        sites = {site.name: site.id for site in control.places()}
        told = {name: of_store(store, id_) for name, id_ in sites.items()}

    labels = Counter((row[0], row[1]) for row in rows)
    twice = [row for row in rows if labels[row[0], row[1]] > 1]
    skipped = [row for row in rows if (row[0], row[1]) == SKIPPED]
    assert f"{len(twice)} rows refused: label occurs twice" in said
    assert f"{len(skipped)} rows refused: hour skipped by summer time" in said
    assert twice
    assert skipped
    refused = {id(row) for row in (*twice, *skipped)}
    taken = sorted(
        (row for row in rows if id(row) not in refused),
        key=lambda row: (date.fromisoformat(row[0]), (int(row[1].split(":")[0]) - 6) % 24),
    )
    for column, name in enumerate(header[3:], start=3):
        counted = [float(row[column]) for row in taken if row[column]]
        dead = [n for n in (len(list(run)) for value, run in groupby(counted) if value == 0) if n >= DEAD_HOURS]
        lost = sum(float(row[column]) for row in (*twice, *skipped) if row[column])
        stored, gaps = told[name]
        assert sum(filter(None, stored)) == sum(float(row[column]) for row in rows if row[column]) - lost, name
        assert stored.count(None) == len(stored) - len(counted) + sum(dead), name
        assert gaps == len(dead), name
