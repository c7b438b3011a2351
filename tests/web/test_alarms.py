"""Alarms in a real browser: seen, heard, silenced, judged by key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.staged_city import StagedCity
from tests.web.conftest import LIMIT_MS, Open

pytestmark = pytest.mark.browser

BAR = "[data-sound]"
HEARD = "Number(document.querySelector('[data-sound]').dataset.level) > 0.05"
WAKES_LATE = """() => {
  window.AudioContext = class extends window.AudioContext {
    constructor() { super(); void this.suspend(); }
    async resume() { await new Promise((done) => setTimeout(done, 800)); return super.resume(); }
  };
}"""
"""A browser that lets a page sound, but later than the page waits for it."""
IS_BUSY = """() => {
  new MutationObserver((_, rings) => {
    rings.disconnect();
    const until = performance.now() + 1500;
    while (performance.now() < until);
  }).observe(document.querySelector('[data-sound]'), { attributeFilter: ['data-rung'] });
}"""
"""A page that does something else from when the first tone begins until long after it is over."""


def sounds(page: Page, state: str) -> None:
    expect(page.locator(BAR)).to_have_attribute("data-sound", state, timeout=LIMIT_MS)


def rung(page: Page) -> int:
    return int(page.locator(BAR).get_attribute("data-rung") or 0)


@pytest.fixture
def room(city: StagedCity, visit: Open) -> Iterator[Page]:
    page = visit("/room")
    expect(page.get_by_text("Tidak ada alarm")).to_be_visible(timeout=LIMIT_MS)
    assert city.streams
    yield page


def test_an_alarm_appears_explains_itself_and_ends(city: StagedCity, room: Page) -> None:
    alarm = city.warn()
    card = room.locator(f'[data-alarm="{alarm.id}"]')
    expect(card).to_have_attribute("data-state", "firing", timeout=LIMIT_MS)
    for text in ("Waspada · berbunyi", "Pelataran uji", "6,2 orang, batas 5", "benar 8 dari 10 (49%\N{EN DASH}94%)", "Lihat gambarnya."):
        expect(card).to_contain_text(text)
    expect(card.locator("img")).to_have_count(1)
    expect(card).to_contain_text("Tidak ada gambar tersamar")
    expect(room.locator(BAR)).to_contain_text("Pelataran ramai di Pelataran uji")
    city.tell(alarm.model_copy(update={"state": "resolved", "resolved": alarm.fired, "cause": "cleared"}))
    expect(card).to_have_attribute("data-state", "resolved", timeout=LIMIT_MS)
    expect(room.locator(BAR)).to_contain_text("Tidak ada alarm")


def test_it_is_heard_once_somebody_turned_the_sound_on(city: StagedCity, room: Page) -> None:
    sounds(room, "off")
    expect(room.locator(BAR)).to_contain_text("Suara mati")
    room.get_by_role("button", name="Nyalakan suara").click()
    sounds(room, "on")
    room.wait_for_function(HEARD, timeout=LIMIT_MS)
    before = rung(room)
    alarm = city.warn("critical")
    room.wait_for_function(
        f"Number(document.querySelector('[data-sound]').dataset.rung) >= {before + 2}", timeout=LIMIT_MS
    )
    room.keyboard.press("a")
    expect(room.locator(f'[data-alarm="{alarm.id}"]')).to_contain_text("sudah dilihat", timeout=LIMIT_MS)
    assert city.said == [("acknowledge", "")]
    room.wait_for_timeout(300)
    quiet = rung(room)
    room.wait_for_timeout(1500)
    assert rung(room) == quiet, "what somebody has seen no longer sounds"


@pytest.mark.parametrize("slowness", [WAKES_LATE, IS_BUSY], ids=["wakes late", "is busy"])
def test_the_confirming_tone_is_heard_on_a_slow_machine(room: Page, slowness: str) -> None:
    room.evaluate(slowness)
    room.get_by_role("button", name="Nyalakan suara").click()
    room.wait_for_function(HEARD, timeout=LIMIT_MS)
    told = rung(room)
    room.wait_for_timeout(1500)
    assert rung(room) == told, "once it was heard, it is silent"


def test_a_mute_expires_by_itself(city: StagedCity, room: Page) -> None:
    room.get_by_role("button", name="Nyalakan suara").click()
    sounds(room, "on")
    room.keyboard.press("m")
    sounds(room, "muted")
    expect(room.locator(BAR)).to_contain_text("9:5")
    city.warn("critical")
    expect(room.locator("[data-alarm]")).to_have_count(1, timeout=LIMIT_MS)
    before = rung(room)
    room.wait_for_timeout(1500)
    assert rung(room) == before
    room.evaluate("localStorage.setItem('pantau.mute', String(Date.now() + 1500))")
    room.reload()
    sounds(room, "muted")
    room.locator("h1").first.click()
    sounds(room, "on")
    room.wait_for_function("Number(document.querySelector('[data-sound]').dataset.rung) > 0", timeout=LIMIT_MS)


def test_a_browser_that_holds_the_sound_back_is_said(browser: Browser, stage: tuple[StagedCity, str]) -> None:
    context = browser.new_context(base_url=stage[1])
    context.add_init_script("localStorage.setItem('pantau.sound', 'on')")
    page = context.new_page()
    page.goto("/room")
    sounds(page, "blocked")
    expect(page.get_by_role("button", name="Nyalakan suara")).to_be_visible()
    page.locator("h1").first.click()
    sounds(page, "on")
    context.close()


def test_who_wants_to_hear_listens_on_in_a_hidden_tab(city: StagedCity, room: Page) -> None:
    room.get_by_role("button", name="Nyalakan suara").click()
    sounds(room, "on")
    room.evaluate(
        "Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    before = rung(room)
    city.warn("critical")
    room.wait_for_function(f"Number(document.querySelector('[data-sound]').dataset.rung) > {before}", timeout=LIMIT_MS)
    assert city.streams


def test_bukan_takes_two_keys(city: StagedCity, room: Page) -> None:
    alarm = city.warn()
    card = room.locator(f'[data-alarm="{alarm.id}"]')
    expect(card).to_be_visible(timeout=LIMIT_MS)
    room.keyboard.press("b")
    expect(card).to_contain_text("diam di sini selama 30 menit")
    room.keyboard.press("Escape")
    expect(card).not_to_contain_text("diam di sini")
    room.keyboard.press("b")
    room.keyboard.press("2")
    expect(card).to_contain_text("dinilai bukan: Hujan, serangga, atau lensa kotor", timeout=LIMIT_MS)
    assert city.said == [("verdict", "wrongHujan, serangga, atau lensa kotor")]


def test_rules_that_nobody_checks_are_not_calm(city: StagedCity, visit: Open) -> None:
    city.checked = False
    page = visit("/room")
    expect(page.get_by_text("tenang belum tentu aman")).to_be_visible(timeout=LIMIT_MS)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_room_full_of_alarms_has_no_barrier(city: StagedCity, visit: Open, dark: bool) -> None:
    city.warn("critical")
    city.warn("warning")
    city.warn("info", state="pending", fired=None)
    city.warn("info", id="old", state="resolved", verdict="right")
    for path in ("/room", "/room/camera/uji", "/room/alarms"):
        page = visit(path, width=390, dark=dark)
        expect(page.locator("[data-alarm]").first).to_be_visible(timeout=LIMIT_MS)
        found = Axe().run(
            page, options={"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
        )
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
