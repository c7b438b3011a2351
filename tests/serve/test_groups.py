"""Groups on the public routes: what they are made of, what is closed in them, and what a border that changes does."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pantau.commands.release import decide, decision, list_policies
from pantau.config import Settings
from pantau.errors import ConfigError
from pantau.places import Cordon, Entry
from pantau.serve.app import create_app
from pantau.serve.now.rounds import StandingRounds
from pantau.store.groups import Member
from pantau.store.releases import Decision
from tests.made_city import AREA, DAYS, FIRST, LINES, ZONES, City, ask, city

__all__ = ["city"]  # the fixture
AREAS = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "33.74.09", "name": "Candisari"},
"geometry": {"type": "Polygon", "coordinates": [[[110.4, -7.0], [110.5, -7.0], [110.5, -7.1], [110.4, -7.0]]]}}]}"""
"""An area that no camera names: those that stand in it are in its figures on the front page."""


def test_what_the_steward_closed_is_in_no_group_of_the_public(city: City) -> None:
    """Of vehicles, too, which are told as counted: the closed zone would be the group minus the others."""
    public, room = city.client(), city.client()
    assert room.post("/api/v1/session", json={"code": city.control.new_code()}).status_code == 204
    for tier in ("quarter_hour", "hour", "day"):
        mine, whole = (ask(client, "city", "traffic.inside", tier) for client in (public, room))
        assert {v for v in mine["columns"][0]["values"] if v is not None} == {3.0}
        assert {v for v in whole["columns"][0]["values"] if v is not None} == {6.0}
        assert {n for n in mine["places"] if n} == {2}
        assert {n for n in whole["places"] if n} == {3}
    hours = ask(public, "city", "traffic.inside")
    assert hours["columns"][0]["values"][30] is None
    assert hours["columns"][0]["states"][30] == "missing"
    assert hours["coverage"][30] == 0.0
    assert hours["coverage"][0] == pytest.approx(4 / 60)
    assert hours["gaps"][0]["from"] == (FIRST + timedelta(hours=30)).isoformat().replace("+00:00", "Z")
    (only,) = ask(public, AREA, "visitors.inside", "quarter_hour")["columns"]
    assert set(only["states"]) == {"wider"}
    city.control.releases.decide(Decision(family="", place="city", open=False, by="Sri", time=city.now))
    assert set(ask(city.client(), "city", "traffic.inside")["columns"][0]["states"]) == {"closed"}


def test_groups_are_listed_with_what_may_be_added_and_asked_for_as_files(city: City) -> None:
    client = city.client()
    groups = client.get("/api/v1/groups").json()["groups"]
    assert [(g["id"], g["code"], g["name"]) for g in groups] == [("city", "33.74", "Kota"), (AREA, "33.74", "33.74")]
    assert set(groups[0]["indicators"]) >= {"visitors.person", "visitors.inside", "traffic.inside"}
    assert "visitors.dwell" not in groups[0]["indicators"]
    assert {m["place"] for m in groups[0]["members"]} == {*LINES, *ZONES}
    query = {"place": "city", "indicator": "traffic.inside", "tier": "month", "from": FIRST.isoformat()}
    rows = list(csv.DictReader(io.StringIO(client.get("/api/v1/open/series.csv", params=query).text)))
    assert [(r["place"], r["kode_wilayah"], r["tier"]) for r in rows] == [("city", "33.74", "month")] * len(rows)
    assert [r["traffic.inside.state"] for r in rows] == ["released", "held"]
    for path, wrong, status, words in wrong_questions():
        answer = client.get(f"/api/v1/{path}", params=query | wrong)
        assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


def wrong_questions() -> Iterable[tuple[str, dict[str, str], int, str]]:
    yield "series", {"indicator": "visitors.dwell"}, 422, "a group has no"
    yield "series", {"tier": "minute"}, 403, "quarter_hour"
    yield "open/series.csv", {"tier": "minute"}, 422, "tier"
    yield "series", {"place": "area:99"}, 404, "no place"


def test_without_a_cordon_an_area_has_no_crossings(city: City) -> None:
    city.store.regroup([Member("area:33.74.01", place) for place in (*LINES, *ZONES)], city.now)
    city.store.rollup(city.now)
    (group,) = [g for g in city.client().get("/api/v1/groups").json()["groups"] if g["id"] == "area:33.74.01"]
    assert "visitors.person" not in group["indicators"]
    query = {"place": "area:33.74.01", "indicator": "visitors.person"}
    assert city.client().get("/api/v1/series", params=query).status_code == 422


def test_a_former_line_that_is_closed_closes_its_buckets_alone(city: City) -> None:
    """The steward closes a line, the city draws its border anew: what was before stays closed, what comes is told."""
    middle = FIRST + timedelta(days=2)
    kept = [Member("city", "kota.W", "forward"), *(Member("city", zone) for zone in ZONES)]
    city.store.regroup(kept, middle)
    city.store.rollup(city.now)
    city.control.releases.decide(Decision(family="visitors", place="kota.E", open=False, by="Sri", time=city.now))
    day = ask(city.client(), "city", "visitors.person", "day", "forward")
    assert [s == "closed" for s in day["columns"][0]["states"][:DAYS]] == [True, True, False, False]
    assert [b["t"] for b in day["breaks"]] == [day["t"][2]]
    alone = ask(city.client(), "kota.W", "visitors.person", "day", "forward")
    assert day["columns"][0]["values"][2:] == alone["columns"][0]["values"][2:]


def test_a_redrawn_border_is_told_of_released_cells_of_the_lines_in_force_at_its_end(city: City) -> None:
    noon = FIRST + timedelta(days=2, hours=12)
    kept = [Member("city", "kota.W", "forward"), *(Member("city", zone) for zone in ZONES)]
    city.store.regroup(kept, noon)
    city.store.rollup(city.now)
    hours, days = (ask(city.client(), "city", "visitors.person", tier, "forward") for tier in ("hour", "day"))
    for t, value in zip(hours["t"], hours["columns"][0]["values"], strict=True):
        at = datetime.fromisoformat(t)
        lines = {line: way for line, way in LINES.items() if line == "kota.W" or at + timedelta(hours=1) <= noon}
        released = city.released()
        cells = [released[line, way, at] for line, way in lines.items() if (line, way, at) in released]
        assert value is None or value == sum(cells)
    alone = ask(city.client(), "kota.W", "visitors.person", "day", "forward")
    assert days["columns"][0]["values"][2] == alone["columns"][0]["values"][2]
    assert days["coverage"][0] == pytest.approx(days["coverage"][3])


def test_a_zone_that_leaves_and_comes_back_is_told_once(city: City) -> None:
    """Of people, who are sums of released cells: in the hour of it, and in the day, whose two stays are one."""
    whole = [*(Member("city", line, way) for line, way in LINES.items()), *(Member("city", z) for z in ZONES)]
    before = {
        tier: ask(city.client(), "city", "visitors.inside", tier)["columns"][0]["values"] for tier in ("hour", "day")
    }
    left = FIRST + timedelta(days=2, hours=12, minutes=10)
    city.store.regroup([m for m in whole if m.place != "kota.a"], left)
    city.store.regroup(whole, left + timedelta(minutes=20))
    city.store.rollup(city.now)
    for tier, values in before.items():
        assert ask(city.client(), "city", "visitors.inside", tier)["columns"][0]["values"] == values


def test_the_steward_closes_a_group_by_its_name_and_the_city_now_at_once(city: City, tmp_path: Path) -> None:
    lines = tuple(Entry(line=line, into=way) for line, way in LINES.items())
    city.control.apply_cordons([Cordon(of="city", name="Batas kota", lines=lines)])
    services, settings = (
        city.services(),
        Settings.model_validate({"data": {"folder": str(tmp_path)}, "city": {"areas": "areas.geojson"}}),
    )
    (tmp_path / "areas.geojson").write_text(AREAS, "utf-8")
    StandingRounds(services, budget_s=1e9).turn(city.now)
    client = TestClient(create_app(services), base_url="http://localhost")

    def now() -> tuple[Any, Any, str]:
        one = next(one for one in client.get("/api/v1/now").json()["themes"] if one["id"] == "visitors")
        return one["city"]["crossed"], one["city"]["value"], one["state"]

    assert now()[0] is not None
    with pytest.raises(
        ConfigError, match=r"no group 'area:99'; known ones: area:33.74, area:33.74.01, area:33.74.09, city"
    ):
        decide(decision("visitors", "area:99", "Sri", "", allow=False), settings, tmp_path)
    decide(decision("visitors", "area:33.74.09", "Sri", "by where its cameras stand", allow=False), settings, tmp_path)
    decide(decision("visitors", "city", "Sri", "unjuk rasa", allow=False), settings, tmp_path)
    assert now() == (None, None, "closed")
    for name in ("visitors.person", "visitors.inside"):
        assert set(ask(client, "city", name)["columns"][0]["states"]) == {"closed"}
    assert "closed" not in ask(client, AREA, "visitors.inside")["columns"][0]["states"]
    assert any(
        line.startswith("city  visitors: not public (decided by Sri") for line in list_policies(settings, tmp_path)
    )
    decide(decision("visitors", "city", "Sri", "", allow=True), settings, tmp_path)
    assert now()[0] is not None


def test_the_city_now_says_in_and_out_over_its_border_until_a_line_is_closed(city: City) -> None:
    lines = tuple(Entry(line=line, into=way) for line, way in LINES.items())
    city.control.apply_cordons([Cordon(of="city", name="Batas kota", lines=lines)])
    services = city.services()
    StandingRounds(services, budget_s=1e9).turn(city.now)
    client = TestClient(create_app(services), base_url="http://localhost")

    def crossed() -> dict[str, Any] | None:
        themes = {one["id"]: one["city"] for one in client.get("/api/v1/now").json()["themes"]}
        assert themes["parking"]["crossed"] is None
        found: dict[str, Any] | None = themes["visitors"]["crossed"]
        return found

    told = crossed()
    assert told is not None
    for name, way in (("in", "forward"), ("out", "backward")):
        column = ask(client, "city", "visitors.person", "hour", way)["columns"][0]
        assert (told[name], told[f"{name}_state"]) == (column["values"][-1], column["states"][-1])
    assert (told["cordon"], told["lines"], told["of"]) == ("Batas kota", 2, 2)
    (group,) = [g for g in client.get("/api/v1/groups").json()["groups"] if g["id"] == "city"]
    assert group["cordon"] == "Batas kota"
    assert {m["place"]: m["into"] for m in group["members"] if m["into"]} == LINES
    city.control.releases.decide(Decision(family="visitors", place="kota.E", open=False, by="Sri", time=city.now))
    assert crossed() is None
