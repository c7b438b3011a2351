"""A small city in memory: one camera with a line and a zone, one imported site, three days of hours with a hole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from pantau.findings import LitterView, Live, SlotView, WaterView
from pantau.places import Camera, Line, Site, Zone
from pantau.serve.app import create_app
from pantau.serve.memory import MemoryNumbers, MemoryRegister, MemorySessions, memory_services
from pantau.serve.services import Services
from pantau.types import Event

NOW = datetime(2026, 3, 4, 12, 40, tzinfo=UTC)
HOLE = (datetime(2026, 3, 3, 5, tzinfo=UTC), datetime(2026, 3, 3, 8, tzinfo=UTC))

CAMERA = Camera(
    id="pets",
    name="Plaza",
    source="rtsp://10.1.2.3:554/secret-stream",
    lon=110.42,
    lat=-6.99,
    attribution="PETS 2009",
    lines=(Line(id="pets.W", camera="pets", name="Barat", start=(0.1, 0.8), end=(0.1, 0.3), forward_name="masuk"),),
    zones=(Zone(id="pets.tengah", camera="pets", name="Tengah", polygon=((0.3, 0.3), (0.7, 0.3), (0.7, 0.7))),),
)
SITE = Site(
    id="akl.quay",
    name="107 Quay Street",
    timezone="Pacific/Auckland",
    lon=174.77,
    lat=-36.84,
    source="Auckland",
    licence="CC BY 4.0",
)


def hours() -> dict[datetime, float]:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    grid = [first + timedelta(hours=i) for i in range(84)]
    return {t: float(i) for i, t in enumerate(grid) if not HOLE[0] <= t < HOLE[1] and t <= NOW}


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def numbers() -> MemoryNumbers:
    outage = Event(
        id="outage:1",
        kind="outage",
        place="pets",
        start=HOLE[0],
        end=HOLE[1],
        attributes={"reason": "10.1.2.3:554 does not answer"},
    )
    crossings = [
        Event(
            id=f"crossing:{i:03}",
            kind="crossing",
            place="pets.W",
            start=NOW - timedelta(minutes=i // 2 + 1),
            attributes={"direction": "forward", "class": "person"},
        )
        for i in range(25)
    ]
    made = MemoryNumbers({("pets.W", "visitors.person"): hours()}, [outage, *crossings])
    made.now = NOW
    return made


@pytest.fixture
def services(numbers: MemoryNumbers) -> Services:
    return replace(
        memory_services(NOW),
        numbers=numbers,
        register=MemoryRegister((CAMERA,), (SITE,)),
        sessions=MemorySessions(("kode-satu", "kode-dua")),
    )


@pytest.fixture
def browse(services: Services) -> Iterator[Callable[..., TestClient]]:
    """Makes clients: the public, or signed in with ``browse(room=True)``."""
    app = create_app(services)
    clients: list[TestClient] = []

    def make(*, room: bool = False) -> TestClient:
        client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False, follow_redirects=False)
        clients.append(client)
        if room:
            code = "kode-satu" if len(clients) == 1 else "kode-dua"
            assert client.post("/api/v1/session", json={"code": code}).status_code == 204
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def public(browse: Callable[..., TestClient]) -> TestClient:
    return browse()


@pytest.fixture
def room(browse: Callable[..., TestClient]) -> TestClient:
    return browse(room=True)


@pytest.fixture
def shown() -> Live:
    """A camera's newest state, with a picture."""
    return Live(
        camera="pets",
        time=NOW,
        status="live",
        picture=b"\xff\xd8 first",
        size=(768, 576),
        boxes=((0.1, 0.2, 0.3, 0.4, "person"),),
        counts={("pets.W", "forward", "person"): 3},
        inside={("pets.tengah", "person"): 2},
        slots=(SlotView("pets.p1", "occupied", 0.95),),
        litter=(LitterView("pets.tengah", (0.4, 0.5, 0.45, 0.55), NOW, "within", 30.0, None, 0.004),),
        water=(WaterView("pets.tengah", "flooded", 0.7, 0.6, 42.0, (0.5, 0.4), "<=70", 24.0, 2700.0, 0.8),),
        fps_asked=5.0,
        fps_got=4.9,
        step_ms=31.5,
        stages_ms={"detect": 30.0, "track": 0.5, "measure": 1.0},
        dropped={"late": 2},
    )
