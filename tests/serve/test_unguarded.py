"""A rule on a gauge that tells no level is named wherever alarms are shown, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from pantau.alert.points import Gauged
from pantau.findings import Fault, Live, Reason, WaterView
from pantau.serve.memory_room import MemoryAlarms
from pantau.serve.services import Services

Ask = Callable[[Live | None], list[dict[str, Any]]]
REFUSED = Reason("refused_at_limit", {"heights": "24-104 cm", "limit": "60"})


@pytest.fixture
def said(services: Services, room: TestClient) -> Ask:
    cast("MemoryAlarms", services.alarms).gauged = (Gauged("siaga-3", "Siaga 3", "pets.tengah", "Tengah", "pets"),)

    def ask(live: Live | None) -> list[dict[str, Any]]:
        if live is not None:
            services.board.post(live)
        found: list[dict[str, Any]] = room.get("/api/v1/alarms").json()["pulse"]["unguarded"]
        return found

    return ask


def silent(now: datetime, minutes: float, reason: Reason) -> Live:
    water = WaterView("pets.tengah", reason=reason, unread_since=now - timedelta(minutes=minutes))
    return Live("pets", now, "live", water=(water,))


def test_a_refused_gauge_is_named_at_once_with_the_reason(said: Ask, now: datetime) -> None:
    (one,) = said(silent(now, 0, REFUSED))
    assert (one["rule"], one["name"], one["place_name"]) == ("siaga-3", "Siaga 3", "Tengah")
    assert one["reason"] == {"code": "refused_at_limit", "values": {"heights": "24-104 cm", "limit": "60"}}


def test_a_bus_before_the_gauge_is_not_named_and_a_lorry_is(said: Ask, now: datetime) -> None:
    assert said(silent(now, 9, Reason("unsure"))) == []
    (one,) = said(silent(now, 11, Reason("unsure")))
    assert one["reason"]["code"] == "unsure"


def test_a_gauge_that_tells_is_not_named(said: Ask, now: datetime) -> None:
    assert said(Live("pets", now, "live", water=(WaterView("pets.tengah", level_cm=3.0),))) == []


def test_a_camera_that_has_not_looked_yet_is_not_named_and_one_that_is_out_is(said: Ask, now: datetime) -> None:
    assert said(None) == []
    assert said(Live("pets", now, "starting")) == []
    (one,) = said(Live("pets", now, "outage", reason="does not answer"))
    assert one["reason"] is None
    blind = replace(silent(now, 0, REFUSED), water=(), faults=(Fault("covered", now - timedelta(hours=1), blind=True),))
    (one,) = said(blind)
    assert (one["reason"], one["since"]) == (None, "2026-03-04T11:40:00Z")
