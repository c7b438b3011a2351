"""Hours that are shifted by a time zone, by summer time or by an export, as users of other systems reported them.

The table of all reports and their tests is in tests/measure/test_reported_failures.py. That local days have 23 and 25
hours where the clocks change is tests/store/test_buckets.py and tests/store/test_backfill.py.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pantau.places import Camera, Line
from pantau.serve.app import create_app
from pantau.serve.memory import MemoryRegister, memory_services
from pantau.store.store import Store
from pantau.types import Batch, Event, Key, Observation, Run

SPRING = datetime(2026, 9, 26, 14, 0, tzinfo=UTC)
"""02:00 in Auckland on 27 September, when it becomes 03:00."""
LINE = Line(id="c.gate", camera="c", name="Gate", start=(0.1, 0.5), end=(0.9, 0.5))
HOURS = 30


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """In hour n after the day before the change began, n cars passed."""
    first, now = SPRING - timedelta(hours=14), SPRING + timedelta(days=4)
    store = Store.open(tmp_path, timezone="Pacific/Auckland", clock=lambda: now)
    keys = (Key("traffic", LINE.id, 1, "forward"), Key("traffic", LINE.id, 1, "backward"))
    store.begin(
        Run(
            id="r", camera="c", kind="live", started=first, keys=keys, method={"traffic": "m"},
            cadence_s={"traffic": 60.0},
        )
    )  # fmt: skip
    said, events = [], []
    for n in range(HOURS):
        at = first + timedelta(hours=n, minutes=30)
        said += [Observation(LINE.id, "traffic.car", "forward", at, 0.0, 1.0)] * n
        events.append(Event(f"e{n:02}", "crossing", LINE.id, at))
    times = tuple(first + timedelta(minutes=m) for m in range(60 * HOURS))
    store.write(Batch("r", 1, {"traffic": times}, tuple(said), tuple(events)))
    store.rollup(now)
    services = memory_services(now)
    camera = Camera(id="c", name="c", source="clip.avi", lines=(LINE,))
    city = replace(services.city, timezone="Pacific/Auckland")
    with TestClient(
        create_app(replace(services, numbers=store, register=MemoryRegister((camera,)), city=city)),
        base_url="http://localhost",
    ) as opened:
        yield opened
    store.close()


def ask(client: TestClient, start: str, end: str, tier: str = "hour") -> dict[str, float | None]:
    """By UTC start of the bucket, what JSON says; the CSV must say the same."""
    query = {"place": LINE.id, "indicator": "traffic.car", "tier": tier, "from": start, "to": end}
    series = client.get("/api/v1/series", params=query).json()
    found = dict(zip(series["t"], series["columns"][0]["values"], strict=True))
    rows = csv.DictReader(io.StringIO(client.get("/api/v1/series.csv", params=query).text))
    exported = {row["start"]: float(row["traffic.car"]) if row["traffic.car"] else None for row in rows}
    assert exported == found
    return found


def test_frigate_7935_an_export_across_the_change_of_the_clocks_holds_the_hours_asked_for(client: TestClient) -> None:
    """From 01:00 to 05:00 by the clock on the wall, which is three hours: 01, 03 and 04."""
    found = ask(client, "2026-09-27T01:00:00+12:00", "2026-09-27T05:00:00+13:00")
    assert found == {"2026-09-26T13:00:00Z": 13.0, "2026-09-26T14:00:00Z": 14.0, "2026-09-26T15:00:00Z": 15.0}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-09-26T16:00:00Z", "2026-09-26T18:00:00Z"),
        ("2026-09-27T05:00:00+13:00", "2026-09-27T07:00:00+13:00"),
        ("2026-09-26T23:00:00+07:00", "2026-09-27T01:00:00+07:00"),
        ("2026-09-26T12:00:00-04:00", "2026-09-26T14:00:00-04:00"),
    ],
)
def test_frigate_3991_and_771_the_same_moments_in_any_zone_are_the_same_hours(
    client: TestClient, start: str, end: str
) -> None:
    assert ask(client, start, end) == {"2026-09-26T16:00:00Z": 16.0, "2026-09-26T17:00:00Z": 17.0}


def test_frigate_5228_a_day_is_the_citys_day_whoever_asks(client: TestClient) -> None:
    """The 27th begins at 12:00 UTC and has 23 hours; asked in UTC or in Jakarta's time it is the same day."""
    day = {"2026-09-26T12:00:00Z": float(sum(range(12, HOURS)))}
    for start, end in (
        ("2026-09-26T12:00:00Z", "2026-09-27T11:00:00Z"),
        ("2026-09-27T00:00:00+12:00", "2026-09-27T23:59:00+13:00"),
    ):
        assert ask(client, start, end, "day") == day


def test_a_time_without_a_zone_is_refused_and_not_guessed(client: TestClient) -> None:
    query = {"place": LINE.id, "indicator": "traffic.car", "from": "2026-09-27T01:00:00"}
    assert client.get("/api/v1/series", params=query).status_code == 422
