"""Trips as a matrix, levels of service beside a line, and what figures of metres say of themselves."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from bench.road import Camera as Eye
from pantau.manual import service
from pantau.places import Camera, Line, Road
from pantau.serve.app import create_app
from pantau.serve.memory import MemoryNumbers, MemoryRegister, MemoryReleases
from pantau.serve.series.validity import Trust
from pantau.serve.services import Services
from pantau.store.releases import Decision
from pantau.store.validations import Validation
from pantau.types import Event
from pantau.vocabulary import indicator

NOW = datetime(2026, 3, 4, 12, 40, tzinfo=UTC)
HOUR = datetime(2026, 3, 4, 10, tzinfo=UTC)
LINES = tuple(
    Line(id=f"s.{name}", camera="s", name=name, start=(x, 0.9), end=(x, 0.2))
    for name, x in (("utara", 0.2), ("timur", 0.8))
)
CAMERA = Camera(
    id="s",
    name="Simpang",
    source="",
    analysers=("traffic", "flow", "volume", "speed"),
    lines=LINES,
    ground=Eye().calibration([(-6.0, 12.0), (6.0, 12.0), (-6.0, 28.0), (6.0, 28.0), (-6.0, 48.0), (6.0, 48.0)]),
    road=Road(manual="PKJI-2023", type="4/2-T", service=service("KM-14-2006")),
)
ASK = {"camera": "s", "from": "2026-03-04T10:00:00Z", "to": "2026-03-04T13:00:00Z"}
THERE, BACK = "s.utara>timur", "s.timur>utara"


@pytest.fixture
def numbers() -> MemoryNumbers:
    moved = Event(
        id="moved:1",
        kind="moved",
        place="s",
        start=HOUR,
        end=HOUR + timedelta(hours=1),
        attributes={"reason": "moved: 4 %"},
    )
    newest = HOUR + timedelta(hours=2)
    made = MemoryNumbers(
        {
            (THERE, "flow.car"): {HOUR: 5.0, newest: 100.0},
            (THERE, "flow.person"): {HOUR: 2.0},
            (BACK, "flow.car"): {HOUR: 0.0},
            ("s.utara", "speed.vehicle"): {HOUR - timedelta(hours=1): 31.0, newest: 29.0},
        },
        [moved],
    )
    made.now = NOW
    return made


@pytest.fixture
def services(services: Services, numbers: MemoryNumbers) -> Services:
    return replace(services, numbers=numbers, register=MemoryRegister((CAMERA,), ()))


def cells(answer: dict[str, list[dict[str, object]]]) -> dict[tuple[object, object], dict[str, object]]:
    return {(c["origin"], c["target"]): c for c in answer["cells"]}


def test_the_public_sees_released_vehicles_and_no_people(public: TestClient) -> None:
    found = public.get("/api/v1/flows", params=ASK).json()
    assert [line["name"] for line in found["lines"]] == ["utara", "timur"]
    assert "person" not in found["road_users"]
    there = cells(found)["s.utara", "s.timur"]
    assert (there["total"], there["counts"]["car"]) == (5.0, 5.0)  # type: ignore[index]  # JSON
    assert cells(found)["s.timur", "s.utara"]["total"] == 0.0
    assert cells(found)["s.utara", "s.utara"]["total"] is None
    assert found["validation"] == "unvalidated"


def test_the_room_sees_everything(room: TestClient) -> None:
    there = cells(room.get("/api/v1/flows", params=ASK).json())["s.utara", "s.timur"]
    assert there["total"] == 107.0


def test_the_csv_says_the_same(public: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(public.get("/api/v1/flows.csv", params=ASK).text)))
    assert len(rows) == 4
    assert [(r["target_name"], r["car"], r["total"]) for r in rows if r["origin"] == "s.utara"] == [
        ("utara", "", ""),
        ("timur", "5.0", "5.0"),
    ]


@pytest.mark.parametrize(
    ("family", "place", "closed"),
    [
        ("", "s", 4),
        ("flow", "s", 4),
        ("flow", "", 4),
        ("", "s.timur", 3),
        ("flow", "s.utara", 3),
        ("traffic", "s", 0),
    ],
)
def test_what_the_steward_closes_is_no_trip_of_the_public(
    services: Services, family: str, place: str, closed: int
) -> None:
    decision = Decision(family=family, place=place, open=False, by="walidata", time=NOW)
    opened = Decision(family="flow", place="", open=True, by="walidata", time=NOW - timedelta(days=1))
    app = create_app(replace(services, releases=MemoryReleases([opened, decision])))
    public, room = (TestClient(app, base_url="http://localhost") for _ in range(2))
    found = public.get("/api/v1/flows", params=ASK).json()
    hidden = [c for c in found["cells"] if c["state"] == "closed"]
    assert len(hidden) == closed
    assert all(c["total"] is None and set(c["counts"].values()) == {None} for c in hidden)
    rows = list(csv.DictReader(io.StringIO(public.get("/api/v1/flows.csv", params=ASK).text)))
    assert [(r["car"], r["total"]) for r in rows if r["state"] == "closed"] == [("", "")] * closed
    assert room.post("/api/v1/session", json={"code": "kode-satu"}).status_code == 204
    assert cells(room.get("/api/v1/flows", params=ASK).json())["s.utara", "s.timur"]["total"] == 107.0


def test_coverage_is_of_every_pair_that_is_told(public: TestClient) -> None:
    """Two of the three hours are released; one pair was watched in one of them, its way back too: 2 of 8."""
    found = public.get("/api/v1/flows", params=ASK).json()
    assert found["coverage"] == pytest.approx(0.75 * 2 / 8)


@pytest.mark.parametrize(
    ("change", "status"),
    [({"camera": "ghost"}, 404), ({"from": "2026-03-05T00:00:00Z"}, 422), ({"from": "1990-01-01T00:00:00Z"}, 422)],
)
def test_a_wrong_question_is_told_why(public: TestClient, change: dict[str, str], status: int) -> None:
    answer = public.get("/api/v1/flows", params=ASK | change)
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)


def test_a_line_brings_its_levels_of_service_with_their_source(public: TestClient) -> None:
    place = public.get("/api/v1/places/s.utara").json()
    assert place["flows"]
    assert (place["service"]["indicator"], place["service"]["manual"]) == ("volume.ratio", "PKJI-2023")
    assert place["service"]["levels"][-1] == {"letter": "F", "below": None}
    assert "KM 14/2006" in place["service"]["source"]


def test_a_gap_in_metres_is_told_by_the_move_and_one_in_counts_is_not(
    public: TestClient, room: TestClient, numbers: MemoryNumbers
) -> None:
    question = {
        "place": "s.utara",
        "indicator": "speed.vehicle",
        "from": "2026-03-04T08:00:00Z",
        "to": "2026-03-04T12:00:00Z",
    }
    (gap,) = room.get("/api/v1/series", params=question).json()["gaps"]
    assert (gap["kind"], gap["reason"]) == ("moved", "moved: 4 %")
    (told,) = public.get("/api/v1/series", params=question).json()["gaps"]
    assert (told["kind"], told["reason"]) == ("moved", "")
    numbers.values = {
        **numbers.values,
        ("s.utara", "traffic.car"): {HOUR - timedelta(hours=1): 3.0, HOUR + timedelta(hours=2): 4.0},
    }
    (gap,) = room.get("/api/v1/series", params=question | {"indicator": "traffic.car"}).json()["gaps"]
    assert gap["kind"] == "unwatched"


def test_a_calibrated_camera_says_how_right_its_metres_are(room: TestClient) -> None:
    ground = room.get("/api/v1/cameras/s").json()["ground"]
    assert ground["points"] == 6
    assert ground["error_m"] == pytest.approx(0, abs=1e-6)


METHOD = "D · T · traffic/1 crossing/2 + volume/1 manual=PKJI-2023"


def compared(road_user: str, **change: object) -> Validation:
    found = Validation(
        camera="s", place="s", direction="", road_user=road_user, truth=300, missed=3, over=3, net_error=0.0, low=0.9,
        high=1.0, time=HOUR, method="D · T · traffic/1 crossing/2", fps=5.0, revisions={"s.utara": 1}, clip="c", source="t",
    )  # fmt: skip
    return replace(found, **change)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("kept", "status"),
    [
        ([compared(c) for c in ("car", "bus", "truck", "motorcycle")], "validated"),
        ([compared(c) for c in ("car", "bus", "truck")], "unvalidated"),
        ([compared(c) for c in ("car", "bus", "truck")] + [compared("motorcycle", truth=100)], "unvalidated"),
        ([compared(c) for c in ("car", "bus", "motorcycle")] + [compared("truck", method="older")], "expired"),
    ],
)
def test_passenger_car_units_are_as_valid_as_the_worst_of_their_classes(kept: list[Validation], status: str) -> None:
    trust = Trust("s.utara", kept)
    assert trust.of(indicator("volume.smp"), "both", METHOD, 1).status == status


def test_a_count_does_not_validate_a_speed() -> None:
    trust = Trust("s.utara", [compared("car", method="D · T · speed/1")])
    assert trust.of(indicator("speed.car"), "both", "D · T · speed/1", 1).status == "unvalidated"
