"""Alarms over the API: explained to the room, closed to the public, judged by the signed-in only."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from fastapi.testclient import TestClient

from pantau.alarm import Alarm, Still
from pantau.alert.rule_file import RuleEntry
from pantau.serve.memory_room import MemoryAlarms
from pantau.serve.services import Services

NOW = datetime(2026, 3, 4, 12, 40, tzinfo=UTC)
ALARM = Alarm(
    id="0a1b", rule="ramai", revision=1, place="pets.tengah", camera="pets", subject="", severity="warning",
    state="firing", since=NOW - timedelta(seconds=5), fired=NOW - timedelta(seconds=2), seen=NOW, value=7.0, peak=8.0,
    limit=5.0, clear=4.0, unit="{person}", before=Still("alarms/2026-03-04/0a1b-before.jpg", NOW), at=Still(why="none"),
    trace=((NOW, 4.0), (NOW, 7.0)),
)  # fmt: skip


@pytest.fixture
def alarms(services: Services) -> MemoryAlarms:
    kept = cast("MemoryAlarms", services.alarms)
    rule = RuleEntry.model_validate(
        {
            "id": "ramai",
            "name": "=Ramai",
            "place": "pets.tengah",
            "indicator": "visitors.inside",
            "above": 5,
            "hold_s": 3,
        }
    ).rule()
    judged = replace(ALARM, id="00ff", state="resolved", verdict="right", reason="=1+1")
    kept.kept = {ALARM.id: ALARM, judged.id: judged}
    kept.in_force = {"ramai": rule}
    kept.pictures = {ALARM.before.file: b"\xff\xd8 before"}
    return kept


def test_an_alarm_explains_itself(room: TestClient, alarms: MemoryAlarms) -> None:
    answer = room.get("/api/v1/alarms").json()
    assert len(answer["alarms"]) == len(alarms.kept)
    told = next(one for one in answer["alarms"] if one["id"] == ALARM.id)
    assert (told["place_name"], told["camera_name"], told["label"]["id"]) == ("Tengah", "Plaza", "Orang di dalam zona")
    assert (told["value"], told["limit"], told["clear"], told["side"], told["hold_s"]) == (7.0, 5.0, 4.0, "above", 3.0)
    assert told["precision"]["right"] == told["precision"]["n"] == 1
    assert told["precision"]["interval"][0] == pytest.approx(0.2065, abs=1e-4), "Wilson's interval of one in one"
    assert told["before"]["picture"] == "/api/v1/alarms/0a1b/picture?which=before"
    assert told["at"] == {"picture": None, "time": None, "why": "none"}
    assert answer["pulse"] == {"checked": None, "rules": 0, "points": 0, "waiting": 0, "given_up": 0, "unguarded": []}
    picture = room.get(told["before"]["picture"])
    assert (picture.content, picture.headers["content-type"]) == (b"\xff\xd8 before", "image/jpeg")
    assert picture.headers["cache-control"] == "no-store"
    missing = room.get("/api/v1/alarms/0a1b/picture?which=at")
    assert (missing.status_code, missing.json()["detail"]) == (404, "none")


def test_people_say_what_they_saw(room: TestClient, alarms: MemoryAlarms) -> None:
    assert room.post("/api/v1/alarms/0a1b/acknowledge").json()["alarm"]["acknowledged"]
    said = room.post("/api/v1/alarms/0a1b/verdict", json={"verdict": "wrong", "reason": " bayangan "})
    assert (said.json()["alarm"]["verdict"], said.json()["alarm"]["reason"]) == ("wrong", "bayangan")
    assert alarms.kept["0a1b"].verdict == "wrong"
    assert room.post("/api/v1/alarms/0a1b/verdict", json={"verdict": "maybe"}).status_code == 422
    assert room.post("/api/v1/alarms/none/acknowledge").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/alarms"),
        ("GET", "/alarms.csv"),
        ("GET", "/alarms/0a1b"),
        ("GET", "/alarms/0a1b/picture"),
        ("POST", "/alarms/0a1b/acknowledge"),
        ("POST", "/alarms/0a1b/verdict"),
        ("GET", "/rules"),
        ("POST", "/rules/rehearsal"),
    ],
)
def test_the_public_reaches_no_alarm(public: TestClient, alarms: MemoryAlarms, method: str, path: str) -> None:
    before = dict(alarms.kept)
    answer = public.request(
        method, f"/api/v1{path}", json={"verdict": "wrong", "reason": ""} if method == "POST" else None
    )
    assert answer.status_code == 401
    assert alarms.kept == before


def test_another_site_can_not_judge_for_us(room: TestClient, alarms: MemoryAlarms) -> None:
    headers = {"origin": "https://elsewhere.example"}
    answer = room.post("/api/v1/alarms/0a1b/verdict", json={"verdict": "wrong"}, headers=headers)
    assert answer.status_code == 403
    assert alarms.kept["0a1b"].verdict == ""


def test_alarms_as_csv_run_no_formula(room: TestClient, alarms: MemoryAlarms) -> None:
    rows = list(csv.DictReader(io.StringIO(room.get("/api/v1/alarms.csv").text)))
    assert len(rows) == len(alarms.kept)
    assert {row["reason"] for row in rows} == {"", "'=1+1"}
    assert rows[0]["peak"] == "8.0"


def test_rules_say_how_often_they_were_right(room: TestClient, alarms: MemoryAlarms) -> None:
    (rule,) = room.get("/api/v1/rules").json()["rules"]
    assert (rule["name"], rule["above"], rule["precision"]["n"]) == ("=Ramai", 5.0, 1)
    assert alarms.in_force


def test_a_rehearsal_is_over_the_stored_minutes(room: TestClient, alarms: MemoryAlarms) -> None:
    assert alarms.kept
    entry = {"id": "x", "place": "pets.W", "indicator": "visitors.person", "above": 1000, "over_s": 60}
    answer = room.post("/api/v1/rules/rehearsal", json={"entry": entry})
    assert (answer.status_code, answer.json()["alarms"]) == (200, 0)
    wrong = room.post("/api/v1/rules/rehearsal", json={"entry": {**entry, "place": "pets.X"}})
    assert (wrong.status_code, wrong.json()["title"]) == (422, "No such rule")


def test_metrics_count_open_alarms(room: TestClient, alarms: MemoryAlarms) -> None:
    assert alarms.kept
    text = room.get("/metrics").text
    assert 'pantau_alarms{severity="warning",state="firing"} 1.0' in text
