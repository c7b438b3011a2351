"""Service levels: what the room and Prometheus are told, and that nothing is told where nothing is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi.testclient import TestClient

from pantau.config import Levels, load_settings
from pantau.serve.app import create_app
from pantau.serve.levels import MEASURES
from pantau.serve.memory_room import MemoryAlarms
from pantau.serve.now.availability import GOOD
from pantau.serve.schema.accountability import Availability
from pantau.serve.services import Services
from pantau.types import Batch
from pantau.vocabulary import levels


def told(room: TestClient) -> dict[str, tuple[float | None, bool | None, int]]:
    return {one["id"]: (one["value"], one["met"], one["n"]) for one in room.get("/api/v1/levels").json()["levels"]}


def scraped(room: TestClient) -> dict[str, float]:
    lines = (line.split() for line in room.get("/metrics").text.splitlines() if not line.startswith("#"))
    found = {line[0]: float(line[1]) for line in lines}
    return {id_: found[level.metric] for id_, level in levels().items() if level.metric in found}


def fill(services: Services, good: int = 2160) -> None:
    """A day seen in part, a minute of samples of which a tenth is late, and twenty alarms."""
    day, now = datetime(2026, 3, 3, tzinfo=UTC), services.clock()
    services.availability.newest = Availability(
        from_=day, to=day + timedelta(days=1), cameras=2, of=2, minutes=2880, good=good, least=GOOD
    )
    late_s = [0.9] * 90 + [6.0] * 10
    services.numbers.delays.note(Batch("r", 1, {"visitors": tuple(now - timedelta(seconds=s) for s in late_s)}), now)
    assert isinstance(services.alarms, MemoryAlarms)
    services.alarms.taken_s = (*[1.0] * 18, 2.0, 3.0)


def test_what_is_not_known_has_no_value_and_is_not_told_to_prometheus(room: TestClient) -> None:
    assert told(room) == dict.fromkeys(levels(), (None, None, 0))
    assert scraped(room) == {}


def test_the_room_and_prometheus_are_told_the_same(room: TestClient, services: Services) -> None:
    fill(services)
    found = told(room)
    assert found["availability"] == (0.75, False, 2880)
    assert found["alarm_latency"] == (3.0, True, 20)
    value, met, n = found["freshness"]
    assert value is not None
    assert 5.0 < value <= 7.5, "the 95th of a hundred lies in the bin of the late ones"
    assert (met, n) == (False, 100)
    assert scraped(room) == {id_: value for id_, (value, _, _) in found.items()}


def test_a_day_on_target_is_met(room: TestClient, services: Services) -> None:
    fill(services, good=2736)
    assert told(room)["availability"] == (0.95, True, 2880)


def test_a_day_without_a_minute_is_not_a_day_unseen(room: TestClient, services: Services) -> None:
    day = datetime(2026, 3, 3, tzinfo=UTC)
    services.availability.newest = Availability(from_=day, to=day, cameras=0, of=0, minutes=0, good=0, least=GOOD)
    assert told(room)["availability"] == (None, None, 0)
    assert "availability" not in scraped(room)


def test_every_level_of_the_vocabulary_is_measured_and_defined_as_it_is_measured(room: TestClient) -> None:
    assert tuple(MEASURES) == tuple(levels())
    for one in room.get("/api/v1/levels").json()["levels"]:
        known = levels()[one["id"]]
        assert (one["label"]["id"], one["definition"]["en"]) == (known.label.id, known.definition.en)
        assert (one["unit"], one["target"], one["of"]["en"]) == (known.unit, known.target, known.of.en)
    assert f"coverage ≥ {GOOD}" in levels()["availability"].definition.en


def test_the_public_is_not_told(public: TestClient) -> None:
    assert public.get("/api/v1/levels").status_code == 401


def test_a_city_has_targets_of_its_own(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "pantau.toml"
    file.write_text("[levels]\navailability = 0.7\nalarm_latency = 2.5\n", "utf-8")
    own = load_settings(file).levels.model_dump()
    assert own.keys() == levels().keys(), "every level has a setting"
    assert Levels().model_dump() == {id_: level.target for id_, level in levels().items()}
    services = replace(services, city=replace(services.city, targets=own))
    fill(services)
    with TestClient(create_app(services), base_url="http://localhost") as room:
        room.post("/api/v1/session", json={"code": "kode-satu"})
        found = {one["id"]: (one["target"], one["met"]) for one in room.get("/api/v1/levels").json()["levels"]}
    assert found == {"availability": (0.7, True), "freshness": (3.0, False), "alarm_latency": (2.5, False)}
