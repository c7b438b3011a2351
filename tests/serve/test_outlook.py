"""The usual, the outlook and the unusual: of released figures only, and honest about what is not known."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pantau.serve.app import create_app
from pantau.serve.memory import MemoryNumbers
from pantau.serve.services import Services
from tests.serve.conftest import NOW, SITE

FIRST = datetime(2025, 6, 1, tzinfo=UTC)
ASK = {"place": SITE.id, "indicator": "visitors.person", "day": "2026-03-04"}
MIDNIGHT = datetime(2026, 3, 3, 11, tzinfo=UTC)
"""Of that day in Auckland."""


def busy(at: datetime) -> float:
    """People of an hour: many by day, fewer on Sundays, a few more or less by the day."""
    return (300 if at.hour >= 20 or at.hour < 6 else 40) * (0.5 if at.weekday() == 6 else 1) + at.day % 7


@pytest.fixture
def client(services: Services) -> Callable[..., TestClient]:
    """The city with most of a year of an open place, changed by hour."""

    def make(changed: dict[datetime, float | None] | None = None) -> TestClient:
        hours = {}
        at = FIRST
        while at < NOW:
            if (value := (changed or {}).get(at, busy(at))) is not None:
                hours[at] = value
            at += timedelta(hours=1)
        numbers = MemoryNumbers({(SITE.id, "visitors.person"): hours}, [], SITE.timezone)
        numbers.now, numbers.coverage = NOW, 0.97
        return TestClient(create_app(replace(services, numbers=numbers)), base_url="http://localhost")

    return make


def ask(client: TestClient, **query: str) -> dict[str, Any]:
    answer = client.get("/api/v1/outlook", params=ASK | query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_ordinary_day_lies_in_its_range_and_tomorrow_has_one_with_its_error(
    client: Callable[..., TestClient],
) -> None:
    found = ask(client())
    known = [hour for hour in found["today"]["hours"] if hour["value"] is not None and hour["usual"] is not None]
    assert len(known) > 5
    assert all(hour["low"] <= hour["usual"] <= hour["high"] for hour in known)
    assert sum(hour["low"] <= hour["value"] <= hour["high"] for hour in known) > 0.8 * len(known)
    assert found["so_far"]["value"] == pytest.approx(found["so_far"]["usual"], rel=0.1)
    assert found["spells"] == []
    assert all(hour["high"] > hour["low"] for hour in found["tomorrow"]["hours"])
    assert found["tomorrow"]["hours"][5]["value"] is None, "it has not been"
    assert 0 <= found["error"]["mae"] <= found["error"]["naive"] + 5
    assert found["error"]["within"] > 0.8
    assert found["days"] > 150


def test_hours_far_out_of_the_ordinary_are_one_spell_with_a_sentence_in_both_languages(
    client: Callable[..., TestClient],
) -> None:
    found = ask(client({MIDNIGHT + timedelta(hours=h): 2000.0 for h in (1, 2, 3)}))
    (spell,) = found["spells"]
    assert spell["side"] == "over"
    assert spell["value"] == pytest.approx(6000)
    assert spell["from"] == f"{MIDNIGHT + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert "jauh di atas biasanya" in spell["sentence"]["id"]
    assert "6.000" in spell["sentence"]["id"]
    assert "6,000" in spell["sentence"]["en"]
    assert sum(hour["odd"] for hour in found["today"]["hours"]) == 3


def test_a_gap_is_unknown_and_never_small(client: Callable[..., TestClient]) -> None:
    found = ask(client(dict.fromkeys((MIDNIGHT + timedelta(hours=h) for h in range(12)), None)))
    assert found["spells"] == []
    missing = [hour for hour in found["today"]["hours"] if hour["value"] is None]
    assert len(missing) >= 12


def test_counts_of_people_come_out_of_what_is_released_and_of_nothing_else(browse: Callable[..., TestClient]) -> None:
    """Nobody has opened this place: its true hours are in the store, and the outlook knows none of them."""
    for client in (browse(), browse(room=True)):
        answer = client.get("/api/v1/outlook", params={"place": "pets.W", "indicator": "visitors.person"})
        assert answer.status_code == 200
        found = answer.json()
        assert {hour["value"] for hour in found["today"]["hours"]} == {None}
        assert found["so_far"] is None
        assert found["error"] is None


def test_the_csv_says_the_same(client: Callable[..., TestClient]) -> None:
    city = client()
    found = ask(city)
    answer = city.get("/api/v1/outlook.csv", params=ASK)
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    hours = [*found["today"]["hours"], *found["tomorrow"]["hours"]]
    assert [row["start"] for row in rows] == [hour["t"] for hour in hours]
    assert [float(row["usual"] or "nan") for row in rows] == pytest.approx(
        [math.nan if hour["usual"] is None else hour["usual"] for hour in hours], nan_ok=True
    )


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"indicator": "x.y"}, "x.y"),
        ({"day": "2026-03-20"}, "day"),
        ({"day": "soon"}, "day"),
        ({"place": "nowhere"}, "nowhere"),
    ],
)
def test_what_can_not_be_answered_is_named(
    client: Callable[..., TestClient], query: dict[str, str], named: str
) -> None:
    answer = client().get("/api/v1/outlook", params=ASK | query)
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.text
