"""Groups and the wider tiers on the public routes: sums of what is released and of nothing else, asked by somebody who subtracts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from bench.release import possible
from pantau.commands.release import decide, decision, list_policies
from pantau.config import Settings
from pantau.errors import ConfigError
from pantau.places import Camera, Cordon, Direction, Entry, Line, Zone
from pantau.serve.app import create_app
from pantau.serve.memory import memory_services
from pantau.serve.now.rounds import StandingRounds
from pantau.serve.release.rule import BASE, LEAST, Cell, CellRule
from pantau.serve.services import CityFacts, Services
from pantau.store.control import Control
from pantau.store.groups import Member
from pantau.store.releases import Decision
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

FIRST = datetime(2026, 3, 29, 17, tzinfo=UTC)
"""Midnight in Jakarta; two days of March and two of April follow."""
DAYS = 4
LINES: dict[str, Direction] = {"kota.W": "forward", "kota.E": "backward"}
ZONES = ("kota.a", "kota.b", "kota.masjid")
CLOSED = "kota.masjid"
WAYS: tuple[Direction, ...] = ("forward", "backward")
AREA = "area:33.74"
AREAS = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "33.74.09", "name": "Candisari"},
"geometry": {"type": "Polygon", "coordinates": [[[110.4, -7.0], [110.5, -7.0], [110.5, -7.1], [110.4, -7.0]]]}}]}"""
"""An area that no camera names: those that stand in it are in its figures on the front page."""
Base = tuple[str, Direction, datetime]


@dataclass
class City:
    store: Store
    control: Control
    now: datetime
    people: dict[Base, int] = field(default_factory=dict)

    def client(self) -> TestClient:
        return TestClient(create_app(self.services()), base_url="http://localhost")

    def services(self) -> Services:
        return replace(
            memory_services(self.now),
            city=CityFacts(name="Kota", region="33.74", timezone="Asia/Jakarta"),
            numbers=self.store,
            register=self.control,
            sessions=self.control,
            releases=self.control.releases,
            secret=self.control.releases.key(self.now),
            clock=lambda: self.now,
        )

    def released(self) -> dict[Base, int]:
        """Every base cell as the rule makes it: all that anybody may ever work out."""
        rule = CellRule(self.control.releases.key(self.now))
        found = {}
        for (place, way, hour), n in self.people.items():
            name = "visitors.inside" if place in ZONES else "visitors.person"
            found[place, way, hour] = rule.perturbed(Cell(place, name, way, hour), n) or 0
        return found


@pytest.fixture
def city(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[City]:
    """Four days; its parameter is the cadence, of 60 s where there is none."""
    now = FIRST + timedelta(days=DAYS, minutes=20)
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: now)
    control = Control.open(tmp_path, clock=lambda: now)
    lines = tuple(Line(id=i, camera="kota", name=i, start=(0.1, 0.1), end=(0.1, 0.9)) for i in LINES)
    zones = tuple(Zone(id=i, camera="kota", name=i, polygon=((0.2, 0.2), (0.8, 0.2), (0.8, 0.8))) for i in ZONES)
    control.apply(
        [Camera(id="kota", name="Kota", source="rtsp://10.0.0.1/x", lines=lines, zones=zones, area="33.74.01")]
    )
    control.releases.decide(Decision(family="visitors", place="", open=True, by="Sri", time=now))
    control.releases.decide(Decision(family="", place=CLOSED, open=False, by="Sri", time=now, reason="ibadah"))
    made = City(store, control, now)
    watch(made, getattr(request, "param", 60.0))
    members = [Member(g, line, way) for g in ("city", AREA) for line, way in LINES.items()]
    members += [Member(g, zone) for g in ("city", AREA) for zone in ZONES]
    store.regroup(members, now)
    store.rollup(now)
    yield made
    control.close()
    store.close()


def watch(made: City, cadence_s: float) -> None:
    """Four samples of every hour, but for a hole; people from none to many, and vehicles in the zones."""
    keys = (
        *(Key("visitors", line, 1, way) for line in LINES for way in WAYS),
        *(Key(family, zone, 1, "") for zone in ZONES for family in ("visitors", "traffic")),
    )
    cadence, method = dict.fromkeys(("visitors", "traffic"), cadence_s), dict.fromkeys(("visitors", "traffic"), "m")
    made.store.begin(
        Run(id="r", camera="kota", kind="live", started=FIRST, keys=keys, method=method, cadence_s=cadence)
    )
    random = np.random.default_rng(7)
    for h in (h for h in range(24 * DAYS) if h != 30):
        hour = FIRST + timedelta(hours=h)
        times = tuple(hour + timedelta(minutes=15 * m) for m in range(4))
        busy = 3 + 30 * np.sin(np.pi * (h % 24) / 24) ** 2
        found: list[Observation] = []
        for line in LINES:
            for way in WAYS:
                n = made.people[line, way, hour] = int(random.poisson(busy / 4))
                found += [Observation(line, "visitors.person", way, times[i % 4], 0.0, 1.0) for i in range(n)]
        for i, zone in enumerate(ZONES):
            n = made.people[zone, "", hour] = int(random.poisson(busy / 3)) if h % 7 else 0
            found += [Observation(zone, "visitors.inside", "", time, 60.0, float(n)) for time in times]
            found += [Observation(zone, "traffic.inside", "", time, 60.0, float(i + 1)) for time in times]
        batch = Batch("r", h + 1, {"visitors": times, "traffic": times}, tuple(sorted(found, key=lambda o: o.time)))
        made.store.write(batch)


def ask(client: TestClient, place: str, name: str, tier: str = "hour", direction: str = "both") -> dict[str, Any]:
    query = {"place": place, "indicator": name, "tier": tier, "direction": direction, "from": FIRST.isoformat()}
    answer = client.get("/api/v1/series", params=query | {"to": (FIRST + timedelta(days=DAYS)).isoformat()})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def answers(client: TestClient) -> Iterator[tuple[str, str, str, datetime, datetime, str, float | None]]:
    """Everything the public can be told of people: subject, tier, direction, from, to, state, value."""
    asked = [(place, "visitors.person", way) for place in (*LINES, "city", AREA) for way in (*WAYS, "both")]
    asked += [(place, "visitors.inside", "both") for place in (*ZONES, "city", AREA)]
    for place, name, way in asked:
        for tier in ("hour", "day", "month"):
            series = ask(client, place, name, tier, way)
            edges = [datetime.fromisoformat(t) for t in (*series["t"], series["to"])]
            (column,) = series["columns"]
            for start, end, state, value in zip(edges, edges[1:], column["states"], column["values"], strict=False):
                yield f"{place} {name}", tier, way, start, end, state, value


def base_of(city: City, subject: str, way: str, start: datetime, end: datetime) -> dict[str, list[Base]]:
    """By place, the base cells that an answer is made of."""
    place, name = subject.split()
    group = place in {"city", AREA}
    found: dict[str, list[Base]] = {}
    for one, its, hour in city.people:
        if not start <= hour < end or (one in ZONES) != (name == "visitors.inside"):
            continue
        if group and one == CLOSED:
            continue
        if not group and one != place:
            continue
        forward = LINES[one] if group and one in LINES else "forward"
        if its and way != "both" and (its == forward) != (way == "forward"):
            continue
        found.setdefault(one, []).append((one, its, hour))
    return found


def added(released: dict[Base, int], parts: dict[str, list[Base]], *, mean: bool) -> float | None:
    sums = [sum(released[cell] for cell in cells) / (len(cells) if mean else 1) for cells in parts.values() if cells]
    return sum(sums) if sums else None


def test_every_public_figure_is_worked_out_of_released_cells_alone(city: City) -> None:
    """No answer at any tier, of any place or group, knows more of the true counts than these: so no subtraction does."""
    released, seen = city.released(), set()
    for subject, tier, way, start, end, state, value in answers(city.client()):
        if subject.startswith(CLOSED):
            assert (state, value) == ("closed", None)
            continue
        total = added(released, base_of(city, subject, way, start, end), mean=subject.endswith("inside"))
        seen.add((state, tier, subject.split()[0] in {"city", AREA}))
        if state == "released":
            assert value == pytest.approx(total)
        elif state == "suppressed":
            assert total is not None
            assert 0 < total < LEAST
        elif state == "missing":
            assert total is None
        else:
            assert (state, value) in {("wider", None), ("held", None)}
    for tier in ("hour", "day"):
        assert ("released", tier, True) in seen
    assert {("suppressed", "hour", True), ("missing", "hour", True), ("held", "month", True)} <= seen


def test_a_group_minus_its_other_places_recovers_no_protected_cell(city: City) -> None:
    """The attacker subtracts all other places of the group from its hour and from its day, and keeps what is possible."""
    told = {
        (subject, tier, way, start): value
        for subject, tier, way, start, _, state, value in answers(city.client())
        if state == "released"
    }
    left = []
    for (place, way, hour), n in city.people.items():
        if not 0 < n < LEAST:
            continue
        bounds = set(range(200))
        for group in ("city", AREA):
            for start, tier in ((hour, "hour"), (day_of(hour), "day")):
                bounds &= by_subtraction(city, told, (place, way, hour), group, tier, start)
        assert n in bounds
        left.append(len(bounds))
    assert len(left) > 100
    assert min(left) >= BASE


def day_of(hour: datetime) -> datetime:
    return FIRST + timedelta(days=(hour - FIRST).days)


def by_subtraction(
    city: City,
    told: dict[tuple[str, str, str, datetime], float | None],
    cell: Base,
    group: str,
    tier: str,
    start: datetime,
) -> set[int]:
    place = cell[0]
    everything = set(range(200))
    if place in ZONES and tier == "day":
        return everything  # a day of a state is a mean: it can't be undone without all its hours
    name = "visitors.inside" if place in ZONES else "visitors.person"
    total = told.get((f"{group} {name}", tier, "both", start))
    if total is None:
        return everything
    end = start + timedelta(hours=1 if tier == "hour" else 24)
    for others in base_of(city, f"{group} {name}", "both", start, end).values():
        for one in others:
            if one == cell:
                continue
            value = told.get((f"{one[0]} {name}", "hour", one[1] or "both", one[2]))
            if value is None:
                return everything
            total -= value
    return set(possible(int(total))) if place != CLOSED else everything


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


def test_a_border_with_a_closed_line_is_closed_and_subtraction_gives_nothing(city: City) -> None:
    """The city's crossings minus the open line would be those of the closed one, of people as of vehicles."""
    city.control.releases.decide(Decision(family="visitors", place="kota.E", open=False, by="Sri", time=city.now))
    for tier in ("hour", "day"):
        (column,) = ask(city.client(), "city", "visitors.person", tier)["columns"]
        assert set(column["values"]) == {None}
        assert set(column["states"]) == {"closed"}
    assert "released" in ask(city.client(), "city", "visitors.inside")["columns"][0]["states"]


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
