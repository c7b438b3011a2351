"""What is usual, the week, the trend and the outlook of a group: of the figures that the public has of it, and of the same places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import pytest

from pantau.forecast.trend import YEAR, Trend
from pantau.places import Camera, Line
from pantau.serve.release.rule import BASE, State
from pantau.serve.series.figure import UNPUBLISHED_S, Figure, released
from pantau.serve.series.groups import group_of
from pantau.serve.series.released_days import newest_day
from pantau.serve.series.tables import Table
from pantau.serve.usual.rhythm_words import group_words
from pantau.serve.usual.same_places import SamePlaces, comparable, same_places
from pantau.store.groups import Member
from pantau.store.releases import Decision
from pantau.store.series import Series
from pantau.types import Key, Run
from tests.made_city import CLOSED, DAYS, FIRST, LINES, ZONES, City, ask, city

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


def imported(
    city: City, level: Callable[[int, int], float | None], method: Callable[[int, int], str] = lambda n, i: "m"
) -> list[str]:
    """Days of the cars at 24 lines for two years: by line and day, None where the camera was away."""
    names = [f"batas.{n}" for n in range(24)]
    lines = tuple(Line(id=n, camera="batas", name=n, start=(0.1, 0.1), end=(0.1, 0.9)) for n in names)
    city.control.apply([Camera(id="batas", name="Batas", source="rtsp://10.0.0.2/x", lines=lines)])
    rows: dict[str, list[tuple[str, datetime, dict[str, float]]]] = {}
    for i, (n, name) in product(range(740 + DAYS), enumerate(names)):
        if (value := level(n, i)) is not None:
            day = FIRST + timedelta(days=i - 740)
            rows.setdefault(method(n, i), []).append((name, day, {"traffic.car": value}))
    for which, mine in rows.items():
        run = Run(
            id=f"batas {which}",
            camera="batas",
            kind="import",
            started=city.now,
            keys=tuple(Key("traffic", name, 1, "forward") for name in names),
            method={"traffic": which},
            cadence_s={"traffic": 86_400.0},
        )
        city.store.backfill(run, "day", mine, dict.fromkeys(names, "Asia/Jakarta"))
    city.store.regroup([Member("area:1", name, "forward") for name in names], city.now)
    return names


def trend_of(city: City, place: str = "area:1", indicator: str = "traffic.car") -> dict[str, Any]:
    answer = city.client().get("/api/v1/trend", params={"place": place, "indicator": indicator})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_days_that_lack_one_place_of_many_are_no_fall(city: City) -> None:
    """Of 24 lines of a border the great one is away for half a year: the others cover 96 % and count three quarters."""
    away = range(500, 680)
    imported(city, lambda n, i: None if n == 0 and i in away else 70.0 + i % 7 if n == 0 else 10.0)
    found = trend_of(city)
    assert (found["verdict"], found["change"]) == ("same", pytest.approx(0, abs=0.01))
    assert (found["days"], found["places"], found["of"]) == (364, 24, 24)


def test_a_city_of_which_some_camera_is_always_away_is_compared_place_by_place(city: City) -> None:
    """On any day some are away; eight were bought in the second year, and six doubled when something else measured them: a tenth more is what is left."""

    def level(n: int, i: int) -> float | None:
        if (n < 8 and i < 500) or (8 <= n < 16 and (i + n) % 8 == 0):
            return None
        return (100.0 + n + i % 7) * (2.0 if n >= 18 and i >= 400 else 1.1 if i >= 380 else 1.0)

    imported(city, level, lambda n, i: "new" if n >= 18 and i >= 400 else "m")
    found = trend_of(city)
    assert found["verdict"] == "up"
    assert found["change"] == pytest.approx(0.1, abs=0.002)
    assert (found["days"], found["places"], found["of"], found["method"]) == (364, 16, 24, "trend/2")
    assert found["sentence"]["id"].endswith("Tempat yang sama di kedua tahun: 16 dari 24.")
    assert found["sentence"]["en"].endswith("The same places in both years: 16 of 24.")


def in_parts(city: City, place: str, indicator: str) -> list[SamePlaces]:
    """Both years at once, and in parts of some days."""
    services = city.services()
    group = group_of(services, place, {})
    assert group is not None
    asked = Figure(place=group, indicators=(indicator,), direction="both", timezone="Asia/Jakarta")
    newest = newest_day(services, group, indicator).toordinal()
    table = released(services, asked, "day", range(newest - 2 * YEAR, newest))
    return [same_places(services, asked, group, table, 0.95, part) for part in (YEAR, 28, 99)]


def assert_same(parts: list[SamePlaces]) -> None:
    whole, *others = parts
    assert whole.places
    for one in others:
        np.testing.assert_allclose(one.values, whole.values, rtol=1e-12)
        assert replace(one, values=whole.values) == whole


def test_years_are_the_same_in_parts_as_at_once(city: City) -> None:
    """Lines that come late and go, some that are away in turns, others that are measured anew; figures that are no whole numbers."""

    def level(n: int, i: int) -> float | None:
        away = (n < 8 and i < 500) or (8 <= n < 16 and (i + n) % 8 == 0) or (n == 20 and i > 600)
        return None if away else 100.1 + n * 0.3 + i % 7

    imported(city, level, lambda n, i: "new" if n >= 18 and i >= 400 else "m")
    parts = in_parts(city, "area:1", "traffic.car")
    assert_same(parts)
    assert parts[0].places == 16
    city.control.releases.decide(Decision(family="traffic", place="", open=False, by="Sri", time=city.now))
    for closed in in_parts(city, "area:1", "traffic.car"):
        assert (closed.places, closed.changed, np.isfinite(closed.values).sum()) == (0, 0, 0)


def test_where_everything_is_measured_anew_the_trend_says_that_and_not_that_days_are_missing(city: City) -> None:
    imported(city, lambda n, i: 100.0 if i < 400 else 200.0, lambda n, i: "m" if i < 400 else "new")
    found = trend_of(city)
    assert (found["verdict"], found["reason"]) == ("unknown", "method")
    assert found["sentence"]["en"] == "Can't be compared with a year ago yet: the way of measuring has changed."


def test_a_border_with_a_closed_line_has_no_trend(city: City) -> None:
    names = imported(city, lambda n, i: 100.0)
    assert trend_of(city)["verdict"] == "same"
    one_way = {"place": "area:1", "indicator": "traffic.car", "direction": "backward"}
    assert city.client().get("/api/v1/trend", params=one_way).json()["days"] == 0, "nobody was counted out"
    city.control.releases.decide(Decision(family="traffic", place=names[3], open=False, by="Sri", time=city.now))
    found = trend_of(city)
    assert (found["verdict"], found["change"], found["places"]) == ("unknown", None, 0)


def test_nothing_is_compared_across_a_border_that_was_redrawn_nor_on_days_that_are_not_public() -> None:
    n = 2 * YEAR
    days = tuple(FIRST + timedelta(days=i) for i in range(n + 1))
    series = Series(
        place="city",
        tier="day",
        timezone="Asia/Jakarta",
        starts=days[:-1],
        columns={},
        coverage=(1.0,) * n,
        method=tuple("cordon a" if i < YEAR + 300 else "cordon b" for i in range(n)),
        revision=(1,) * n,
        provisional=(False,) * n,
    )
    states: tuple[State, ...] = tuple("closed" if i == 5 else "suppressed" if i == 6 else "released" for i in range(n))
    told = {"visitors.person": states}
    table = Table(series=series, ends=days[1:], held=(False,) * n, direction="both", credit=("", ""), states=told)
    assert np.flatnonzero(~comparable(table, crossing=True)[0]).tolist() == [5, *range(300, YEAR)]
    assert np.flatnonzero(~comparable(table, crossing=False)[0]).tolist() == [5]
    told["visitors.person"] = tuple("held" if i in {7, YEAR + 8, YEAR + 320} else "released" for i in range(n))
    table = replace(table, states=told, held=(*(False,) * (n - 1), True))
    some, waiting = comparable(table, crossing=True)
    assert np.flatnonzero(~some).tolist() == [7, 8, *range(300, YEAR)]
    assert np.flatnonzero(waiting).tolist() == [7, 8], (
        "what is not over yet, or across a border, waits for no publisher"
    )


def test_people_are_compared_by_what_each_place_has_published_and_by_nothing_else(city: City) -> None:
    """The greater of two lines is away for a third of the year; the change is the one that anybody works out of the places' own days."""
    rows = [
        (line, FIRST + timedelta(hours=h), {"visitors.person": (9.0 if line == "kota.W" else 30.0) + h % 5})
        for h in range(-740 * 24, 0)
        for line in LINES
        if line == "kota.W" or not -200 * 24 <= h < -80 * 24
    ]
    keys = tuple(Key("visitors", line, 1, "forward") for line in LINES)
    method, cadence = {"visitors": "m"}, {"visitors": 3600.0}
    run = Run(id="p", camera="kota", kind="import", started=city.now, keys=keys, method=method, cadence_s=cadence)
    city.store.backfill(run, "hour", rows, dict.fromkeys(LINES, "Asia/Jakarta"))
    city.store.regroup([Member("city", line, way) for line, way in LINES.items()], city.now)
    city.store.rollup(city.now)
    client = city.client()
    once = {"place": "city", "indicator": "visitors.person"}
    waiting = client.get("/api/v1/trend", params=once).json()
    assert (waiting["verdict"], waiting["reason"], waiting["unpublished"]) == ("unknown", "unpublished", True)
    assert "belum semua diterbitkan" in waiting["sentence"]["id"]
    assert client.get("/api/v1/trend", params=once).json() == waiting, "remembered, but not for long"
    city.now += timedelta(seconds=UNPUBLISHED_S)
    assert client.get("/api/v1/trend", params=once).json()["verdict"] == "same", "two questions published all of it"
    city.now -= timedelta(seconds=UNPUBLISHED_S)
    asked = {"indicator": "visitors.person", "tier": "day", "from": (FIRST - timedelta(days=740)).isoformat()}
    days = {}
    for line in LINES:  # who asks for a place publishes all of its months
        told = city.client().get("/api/v1/series", params=asked | {"place": line, "to": city.now.isoformat()}).json()
        column = zip(told["t"], told["columns"][0]["values"], told["coverage"], strict=True)
        days[line] = {datetime.fromisoformat(t): v for t, v, c in column if v is not None and c and c >= 0.95}
    pairs = [(v, of[at - timedelta(days=364)]) for of in days.values() for at, v in of.items()
             if at - timedelta(days=364) in of and at >= FIRST - timedelta(days=364 - DAYS)]  # fmt: skip
    found = trend_of(city, "city", "visitors.person")
    assert found["change"] == pytest.approx(sum(now for now, _ in pairs) / sum(then for _, then in pairs) - 1)
    assert found["verdict"] == "same"
    assert (found["places"], found["of"]) == (2, 2)
    assert_same(in_parts(city, "city", "visitors.person"))


def test_a_border_that_was_redrawn_is_told_with_its_day() -> None:
    found = Trend("unknown", "method", None, None, None, 12, None, None)
    said = group_words(found, date(2026, 3, 1), (0, 24))
    assert said.en == "Can't be compared with a year ago yet: the declared border changed on 1 Mar 2026."
    assert "garis batasnya berubah pada 1 Mar 2026" in said.id
