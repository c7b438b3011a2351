"""The page of a place: one graph from hours to years, quiet hours, a year of days, places beside each other, and another site's page."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from typing_extensions import override

from tests.staged_city import StagedCity
from tests.web.conftest import LIMIT_MS, Open
from tests.web.test_pages import settled

pytestmark = pytest.mark.browser

PLACE = "/portal/place/uji.A?show=visitors.person"
VIEWS = (
    PLACE,
    f"{PLACE}&range=year&with=impor.1",
    f"{PLACE}&range=week&with=impor.1&view=table",
    f"{PLACE}&week=table&calendarview=table",
)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("path", VIEWS)
def test_a_place_has_no_barrier_and_fits(visit: Open, path: str, width: int, dark: bool) -> None:
    page = visit(path, width=width, dark=dark)
    settled(page)
    page.get_by_text("Tanam grafik ini").click()
    expect(page.locator("pantau-chart svg")).to_be_visible(timeout=LIMIT_MS)
    page.evaluate("scrollTo(0, 0)")  # the bar at the foot of a phone lies over whatever is scrolled under it
    found = Axe().run(
        page, options={"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    )
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_range_has_a_button_an_address_and_its_tier(city: StagedCity, visit: Open) -> None:
    page = visit(PLACE)
    group = page.get_by_role("group", name="Rentang waktu")
    for name, preset in (("Minggu", "week"), ("Bulan", "month"), ("Tahun", "year"), ("5 tahun", "five"), ("Semua", "all")):
        group.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(re.compile(f"range={preset}"))
    expect(page.locator("[data-drawn]").first).to_be_attached(timeout=LIMIT_MS)
    assert city.asked.count("/series") >= 5


def test_a_stretch_chosen_with_the_brush_is_asked_for_in_narrower_buckets_and_has_an_address(visit: Open) -> None:
    page = visit(f"{PLACE}&range=year")
    graph = page.locator("[data-drawn]").first
    expect(graph).to_be_attached(timeout=LIMIT_MS)
    box = graph.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] * 0.4
    with page.expect_response(lambda one: "/series?" in one.url and "tier=hour" in one.url, timeout=LIMIT_MS):
        page.mouse.move(box["x"] + box["width"] * 0.4, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.45, middle, steps=4)
        page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
        page.mouse.up()
    expect(page).to_have_url(re.compile("zoom="))
    again = visit(page.url)
    again.get_by_role("link", name="Seluruh rentang").click()
    expect(again).not_to_have_url(re.compile("zoom="))


def test_a_trend_is_told_in_words_and_goes_into_the_citation(visit: Open) -> None:
    page = visit(PLACE)
    said = "Naik 4 % dari tahun lalu, dihitung dari 340 hari yang ada di kedua tahun."
    expect(page.get_by_text(said)).to_be_visible(timeout=LIMIT_MS)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Salin sebagai kutipan").first.click()
    expect(page.get_by_role("status").filter(has_text="Tersalin").first).to_be_attached(timeout=LIMIT_MS)
    text = page.evaluate("navigator.clipboard.readText()")
    for part in (said, "Gerbang uji", "Cakupan: ", "Galat: belum divalidasi", "Metode: ", "Lisensi: CC BY 4.0", "/portal/place/uji.A", "diakses"):
        assert part in text, part


def test_the_quiet_hour_is_found_without_a_mouse_and_in_the_table(visit: Open) -> None:
    page = visit(PLACE)
    settled(page)
    week = page.get_by_role("region", name="Kapan sepi?")
    expect(week.get_by_text("Paling sepi: Selasa 14-15")).to_be_visible(timeout=LIMIT_MS)
    grid = week.get_by_role("grid")
    grid.focus()
    page.keyboard.press("Home")
    for key in ("ArrowUp",) * 6 + ("ArrowDown",) + ("ArrowRight",) * 14:
        page.keyboard.press(key)
    expect(week.locator("[aria-live]")).to_have_text("Selasa 14\N{EN DASH}15: biasanya 12 (dari 20 minggu)")
    chosen = grid.get_attribute("aria-activedescendant")
    assert page.locator(f"[id='{chosen}']").get_attribute("aria-label") == week.locator("[aria-live]").inner_text()
    week.get_by_role("link", name="Tabel").click()
    row = week.get_by_role("row").filter(has_text="14\N{EN DASH}15")
    assert row.get_by_role("cell").nth(1).inner_text() == "12 (20)"
    assert "week=table" in page.url


def test_a_gap_in_the_calendar_says_so_and_is_no_pale_day(visit: Open) -> None:
    page = visit(f"{PLACE}&calendar=2026")
    settled(page)
    gone = page.get_by_role("region", name="Setahun dalam sekejap").locator(".cell.gap")
    expect(gone.first).to_be_attached(timeout=LIMIT_MS)
    assert "Kamera terputus" in (gone.first.get_attribute("aria-label") or "")


def test_places_beside_each_other_are_restored_by_the_address(visit: Open) -> None:
    page = visit(f"{PLACE}&range=year")
    page.get_by_label("Bandingkan dengan").select_option(label="Jalan impor")
    expect(page).to_have_url(re.compile("with=impor.1"))
    again = visit(page.url + "&view=table")
    heads = again.get_by_role("columnheader")
    expect(heads.filter(has_text="Jalan impor").first).to_be_visible(timeout=LIMIT_MS)
    expect(heads.filter(has_text="Gerbang uji").first).to_be_visible()
    again.get_by_role("link", name="Keluarkan Jalan impor").click()
    expect(again).not_to_have_url(re.compile("with="))


def test_files_are_of_the_open_api_in_four_forms(visit: Open) -> None:
    page = visit(f"{PLACE}&range=year")
    files = page.get_by_role("region", name="Ambil datanya").get_by_role("link")
    expect(files).to_have_count(4, timeout=LIMIT_MS)
    found = [files.nth(i).get_attribute("href") or "" for i in range(4)]
    assert [re.sub(r"\?.*", "", one) for one in found] == [
        f"/api/v1/open/series.{form}" for form in ("csv", "excel", "parquet", "json")
    ]
    assert all("place=uji.A" in one and "tier=day" in one for one in found)


@pytest.fixture
def elsewhere(stage: tuple[StagedCity, str]) -> Iterator[str]:
    """A newspaper's page with two lines of ours, on an origin of its own."""
    page = (
        f'<!doctype html><html lang="id"><title>Kabar</title><style>svg, p {{ display: none }}</style><h1>Kabar</h1>'
        f'<script src="{stage[1]}/embed/pantau-chart.js" async></script>'
        f'<pantau-chart place="uji.A" indicator="visitors.person" range="month" lang="id"></pantau-chart>'
        f'<pantau-chart place="tiada" indicator="visitors.person" lang="en"></pantau-chart>'
    )

    class Newspaper(BaseHTTPRequestHandler):
        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            """The page."""
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Newspaper)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_graph_on_another_site_needs_two_lines_and_says_whose_it_is(visit: Open, elsewhere: str) -> None:
    page = visit(elsewhere)
    chart = page.locator("pantau-chart").first
    expect(chart.locator("svg")).to_be_visible(timeout=LIMIT_MS)  # the page's own styles do not reach it
    expect(chart.locator("figcaption")).to_have_text("Orang lewat, Gerbang uji")
    assert chart.locator(".gap").count() == 1
    expect(chart.get_by_text("Terbaru")).to_be_visible()
    back = chart.get_by_role("link", name="Lihat di Pantau").get_attribute("href") or ""
    assert "/portal/place/uji.A?show=visitors.person&range=month&lang=id" in back
    chart.get_by_text("Tabel").click()
    expect(chart.get_by_role("cell").filter(has_text="tidak ada angka").first).to_be_visible()
    expect(page.locator("pantau-chart").nth(1).get_by_role("alert")).to_contain_text("can't be loaded")
    assert page.context.cookies() == []
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
