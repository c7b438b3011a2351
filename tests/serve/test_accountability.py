"""What the city says of itself is true of its data: cameras, availability, errors, complaints, decisions; and the steward decides as by command."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pantau.places import Camera
from pantau.serve.app import create_app
from pantau.serve.memory import MemoryNumbers, MemoryRegister, MemoryReleases
from pantau.serve.now import availability
from pantau.serve.now.availability import AvailabilityRounds
from pantau.serve.open.accountability import errors
from pantau.serve.schema.accountability import Availability
from pantau.serve.services import Services
from pantau.store.complaints import Answer, Complaint
from pantau.store.releases import Decision
from pantau.store.validations import Validation
from pantau.vocabulary import indicators
from tests.serve.conftest import CAMERA, NOW, SITE

ROOT = Path(__file__).parents[2]
OPEN = "/api/v1/open/transparency"


def told(client: TestClient, path: str = OPEN) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def compared(**change: object) -> Validation:
    made = Validation(
        camera="pets", place="pets.W", direction="", road_user="person", truth=100, missed=5, over=3, net_error=-0.02,
        low=0.8, high=0.97, time=NOW, method="m", fps=5.0, revisions={"pets.W": 1}, clip="c", source="s",
    )  # fmt: skip
    return replace(made, **change)  # type: ignore[arg-type]  # a test's own words


def said_twenty_days_ago() -> Complaint:
    return Complaint(
        id="0" * 12, place="pets.W", indicator="visitors.person", direction="both", start=NOW, end=NOW,
        reason="high", received=NOW - timedelta(days=20),
    )  # fmt: skip


def test_cameras_are_counted_and_never_named(services: Services) -> None:
    off = Camera(id="b", name="Gang rahasia", source="rtsp://10.9.9.9/x", area="33.74.01", enabled=False)
    client = TestClient(
        create_app(replace(services, register=MemoryRegister((CAMERA, off), (SITE,)))), base_url="http://localhost"
    )
    cameras = told(client)["cameras"]
    assert (cameras["known"], cameras["analysed"]) == (2, 1)
    assert [(one["code"], one["known"], one["analysed"]) for one in cameras["areas"]] == [
        ("", 1, 1),
        ("33.74.01", 1, 0),
    ]
    assert {one["family"]: one["cameras"] for one in cameras["functions"]}["visitors"] == 1
    text = client.get(OPEN).text
    for secret in ("10.1.2.3", "10.9.9.9", "Gang rahasia", "rtsp"):
        assert secret not in text


def seen(services: Services, numbers: MemoryNumbers, *cameras: Camera) -> Availability:
    """What the rounds come to."""
    city = replace(services, numbers=numbers, register=MemoryRegister(cameras))
    rounds = AvailabilityRounds(city)
    while rounds.turn():
        pass
    assert city.availability.newest is not None
    return city.availability.newest


def test_availability_is_of_the_minutes_that_should_have_been_watched(services: Services) -> None:
    day = datetime(2026, 3, 3, tzinfo=UTC)
    dark = replace(CAMERA, id="gelap", analysers=("quality",))
    numbers = MemoryNumbers({("pets", "quality.light"): {day + timedelta(minutes=i): 0.5 for i in range(600)}})
    numbers.coverage = 0.97
    lit = replace(CAMERA, analysers=("visitors", "quality"))
    found = seen(services, numbers, lit, dark, replace(dark, id="off", enabled=False))
    assert (found.from_, found.to) == (day, day + timedelta(days=1))
    assert (found.cameras, found.of, found.minutes, found.good) == (2, 2, 2880, 600)
    numbers.coverage = 0.94
    assert seen(services, numbers, lit).good == 0


def test_minutes_before_the_city_began_are_nobodys(services: Services) -> None:
    day = datetime(2026, 3, 3, tzinfo=UTC)
    lit, dark = replace(CAMERA, analysers=("quality",)), replace(CAMERA, id="gelap", analysers=("quality",))
    for begun, minutes in (
        (day + timedelta(hours=23), 60),
        (day + timedelta(hours=25), 0),
        (day - timedelta(hours=2), 1440),
    ):
        numbers = MemoryNumbers({("pets", "quality.light"): {begun: 0.5}})
        assert seen(services, numbers, lit, dark).minutes == 2 * minutes
    assert seen(services, MemoryNumbers({}), lit, dark).minutes == 0


def test_of_many_cameras_some_are_looked_at_one_a_turn_and_it_says_so(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "MOST_CAMERAS", 10)
    many = [Camera(id=f"c{i:03}", name="x", source="x", analysers=("quality",)) for i in range(95)]
    numbers = MemoryNumbers({("c000", "quality.light"): {datetime(2026, 3, 2, tzinfo=UTC): 0.5}})
    found = seen(services, numbers, *many)
    assert found.of == 95
    assert found.cameras == 10
    rounds = AvailabilityRounds(replace(services, numbers=numbers, register=MemoryRegister(many)))
    turns = 1
    while rounds.turn():
        turns += 1
    assert turns == 10
    assert not rounds.turn()  # until the next day


def test_errors_are_pooled_and_nothing_counts_twice() -> None:
    kept = [
        compared(),
        compared(place="pets", truth=300, missed=10, over=20),
        compared(direction="forward"),
        compared(clip="d", road_user="car", truth=50, missed=0, over=0),
    ]
    found = {one.road_user: one for one in errors(kept)}
    assert (found["person"].truth, found["person"].accuracy, found["person"].comparisons) == (300, 0.9, 1)
    assert (found["car"].label.id, found["car"].accuracy) == ("Mobil", 1.0)


def test_complaints_are_counted_with_the_days_they_took(public: TestClient, services: Services) -> None:
    assert told(public)["complaints"] == {
        "received": 0, "voices": 0, "answered": 0, "median_days": None, "oldest_days": None, "outcomes": {},
    }  # fmt: skip
    first = said_twenty_days_ago()
    for i, days in enumerate((1, 3, 10)):
        said = replace(first, id=f"{i:012x}", text=str(i))
        services.complaints.put(said)
        words = {"id": "x", "en": ""}
        answer = Answer(
            outcome="corrected" if i else "explained",
            words=words,
            quote=False,
            by="S",
            time=NOW - timedelta(days=20 - days),
        )
        services.complaints.answer(said.id, answer)
    services.complaints.put(replace(first, id="f" * 12, text="waits", received=NOW - timedelta(days=7)))
    found = told(public)["complaints"]
    assert (found["received"], found["answered"], found["median_days"], found["oldest_days"]) == (4, 3, 3.0, 7.0)
    assert found["outcomes"] == {"explained": 1, "corrected": 2}


def test_what_is_kept_and_who_may_ask_is_as_it_is_set(public: TestClient, services: Services) -> None:
    found = told(public)
    assert found["kept"]["minute_days"] == services.city.keep.minute_days
    assert found["routes"]["public"] > found["routes"]["room"] > 10
    assert found["version"] == services.version


def test_the_page_lists_every_refusal_of_the_decision_record() -> None:
    record = (ROOT / "docs/adr/0007-what-pantau-refuses.md").read_text("utf-8")
    rows = re.findall(r"^\| to |^\| [a-z]", record, re.MULTILINE)
    page = (ROOT / "web/src/pages/Transparency.svelte").read_text("utf-8")
    assert len(re.findall(r"'refuse\.\w+', 'refuse\.\w+Given'", page)) == len(rows)


def test_every_indicator_has_its_method_and_its_forms(public: TestClient, services: Services) -> None:
    register = services.register
    assert isinstance(register, MemoryRegister)
    register.compared.append(compared())
    found = told(public, "/api/v1/open/methods")["families"]
    told_of = {one["id"]: one for family in found for one in family["indicators"]}
    assert set(told_of) == set(indicators())
    for id_, one in told_of.items():
        assert (one["ms_var"] is None) == (not indicators()[id_].stored)
        assert one["ms_ind"]["nama"] == one["label"]["id"]
        assert one["definition"]["en"]
        assert one["version"]
    assert told_of["visitors.person"]["error"]["accuracy"] == 0.92
    assert told_of["traffic.car"]["error"] is None
    assert {family["name"]: family["dataset"] for family in found}["visitors"]


@pytest.fixture
def closed(services: Services) -> Services:
    return replace(services, releases=MemoryReleases([]))


def test_the_steward_approves_and_withdraws_as_by_command(closed: Services) -> None:
    app = create_app(closed)
    room = TestClient(app, base_url="http://localhost")
    assert room.post("/api/v1/session", json={"code": "kode-satu"}).status_code == 204
    series = {
        "place": "pets.W",
        "indicator": "visitors.person",
        "from": "2026-03-02T00:00:00Z",
        "to": "2026-03-03T00:00:00Z",
    }
    public = TestClient(app, base_url="http://localhost")

    def state() -> str:
        return str(public.get("/api/v1/series", params=series).json()["columns"][0]["states"][3])

    assert state() == "closed"
    before = told(room, "/api/v1/steward/policies")
    assert next(one for one in before["families"] if one["family"] == "visitors")["rules"] == {"closed": 2, "none": 1}
    said = {"family": "visitors", "place": "", "open": True, "by": "Ibu Sri", "reason": "rapat 3 Maret"}
    assert room.post("/api/v1/steward/decisions", json=said).status_code == 201
    assert state() != "closed"
    (decision,) = told(public)["decisions"]
    assert (decision["by"], decision["reason"], decision["label"]["id"]) == ("Ibu Sri", "rapat 3 Maret", "Pengunjung")
    withdrawn = said | {"place": "pets.W", "family": "", "open": False, "reason": "tempat ibadah"}
    assert room.post("/api/v1/steward/decisions", json=withdrawn).json()["place_name"] == "Barat"
    assert state() == "closed"
    after = told(room, "/api/v1/steward/policies")
    assert next(one for one in after["families"] if one["family"] == "visitors")["rules"] == {
        "cells": 1,
        "closed": 1,
        "none": 1,
    }
    assert [one["open"] for one in after["decisions"]] == [False, True]


@pytest.mark.parametrize(
    "change",
    [{"family": "tanks"}, {"place": "nowhere"}, {"place": "a\0"}, {"by": " "}, {"reason": " "}, {"reason": "x" * 501}],
)
def test_a_decision_that_cant_be_meant_changes_nothing(
    browse: Callable[..., TestClient], services: Services, change: dict[str, str]
) -> None:
    room, taken = browse(room=True), len(services.releases.decisions())
    said = {"family": "visitors", "place": "pets.W", "open": True, "by": "Ibu Sri", "reason": "rapat"} | change
    answer = room.post("/api/v1/steward/decisions", json=said)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert len(services.releases.decisions()) == taken


def test_decisions_are_of_the_room(public: TestClient) -> None:
    said = {"family": "visitors", "open": True, "by": "x", "reason": "y"}
    assert public.post("/api/v1/steward/decisions", json=said).status_code == 401
    assert public.get("/api/v1/steward/policies").status_code == 401


def test_a_camera_may_be_closed_whole(closed: Services) -> None:
    closed.releases.decide(Decision(family="", place="pets", open=False, by="S", time=NOW, reason="r"))
    client = TestClient(create_app(closed), base_url="http://localhost")
    assert told(client)["decisions"][0]["place_name"] == "Plaza"
