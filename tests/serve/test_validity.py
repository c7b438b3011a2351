"""The status of a comparison travels with every figure, and ends where the method or the line changes."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from pantau.serve.app import create_app
from pantau.serve.memory import MemoryNumbers, MemoryRegister, MemoryReleases
from pantau.serve.series.tables import Table
from pantau.serve.series.validity import Trust, of_rows, of_series
from pantau.serve.services import Services
from pantau.store.releases import Decision
from pantau.store.series import Series
from pantau.store.validations import Validation

T = datetime(2026, 3, 3, tzinfo=UTC)
PERSON = Validation(
    camera="pets", place="pets", direction="", road_user="person", truth=84, missed=2, over=10, net_error=0.02, low=0.75,
    high=0.93, time=T, method="counting by memory", fps=5.0, revisions={"pets.W": 1}, clip="vtest.avi",
    source="pets.json 0123",
)  # fmt: skip
ASK = {"place": "pets.W", "indicator": "visitors.person", "from": "2026-03-02T00:00:00Z", "to": "2026-03-04T00:00:00Z"}


@pytest.fixture
def register(services: Services) -> MemoryRegister:
    assert isinstance(services.register, MemoryRegister)
    return services.register


def test_a_series_says_what_came_out(register: MemoryRegister, public: TestClient) -> None:
    register.compared.append(PERSON)
    series = public.get("/api/v1/series", params=ASK).json()
    assert series["validation"] == "validated"
    assert series["validations"] == [
        {
            "indicator": "visitors.person",
            "direction": "both",
            "status": "validated",
            "accuracy": 0.8571,
            "interval": [0.75, 0.93],
            "net_error": 0.02,
            "n": 84,
            "needed": 30,
            "date": "2026-03-03T00:00:00Z",
            "flagged": False,
            "scope": "camera",
            "lines": ["W"],
            "method": "counting by memory",
            "source": "pets.json 0123",
            "since": "2026-03-02T00:00:00Z",
        }
    ]


@pytest.mark.parametrize(
    ("family", "place", "truth", "status"),
    [
        ("visitors", "pets.W", 84, "validated"),
        ("", "pets", 84, "validated"),
        ("visitors", "", 84, "validated"),
        ("traffic", "", 29, "unvalidated"),
    ],
)
def test_of_what_is_closed_or_of_few_the_public_has_the_status_alone(
    services: Services, register: MemoryRegister, family: str, place: str, truth: int, status: str
) -> None:
    """An accuracy of four decimals tells n as well as n does."""
    register.compared.append(replace(PERSON, truth=truth))
    opened = Decision(family="", place="", open=True, by="walidata", time=T)
    closed = Decision(family=family, place=place, open=False, by="walidata", time=T)
    app = create_app(replace(services, releases=MemoryReleases([opened, closed])))
    public, room = (TestClient(app, base_url="http://localhost") for _ in range(2))
    room.post("/api/v1/session", json={"code": "kode-satu"})
    seen = []
    for client in (public, room):
        series = client.get("/api/v1/series", params=ASK).json()["validations"][0]
        one = client.get("/api/v1/places/pets.W").json()["validations"]
        (listed,) = (p for p in client.get("/api/v1/places").json()["places"] if p["id"] == "pets.W")
        found = [next(v for v in many if v["indicator"] == "visitors.person") for many in (one, listed["validations"])]
        seen.append({(v["status"], v["n"], v["accuracy"], v["net_error"], v["source"]) for v in (series, *found)})
    accuracy = round((truth - 12) / truth, 4)
    assert seen == [{(status, None, None, None, "")}, {(status, truth, accuracy, 0.02, "pets.json 0123")}]
    assert "n=" not in public.get("/api/v1/series.csv", params=ASK).text


def test_one_direction_does_not_borrow_from_both(register: MemoryRegister, public: TestClient) -> None:
    register.compared.append(PERSON)
    series = public.get("/api/v1/series", params=ASK | {"direction": "forward"}).json()
    assert series["validation"] == "unvalidated"


def test_every_row_of_the_csv_says_it_and_gaps_say_nothing(register: MemoryRegister, public: TestClient) -> None:
    register.compared.append(replace(PERSON, over=20))
    rows = list(csv.DictReader(io.StringIO(public.get("/api/v1/series.csv", params=ASK).text)))
    said = {row["visitors.person.validation"] for row in rows if row["visitors.person"]}
    assert said == {"validated 0.738 [0.750, 0.930] n=84 2026-03-03 flagged"}
    assert {row["visitors.person.validation"] for row in rows if not row["visitors.person"]} <= {""}


@pytest.mark.parametrize("path", ["places", "places/pets.W", "cameras", "cameras/pets"])
def test_places_and_cameras_say_it_too(register: MemoryRegister, room: TestClient, path: str) -> None:
    register.compared.append(PERSON)
    found = room.get(f"/api/v1/{path}").json()
    found = next(p for p in found["places"] if p["id"] == "pets.W") if path == "places" else found
    found = found["cameras"][0] if path == "cameras" else found
    line = found["lines"][0] if "lines" in found else found
    status = {one["indicator"]: one["status"] for one in line["validations"]}
    assert status["visitors.person"] == "validated"
    assert status.get("traffic.car", "unvalidated") == "unvalidated"


def test_sites_have_nothing_that_could_be_compared(public: TestClient) -> None:
    assert public.get("/api/v1/places/akl.quay").json()["validations"] == []


def test_a_newer_method_on_the_camera_expires_it(
    register: MemoryRegister, public: TestClient, numbers: MemoryNumbers
) -> None:
    register.compared.append(replace(PERSON, method="an older tracker"))
    (one,) = public.get("/api/v1/places/pets.W").json()["validations"]
    assert (one["status"], one["n"], one["method"]) == ("expired", 84, "an older tracker")
    assert public.get("/api/v1/series", params=ASK).json()["validation"] == "expired"
    assert numbers.methods()["pets"]["visitors"] != "an older tracker"


def test_a_break_in_the_method_ends_it_row_by_row() -> None:
    starts = tuple(T + timedelta(hours=i) for i in range(5))
    series = Series(
        place="pets.W",
        tier="hour",
        timezone="UTC",
        starts=starts,
        columns={"visitors.person": (1.0, 2.0, None, 3.0, 4.0)},
        coverage=(1.0, 1.0, 0.0, 1.0, 1.0),
        method=("counting by memory", "counting by memory", "", "new", "new"),
        revision=(1, 1, 0, 1, 1),
        provisional=(False,) * 5,
    )
    table = Table(series=series, ends=starts, held=(False,) * 5, direction="both", credit=("", ""))
    known = Trust("pets.W", [PERSON])
    assert [row[0].split(" ")[0] for row in of_rows(table, known)] == [
        "validated",
        "validated",
        "",
        "expired",
        "expired",
    ]
    (one,) = of_series(table, known)
    assert (one.status, one.since) == ("expired", starts[3])
