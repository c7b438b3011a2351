"""A city of two lines and three zones, one of them closed, with four days of people: a store, its releases and what the public is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from pantau.places import Camera, Direction, Line, Zone
from pantau.serve.app import create_app
from pantau.serve.memory import memory_services
from pantau.serve.release.rule import Cell, CellRule
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
Base = tuple[str, Direction, datetime]


def services_of(store: Store, control: Control, clock: Callable[[], datetime]) -> Services:
    """What the server has of a city whose clock goes on."""
    now = clock()
    return replace(
        memory_services(now),
        city=CityFacts(name="Kota", region="33.74", timezone="Asia/Jakarta"),
        numbers=store,
        register=control,
        sessions=control,
        releases=control.releases,
        secret=control.releases.key(now),
        clock=clock,
    )


def client_of(store: Store, control: Control, clock: Callable[[], datetime]) -> TestClient:
    """A browser of that city."""
    return TestClient(create_app(services_of(store, control, clock)), base_url="http://localhost")


@dataclass
class City:
    store: Store
    control: Control
    now: datetime
    people: dict[Base, int] = field(default_factory=dict)

    def client(self) -> TestClient:
        return client_of(self.store, self.control, lambda: self.now)

    def services(self) -> Services:
        return services_of(self.store, self.control, lambda: self.now)

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
