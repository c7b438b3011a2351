"""A citizen says that a number looks wrong, the steward answers, and the answer stands beside the figure."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.staged_city import StagedCity
from tests.web.conftest import LIMIT_MS, Open

pytestmark = pytest.mark.browser
HTML = "<img src=x onerror=alert(1)> pasar libur"


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)], ids=["phone", "wide dark"])
def test_a_complaint_goes_to_the_steward_and_its_answer_to_the_figure(
    city: StagedCity, visit: Open, width: int, dark: bool
) -> None:
    page = visit("/portal/place/uji.A?show=visitors.person&range=month", width=width, dark=dark)
    part = page.get_by_role("region", name="Angka ini janggal")
    part.get_by_role("button", name="Angka ini janggal?").click(timeout=LIMIT_MS)
    expect(part).to_contain_text("Orang lewat \N{MIDDLE DOT} Gerbang uji")
    part.get_by_label("Kosong atau nol, padahal ada").check()
    part.get_by_label("Keterangan (boleh kosong)").fill(HTML)
    page.evaluate("scrollTo(0, 0)")  # the bar at the foot of a phone lies over whatever is scrolled under it
    barriers = Axe().run(page)
    assert not barriers.violations_count, barriers.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    part.get_by_role("button", name="Kirim ke walidata").click()
    expect(part.get_by_role("status")).to_contain_text("000000000000")

    desk = visit("/room/walidata", width=width, dark=dark)
    row = desk.locator("[data-complaint='000000000000']")
    expect(row).to_contain_text(HTML, timeout=LIMIT_MS)
    row.get_by_role("button", name="Jawab").click()
    row.get_by_label("Jawaban dalam bahasa Indonesia").fill("Kamera mati karena listrik padam.")
    expect(row.get_by_role("button", name="Terbitkan jawaban")).to_be_disabled()
    desk.get_by_label("Nama yang menjawab dan memutuskan").fill("Ibu Sri")
    row.get_by_label("Hasil").select_option(label="Memang ada yang tidak teramati")
    desk.evaluate("scrollTo(0, 0)")
    barriers = Axe().run(desk)
    assert not barriers.violations_count, barriers.generate_report()
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    row.get_by_role("button", name="Terbitkan jawaban").click()
    expect(desk.get_by_text("Tidak ada yang perlu dijawab")).to_be_visible()

    page.reload()
    answer = page.locator("[data-answer='000000000000']")
    expect(answer).to_contain_text("Memang ada yang tidak teramati. Kamera mati karena listrik padam.", timeout=LIMIT_MS)
    expect(answer).to_contain_text("Ibu Sri")
    assert "pasar" not in answer.inner_text()


def test_what_is_asked_is_what_is_looked_at(city: StagedCity, visit: Open) -> None:
    page = visit("/portal/place/uji.A?show=traffic.car&direction=forward&range=day&to=2026-03-01")
    part = page.get_by_role("region", name="Angka ini janggal")
    part.get_by_role("button", name="Angka ini janggal?").click(timeout=LIMIT_MS)
    part.get_by_role("button", name="Kirim ke walidata").click()
    expect(part.get_by_role("status")).to_be_visible()
    (kept,) = city.desk.kept.values()
    assert (kept.indicator, kept.direction, kept.reason) == ("traffic.car", "forward", "high")
    assert (kept.start.isoformat(), kept.end.isoformat()) == ("2026-02-28T17:00:00+00:00", "2026-03-01T17:00:00+00:00")


def test_the_desk_is_for_those_who_are_signed_in(city: StagedCity, visit: Open) -> None:
    city.role = "public"
    expect(visit("/room/walidata").locator("#code")).to_be_visible(timeout=LIMIT_MS)
