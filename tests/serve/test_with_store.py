"""The API on the real store: what a camera finds is what the page and the CSV say."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pantau.places import Camera, Line, Site
from pantau.serve.app import create_app
from pantau.serve.memory import memory_services
from pantau.serve.services import CityFacts, Services
from pantau.store.control import Control
from pantau.store.store import Store
from pantau.store.validations import Validation
from pantau.types import Batch, Event, Key, Observation, Run

T = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
"""Midnight in Jakarta."""
CAMERA = Camera(
    id="pets",
    name="Plaza",
    source="vtest.avi",
    attribution="PETS 2009",
    lines=(Line(id="pets.W", camera="pets", name="Barat", start=(0.1, 0.8), end=(0.1, 0.3)),),
)
ASK = {"place": "pets.W", "indicator": "visitors.person"}


class Clock:
    def __init__(self) -> None:
        self.now = T

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path, timezone="Asia/Jakarta", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def control(tmp_path: Path, clock: Clock) -> Iterator[Control]:
    opened = Control.open(tmp_path, clock=clock)
    opened.apply([CAMERA], {"pets": ("admin", "hunter2")})
    opened.put_site(
        Site(id="akl.quay", name="Quay", timezone="Pacific/Auckland", source="Auckland", licence="CC BY 4.0")
    )
    yield opened
    opened.close()


@pytest.fixture
def services(store: Store, control: Control, clock: Clock) -> Services:
    city = CityFacts(name="Semarang", region="33.74", timezone="Asia/Jakarta")
    return replace(memory_services(T), city=city, numbers=store, register=control, sessions=control, clock=clock)


@pytest.fixture
def public(services: Services) -> TestClient:
    return TestClient(create_app(services), base_url="http://localhost")


@pytest.fixture
def room(services: Services, control: Control) -> TestClient:
    client = TestClient(create_app(services), base_url="http://localhost")
    assert client.post("/api/v1/session", json={"code": control.new_code()}).status_code == 204
    return client


@pytest.fixture
def watched(store: Store, clock: Clock) -> int:
    """Two hours at one sample a second; a person forward every 30 s, but from 0:20 to 0:50 the camera is away."""
    keys = tuple(Key("visitors", "pets.W", 1, way) for way in ("forward", "backward"))
    method = {"visitors": "centernet/f32 two-stage crossing"}
    store.begin(
        Run(id="r", camera="pets", kind="live", started=T, keys=keys, method=method, cadence_s={"visitors": 1.0})
    )
    away = (T + timedelta(minutes=20), T + timedelta(minutes=50))
    passed = 0
    for seq, (since, until) in enumerate([(T, away[0]), (away[1], T + timedelta(hours=2))], start=1):
        times = tuple(since + timedelta(seconds=s) for s in range(int((until - since).total_seconds())))
        crossed = times[10::30]
        found = tuple(Observation("pets.W", "visitors.person", "forward", t, 0.0, 1.0) for t in crossed)
        events = tuple(
            Event(f"crossing:{t.isoformat()}", "crossing", "pets.W", t, attributes={"direction": "forward"})
            for t in crossed
        )
        store.write(Batch("r", seq, {"visitors": times}, found, events))
        passed += len(crossed)
    store.add_events([Event("outage:1", "outage", "pets", away[0], away[1], {"reason": "10.1.2.3 is silent"})])
    clock.now = T + timedelta(hours=2, minutes=5)
    store.rollup(clock.now)
    return passed


def test_a_comparison_holds_for_what_was_measured_so_and_expires_with_a_newer_run(
    room: TestClient, store: Store, control: Control, watched: int
) -> None:
    assert watched
    control.validated(
        [
            Validation(
                camera="pets", place="pets.W", direction="", road_user="person", truth=84, missed=1, over=1, net_error=0.0,
                low=0.94, high=1.0, time=T, method="centernet/f32 two-stage crossing", fps=CAMERA.fps,
                revisions={"pets.W": 1}, clip="vtest.avi", source="pets.json",
            )
        ]
    )  # fmt: skip
    query = {**ASK, "from": "2026-03-03T17:00:00Z", "to": "2026-03-03T19:00:00Z"}

    def said() -> tuple[str, str]:
        (of_place,) = room.get("/api/v1/places/pets.W").json()["validations"]
        (of_series,) = room.get("/api/v1/series", params=query).json()["validations"]
        return of_place["status"], of_series["status"]

    assert said() == ("validated", "validated")
    keys = (Key("visitors", "pets.W", 1, "forward"),)
    newer = Run(
        id="s",
        camera="pets",
        kind="live",
        started=T + timedelta(hours=3),
        keys=keys,
        method={"visitors": "a newer tracker"},
        cadence_s={"visitors": 1.0},
    )
    store.begin(newer)
    assert said() == ("expired", "validated")  # what was measured before stays what it was
    control.apply([replace(CAMERA, fps=2.0)])
    assert said() == ("expired", "validated")  # another rate is another method, from the next run on


def test_what_a_camera_found_is_what_the_page_says(room: TestClient, watched: int) -> None:
    query = {**ASK, "from": "2026-03-03T17:00:00Z", "to": "2026-03-03T19:00:00Z"}
    hours = room.get("/api/v1/series", params=query | {"tier": "hour"}).json()
    assert hours["timezone"] == "Asia/Jakarta"
    assert hours["columns"][0]["values"] == [60.0, 120.0]
    assert hours["coverage"] == [0.5, 1.0]
    minutes = room.get("/api/v1/series", params=query | {"tier": "minute"}).json()
    assert sum(v or 0 for v in minutes["columns"][0]["values"]) == watched
    assert minutes["columns"][0]["values"][19:51] == [2.0, *[None] * 30, 2.0]
    assert minutes["gaps"] == [
        {"from": "2026-03-03T17:20:00Z", "to": "2026-03-03T17:50:00Z", "kind": "outage", "reason": "10.1.2.3 is silent"}
    ]
    assert minutes["breaks"] == []
    assert minutes["source"] == "PETS 2009"
    backward = room.get("/api/v1/series", params=query | {"tier": "hour", "direction": "backward"}).json()
    assert backward["columns"][0]["values"] == [0.0, 0.0]


@pytest.mark.usefixtures("watched")
def test_the_public_waits_a_quarter_of_an_hour(public: TestClient, clock: Clock) -> None:
    query = {**ASK, "tier": "hour", "from": "2026-03-03T17:00:00Z", "to": "2026-03-03T19:00:00Z"}
    early = public.get("/api/v1/series", params=query).json()
    assert (early["columns"][0]["values"], early["held"]) == ([60.0, None], [False, True])
    assert early["coverage"] == [0.5, None]
    clock.now = T + timedelta(hours=2, minutes=15)
    late = public.get("/api/v1/series", params=query)
    assert (late.json()["columns"][0]["values"], late.json()["held"]) == ([60.0, 120.0], [False, False])
    assert late.headers["cache-control"] == "public, max-age=300"
    day = public.get("/api/v1/series", params=query | {"tier": "day"}).json()
    assert (day["columns"][0]["values"], day["held"]) == ([None], [True])


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("tier", ["minute", "hour", "day"])
def test_csv_and_json_agree(room: TestClient, tier: str) -> None:
    query = {**ASK, "tier": tier, "from": "2026-03-03T16:00:00Z", "to": "2026-03-03T20:00:00Z"}
    series = room.get("/api/v1/series", params=query).json()
    rows = list(csv.DictReader(io.StringIO(room.get("/api/v1/series.csv", params=query).text)))
    assert [float(r["visitors.person"]) if r["visitors.person"] else None for r in rows] == series["columns"][0][
        "values"
    ]
    assert [float(r["coverage"]) for r in rows] == series["coverage"]
    assert {r["method"] for r in rows} <= {"", "centernet/f32 two-stage crossing"}


def test_events_are_paged_without_loss(room: TestClient, watched: int) -> None:
    seen: list[str] = []
    before: str | None = ""
    query = {"kind": "crossing", "from": "2026-03-03T17:00:00Z", "limit": "47"}
    while before is not None:
        page = room.get("/api/v1/events", params=query | {"before": before}).json()
        seen += [event["id"] for event in page["events"]]
        before = page["next"]
    assert len(seen) == len(set(seen)) == watched
    assert seen == sorted(seen, reverse=True)
    rows = list(csv.DictReader(io.StringIO(room.get("/api/v1/events.csv", params=query).text)))
    assert [row["id"] for row in rows] == seen


@pytest.mark.usefixtures("watched")
def test_places_have_their_bounds_and_zone(public: TestClient) -> None:
    line, site = public.get("/api/v1/places").json()["places"]
    assert (line["first"], line["last"]) == ("2026-03-03T17:00:00Z", "2026-03-03T19:00:00Z")
    assert (line["timezone"], site["timezone"]) == ("Asia/Jakarta", "Pacific/Auckland")
    assert (line["families"], site["families"]) == (["visitors"], [])


@pytest.mark.usefixtures("watched")
def test_a_retired_place_keeps_its_numbers(public: TestClient, control: Control) -> None:
    control.apply([], whole=True)
    assert [p["id"] for p in public.get("/api/v1/places").json()["places"]] == ["akl.quay"]
    query = {**ASK, "tier": "hour", "from": "2026-03-03T17:00:00Z", "to": "2026-03-03T18:00:00Z"}
    assert public.get("/api/v1/series", params=query).json()["columns"][0]["values"] == [60.0]


def test_credentials_are_never_told(room: TestClient) -> None:
    for path in ("cameras", "cameras/pets", "places", "events"):
        answer = room.get(f"/api/v1/{path}").text
        assert "hunter2" not in answer
        assert "admin" not in answer


def test_a_code_works_once_and_the_session_ends_when_its_time_is_over(
    services: Services, control: Control, clock: Clock
) -> None:
    client = TestClient(create_app(services), base_url="http://localhost")
    code = control.new_code()
    assert client.post("/api/v1/session", json={"code": code}).status_code == 204
    assert client.get("/api/v1/session").json() == {"role": "admin"}
    assert client.post("/api/v1/session", json={"code": code}).status_code == 401
    clock.now += timedelta(days=8)
    assert client.get("/api/v1/session").json() == {"role": "public"}


def test_it_is_ready_until_the_store_is_closed(public: TestClient, room: TestClient) -> None:
    assert public.get("/readyz").json() == {"status": "ok", "store": "ok", "board": "ok", "keeper": "ok"}
    assert "pantau_store_up 1.0" in room.get("/metrics").text.splitlines()
