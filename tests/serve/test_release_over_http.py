"""The public routes themselves, on the real store, asked by somebody who subtracts: tiers, directions, ranges, files, versions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from bench.release import possible
from pantau.places import Camera, Direction, Line, Site, Zone
from pantau.serve.app import create_app
from pantau.serve.memory import memory_services
from pantau.serve.release.rule import BASE, LEAST
from pantau.serve.services import CityFacts
from pantau.store.control import Control
from pantau.store.releases import Decision
from pantau.store.seal import Retention
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run
from tests.made_city import client_of

FIRST = datetime(2026, 3, 9, 17, tzinfo=UTC)
"""Midnight in Jakarta."""
DAYS = 2
LINES = ("kota.W", "kota.E")
ZONE = "kota.alun"
WAYS: tuple[Direction, ...] = ("forward", "backward")
Counts = dict[tuple[str, str, datetime], int]


@dataclass
class City:
    store: Store
    control: Control
    now: datetime
    truth: Counts = field(default_factory=dict)

    def client(self) -> TestClient:
        return client_of(self.store, self.control, lambda: self.now)

    def watch(self, run: str, hours: list[datetime], counts: Counts, minutes: range) -> None:
        """One run that watched some minutes of some hours."""
        keys = (*(Key("visitors", line, 1, way) for line in LINES for way in WAYS), Key("visitors", ZONE, 1, ""))
        self.store.begin(
            Run(
                id=run, camera="kota", kind="live", started=hours[0], keys=keys, method={"visitors": "m"},
                cadence_s={"visitors": 60.0},
            )
        )  # fmt: skip
        for seq, hour in enumerate(hours, start=1):
            times = tuple(hour + timedelta(minutes=m) for m in minutes)
            found = [
                Observation(line, "visitors.person", way, times[i % len(times)], 0.0, 1.0)
                for line in LINES
                for way in WAYS
                for i in range(counts.get((line, way, hour), 0))
            ]
            inside = float(counts.get((ZONE, "", hour), 0))
            found += [Observation(ZONE, "visitors.inside", "", time, 60.0, inside) for time in times]
            self.store.write(Batch(run, seq, {"visitors": times}, tuple(sorted(found, key=lambda o: o.time))))
        for cell, n in counts.items():
            self.truth[cell] = self.truth.get(cell, 0) + n
        self.store.rollup(self.now)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made: list[City] = []
    start = FIRST + timedelta(days=DAYS, minutes=20)
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: made[0].now if made else start)
    control = Control.open(tmp_path, clock=lambda: start)
    lines = tuple(Line(id=i, camera="kota", name=i, start=(0.1, 0.1), end=(0.1, 0.9)) for i in LINES)
    zone = Zone(id=ZONE, camera="kota", name="Alun-alun", polygon=((0.2, 0.2), (0.8, 0.2), (0.8, 0.8)))
    control.apply([Camera(id="kota", name="Kota", source="rtsp://10.0.0.1/x", lines=lines, zones=(zone,))])
    control.releases.decide(Decision(family="visitors", place="", open=True, by="Sri Walidata", time=start))
    made.append(City(store, control, start))
    random = np.random.default_rng(4)
    hours = [FIRST + timedelta(hours=h) for h in range(24 * DAYS)]
    counts: Counts = {
        (line, way, hour): int(random.poisson(0.5 + 14 * np.sin(np.pi * (i % 24) / 24) ** 2))
        for line in LINES
        for way in WAYS
        for i, hour in enumerate(hours)
    }
    counts |= {(ZONE, "", hour): int(random.poisson(6)) for hour in hours}
    made[0].watch("r", hours, counts, range(0, 40, 5))
    yield made[0]
    control.close()
    made[0].store.close()


def ask(client: TestClient, place: str, direction: str = "both", tier: str = "hour", **span: datetime) -> Any:  # noqa: ANN401  # JSON
    name = "visitors.inside" if place == ZONE else "visitors.person"
    start, end = span.get("start", FIRST), span.get("end", FIRST + timedelta(days=DAYS))
    query = {"place": place, "indicator": name, "tier": tier, "direction": direction}
    answer = client.get("/api/v1/series", params=query | {"from": start.isoformat(), "to": end.isoformat()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(client: TestClient, place: str, direction: str = "both", **span: datetime) -> dict[datetime, tuple[str, Any]]:
    series = ask(client, place, direction, "hour", **span)
    column = series["columns"][0]
    times = [datetime.fromisoformat(t) for t in series["t"]]
    return dict(zip(times, zip(column["states"], column["values"], strict=True), strict=True))


def guess(state: str, value: float | None) -> set[int]:
    """Counts that one answer leaves possible, to somebody who knows the rule."""
    if state == "released":
        return set(possible(int(value or 0)))
    return set(range(1, LEAST)) if state == "suppressed" else set(range(LEAST))


@pytest.mark.parametrize("place", LINES)
def test_no_subtraction_of_public_answers_recovers_a_protected_hour(city: City, place: str) -> None:
    client = city.client()
    ways = {way: told(client, place, way) for way in (*WAYS, "both")}
    day = ask(client, place, tier="day")["columns"][0]
    protected = least = 0
    for hour in ways["both"]:
        for way in WAYS:
            truth = city.truth[place, way, hour]
            if not 0 < truth < LEAST:
                continue
            protected += 1
            left = guess(*ways[way][hour])
            other = ways[WAYS[1 - WAYS.index(way)]][hour]
            if ways["both"][hour][0] == other[0] == "released":
                left &= set(possible(int(ways["both"][hour][1] - other[1])))
            rest = [ways["both"][h] for h in ways["both"] if (h - FIRST).days == (hour - FIRST).days and h != hour]
            if all(state == "released" for state, _ in (*rest, other)):
                total = day["values"][(hour - FIRST).days]
                left &= set(possible(int(total - sum(v for _, v in rest) - other[1])))
            assert truth in left
            assert len(left) >= BASE
            least = min(least or 99, len(left))
    assert protected > 20
    assert least >= BASE


def test_every_table_is_worked_out_of_the_same_released_hours(city: City) -> None:
    """So that no two public answers about one cell can be compared: direction, tier, range and file agree."""
    client = city.client()
    hours = {way: told(client, "kota.W", way) for way in (*WAYS, "both")}
    for hour in hours["both"]:
        parts = [hours[way][hour] for way in WAYS]
        if all(state == "released" for state, _ in (*parts, hours["both"][hour])):
            assert hours["both"][hour][1] == sum(value for _, value in parts)
    part = told(client, "kota.W", start=FIRST + timedelta(hours=7), end=FIRST + timedelta(hours=30))
    assert part.items() <= hours["both"].items()
    query = {"place": "kota.W", "indicator": "visitors.person", "from": FIRST.isoformat()}
    rows = list(csv.DictReader(io.StringIO(client.get("/api/v1/series.csv", params=query).text)))
    for row in rows:
        state, value = hours["both"].get(datetime.fromisoformat(row["start"]), ("held", None))
        assert row["visitors.person.state"] == state
        assert (float(row["visitors.person"]) if row["visitors.person"] else None) == value


def test_states_are_told_apart_and_the_signed_in_see_the_truth(city: City) -> None:
    client = city.client()
    answer = ask(client, "kota.W", end=FIRST + timedelta(days=DAYS, hours=2))
    column = answer["columns"][0]
    states = set(column["states"])
    assert {"released", "suppressed", "held"} <= states
    assert all((v is None) == (s != "released") for v, s in zip(column["values"], column["states"], strict=True))
    assert all(v % BASE == 0 and (v == 0 or v >= LEAST) for v in column["values"] if v is not None)
    assert column["release"] == {
        "rule": "cells", "base": 5, "least": 10, "corrections": "monthly", "approved_by": "Sri Walidata",
        "approved": city.now.isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    assert client.post("/api/v1/session", json={"code": city.control.new_code()}).status_code == 204
    seen = ask(client, "kota.W", "forward")["columns"][0]
    truth = [city.truth["kota.W", "forward", FIRST + timedelta(hours=h)] for h in range(24 * DAYS)]
    assert (seen["values"], seen["states"], seen["release"]) == ([float(n) for n in truth], [], None)


def test_people_in_a_zone_are_cells_too(city: City) -> None:
    for state, value in told(city.client(), ZONE).values():
        assert state in {"suppressed", "released"}
        assert value is None or value % BASE == 0


def test_late_people_are_not_seen_before_the_first_of_the_month(city: City) -> None:
    """The attack *versions*: known people are added one at a time, and the public is asked after each."""
    before = told(city.client(), "kota.W", "forward")
    hour = next(h for h in before if 0 < city.truth["kota.W", "forward", h] < LEAST)
    for one in range(BASE):
        city.watch(f"late-{one}", [hour], {("kota.W", "forward", hour): 1}, range(40 + 2 * one, 42 + 2 * one))
        assert told(city.client(), "kota.W", "forward") == before  # of a restarted server, too
    city.now = datetime(2026, 4, 1, 0, 1, tzinfo=UTC)
    after = told(city.client(), "kota.W", "forward")
    assert after[hour] != before[hour]
    assert {h for h in after if after[h] != before[h]} <= {h for h in after if (h - FIRST).days == (hour - FIRST).days}
    city.watch("later", [hour], {("kota.W", "forward", hour): 30}, range(52, 54))
    assert told(city.client(), "kota.W", "forward") == after


@pytest.mark.parametrize("days", [20, 21], ids=["wholly", "partly"])
def test_a_correction_keeps_what_was_published_of_hours_that_the_store_has_forgotten(
    city: City, tmp_path: Path, days: int
) -> None:
    """`keep.hour_days`: on the first of the month every forgotten hour became nobody, and its days and months with it."""
    client = city.client()
    before = {tier: ask(client, "kota.W", tier=tier)["columns"] for tier in ("hour", "day")}
    late = FIRST + timedelta(hours=30)  # of the second day, which is forgotten a day later
    city.now = datetime(2026, 4, 1, 0, 1, tzinfo=UTC)
    city.store.close()
    kept = Retention(minute_days=days, quarter_hour_days=days, hour_days=days)
    city.store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: city.now, retention=kept)
    city.store.night(city.now)
    if days == 21:
        city.watch("late", [late], {("kota.W", "forward", late): 30}, range(40, 50))
    client = city.client()
    signed_in = city.client()
    assert signed_in.post("/api/v1/session", json={"code": city.control.new_code()}).status_code == 204
    left = [value for value in ask(signed_in, "kota.W")["columns"][0]["values"] if value is not None]
    assert len(left) == (24 if days == 21 else 0), "the store has forgotten them"
    after = {tier: ask(client, "kota.W", tier=tier)["columns"] for tier in ("hour", "day")}
    if days == 20:
        assert after == before
    else:
        assert after["hour"][0]["values"][:24] == before["hour"][0]["values"][:24]
        one, other = (told["day"][0]["values"] for told in (before, after))
        assert (other[0], other[1] - one[1]) == (one[0], pytest.approx(30, abs=BASE))
    (month,) = ask(client, "kota.W", tier="month", end=datetime(2026, 3, 31, 17, tzinfo=UTC))["columns"][0]["values"]
    assert month == sum(after["day"][0]["values"])


def test_an_hour_that_nobody_watched_is_missing_until_its_number_comes(city: City) -> None:
    gap = FIRST - timedelta(hours=3)
    assert told(city.client(), "kota.W", start=gap, end=FIRST)[gap] == ("missing", None)
    city.watch("found", [gap], {("kota.W", "forward", gap): 40}, range(10))
    city.now += timedelta(hours=1)
    assert told(city.client(), "kota.W", start=gap, end=FIRST)[gap] == ("released", 40.0)


def test_nothing_about_people_is_public_before_the_steward_decides(city: City) -> None:
    city.control.releases.decide(
        Decision(family="", place="kota", open=False, by="Sri", time=city.now, reason="residential")
    )
    (column,) = ask(city.client(), "kota.W")["columns"]
    assert (set(column["states"]), set(column["values"])) == ({"closed"}, {None})
    assert column["release"]["approved_by"] == "Sri"
    city.control.releases.decide(Decision(family="visitors", place="", open=True, by="Sri", time=city.now))
    assert set(ask(city.client(), "kota.W")["columns"][0]["states"]) == {"closed"}  # the place's own decision holds
    city.control.releases.decide(Decision(family="visitors", place="kota.W", open=True, by="Sri", time=city.now))
    assert "released" in ask(city.client(), "kota.W")["columns"][0]["states"]
    assert set(ask(city.client(), "kota.E")["columns"][0]["states"]) == {"closed"}


def test_without_its_key_nothing_new_is_published_and_the_old_stays(city: City, tmp_path: Path) -> None:
    before = told(city.client(), "kota.W")
    key = tmp_path / "release.key"
    assert key.stat().st_mode & 0o777 == 0o600
    services = replace(
        memory_services(city.now + timedelta(hours=1)),
        city=CityFacts(name="Kota", region="", timezone="Asia/Jakarta"),
        numbers=city.store, register=city.control, releases=city.control.releases, secret=None,
    )  # fmt: skip
    without = TestClient(create_app(services), base_url="http://localhost")
    assert told(without, "kota.W") == before
    assert {state for state, _ in told(without, "kota.E").values()} == {"held"}


def test_true_counts_are_asked_for_in_few_places_only() -> None:
    """Whoever answers the public takes `published.public_series` or `table_of`; these modules are for the room, or ask for no people."""
    folder = Path(__file__).parents[2] / "pantau" / "serve"
    asking = {path.name for path in folder.rglob("*.py") if "numbers.series(" in path.read_text("utf-8")}
    of_cameras = {"availability.py"}  # the coverage of their light, and nothing else
    assert asking <= {"published.py", "flows.py", "doubt.py", "potential.py", "alarms.py", "room.py"} | of_cameras


def test_open_data_that_were_imported_are_told_as_they_are(city: City) -> None:
    site = Site(id="akl.quay", name="Quay", timezone="Asia/Jakarta", source="Auckland", licence="CC BY 4.0")
    city.control.put_site(site)
    run = Run(
        id="i", camera="akl", kind="import", started=FIRST, keys=(Key("visitors", "akl.quay", 1, ""),),
        method={"visitors": "import"}, cadence_s={"visitors": 3600.0},
    )  # fmt: skip
    rows = [("akl.quay", FIRST + timedelta(hours=h), {"visitors.person": float(h)}) for h in range(5)]
    city.store.backfill(run, "hour", rows, {"akl.quay": "Asia/Jakarta"})
    values = told(city.client(), "akl.quay")
    assert [values[FIRST + timedelta(hours=h)] for h in range(6)] == [
        *(("released", float(h)) for h in range(5)),
        ("missing", None),
    ]
    city.control.put_site(replace(site, licence=""))
    assert told(city.client(), "akl.quay")[FIRST + timedelta(hours=3)][0] in {"wider", "suppressed", "released"}
