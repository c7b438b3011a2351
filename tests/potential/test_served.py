"""Potential revenue from the store to the room: measured once, ranged, labelled, and only for the signed-in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pantau.errors import ConfigError
from pantau.places import Camera, Cordon, Entry, Line
from pantau.potential.gather import Stretch, potential
from pantau.potential.plan import load_plan
from pantau.serve.app import create_app
from pantau.serve.memory import MemorySessions, memory_services
from pantau.serve.services import Services
from pantau.store.control import Control
from pantau.store.store import Store
from pantau.store.validations import Validation
from pantau.types import Batch, Key, Observation, Run

MIDNIGHT = datetime(2026, 3, 2, 17, tzinfo=UTC)
"""In Jakarta."""
NOW = MIDNIGHT + timedelta(days=2)
CAMERA = Camera(
    id="a", name="A", source="x.avi", lines=(Line(id="a.l", camera="a", name="L", start=(0, 0), end=(1, 1)),)
)
METHOD = "centernet · two-stage · traffic/1"
VALID = Validation(
    camera="a", place="a.l", direction="forward", road_user="car", truth=120, missed=6, over=0, net_error=0.05, low=0.9, high=1.0,
    time=NOW, method=METHOD, fps=5.0, revisions={"a.l": 1}, clip="clip.mp4", source="labels.json",
)  # fmt: skip
PLAN = """
[[potential]]
id = "parkir"
kind = "parking"
name = "Parkir"
places = ["a.l"]
indicator = "traffic.car"
direction = "forward"
tariff = { amount = 2000, currency = "IDR", per = "parkir", legal = "Perda 10/2023", since = 2024-01-01 }
"""


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control.open(tmp_path, clock=lambda: NOW)
    opened.apply([CAMERA], {})
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A camera that watched one local day whole and counted a car an hour."""
    opened = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: NOW)
    key = Key("traffic", "a.l", 1, "forward")
    run = Run(
        id="r",
        camera="a",
        kind="replay",
        started=NOW,
        keys=(key,),
        method={"traffic": METHOD},
        cadence_s={"traffic": 60.0},
    )
    opened.begin(run)
    times = [MIDNIGHT + timedelta(minutes=i) for i in range(24 * 60)]
    cars = [Observation("a.l", "traffic.car", "forward", t, 0.0, 1.0) for t in times[::60]]
    opened.write(Batch("r", 1, {"traffic": tuple(times)}, tuple(cars)))
    opened.end("r")
    yield opened
    opened.close()


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "potensi.toml"
    path.write_text(PLAN, "utf-8")
    return path


@pytest.fixture
def room(store: Store, control: Control, plan: Path) -> Iterator[TestClient]:
    with client(store, control, plan) as made:
        assert made.post("/api/v1/session", json={"code": "kode"}).status_code == 204
        yield made


def client(store: Store, control: Control, plan: Path | None) -> TestClient:
    services: Services = replace(
        memory_services(NOW), numbers=store, register=control, sessions=MemorySessions(("kode",))
    )
    services = replace(services, city=replace(services.city, potential=plan, timezone="Asia/Jakarta"))
    return TestClient(create_app(services), base_url="http://localhost")


def test_a_validated_count_becomes_a_range_with_its_law(room: TestClient, control: Control) -> None:
    control.validated([VALID])
    answer = room.get("/api/v1/potential", params={"from": "2026-03-03", "to": "2026-03-04"}).json()
    [entry] = answer["entries"]
    assert answer["name"]["id"] == "Potensi, bukan tagihan"
    assert (entry["counted"], entry["days"], entry["days_left_out"], entry["trust"]) == (24.0, 1, 1, "validated")
    assert entry["worth"] == pytest.approx([24 / 1.1 * 2000, 24 / 0.9 * 2000], rel=0.01)
    assert entry["tariff"]["legal"] == "Perda 10/2023"


def test_counts_that_nobody_validated_get_the_reason_and_no_figure(room: TestClient, control: Control) -> None:
    control.validated([replace(VALID, method="another detector")])
    [entry] = room.get("/api/v1/potential").json()["entries"]
    assert (entry["worth"], entry["trust"]) == (None, "unknown")
    assert "not validated" in entry["reason"]


def test_a_day_that_is_not_over_is_left_out(store: Store, control: Control, plan: Path) -> None:
    """Its counts so far would pass for those of a whole day."""
    control.validated([VALID])
    stretch = Stretch(date(2026, 3, 3), date(2026, 3, 5), "Asia/Jakarta")
    key = Key("traffic", "a.l", 1, "forward")
    store.begin(
        Run(
            id="today", camera="a", kind="replay", started=NOW, keys=(key,), method={"traffic": METHOD},
            cadence_s={"traffic": 60.0},
        )
    )  # fmt: skip
    times = tuple(NOW - timedelta(minutes=i) for i in range(-30, 0))
    store.write(
        Batch("today", 1, {"traffic": times}, (Observation("a.l", "traffic.car", "forward", times[0], 0.0, 1.0),))
    )
    store.end("today")
    [found] = potential(load_plan(plan), store, control, stretch)
    assert (found.counted, found.days) == (24.0, 1)


def test_a_border_is_counted_over_its_lines_by_the_way_that_leads_in(
    store: Store, control: Control, plan: Path
) -> None:
    """A day in which one of its lines is dark is left out: the sum of the others would look like all who cross."""
    second = replace(CAMERA.lines[0], id="a.m", name="M", start=(0, 0.1))
    control.apply([replace(CAMERA, lines=(*CAMERA.lines, second))], {})
    control.validated([VALID])
    stretch = Stretch(date(2026, 3, 3), date(2026, 3, 3), "Asia/Jakarta")

    def found(direction: str, *lines: Entry) -> tuple[float, int]:
        control.apply_cordons([Cordon(of="city", name="Batas", lines=lines)])
        text = PLAN.replace('places = ["a.l"]', 'cordon = "city"').replace('"forward"', f'"{direction}"')
        plan.write_text(text, "utf-8")
        [one] = potential(load_plan(plan), store, control, stretch)
        return one.counted, one.days

    assert found("forward", Entry(line="a.l", into="forward")) == (24.0, 1)
    assert found("backward", Entry(line="a.l", into="backward")) == (24.0, 1)
    assert found("forward", Entry(line="a.l"), Entry(line="a.m")) == (0.0, 0)
    control.apply_cordons([])
    with pytest.raises(ConfigError, match=r"no border of 'city' is declared; known ones: none"):
        list(potential(load_plan(plan), store, control, stretch))


def test_the_csv_carries_the_label_in_each_row(room: TestClient, control: Control) -> None:
    control.validated([VALID])
    [row] = csv.DictReader(io.StringIO(room.get("/api/v1/potential.csv").text))
    assert (row["label"], row["currency"], row["trust"]) == ("potensi", "IDR", "validated")
    assert float(row["low"]) < 24 * 2000 < float(row["high"])
    assert ("no busier than the rest" in row["unseen"]) == (float(row["coverage"]) < 1)


def test_the_public_is_not_told(store: Store, control: Control, plan: Path) -> None:
    with client(store, control, plan) as public:
        assert public.get("/api/v1/potential").status_code == 401
        assert public.get("/api/v1/potential.csv").status_code == 401


def test_a_city_without_a_plan_says_so(store: Store, control: Control) -> None:
    with client(store, control, None) as made:
        made.post("/api/v1/session", json={"code": "kode"})
        answer = made.get("/api/v1/potential").json()
        assert (answer["configured"], answer["entries"]) == (False, [])


def test_a_place_that_is_not_there_is_named(store: Store, control: Control, plan: Path) -> None:
    plan.write_text(PLAN.replace("a.l", "a.m"), "utf-8")
    stretch = Stretch(date(2026, 3, 3), date(2026, 3, 4), "Asia/Jakarta")
    with pytest.raises(ConfigError, match=r"no place 'a.m'"):
        list(potential(load_plan(plan), store, control, stretch))
