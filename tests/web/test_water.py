"""A gauge that is refused, in a real browser: said on its camera, and where alarms are shown instead of calm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from pantau.serve.schema import alarms as alarm_schema
from pantau.serve.schema import cameras as camera_schema
from pantau.serve.schema import live as live_schema
from tests.staged_city import StagedCity
from tests.web.conftest import LIMIT_MS, Open

pytestmark = pytest.mark.browser

REASON = alarm_schema.ReasonAnswer(code="refused_at_limit", values={"heights": "24-104 cm", "limit": "60"})


@pytest.fixture
def refused(city: StagedCity) -> StagedCity:
    since = datetime.now(UTC) - timedelta(minutes=1)
    mark = [camera_schema.MarkAnswer(at=(0.5, y), cm=cm) for y, cm in ((0.8, 0.0), (0.2, 120.0))]
    city.zones = (
        camera_schema.ZoneAnswer(
            id="uji.W", name="Tepi kali", kind="water", capacity=0, polygon=((0.1, 0.8), (0.9, 0.8), (0.9, 0.9)),
            gauge=tuple(mark), limit_cm=60.0, revision=1,
        ),
    )  # fmt: skip
    city.water = (
        live_schema.LiveWater(
            zone="uji.W", state="dry", wet=0.0, flooded=0.0, level_cm=None, at=None, depth="", rise_cm_h=None,
            to_limit_s=None, confidence=0.0, refused=True, unread_since=since, reason=REASON,
        ),
    )  # fmt: skip
    city.unguarded = (
        alarm_schema.UnguardedAnswer(
            rule="siaga-3", name="Siaga 3", place="uji.W", place_name="Tepi kali", since=since, reason=REASON
        ),
    )
    return city


def test_the_camera_says_that_its_gauge_guards_nothing_and_what_to_do(refused: StagedCity, visit: Open) -> None:
    zone = visit(f"/room/camera/{refused.live().camera}").locator('[data-water="uji.W"]')
    expect(zone).to_contain_text("Alat ukur ini tidak menjaga tempat ini", timeout=LIMIT_MS)
    expect(zone).to_contain_text("ditolak: di 24-104 cm terlalu polos atau gelap untuk menunjukkan air, padahal batas alarm 60 cm")
    expect(zone).to_contain_text("\N{EN DASH}")  # no level, and no zero


def test_the_room_is_not_calm_while_a_rule_waits_for_a_blind_gauge(refused: StagedCity, visit: Open) -> None:
    page = visit("/room")
    bar = page.locator("[data-sound]")
    expect(bar).to_contain_text("1 aturan tidak menjaga tempatnya", timeout=LIMIT_MS)
    expect(bar).to_contain_text("Siaga 3, Tepi kali: tidak ada tinggi air sejak")
    expect(bar).to_contain_text("terlalu polos atau gelap")
    expect(page.get_by_text("Tidak ada alarm")).to_have_count(0)
    refused.unguarded = ()  # somebody moved it
    expect(bar).to_contain_text("Tidak ada alarm", timeout=LIMIT_MS)
