"""What happens when a camera or Pantau itself goes away: a real RTSP server is killed, a real process is killed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.rtsp_server import RtspServer
from tests.running_city import RunningCity, until

pytestmark = [pytest.mark.rtsp, pytest.mark.e2e, pytest.mark.timeout(400)]

CAMERA = """
[[camera]]
id = "a"
name = "Pelataran"
source = "{url}"
fps = 2.0
analysers = ["visitors"]

[[camera.line]]
id = "M2"
start = [0.572917, 0.78125]
end = [0.572917, 0.321181]

[[camera.line]]
id = "E"
start = [0.898438, 0.815972]
end = [0.898438, 0.503472]
"""


def asked_range() -> dict[str, str]:
    now = datetime.now(UTC)
    return {"from": (now - timedelta(minutes=30)).isoformat(), "to": (now + timedelta(minutes=1)).isoformat()}


def minutes(city: RunningCity, place: str) -> list[tuple[str, float | None, float]]:
    """(minute, passages, coverage) of the last half hour."""
    asked = {"place": place, "indicator": "visitors.person", "tier": "minute"} | asked_range()
    series = city.get("series", **asked)
    return list(zip(series["t"], series["columns"][0]["values"], series["coverage"], strict=True))


def crossings(city: RunningCity) -> Counter[str]:
    """Stored crossings by their identity; each must be there once."""
    found: Counter[str] = Counter()
    asked = asked_range() | {"kind": "crossing", "limit": "500"}
    while True:
        page = city.get("events", **asked)
        found.update(event["id"] for event in page["events"])
        if not page["next"]:
            return found
        asked["before"] = page["next"]


def test_a_camera_that_goes_away_is_an_outage_and_comes_back(
    rtsp_server: Callable[..., RtspServer], installation: Callable[[str], RunningCity], footage: Path
) -> None:
    server = rtsp_server({"plaza": footage / "pelataran.mp4"})
    city = installation(CAMERA.format(url=server.url("plaza")))
    until("pictures come", lambda: city.camera("a")["status"] == "live", 60)
    until("somebody is counted", lambda: any(v for _, v, _ in minutes(city, "a.E")), 90)

    server.kill()
    until("the outage is seen", lambda: city.camera("a")["status"] == "outage", 10)
    assert city.camera("a")["reason"].split(":")[0] in {"ended", "unreachable", "refused"}
    time.sleep(8)
    server.start()
    assert until("counts resume", lambda: city.camera("a")["status"] == "live", 15) <= 10

    outage = city.get("events", kind="outage", **asked_range())["events"][0]
    assert outage["place"] == "a"
    until("the outage has an end", lambda: city.get("events", kind="outage", **asked_range())["events"][0]["end"])
    watched = [(value, coverage) for _, value, coverage in minutes(city, "a.E") if coverage]
    assert watched
    assert any(coverage < 0.9 for _, coverage in watched)
    assert all(value is None for _, value, coverage in minutes(city, "a.E") if not coverage)
    assert set(crossings(city).values()) <= {1}


def test_a_killed_process_keeps_every_acknowledged_crossing_once(
    rtsp_server: Callable[..., RtspServer], installation: Callable[[str], RunningCity], footage: Path
) -> None:
    server = rtsp_server({"plaza": footage / "pelataran.mp4"})
    city = installation(CAMERA.format(url=server.url("plaza")))
    until("several are counted", lambda: len(crossings(city)) >= 4, 120)

    before = crossings(city)  # what the API has shown is committed
    city.kill()
    city.start()
    after = crossings(city)
    assert set(before) <= set(after)
    assert set(after.values()) == {1}

    server.kill()  # nothing more comes, so that minutes and events can be compared
    until("the outage is seen", lambda: city.camera("a")["status"] == "outage", 15)
    time.sleep(3)
    stored = sum(value or 0 for place in ("a.M2", "a.E") for _, value, _ in minutes(city, place))
    assert stored == len(crossings(city))
