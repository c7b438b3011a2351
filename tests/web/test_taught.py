"""Teaching a zone on the camera's page: by mouse, by key, undone, refused in the server's words."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.staged_city import StagedCity
from tests.staged_lessons import PLACE
from tests.web.conftest import LIMIT_MS, Open

pytestmark = pytest.mark.browser


def card(page: Page, place: str = PLACE) -> Locator:
    return page.locator(f'[data-function="{place}"]')


def says(part: Locator, text: str) -> None:
    expect(part).to_contain_text(text, timeout=LIMIT_MS)


@pytest.mark.parametrize(
    ("answer", "change", "word", "reason"),
    [
        ("yes", {"chance": 0.97}, "Ya", "peluang ya 97%"),
        ("no", {"chance": 0.03}, "Tidak", "peluang ya 3%"),
        ("abstain", {"distance": 0.2}, "Tidak tahu", "tidak mirip contoh mana pun"),
        ("abstain", {"chance": 0.52}, "Tidak tahu", "meragukan: peluang ya 52%"),
        ("abstain", {"picture": "", "fault": "hidden"}, "Tidak tahu", "zona tertutup orang, kendaraan, atau topeng"),
    ],
)
def test_it_says_what_it_answers_and_why(
    city: StagedCity, visit: Open, answer: str, change: dict[str, object], word: str, reason: str
) -> None:
    city.teach(14, 14)
    city.see(answer, **change)  # type: ignore[arg-type]  # the words above are the answers
    page = visit("/room/camera/uji")
    expect(card(page)).to_have_attribute("data-answer", answer, timeout=LIMIT_MS)
    says(card(page).locator(".answer"), word)
    says(card(page), reason)
    says(card(page), "Dari 28 contoh yang tidak diperlihatkan kepadanya, 1 dijawab salah (4%; dengan kepastian 95 % antara 1% dan 19%)")
    says(card(page), "Contoh: 14 normal, 14 tidak normal")
    expect(card(page).get_by_role("button", name="Tandai normal")).to_be_enabled(enabled="fault" not in change)


def test_keys_mark_undo_and_learn(city: StagedCity, visit: Open) -> None:
    city.teach(5, 4)
    page = visit("/room/camera/uji")
    says(card(page), "Masih perlu 1 contoh tidak normal.")
    page.keyboard.press("n")
    says(page.locator(".functions .said"), "ditandai normal.")
    says(card(page), "Contoh: 6 normal, 4 tidak normal")
    page.keyboard.press("u")
    says(card(page), "Contoh: 5 normal, 4 tidak normal")
    page.keyboard.press("t")
    says(card(page), "Contoh sudah cukup untuk dipelajari.")
    page.keyboard.press("l")
    says(card(page), "Dipelajari dari 10 contoh")
    says(card(page), "1 dijawab salah")
    expect(card(page).get_by_role("button", name="Pelajari contoh")).to_have_count(0)


def test_two_labels_for_one_still_are_refused_in_the_servers_words(city: StagedCity, visit: Open) -> None:
    city.teach(5, 5)
    page = visit("/room/camera/uji")
    card(page).get_by_role("button", name="Tandai normal").click()
    says(card(page), "Contoh: 6 normal, 5 tidak normal")
    card(page).get_by_role("button", name="Tandai tidak normal").click()
    says(page.locator(".functions").get_by_role("alert"), "Not marked: the still (f0000000) is already marked normal")
    says(card(page), "Contoh: 6 normal, 5 tidak normal")


def test_examples_tell_who_marked_them_and_when_and_go_one_by_one(city: StagedCity, visit: Open) -> None:
    city.teach(14, 14)
    page = visit("/room/camera/uji")
    card(page).locator("summary").click()
    shown = card(page).locator("[data-example]")
    expect(shown).to_have_count(12, timeout=LIMIT_MS)
    says(shown.first, "oleh room")
    says(shown.nth(1), "Gambar sudah dilepas")
    card(page).get_by_role("button", name="Tampilkan semua 28 contoh").click()
    expect(shown).to_have_count(28)
    shown.first.get_by_role("button").click()
    says(card(page), "Contoh: 13 normal, 14 tidak normal")


def test_a_function_is_named_by_key_and_typing_marks_nothing(city: StagedCity, visit: Open) -> None:
    city.teach(5, 5)
    page = visit("/room/camera/uji")
    says(card(page), "5 normal")
    page.keyboard.press("f")
    expect(page.get_by_label("Zona yang dilihat")).to_be_focused(timeout=LIMIT_MS)
    page.keyboard.press("Tab")
    page.keyboard.type("tnt")  # a name, not marks
    page.keyboard.press("Enter")
    says(card(page, "uji.Z-tnt"), "Belum diajar")
    says(card(page), "Contoh: 5 normal, 5 tidak normal")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("path", ["/room/camera/uji", "/room/states?part=taught"])
def test_it_can_be_read_by_everybody_and_fits_a_phone(city: StagedCity, visit: Open, path: str, dark: bool) -> None:
    city.teach(14, 14)
    city.see("yes")
    page = visit(path, width=390, dark=dark)
    expect(page.locator("[data-function]").first).to_be_visible(timeout=LIMIT_MS)
    page.locator("[data-function] summary").first.click()
    found = [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in {"serious", "critical"}]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
