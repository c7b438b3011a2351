"""The city about itself: pages that anybody can read, and the desk at which the steward decides what is published."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.staged_city import StagedCity
from tests.web.conftest import LIMIT_MS, Open

pytestmark = pytest.mark.browser
PAGES = ("/portal/transparansi", "/portal/metode", "/room/walidata")


def barrier_free(page: Page) -> None:
    rules = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": rules})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_barrier_and_fits(visit: Open, path: str, width: int, dark: bool) -> None:
    page = visit(path, width=width, dark=dark)
    expect(page.locator(".card").first).to_be_visible(timeout=LIMIT_MS)
    expect(page.locator(".skeleton").filter(visible=True)).to_have_count(0, timeout=LIMIT_MS)
    if path == "/portal/metode":
        page.locator("summary").first.click()
    barrier_free(page)


def test_transparency_tells_live_figures_in_both_languages(city: StagedCity, visit: Open) -> None:
    city.role = "public"
    page = visit("/portal/transparansi")
    expect(page.get_by_text("kamera diamati, dari 1 yang terdaftar")).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_text("Mengenali siapa seseorang")).to_be_visible()
    page.get_by_role("button", name="Switch to English").click()
    expect(page.get_by_text("cameras are watched, of 1 in the register")).to_be_visible()


def test_methods_open_at_the_family_of_their_address(visit: Open) -> None:
    page = visit("/portal/metode")
    page.get_by_role("link", name="Lalu lintas", exact=True).first.click(timeout=LIMIT_MS)
    expect(page).to_have_url(re.compile("/portal/metode#traffic$"))
    page.locator("summary", has_text="traffic.car").first.click()
    expect(page.get_by_text("Belum dibandingkan di sini").filter(visible=True).first).to_be_visible()


def test_the_steward_withdraws_with_a_reason(city: StagedCity, visit: Open) -> None:
    page = visit("/room/walidata")
    part = page.get_by_role("region", name="Apa yang boleh terbit").first
    withdraw = part.get_by_role("button", name="Tarik penerbitan")
    expect(withdraw).to_be_disabled(timeout=LIMIT_MS)
    page.get_by_label("Nama yang menjawab dan memutuskan").fill("Ibu Sri")
    part.get_by_label("Data").first.select_option(label="Pengunjung")
    part.get_by_label("Alasan, yang akan diterbitkan").fill("tempat ibadah")
    withdraw.click()
    expect(part.get_by_role("status")).to_contain_text("Ditarik: Pengunjung, semua tempat")
    (made,) = city.releases.taken[1:]
    assert (made.family, made.open, made.by, made.reason) == ("visitors", False, "Ibu Sri", "tempat ibadah")


def test_the_steward_closes_the_sum_over_an_area(city: StagedCity, visit: Open) -> None:
    page = visit("/room/walidata")
    part = page.get_by_role("region", name="Apa yang boleh terbit").first
    page.get_by_label("Nama yang menjawab dan memutuskan").fill("Ibu Sri", timeout=LIMIT_MS)
    part.get_by_label("Tempat").select_option(label="Semarang Tengah (area:33.74.01)")
    part.get_by_label("Alasan, yang akan diterbitkan").fill("unjuk rasa")
    part.get_by_role("button", name="Tarik penerbitan").click()
    expect(part.get_by_role("status")).to_contain_text("area:33.74.01")
    assert [one.place for one in city.releases.taken[1:]] == ["area:33.74.01"]
