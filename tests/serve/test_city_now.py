"""The city now: of released figures, summed only where that is allowed, and silent about what is not known."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pantau.errors import StoreError
from pantau.places import Camera, Line, Site, Zone
from pantau.serve.app import create_app
from pantau.serve.memory import MemoryNumbers, MemoryRegister, MemoryReleases, memory_services
from pantau.serve.now.rounds import AGAIN_S, StandingRounds
from pantau.serve.services import CityFacts, Services
from pantau.store.releases import Decision
from pantau.store.series import Series, SeriesQuery

NOW = datetime(2026, 3, 4, 12, 40, tzinfo=UTC)
"""A Wednesday; the last public hour is 11:00 to 12:00."""
LAST = datetime(2026, 3, 4, 11, tzinfo=UTC)
DAYS = 60
SQUARE = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))


def camera(name: str, lon: float, *, area: str = "", analysers: tuple[str, ...] = ("visitors", "parking")) -> Camera:
    return Camera(
        id=name,
        name=name.title(),
        source="rtsp://10.0.0.1/x",
        lon=lon,
        lat=-7.0,
        area=area,
        analysers=analysers,
        lines=(Line(id=f"{name}.A", camera=name, name=f"Gerbang {name}", start=(0.1, 0.8), end=(0.1, 0.3)),),
        zones=(Zone(id=f"{name}.P", camera=name, name=f"Parkir {name}", polygon=SQUARE, kind="parking", capacity=20),),
    )


WEST, EAST = camera("barat", 110.05), camera("timur", 110.15, area="33.74.02.1001")
ENDED = Site(id="akl.1", name="Queen", timezone="UTC", source="Auckland", licence="CC BY 4.0")
AREAS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[w, -7.1], [w + 0.1, -7.1], [w + 0.1, -6.9], [w, -6.9], [w, -7.1]]],
            },
        }
        for code, name, w in (("33.74.01", "Barat", 110.0), ("33.74.02", "Timur", 110.1))
    ],
}

Hours = dict[datetime, float]


def usual_hours(until: datetime, each: Callable[[datetime], float]) -> Hours:
    first = until - timedelta(days=DAYS)
    return {at: each(at) for i in range(DAYS * 24 + 1) if (at := first + timedelta(hours=i)) <= until}


def cars(at: datetime) -> float:
    """Parked cars of an hour: more at noon, one more or less by the day."""
    return (12 if 6 <= at.hour < 18 else 4) + at.day % 2


def people(at: datetime) -> float:
    return (300 if 0 <= at.hour < 14 else 40) + 5 * (at.day % 3)


@pytest.fixture
def values() -> dict[tuple[str, str], Hours]:
    return {
        ("barat.P", "parking.occupied"): usual_hours(LAST, cars),
        ("timur.P", "parking.occupied"): usual_hours(LAST, cars),
        ("barat.A", "visitors.person"): usual_hours(LAST, people),
        ("timur.A", "visitors.person"): usual_hours(LAST, lambda at: 2 * people(at)),
        ("akl.1", "visitors.person"): usual_hours(LAST - timedelta(days=40), people),
    }


class Town:
    """A city in memory with its keeper."""

    def __init__(
        self, values: Mapping[tuple[str, str], Hours], folder: Path, decisions: Sequence[Decision] | None = None
    ) -> None:
        (folder / "areas.geojson").write_text(json.dumps(AREAS), "utf-8")
        self.now = NOW
        self.numbers = MemoryNumbers(values)
        self.numbers.now, self.numbers.coverage = NOW, 0.97
        self.releases = MemoryReleases(decisions)
        self.services: Services = replace(
            memory_services(NOW),
            city=CityFacts(name="Kota", region="33.74", timezone="UTC", areas=folder / "areas.geojson"),
            numbers=self.numbers,
            register=MemoryRegister((WEST, EAST), (ENDED,)),
            releases=self.releases,
            clock=lambda: self.now,
        )
        self.keeper = StandingRounds(self.services, budget_s=1e9)
        self.client = TestClient(create_app(self.services), base_url="http://localhost")

    def ask(self) -> dict[str, Any]:
        answer = self.client.get("/api/v1/now")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def theme(self, name: str) -> dict[str, Any]:
        return next(dict(one) for one in self.ask()["themes"] if one["id"] == name)


@pytest.fixture
def town(values: dict[tuple[str, str], Hours], tmp_path: Path) -> Town:
    made = Town(values, tmp_path)
    made.keeper.turn(NOW)
    return made


def test_before_anything_is_looked_at_nothing_is_said_to_be_calm(
    values: dict[tuple[str, str], Hours], tmp_path: Path
) -> None:
    made = Town(values, tmp_path)
    assert made.ask()["checked"] is None
    assert {one["state"] for one in made.ask()["themes"]} == {"pending"}, "that nothing measures it is not known either"
    made.keeper = StandingRounds(made.services, budget_s=0.0)
    made.keeper.turn(NOW)
    found = made.ask()
    assert (found["checked"], found["looked"]) == (None, 1)
    assert {one["state"] for one in found["themes"]} <= {"none", "pending", "told"}


def test_the_last_released_hour_against_usual(town: Town) -> None:
    found = town.ask()
    assert found["checked"] == "2026-03-04T12:40:00Z"
    assert (found["looked"], found["of"], found["comparable"]) == (4, 4, 4)
    assert found["unusual"] == []
    parking = town.theme("parking")
    assert parking["from"] == "2026-03-04T11:00:00Z"
    assert parking["city"] == {
        "summed": True,
        "lead": "barat.P",
        "value": 24.0,
        "usual": pytest.approx(26, abs=3),
        "change": pytest.approx(-0.08, abs=0.1),
        "compared": 2,
        "known": 2,
        "of": 2,
        "coverage": 0.97,
        "crossed": None,
    }
    assert len(parking["hours"]) == 24
    assert [hour["value"] is None for hour in parking["hours"]] == [False] * 12 + [True] * 12
    assert all(hour["usual"] > 0 for hour in parking["hours"])


def test_people_at_two_gates_are_never_added(town: Town) -> None:
    visitors = town.theme("visitors")
    assert visitors["city"]["summed"] is False
    assert visitors["city"]["lead"] == "timur.A"
    assert visitors["city"]["value"] == pytest.approx(4 * people(LAST), abs=10), "of one gate, both directions"
    assert visitors["city"]["compared"] == 2, "the change is over both"


def test_a_place_that_was_not_watched_takes_the_sum_away_and_adds_no_zero(
    values: dict[tuple[str, str], Hours], tmp_path: Path
) -> None:
    del values["timur.P", "parking.occupied"][LAST]
    made = Town(values, tmp_path)
    made.keeper.turn(NOW)
    parking = made.theme("parking")
    assert parking["city"]["summed"] is False
    assert parking["city"]["value"] == cars(LAST)
    assert (parking["city"]["known"], parking["city"]["of"]) == (1, 2)
    assert parking["city"]["coverage"] == pytest.approx(0.97 / 2)
    lost = next(one for one in parking["places"] if one["place"] == "timur.P")
    assert (lost["value"], lost["state"], lost["change"]) == (None, "missing", None)


def test_an_hour_that_was_hardly_watched_has_no_figure_and_no_zero(
    values: dict[tuple[str, str], Hours], tmp_path: Path
) -> None:
    values["barat.P", "parking.occupied"][LAST] = values["timur.P", "parking.occupied"][LAST] = 0.0
    made = Town(values, tmp_path)
    made.numbers.coverage = 0.07
    made.keeper.turn(NOW)
    parking = made.theme("parking")
    assert (parking["state"], parking["city"]["value"], parking["city"]["lead"]) == ("unseen", None, None)
    assert parking["city"]["coverage"] == 0.07
    assert made.ask()["unusual"] == []


def test_nothing_that_measures_is_not_nothing_measured(town: Town) -> None:
    assert town.theme("water")["state"] == "none"
    assert town.theme("litter")["state"] == "none"
    assert town.theme("water")["city"]["value"] is None


def test_an_unusual_day_is_a_sentence_the_strangest_first(values: dict[tuple[str, str], Hours], tmp_path: Path) -> None:
    for back in (0, 1):
        values["timur.A", "visitors.person"][LAST - timedelta(hours=back)] = 9000.0
        values["barat.P", "parking.occupied"][LAST - timedelta(hours=back)] = 0.0
    made = Town(values, tmp_path)
    made.keeper.turn(NOW)
    first, second = made.ask()["unusual"]
    assert (first["place"], first["theme"], first["side"]) == ("timur.A", "visitors", "over")
    assert "jauh di atas biasanya" in first["sentence"]["id"]
    assert (second["place"], second["side"]) == ("barat.P", "under")


def test_an_area_has_its_places_by_code_or_by_position(town: Town) -> None:
    assert {one["code"]: one["places"] for one in town.ask()["areas"]} == {
        "33.74.01": ["barat.A", "barat.P"],
        "33.74.02": ["timur.A", "timur.P"],
    }
    west, east = town.theme("visitors")["areas"]
    assert (west["code"], west["lead"]) == ("33.74.01", "barat.A")
    assert (east["code"], east["of"]) == ("33.74.02", 1)


def test_what_the_steward_closes_is_gone_with_the_next_request(town: Town) -> None:
    assert town.theme("visitors")["city"]["lead"] == "timur.A"
    town.releases.decide(Decision(family="", place="timur", open=False, by="walidata", time=NOW))
    visitors = town.theme("visitors")
    assert visitors["city"]["lead"] == "barat.A"
    assert "timur.A" not in {one["place"] for one in visitors["places"]}
    town.releases.decide(Decision(family="visitors", place="barat.A", open=False, by="walidata", time=NOW))
    assert town.theme("visitors")["state"] == "closed"


def test_an_imported_series_that_ended_stands_at_its_own_last_hour_and_is_not_the_citys(town: Town) -> None:
    ended = next(one for one in town.theme("visitors")["places"] if one["place"] == "akl.1")
    assert ended["current"] is False
    assert ended["to"] == f"{LAST - timedelta(days=40) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert ended["usual"] is not None
    assert "akl.1" not in [place for area in town.ask()["areas"] for place in area["places"]]


def test_a_new_hour_is_shown_when_all_of_it_was_looked_at(town: Town) -> None:
    for hours in town.numbers.values.values():
        assert isinstance(hours, dict)
        hours[LAST + timedelta(hours=1)] = 400.0
    town.now = town.numbers.now = LAST + timedelta(hours=2, minutes=16)
    slow = StandingRounds(town.services, budget_s=0.0)
    for _ in range(4):
        assert town.theme("visitors")["from"] == "2026-03-04T11:00:00Z"
        assert slow.turn(town.now) == 1
    slow.turn(town.now)  # the ended one comes last
    assert town.theme("visitors")["from"] == "2026-03-04T12:00:00Z"
    assert slow.turn(town.now) == 0, "nothing is due"
    assert slow.turn(town.now + timedelta(seconds=AGAIN_S)) == 1


def test_a_store_that_fails_keeps_what_was_found_and_is_tried_again(town: Town) -> None:
    town.numbers.broken = True
    town.now = NOW + timedelta(seconds=AGAIN_S)
    with pytest.raises(StoreError):
        town.keeper.turn(town.now)
    assert town.theme("parking")["city"]["value"] == 24.0
    town.numbers.broken = False
    assert town.keeper.turn(town.now + timedelta(seconds=AGAIN_S)) == 5


def test_a_new_method_is_not_compared_with_the_usual_of_the_old_one(
    values: dict[tuple[str, str], Hours], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Town(values, tmp_path)
    real = made.numbers.series

    def changed(query: SeriesQuery) -> Series:
        series = real(query)
        methods = tuple(
            "another" if m and at >= LAST else m for at, m in zip(series.starts, series.method, strict=True)
        )
        return replace(series, method=methods)

    monkeypatch.setattr(made.numbers, "series", changed)
    made.keeper.turn(NOW)
    parking = made.theme("parking")
    assert parking["city"]["value"] == 24.0
    assert parking["city"]["change"] is None
    assert made.ask()["unusual"] == []
