"""Usual levels, weeks, trends and holidays over HTTP: of released figures only, and honest about what is not known."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pantau.places import Site
from pantau.serve.app import create_app
from pantau.serve.memory import MemoryNumbers, MemoryRegister
from pantau.serve.services import Services
from pantau.store.releases import Decision
from tests.serve.conftest import NOW, SITE

FIRST = datetime(2023, 12, 1, tzinfo=UTC)
"""Two years and a little before `NOW`."""
ASK = {"place": SITE.id, "indicator": "visitors.person"}


def busy(at: datetime) -> float:
    """People of an hour: many by day in Auckland, fewer on Sundays, a few more or less by the day."""
    return (300 if at.hour >= 20 or at.hour < 6 else 40) * (0.5 if at.weekday() == 6 else 1) + at.day % 7


@pytest.fixture
def client(services: Services) -> Callable[..., TestClient]:
    """The city with two years of an open place; `level` changes an hour."""

    def make(level: Callable[[datetime], float | None] = busy) -> TestClient:
        hours: dict[datetime, float] = {}
        days: dict[datetime, float] = {}
        at = FIRST
        while at < NOW:
            if (value := level(at)) is not None:
                hours[at] = value
            at += timedelta(hours=1)
        at = datetime(2023, 12, 1, 11, tzinfo=UTC)
        while at < NOW:  # local days of Auckland, near enough: summer time moves them by an hour
            start = at if is_summer(at) else at + timedelta(hours=1)
            mine = [value for h in range(24) if (value := level(start + timedelta(hours=h))) is not None]
            if mine:
                days[start] = sum(mine)
            at += timedelta(days=1)
        numbers = MemoryNumbers({(SITE.id, "visitors.person"): hours | days}, [], SITE.timezone)
        numbers.now, numbers.coverage = NOW, 0.97
        return TestClient(create_app(replace(services, numbers=numbers)), base_url="http://localhost")

    return make


def is_summer(at: datetime) -> bool:
    """Whether Auckland has summer time; near enough for days."""
    return not datetime(at.year, 4, 6, tzinfo=UTC) < at < datetime(at.year, 9, 28, tzinfo=UTC)


def ask(client: TestClient, what: str, **query: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/{what}", params=ASK | query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_the_usual_level_of_some_days_is_that_of_the_outlook(client: Callable[..., TestClient]) -> None:
    city = client()
    found = ask(city, "usual", **{"from": "2026-03-01", "to": "2026-03-04"})
    assert len(found["hours"]) == 4 * 24
    day = ask(city, "outlook", day="2026-03-04")["today"]["hours"]
    usual = [(one["t"], one["usual"]) for one in found["hours"][-24:]]
    assert [at for at, _ in usual] == [one["t"] for one in day]
    assert [level for _, level in usual] == pytest.approx([one["usual"] for one in day], rel=0.15)
    assert all(one["low"] <= one["usual"] <= one["high"] for one in found["hours"])


def test_a_week_has_its_hours_its_weeks_and_a_sentence(client: Callable[..., TestClient]) -> None:
    city = client()
    found = ask(city, "week")
    assert [(one["weekday"], one["hour"]) for one in found["hours"]] == [(d, h) for d in range(1, 8) for h in range(24)]
    assert all(4 <= one["weeks"] <= 26 for one in found["hours"])
    assert found["quietest"]["median"] == min(one["median"] for one in found["hours"] if 8 <= one["hour"] < 20)
    assert "Paling sepi (pukul 08\N{EN DASH}20):" in found["sentence"]["id"]
    assert "Quietest" in found["sentence"]["en"]
    rows = list(csv.DictReader(io.StringIO(city.get("/api/v1/week.csv", params=ASK).text.lstrip("\ufeff"))))
    assert [float(row["median"]) for row in rows] == [one["median"] for one in found["hours"]]
    assert [int(row["weeks"]) for row in rows] == [one["weeks"] for one in found["hours"]]


def test_a_rise_is_a_sentence_with_its_days(client: Callable[..., TestClient]) -> None:
    found = ask(client(lambda at: busy(at) * (1.1 if at > NOW - timedelta(days=364) else 1)), "trend")
    assert found["verdict"] == "up"
    assert found["change"] == pytest.approx(0.1, abs=0.02)
    assert found["days"] > 300
    assert found["sentence"]["id"].startswith("Naik ")
    assert f"dihitung dari {found['days']} hari yang ada di kedua tahun" in found["sentence"]["id"]
    assert found["sentence"]["en"].startswith("Up ")


def test_a_place_that_jumps_alone_is_doubted_and_not_called_a_rise(services: Services) -> None:
    """Another sensor, perhaps: seven places nearby go on as they were."""
    at, hours, jumped = FIRST + timedelta(hours=11), dict[datetime, float](), NOW - timedelta(days=330)
    while at < NOW:
        hours[at if is_summer(at) else at + timedelta(hours=1)] = 1000.0 * (0.5 if at.weekday() == 6 else 1) + at.day
        at += timedelta(days=1)
    near = [replace(SITE, id=f"akl.near{n}", name=f"Near {n}", lon=174.77 + n / 1000) for n in range(1, 8)]
    values = {(site.id, "visitors.person"): hours for site in near}
    values[SITE.id, "visitors.person"] = {day: v * (1.5 if day > jumped else 1) for day, v in hours.items()}

    def asked(sites: list[Site]) -> dict[str, Any]:
        numbers = MemoryNumbers(
            {(s.id, "visitors.person"): values[s.id, "visitors.person"] for s in sites}, [], SITE.timezone
        )
        numbers.now, numbers.coverage = NOW, 0.97
        city = replace(services, numbers=numbers, register=MemoryRegister((), sites))
        return ask(TestClient(create_app(city), base_url="http://localhost"), "trend")

    alone = asked([SITE])
    assert (alone["verdict"], alone["step"]) == ("up", None)
    found = asked([SITE, *near])
    assert found["verdict"] == "unclear"
    assert found["change"] == alone["change"]
    assert abs(date.fromisoformat(found["step"]["date"]) - jumped.date()) <= timedelta(days=8)
    assert found["step"]["change"] == pytest.approx(0.5, abs=0.05)
    assert "Mungkin alat atau letaknya berubah" in found["sentence"]["id"]
    assert "Perhaps the sensor" in found["sentence"]["en"]


def test_without_change_it_is_about_the_same(client: Callable[..., TestClient]) -> None:
    found = ask(client(), "trend")
    assert found["verdict"] == "same"
    assert "Kira-kira sama" in found["sentence"]["id"]


def test_a_new_place_is_not_compared(client: Callable[..., TestClient]) -> None:
    found = ask(client(lambda at: busy(at) if at > NOW - timedelta(days=60) else None), "trend")
    assert (found["verdict"], found["reason"], found["change"]) == ("unknown", "short", None)
    assert "belum cukup lama" in found["sentence"]["id"]


def test_what_nobody_has_opened_stays_closed(browse: Callable[..., TestClient]) -> None:
    for city in (browse(), browse(room=True)):
        mine = {"place": "pets.W", "indicator": "visitors.person"}
        week = city.get("/api/v1/week", params=mine).json()
        assert {one["weeks"] for one in week["hours"]} == {0}
        assert week["sentence"] is None
        assert city.get("/api/v1/trend", params=mine).json()["change"] is None
        usual = city.get("/api/v1/usual", params=mine | {"from": "2026-03-03", "to": "2026-03-03"}).json()
        assert {one["usual"] for one in usual["hours"]} == {None}


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("week", {}),
        ("week.csv", {}),
        ("trend", {}),
        ("usual", {"from": "2026-03-03", "to": "2026-03-04"}),
        ("outlook", {"day": "2026-03-04"}),
        ("outlook.csv", {"day": "2026-03-04"}),
    ],
)
def test_what_the_steward_closes_is_closed_at_once(
    client: Callable[..., TestClient], services: Services, what: str, query: dict[str, str]
) -> None:
    """Though the same question was just answered, and answers are remembered: as one says it that remembers nothing."""
    city = client()
    told = city.get(f"/api/v1/{what}", params=ASK | query).text
    decision = Decision(family="visitors", place=SITE.id, open=False, by="walidata", time=NOW)
    services.releases.decide(decision)
    assert (
        city.get(f"/api/v1/{what}", params=ASK | query).text
        == client().get(f"/api/v1/{what}", params=ASK | query).text
        != told
    )
    services.releases.decide(replace(decision, open=True))
    assert city.get(f"/api/v1/{what}", params=ASK | query).text == told


def test_holidays_are_those_of_the_place(client: Callable[..., TestClient]) -> None:
    answer = client().get("/api/v1/holidays", params={"place": SITE.id, "from": "2026-02-01", "to": "2026-02-28"})
    assert [one["date"] for one in answer.json()["holidays"]] == ["2026-02-06"]
    other = client().get("/api/v1/holidays", params={"place": "pets.W", "from": "2026-08-01", "to": "2026-08-31"})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("what", "query", "named"),
    [
        ("usual", {"from": "2026-03-02", "to": "2026-03-01"}, "2026-03-02"),
        ("usual", {"from": "2026-01-01", "to": "2026-03-01"}, "35"),
        ("usual", {"from": "2026-03-01", "to": "2026-03-20"}, "to"),
        ("usual", {"from": "soon", "to": "2026-03-01"}, "from"),
        ("usual", {"from": "0001-01-01", "to": "0001-01-02"}, "1970"),
        ("holidays", {"from": "1971-01-01", "to": "2098-01-01"}, "days"),
        ("week", {"indicator": "x.y"}, "x.y"),
        ("trend", {"place": "nowhere"}, "nowhere"),
        ("trend", {"direction": "up"}, "direction"),
    ],
)
def test_what_can_not_be_answered_is_named(
    client: Callable[..., TestClient], what: str, query: dict[str, str], named: str
) -> None:
    asked = {"place": ASK["place"]} if what == "holidays" else ASK
    answer = client(lambda _: None).get(f"/api/v1/{what}", params=asked | query)
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.text
