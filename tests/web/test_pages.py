"""Pages that anybody can use: their addresses, their gaps, their words, and no barrier."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.staged_city import StagedCity
from tests.web.conftest import LIMIT_MS, Open

pytestmark = pytest.mark.browser

PAGES = (
    "/portal",
    "/portal?theme=traffic",
    "/portal/area/33.74.01",
    "/portal/area/33.74.02",
    "/portal/about",
    "/portal/place/uji.A?range=month",
    "/portal/place/uji.A?view=table&show=traffic",
    "/room",
    "/room/camera/uji",
    "/room/alarms",
    "/portal/states?part=history",
    "/portal/states?part=tile",
    "/portal/states?part=camera",
    "/room/states?part=room&n=10000",
)


SEE = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 400) {
        scrollTo(0, y);
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
    }
    scrollTo(0, 0);
}"""


def settled(page: Page) -> None:
    """See all of the page and wait until no skeleton is left (the gallery shows one on purpose)."""
    expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=LIMIT_MS)
    if "/states" not in page.url:
        waiting = page.locator(".skeleton").filter(visible=True)
        for _ in range(20):  # what is seen may bring something that waits to be seen itself
            page.evaluate(SEE)
            page.wait_for_timeout(200)
            if waiting.count() == 0:
                break
        expect(waiting).to_have_count(0, timeout=LIMIT_MS)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_barrier_and_fits_a_phone(visit: Open, path: str, dark: bool) -> None:
    page = visit(path, width=390, dark=dark)
    settled(page)
    found = Axe().run(
        page, options={"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    )
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_gap_is_told_in_the_table_and_is_no_zero(visit: Open) -> None:
    page = visit("/portal/place/uji.A?range=month&view=table&show=visitors.person")
    row = page.get_by_role("row").filter(has_text="Kamera terputus").first
    expect(row).to_be_visible(timeout=LIMIT_MS)
    assert row.get_by_role("cell").nth(1).inner_text() == "\N{EN DASH}"


def test_an_address_restores_the_view_it_was_copied_from(visit: Open) -> None:
    page = visit("/portal/place/uji.A")
    page.get_by_role("link", name="Tahun", exact=True).click()
    page.get_by_label("Yang ditampilkan").select_option(label="Mobil")
    page.get_by_label("Arah").select_option(label="masuk")
    page.get_by_role("group", name="Tampilan").get_by_role("link").last.click()
    its_table = re.compile(r"^Mobil di Gerbang uji")  # the card of the day has one too, once enough days are known
    expect(page.get_by_role("table", name=its_table)).to_be_visible(timeout=LIMIT_MS)
    page.get_by_role("button", name="Lebih awal").click()
    expect(page).to_have_url(re.compile("to="))
    again = visit(page.url)
    expect(again.get_by_role("table", name=its_table)).to_be_visible(timeout=LIMIT_MS)
    assert again.get_by_label("Yang ditampilkan").input_value() == "traffic.car"
    assert again.get_by_label("Arah").input_value() == "forward"
    assert again.get_by_role("link", name="Tahun", exact=True).get_attribute("aria-current") == "true"


def test_back_returns_to_the_page_before(visit: Open) -> None:
    page = visit("/portal")
    page.get_by_role("link", name="Gerbang uji").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gerbang uji", timeout=LIMIT_MS)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kota Uji", timeout=LIMIT_MS)


@pytest.mark.parametrize("path", ["/portal", "/portal/place/uji.A?show=visitors.person&range=week"])
def test_a_figure_says_how_it_was_validated(city: StagedCity, visit: Open, path: str) -> None:
    page = visit(path)
    expect(page.get_by_text("belum divalidasi (0 dari 30)").first).to_be_visible(timeout=LIMIT_MS)
    city.compare()
    page.reload()
    measured = "tervalidasi: ketepatan 95% [87\N{EN DASH}100%], n 84, 23 Nov 2026"
    expect(page.get_by_text(measured).first).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_text("kurang tepat")).to_have_count(0)
    city.compare(accuracy=0.7143, flagged=True)
    page.reload()
    expect(page.get_by_text("kurang tepat", exact=True).first).to_be_visible(timeout=LIMIT_MS)
    city.compare(status="expired")
    page.reload()
    expect(page.get_by_text("validasi kedaluwarsa").first).to_be_visible(timeout=LIMIT_MS)


def test_a_citation_takes_the_validation_along(city: StagedCity, visit: Open) -> None:
    city.compare(accuracy=0.7143, flagged=True)
    page = visit("/portal/place/uji.A?show=visitors.person&range=week")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    history = page.get_by_role("region", name="Riwayat")  # other cards, which come later, have the button too
    history.get_by_role("button", name="Salin sebagai kutipan").click()
    expect(page.get_by_role("status").filter(has_text="Tersalin")).to_be_attached(timeout=LIMIT_MS)
    text = page.evaluate("navigator.clipboard.readText()")
    assert "tervalidasi: ketepatan 71% [63\N{EN DASH}77%], n 84, 23 Nov 2026; kurang tepat" in text


def test_the_room_says_the_validation_of_the_chosen_line(city: StagedCity, visit: Open) -> None:
    city.compare(accuracy=0.7143, flagged=True)
    said = visit("/room/camera/uji").locator("[data-validity=validated]")
    expect(said).to_contain_text("n 84, 23 Nov 2026", timeout=LIMIT_MS)
    expect(said).to_contain_text("kurang tepat")


def test_a_failed_self_check_is_a_flag_a_row_and_in_the_room_a_sentence(city: StagedCity, visit: Open) -> None:
    path = "/portal/place/uji.A?range=month&view=table&show=visitors.person"
    said = "tidak cocok dengan angka sekitarnya"
    page = visit(path)
    expect(page.get_by_role("row").nth(1)).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_text(said)).to_have_count(0)
    city.doubt()
    page.reload()
    expect(page.locator(".flag").filter(has_text=said)).to_be_visible(timeout=LIMIT_MS)
    row = page.get_by_role("row").filter(has_text="97").first
    expect(row).to_contain_text(f"tetap \N{MIDDLE DOT} malam \N{MIDDLE DOT} hujan 40% \N{MIDDLE DOT} {said}")
    checks = visit("/room/camera/uji").get_by_role("region", name="Pemeriksaan diri")
    expect(checks.get_by_role("listitem")).to_contain_text("Gerbang uji: 800, sedangkan B: 1.000", timeout=LIMIT_MS)
    expect(checks).to_contain_text("tidak cocok")


def test_imported_history_says_whose_it_is(visit: Open) -> None:
    page = visit("/portal")
    expect(page.get_by_text("Sumber uji (CC BY 4.0)")).to_be_visible(timeout=LIMIT_MS)


def test_the_portal_asks_for_nothing_of_the_room(city: StagedCity, visit: Open) -> None:
    city.role = "public"
    settled(visit("/portal"))
    settled(visit("/portal/place/uji.A"))
    assert not [path for path in city.asked if path.startswith(("/cameras", "/live", "/events"))]


def test_search_goes_to_a_place_by_keyboard_alone(visit: Open) -> None:
    page = visit("/portal")
    settled(page)
    page.keyboard.press("/")
    page.keyboard.type("jalan imp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jalan impor", timeout=LIMIT_MS)


def test_language_and_theme_are_remembered(visit: Open) -> None:
    page = visit("/portal")
    settled(page)
    page.get_by_role("button", name="Switch to English").click()
    page.get_by_role("button", name="Dark theme").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark", timeout=LIMIT_MS)
    expect(page.get_by_role("link", name="Control room")).to_be_visible(timeout=LIMIT_MS)
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_lost_server_is_said_in_words(city: StagedCity, visit: Open) -> None:
    city.away = True
    page = visit("/portal")
    expect(page.get_by_role("alert")).to_be_visible(timeout=LIMIT_MS)
    city.restore()
    page.get_by_role("button", name="Coba lagi").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kota Uji", timeout=LIMIT_MS)
