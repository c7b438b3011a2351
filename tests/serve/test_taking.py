"""Every address in the how-to about open data is served by the sample city, also where its optional footage could not be had."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pantau.demo.city import Footage, areas, cameras, enclose, publish
from pantau.serve.app import create_app
from pantau.serve.memory import memory_services
from pantau.serve.services import CityFacts
from pantau.store.control import Control
from pantau.store.groups import members_of
from pantau.store.store import Store
from pantau.types import Batch, Key, Observation, Run

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "take-open-data.md"
ADDRESS = re.compile(r"(?:^|`)(/(?:api/v1/open/|api/v1/groups|catalog|sitemap|robots)[^`\s]*)", re.MULTILINE)
NOW = datetime(2026, 4, 4, 18, 20, tzinfo=UTC)
HOURS = 24 * 6
FIRST = NOW.replace(minute=0) - timedelta(hours=HOURS)
"""So that there is a whole month, and a whole day."""


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[TestClient]:
    """The sample city as `pantau demo` lays it out, with six days of people on the plaza."""
    store = Store.open(tmp_path, timezone="Asia/Jakarta", clock=lambda: NOW)
    control = Control.open(tmp_path, clock=lambda: NOW)
    none = tmp_path / "none"
    control.apply(cameras(Footage(none, none, none, None, None, (none, none)), "", ()))
    enclose(control)
    publish(control, lambda: NOW)
    plaza = next(camera for camera in control.cameras() if camera.id == "pets")
    lines, zones = [line.id for line in plaza.lines], [zone.id for zone in plaza.zones if zone.kind == "area"]
    keys = (*(Key("visitors", id_, 1, "forward") for id_ in lines), *(Key("visitors", id_, 1, "") for id_ in zones))
    how, cadence = {"visitors": "m"}, {"visitors": 900.0}
    store.begin(Run(id="r", camera="pets", kind="live", started=FIRST, keys=keys, method=how, cadence_s=cadence))
    for h in range(HOURS):
        times = tuple(FIRST + timedelta(hours=h, minutes=15 * m) for m in range(4))
        passed = [Observation(id_, "visitors.person", "forward", at, 0.0, 5.0) for at in times for id_ in lines]
        inside = [Observation(id_, "visitors.inside", "", at, 900.0, 12.0) for at in times for id_ in zones]
        store.write(Batch("r", h + 1, {"visitors": times}, tuple(sorted((*passed, *inside), key=lambda o: o.time))))
    store.regroup(members_of(control.cameras(), control.cordons()), NOW)
    store.rollup(NOW)
    drawn = tmp_path / "areas.geojson"
    drawn.write_text(json.dumps(areas()), "utf-8")
    services = replace(
        memory_services(NOW),
        city=CityFacts(name="Contoh", region="33.74", timezone="Asia/Jakarta", areas=drawn),
        numbers=store,
        register=control,
        sessions=control,
        releases=control.releases,
        secret=control.releases.key(NOW),
        clock=lambda: NOW,
    )
    with TestClient(create_app(services), base_url="http://localhost") as client:
        yield client
    control.close()
    store.close()


def test_every_address_in_the_page_is_served_by_the_sample_city(sample: TestClient) -> None:
    addresses = dict.fromkeys(ADDRESS.findall(PAGE.read_text("utf-8")))
    assert len(addresses) >= 16
    answers = {address: sample.get(address) for address in addresses}
    assert {address: answer.text for address, answer in answers.items() if answer.status_code != 200} == {}
    series = [answer.text for address, answer in answers.items() if "/series." in address]
    assert len(series) == 2
    assert all(",released" in text for text in series), "a figure, and not a table of nothing"
