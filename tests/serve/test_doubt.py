"""Night, rain and failed self-checks travel with the figures; what was compared is for the room."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from pantau.places import Entry, Follows, Line
from pantau.serve.memory import MemoryNumbers, MemoryRegister
from pantau.serve.services import Services
from pantau.store.self_checks import SelfCheck

DAY = datetime(2026, 3, 3, tzinfo=UTC)
ASK = {"place": "pets.W", "indicator": "visitors.person", "from": "2026-03-02T00:00:00Z", "to": "2026-03-05T00:00:00Z"}
FAILED = SelfCheck(
    camera="pets", kind="stream", place="pets.W", other="pets.E", family="visitors", direction="forward", start=DAY,
    end=DAY + timedelta(days=1), expected=1000.0, found=800.0, tolerance=142.0, n=1000, verdict="inconsistent", time=DAY,
)  # fmt: skip


@pytest.fixture
def register(services: Services) -> MemoryRegister:
    assert isinstance(services.register, MemoryRegister)
    return services.register


def doubts(client: TestClient, **more: str) -> list[tuple[str, str]]:
    answer = client.get("/api/v1/series", params=ASK | more)
    assert answer.status_code == 200, answer.text
    return [(one["from"], one["to"]) for one in answer.json()["doubts"]]


def test_a_failed_check_is_a_flag_on_the_figure_and_a_sentence_in_the_room(
    register: MemoryRegister, browse: Callable[..., TestClient]
) -> None:
    room, public = browse(room=True), browse()
    register.checks.append(FAILED)
    whole_day = [("2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z")]
    assert doubts(public) == doubts(room) == whole_day
    assert doubts(public, direction="forward") == whole_day
    assert doubts(public, direction="backward") == []
    assert "pets.E" not in public.get("/api/v1/series", params=ASK).text
    [told] = room.get("/api/v1/cameras/pets/checks").json()["checks"]
    assert told["sentence"]["en"].startswith("Barat →: 800, while pets.E: 1,000, allowed difference 142: inconsistent")
    assert (told["from"], told["verdict"], told["other"]) == ("2026-03-03T00:00:00Z", "inconsistent", "pets.E")
    assert public.get("/api/v1/cameras/pets/checks").status_code == 401
    assert room.get("/api/v1/cameras/none/checks").status_code == 404


@pytest.mark.parametrize(
    ("change", "doubted"),
    [
        ({}, True),
        ({"verdict": "consistent"}, False),
        ({"verdict": "unknown", "reason": "few"}, False),
        ({"family": "traffic"}, False),
        ({"place": "pets.E"}, False),
        ({"place": "pets", "kind": "confidence", "family": "quality", "direction": ""}, True),
        ({"place": "pets.tengah", "kind": "balance", "direction": ""}, True),
        ({"place": "pets.hilir", "other": "pets.W"}, True),
        ({"camera": "hilir", "place": "hilir.W", "other": "pets.W"}, True),  # of another camera
    ],
)
def test_a_check_doubts_its_place_and_those_it_was_compared_with(
    register: MemoryRegister, public: TestClient, change: dict[str, str], doubted: bool
) -> None:
    camera = register.kept["pets"]
    zone = replace(camera.zones[0], entries=(Entry(line="pets.W"),))
    down = Line(
        id="pets.hilir", camera="pets", name="Hilir", start=(0.2, 0.8), end=(0.2, 0.3), follows=Follows(line="pets.W")
    )
    register.kept["pets"] = replace(camera, zones=(zone,), lines=(*camera.lines, down))
    register.checks.append(replace(FAILED, **change))  # type: ignore[arg-type]  # by name
    assert bool(doubts(public)) is doubted


def test_days_that_follow_each_other_are_one_stretch(register: MemoryRegister, public: TestClient) -> None:
    before = replace(FAILED, start=DAY - timedelta(days=1), end=DAY)
    register.checks += [FAILED, before, replace(FAILED, family="visitors", direction="")]
    assert doubts(public) == [("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z")]


def test_night_and_rain_stand_beside_each_bucket_and_in_the_csv(
    register: MemoryRegister, numbers: MemoryNumbers, browse: Callable[..., TestClient]
) -> None:
    dusk = DAY + timedelta(hours=11)
    numbers.values = {
        **numbers.values,
        ("pets", "quality.night"): {dusk: 0.25, dusk + timedelta(hours=1): 1.0},
        ("pets", "quality.rain"): {dusk: 0.5, dusk + timedelta(hours=1): 0.0},
    }
    register.checks.append(FAILED)
    client = browse()
    series = client.get("/api/v1/series", params=ASK).json()
    at = series["t"].index("2026-03-03T11:00:00Z")
    assert series["night"][at - 1 : at + 2] == [None, 0.25, 1.0]
    assert series["rain"][at - 1 : at + 2] == [None, 0.5, 0.0]
    assert all(n is None or not h for n, h in zip(series["night"], series["held"], strict=True))
    rows = {row["start"]: row for row in csv.DictReader(io.StringIO(client.get("/api/v1/series.csv", params=ASK).text))}
    row = rows["2026-03-03T11:00:00Z"]
    assert (row["night"], row["rain"], row["self_check"]) == ("0.25", "0.5", "inconsistent")
    assert (rows["2026-03-02T11:00:00Z"]["night"], rows["2026-03-02T11:00:00Z"]["self_check"]) == ("", "")


def test_imported_places_have_neither(public: TestClient) -> None:
    series = public.get("/api/v1/series", params=ASK | {"place": "akl.quay"}).json()
    assert (series["night"], series["rain"], series["doubts"]) == ([], [], [])
