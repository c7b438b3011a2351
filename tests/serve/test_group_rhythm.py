"""What is usual, the week, the trend and the outlook of a group: of the figures that the public has of it, and of the same places."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pantau.places import Camera, Line
from pantau.serve.release.rule import BASE
from pantau.store.groups import Member
from pantau.store.releases import Decision
from pantau.types import Key, Run
from tests.serve.test_groups import CLOSED, DAYS, FIRST, LINES, ZONES, City, ask, city

__all__ = ["city"]  # the fixture
WHOLE = pytest.mark.parametrize("city", [900.0], indirect=True)
"""Four samples an hour are all of them."""
RHYTHM = {
    "usual": {"from": "2026-03-31", "to": "2026-04-01"},
    "week": {},
    "trend": {},
    "outlook": {"day": "2026-04-01"},
}


@pytest.mark.parametrize("what", RHYTHM)
@pytest.mark.parametrize("name", ["visitors.person", "visitors.inside"])
def test_a_group_is_asked_as_a_place_is(city: City, what: str, name: str) -> None:
    answer = city.client().get(f"/api/v1/{what}", params={"place": "city", "indicator": name} | RHYTHM[what])
    assert answer.status_code == 200, answer.text
    assert answer.json()["place"] == "city"


def test_an_unknown_group_and_what_is_not_added_are_refused(city: City) -> None:
    for query, status in (
        ({"place": "area:99", "indicator": "visitors.person"}, 404),
        ({"place": "city", "indicator": "speed.mean"}, 422),
    ):
        assert city.client().get("/api/v1/trend", params=query).status_code == status


def test_holidays_are_those_of_the_city(city: City) -> None:
    query = {"place": "city", "from": "2026-01-01", "to": "2026-01-02"}
    assert city.client().get("/api/v1/holidays", params=query).json()["holidays"][0]["date"] == "2026-01-01"


@WHOLE
@pytest.mark.parametrize("name", ["visitors.person", "visitors.inside"])
def test_the_day_of_an_outlook_is_the_released_one(city: City, name: str) -> None:
    """What is worked out for a group is worked out of what `/series` tells the public, and of nothing else."""
    series = ask(city.client(), "city", name)
    (column,) = series["columns"]
    told = {
        t: (BASE if state == "suppressed" else value)
        for t, value, state in zip(series["t"], column["values"], column["states"], strict=True)
    }
    day = city.client().get("/api/v1/outlook", params={"place": "city", "indicator": name, "day": "2026-04-01"}).json()
    known = {hour["t"]: hour["value"] for hour in day["today"]["hours"] if hour["value"] is not None}
    assert known
    assert known == pytest.approx({t: told[t] for t in known})


@WHOLE
def test_a_closed_border_has_no_rhythm(city: City) -> None:
    city.control.releases.decide(Decision(family="visitors", place="kota.E", open=False, by="Sri", time=city.now))
    day = (
        city.client()
        .get("/api/v1/outlook", params={"place": "city", "indicator": "visitors.person", "day": "2026-04-01"})
        .json()
    )
    assert {hour["value"] for hour in day["today"]["hours"]} == {None}
    assert day["closed"], "who closed it is not told that too little was counted"
    week = city.client().get("/api/v1/week", params={"place": "city", "indicator": "visitors.person"}).json()
    assert (week["closed"], week["sentence"]) == (True, None)
    for other in ("area:33.74", "city"):
        inside = city.client().get("/api/v1/week", params={"place": other, "indicator": "visitors.inside"}).json()
        assert not inside["closed"], "one closed zone closes no sum of the others"


def test_a_place_that_leaves_is_a_break_of_states_and_not_of_crossings(city: City) -> None:
    left = FIRST + timedelta(days=2)
    lines = [Member("city", line, way) for line, way in LINES.items()]
    city.store.regroup([*lines, *(Member("city", zone) for zone in ZONES if zone != "kota.a")], left)
    city.store.rollup(city.now)
    for tier in ("hour", "day"):
        inside = ask(city.client(), "city", "visitors.inside", tier)
        assert [one["t"] for one in inside["breaks"]] == [left.isoformat().replace("+00:00", "Z")]
        assert ask(city.client(), "city", "visitors.person", tier)["breaks"] == []
    week = city.client().get("/api/v1/week", params={"place": "city", "indicator": "visitors.inside"}).json()
    assert week["since"] == left.isoformat().replace("+00:00", "Z")


def test_a_closed_place_that_leaves_is_no_break_for_the_public(city: City) -> None:
    lines = [Member("city", line, way) for line, way in LINES.items()]
    city.store.regroup([*lines, *(Member("city", zone) for zone in ZONES if zone != CLOSED)], FIRST + timedelta(days=2))
    city.store.rollup(city.now)
    assert ask(city.client(), "city", "visitors.inside")["breaks"] == []


def test_days_that_lack_one_place_of_many_are_no_fall(city: City) -> None:
    """Of 24 lines of a border the great one is away for half a year: the others cover 96 % and count three quarters."""
    names = [f"batas.{i}" for i in range(24)]
    lines = tuple(Line(id=n, camera="batas", name=n, start=(0.1, 0.1), end=(0.1, 0.9)) for n in names)
    city.control.apply([Camera(id="batas", name="Batas", source="rtsp://10.0.0.2/x", lines=lines)])
    away = range(500, 680)
    rows = [
        (name, FIRST + timedelta(days=i - 740), {"traffic.car": 70.0 + i % 7 if name == names[0] else 10.0})
        for i in range(740 + DAYS)
        for name in names
        if name != names[0] or i not in away
    ]
    keys = tuple(Key("traffic", name, 1, "forward") for name in names)
    run = Run(
        id="batas",
        camera="batas",
        kind="import",
        started=city.now,
        keys=keys,
        method={"traffic": "m"},
        cadence_s={"traffic": 86_400.0},
    )
    city.store.backfill(run, "day", rows, dict.fromkeys(names, "Asia/Jakarta"))
    city.store.regroup([Member("area:1", name, "forward") for name in names], city.now)
    city.store.rollup(city.now)
    asked = {"place": "area:1", "indicator": "traffic.car", "direction": "forward"}
    found = city.client().get("/api/v1/trend", params=asked).json()
    assert (found["verdict"], found["change"]) == ("same", pytest.approx(0, abs=0.01))
    assert found["days"] == pytest.approx(364 - len(away), abs=8)
