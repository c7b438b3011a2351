"""The front page and the pages of areas: figures against usual, what is unusual, where, near me; light, and without a mouse."""

from __future__ import annotations

import gzip
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, expect

from tests.staged_city import StagedCity
from tests.staged_now import UNUSUAL
from tests.web.conftest import LIMIT_MS, Open
from tests.web.test_pages import settled

pytestmark = pytest.mark.browser

LIMIT_BYTES = 200_000
FRONT = ("/portal", "/portal/area/33.74.01")



def test_five_tiles_say_a_figure_or_why_there_is_none(visit: Open) -> None:
    page = visit("/portal")
    tiles = page.locator("[data-theme-id]")
    expect(tiles).to_have_count(5, timeout=LIMIT_MS)
    expect(tiles.nth(0)).to_contain_text("1.284 orang lewat")
    expect(tiles.nth(0)).to_contain_text(re.compile(r"▲ \+12\s?% dari biasanya"))
    expect(tiles.nth(0)).to_contain_text(re.compile(r"cakupan 97\s?%"))
    expect(tiles.nth(2)).to_contain_text("Belum ada kamera yang menghitung ini.")
    expect(tiles.nth(3)).to_contain_text("Angka pertama dirilis sekitar pukul")
    expect(tiles.nth(4)).to_contain_text("Ini bukan nol.")
    for n in (2, 3, 4):
        assert not re.search(r"\b0\b", tiles.nth(n).inner_text()), "no zero that nobody counted"


def test_what_is_unusual_is_a_sentence_that_leads_to_its_place(visit: Open) -> None:
    page = visit("/portal")
    page.get_by_role("link", name=UNUSUAL).click()
    expect(page).to_have_url(re.compile(r"/portal/place/uji\.A\?show=visitors\.person"), timeout=LIMIT_MS)


def test_a_calm_city_says_when_it_was_checked_and_an_unchecked_one_is_not_called_calm(
    city: StagedCity, visit: Open
) -> None:
    city.calm = True
    said = visit("/portal").get_by_role("region", name="Apa yang tidak biasa hari ini")
    expect(said).to_contain_text("Tidak ada yang luar biasa.", timeout=LIMIT_MS)
    expect(said).to_contain_text(re.compile(r"Terakhir diperiksa pukul \d\d\.\d\d"))
    city.begun = False
    said = visit("/portal").get_by_role("region", name="Apa yang tidak biasa hari ini")
    expect(said).to_contain_text("Sedang memeriksa: 1 dari 3", timeout=LIMIT_MS)
    expect(said).not_to_contain_text("luar biasa")


def test_a_theme_is_chosen_by_its_tile_and_the_map_and_the_table_follow(visit: Open) -> None:
    page = visit("/portal")
    settled(page)
    page.locator("[data-theme-id=traffic]").get_by_role("link", name="Lalu lintas", exact=True).click()
    expect(page).to_have_url(re.compile("theme=traffic"))
    expect(page.get_by_role("region", name="Lalu lintas menurut wilayah, dibanding biasanya")).to_be_visible()
    area = page.get_by_role("group", name=re.compile("Peta wilayah: Lalu lintas")).get_by_role("link", name=re.compile("Barat"))
    expect(area).to_have_attribute("aria-label", re.compile(r"Barat: ▲ \+12\s?%"))


def test_an_area_is_reached_from_the_map_by_keyboard_and_holds_its_places(visit: Open) -> None:
    page = visit("/portal")
    settled(page)
    page.get_by_role("group", name=re.compile("Peta wilayah")).get_by_role("link", name=re.compile("Barat")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Barat", timeout=LIMIT_MS)
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1, "the page was not loaded anew"
    expect(page.get_by_role("row").filter(has_text="Gerbang uji").first).to_contain_text("1.284")
    empty = visit("/portal/area/33.74.02")
    expect(empty.get_by_text("belum ada kamera yang menghitung di sini")).to_be_visible(timeout=LIMIT_MS)


def test_near_me_is_worked_out_on_the_phone_and_asks_the_server_for_nothing_of_it(
    city: StagedCity, visit: Open
) -> None:
    page = visit("/portal")
    settled(page)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": -7.001, "longitude": 110.401})
    city.asked.clear()
    page.get_by_role("button", name="Gunakan posisi saya").click()
    near = page.get_by_role("region", name="Dekat saya")
    expect(near.get_by_text("Anda berada di")).to_contain_text("Barat", timeout=LIMIT_MS)
    expect(near.get_by_role("listitem").first).to_contain_text("Gerbang uji")
    assert set(city.asked) <= {"/areas", "/now"}, "the same for everybody"
    page.reload()
    expect(page.get_by_label("Wilayah saya")).to_have_value("33.74.01", timeout=LIMIT_MS)
    assert page.evaluate("JSON.stringify(localStorage)") == '{"pantau.area":"33.74.01"}', "the position is not kept"


def test_a_refused_position_leaves_the_list_of_areas(visit: Open) -> None:
    page = visit("/portal")
    refuse = "() => { navigator.geolocation.getCurrentPosition = (_, no) => no({ code: 1, PERMISSION_DENIED: 1 }); }"
    page.evaluate(refuse)
    page.get_by_role("button", name="Gunakan posisi saya").click()
    expect(page.get_by_text("Izin posisi ditolak")).to_be_visible(timeout=LIMIT_MS)
    page.get_by_label("Wilayah saya").select_option(label="Timur")
    expect(page.get_by_role("region", name="Dekat saya").get_by_role("link", name="Timur")).to_be_visible()


def test_search_finds_areas_and_indicators(visit: Open) -> None:
    page = visit("/portal")
    settled(page)
    page.keyboard.press("/")
    page.keyboard.type("timur")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Timur", timeout=LIMIT_MS)
    page.keyboard.press("/")
    page.keyboard.type("mobil")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/portal/place/uji\.A\?show=traffic\.car"), timeout=LIMIT_MS)


def test_the_front_page_loads_less_than_200_kb_of_javascript_at_start(visit: Open) -> None:
    page = visit("/portal/about", width=390)
    loaded: dict[str, bytes] = {}

    def keep(response: Response) -> None:
        if response.url.endswith((".js", ".mjs")):
            loaded[response.url.rsplit("/", 1)[-1]] = response.body()

    page.on("response", keep)
    page.goto("/portal")
    expect(page.locator("[data-theme-id]")).to_have_count(5, timeout=LIMIT_MS)
    page.wait_for_load_state("networkidle")
    weight = sum(len(gzip.compress(body, 9)) for body in loaded.values())
    print(f"front page: {weight / 1000:.1f} kB gzip of JavaScript in {len(loaded)} files")
    assert 0 < weight < LIMIT_BYTES
    assert not [name for name in loaded if name.startswith(("maplibre", "echarts"))]


def test_the_city_and_an_area_have_a_graph_from_today_to_all_years(visit: Open) -> None:
    """The sum over its places, with all that a place's graph has; reached from the tile without a mouse."""
    page = visit("/portal", width=390)
    link = page.locator("[data-theme-id=traffic]").get_by_role("link", name="Grafik: Lalu lintas")
    link.focus()
    with page.expect_response(lambda one: "/series?place=city&indicator=traffic.car" in one.url, timeout=LIMIT_MS) as asked:
        page.keyboard.press("Enter")
    assert "tier=day" in asked.value.url, "a year is shown first"
    history = page.get_by_role("region", name="Riwayat: Kota Uji")
    expect(history).to_be_focused()
    expect(history).to_be_in_viewport()
    expect(history.get_by_role("heading", level=2)).to_have_text("Lalu lintas, Kota Uji: dari hari ini sampai semua tahun")
    expect(history.locator("[data-drawn]")).to_be_attached(timeout=LIMIT_MS)
    expect(history.get_by_text("Naik 4 % dari tahun lalu")).to_be_visible()
    expect(history.get_by_text("tempat atau batas berubah")).to_be_visible()
    expect(history.get_by_text("garis batas yang dideklarasikan: Batas Kota Uji")).to_be_visible()
    assert "place=city" in (history.get_by_role("link", name="CSV", exact=True).get_attribute("href") or "")
    history.get_by_role("link", name="Semua", exact=True).click()
    history.get_by_role("link", name="Tabel", exact=True).click()
    expect(history.get_by_role("row").filter(has_text="Kamera terputus").first).to_be_visible(timeout=LIMIT_MS)
    expect(page).to_have_url(re.compile("theme=traffic.*range=all.*view=table"))
    area = visit("/portal/area/33.74.01?theme=visitors&range=week").get_by_role("region", name="Riwayat: Barat")
    area.scroll_into_view_if_needed()
    with area.page.expect_response(lambda one: "/series?place=area" in one.url and "direction=forward" in one.url):
        area.get_by_label("Arah").select_option(label="masuk")


def test_where_nothing_is_added_the_graph_is_of_a_place_and_says_why(city: StagedCity, visit: Open) -> None:
    city.border = False
    history = visit("/portal?theme=visitors").get_by_role("region", name="Riwayat: Kota Uji")
    history.scroll_into_view_if_needed()
    expect(history).to_contain_text("tidak dijumlahkan antartempat", timeout=LIMIT_MS)
    place = history.get_by_role("link", name="Gerbang uji")
    expect(place).to_have_attribute("href", "/portal/place/uji.A?show=visitors")
    expect(history.locator("[data-drawn]")).to_be_attached(timeout=LIMIT_MS)
    empty = visit("/portal/area/33.74.02").get_by_role("region", name="Riwayat: Timur")
    empty.scroll_into_view_if_needed()
    expect(empty).to_contain_text("Belum ada riwayat untuk tema ini", timeout=LIMIT_MS)


def test_the_city_and_an_area_have_the_week_the_year_and_tomorrow_that_a_place_has(city: StagedCity, visit: Open) -> None:
    """Of what the graph shows: another theme, another indicator, another way."""
    page = visit("/portal?theme=traffic&show=traffic.car&direction=forward", width=390)
    settled(page)
    outlook = page.get_by_role("region", name="Dibanding hari biasa: Mobil, Kota Uji")
    expect(outlook.get_by_text("sampai pukul")).to_be_visible()
    outlook.get_by_role("link", name="Besok", exact=True).click()
    expect(page).to_have_url(re.compile("outlook=tomorrow"))
    expect(outlook.get_by_role("img", name=re.compile("Dibanding hari biasa"))).to_be_visible(timeout=LIMIT_MS)
    week = page.get_by_role("region", name="Kapan sepi? Mobil, Kota Uji")
    expect(week.get_by_text("Paling sepi: Selasa 14-15, biasanya 12.")).to_be_visible(timeout=LIMIT_MS)
    address = week.get_by_role("link", name="CSV", exact=True).get_attribute("href") or ""
    assert re.search(r"/week\.csv\?place=city&indicator=traffic\.car&direction=forward", address)
    year = page.get_by_role("region", name="Setahun dalam sekejap: Mobil, Kota Uji")
    expect(year.get_by_text("di Kota Uji")).to_be_visible(timeout=LIMIT_MS)
    expect(year.locator(".cell.gap").first).to_be_attached()
    area = visit("/portal/area/33.74.01?theme=visitors")
    settled(area)
    expect(area.get_by_role("region", name="Kapan sepi? Orang lewat, Barat")).to_be_visible()
    city.border = False
    alone = visit("/portal?theme=visitors")
    settled(alone)
    expect(alone.get_by_role("region", name="Kapan sepi? Orang lewat, Gerbang uji")).to_be_visible()
    empty = visit("/portal/area/33.74.02")
    settled(empty)
    expect(empty.get_by_role("region", name=re.compile("Kapan sepi"))).to_have_count(0)


def test_what_is_not_published_of_a_city_is_told_as_that_and_shown_nowhere(city: StagedCity, visit: Open) -> None:
    city.closed = True
    page = visit("/portal?theme=visitors")
    settled(page)
    for name in ("Dibanding hari biasa", "Kapan sepi", "Setahun dalam sekejap"):
        card = page.get_by_role("region", name=re.compile(name))
        expect(card).to_contain_text("Angka ini tidak dibuka untuk umum.", timeout=LIMIT_MS)
        expect(card.get_by_role("grid")).to_have_count(0)
        expect(card).not_to_contain_text(re.compile(r"Perlu empat minggu|perlu beberapa minggu"))


@pytest.mark.parametrize("width", [1280, 1920])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", FRONT)
def test_no_barrier_on_wide_screens_either(visit: Open, path: str, dark: bool, width: int) -> None:
    page = visit(path, width=width, dark=dark)
    settled(page)
    found = Axe().run(page).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found if v["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
