"""Live pages: numbers that rise, streams that are lost, tabs that sleep."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.running_city import until
from tests.staged_city import CODE, StagedCity
from tests.web.conftest import LIMIT_MS, Open

pytestmark = pytest.mark.browser

COUNT = '[data-count="uji.A forward person"]'
HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def shows(page: Page, selector: str, text: str) -> None:
    expect(page.locator(selector).first).to_have_text(text, timeout=LIMIT_MS)


def says(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=LIMIT_MS)


def test_a_crossing_makes_the_count_the_hour_and_the_line_light_up(city: StagedCity, visit: Open) -> None:
    page = visit("/room/camera/uji")
    shows(page, COUNT, "0")
    before = page.locator("[data-live-total]").inner_text()
    city.cross()
    expect(page.locator(".line.lit")).to_have_count(1, timeout=LIMIT_MS)
    shows(page, COUNT, "1")
    expect(page.locator(".line.lit")).to_have_count(0, timeout=LIMIT_MS)
    expect(page.locator("[data-live-total]")).not_to_have_text(before, timeout=LIMIT_MS)


def test_a_lost_stream_is_said_and_found_again_with_what_happened_meanwhile(city: StagedCity, visit: Open) -> None:
    page = visit("/room")
    says(page, "Semua tenang: 1 kamera terpantau")
    city.cut()
    says(page, "Terputus dari server — mencoba lagi")
    city.status, city.reason = "outage", "kabel dicabut"
    city.restore()
    says(page, "1 dari 1 kamera terputus")
    says(page, "kabel dicabut")


def test_a_sleeping_tab_stops_listening_and_wakes_to_the_present(city: StagedCity, visit: Open) -> None:
    page = visit("/room/camera/uji")
    shows(page, COUNT, "0")
    page.evaluate(HIDE, arg=True)
    until("the stream is closed", lambda: not city.streams)
    for _ in range(3):
        city.cross()
    city.asked.clear()
    page.evaluate(HIDE, arg=False)
    shows(page, COUNT, "3")
    assert {"/live", "/cameras/uji", "/series"} <= set(city.asked)


def test_an_outage_tells_since_when_and_why_and_greys_the_last_picture(city: StagedCity, visit: Open) -> None:
    page = visit("/room/camera/uji")
    expect(page.locator(".frame img:not(.behind)")).to_have_count(1, timeout=LIMIT_MS)
    city.status, city.reason = "outage", "kabel dicabut"
    city.post()
    says(page, "Terputus sejak")
    says(page, "kabel dicabut")
    says(page, "Bukan gambar langsung.")
    expect(page.locator(".frame.old")).to_have_count(1)


def test_a_session_that_ended_is_asked_for_its_code_again(city: StagedCity, visit: Open) -> None:
    page = visit("/room")
    says(page, "Semua tenang: 1 kamera terpantau")
    city.cut()
    city.role = "public"
    city.restore()
    expect(page.get_by_label("Kode sekali pakai dari terminal")).to_be_visible(timeout=LIMIT_MS)


def test_the_room_opens_to_the_code_of_the_terminal_and_to_no_other(city: StagedCity, visit: Open) -> None:
    city.role = "public"
    page = visit("/room")
    field = page.get_by_label("Kode sekali pakai dari terminal")
    field.fill("salah")
    page.get_by_role("button", name="Masuk", exact=True).click()
    says(page, "Kode salah atau sudah dipakai.")
    field.fill(CODE)
    page.get_by_role("button", name="Masuk", exact=True).click()
    says(page, "Kamera uji")


def test_the_room_says_how_well_the_city_is_watched(city: StagedCity, visit: Open) -> None:
    page = visit("/room")
    for level, met, now, target in (
        ("availability", "false", "▲belum tercapai 94,9 %", "≥ 95 %"),
        ("freshness", "true", "✓tercapai 1,5 detik", "≤ 3 detik"),
    ):
        row = page.locator(f"[data-level={level}]")
        expect(row).to_have_attribute("data-met", met, timeout=LIMIT_MS)
        expect(row.locator("td").first).to_have_text(now)
        expect(row.locator("td").last).to_have_text(target)
    shows(page, "[data-level=availability] th", "Kamera-menit terpantau dari 2.880 kamera-menit")
    shows(page, "[data-level=alarm_latency] td", "belum diketahui")
    city.fresh_s = None
    page.reload()
    shows(page, "[data-level=freshness] td", "belum diketahui")


def test_a_camera_says_what_each_stage_takes(city: StagedCity, visit: Open) -> None:
    page = visit("/room/camera/uji")
    says(page, "20 ms · temukan 18 · lacak 0,4 · ukur 1,6")
    says(page, "4,9 dari 5")
    says(page, "terlambat 2")
