"""A person labels a clip with the keyboard alone, and what was counted is a truth."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from pantau.commands.evaluate import EvaluateOptions, run_evaluate
from pantau.label.desk import Desk
from pantau.label.door import Door
from pantau.label.server import Room, create_app
from pantau.serve.server import Server
from tests.conftest import WEB
from tests.label.conftest import FPS
from tests.red_models import RedModels

pytestmark = pytest.mark.browser
LIMIT_MS = 20_000


@dataclass
class Table:
    """A desk that is served."""

    desk: Desk
    server: Server
    finished: threading.Event
    tokens: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.server.address}/?token={self.tokens[-1]}"


@pytest.fixture
def table(make_desk: Callable[[], Desk]) -> Iterator[Table]:
    desk, finished, tokens = make_desk(), threading.Event(), list[str]()
    door = Door(tokens.append)
    tokens.append(door.token)
    app = create_app(Room(desk, door, WEB, finished.set, "pantau evaluate klip"))
    server = Server(app, "127.0.0.1", 0, on_stop=lambda: None)
    server.start()
    desk.look_through(threading.Event(), lambda _: None)
    yield Table(desk, server, finished, tokens)
    server.stop()
    desk.close()


@pytest.fixture
def visit(browser: Browser, table: Table) -> Iterator[Callable[..., Page]]:
    """Open the page in a window of some width and theme. Anything the page throws fails the test."""
    thrown: list[str] = []
    contexts = []

    def visit(*, width: int = 1280, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(table.address)
        expect(page.get_by_role("slider")).to_be_visible()
        expect(page.locator("main[aria-busy=false]")).to_be_attached()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert thrown == []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def evaluated(tmp_path: Path, clip: Path, camera: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    options = EvaluateOptions(
        clip=str(clip),
        camera=camera,
        truth=tmp_path / "labels.json",
        start="",
        fps=None,
        source_fps=FPS,
        detector="",
        tolerance_s=1.0,
        report=None,
        json=True,
        keep=None,
        models=None,
    )
    run_evaluate(options, RedModels(tmp_path))
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def test_a_clip_is_counted_by_keyboard_and_evaluates_to_one(
    table: Table,
    visit: Callable[..., Page],
    clip: Path,
    camera_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = visit()
    press(page, "n", "1", "n", "Shift+1", "n", "4", "u")
    expect(page.get_by_role("status")).to_contain_text("Diurungkan: Sepeda motor, masuk")
    press(page, "o", "n", "4", "1")  # a wrong key, put right by the right one
    expect(page.get_by_text("Tanda di garis ini: 4")).to_be_visible()
    press(page, "n")
    expect(page.get_by_text("Ditonton 0:00 sampai 0:09 dari 0:09")).to_be_visible()
    page.get_by_role("button", name="Selesai").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Selesai: 4 lintasan tersimpan")).to_be_visible()
    expect(page.get_by_text("pantau evaluate klip")).to_be_visible()
    assert table.finished.wait(5)
    line = json.loads((tmp_path / "labels.json").read_text())["lines"][0]
    said = [(c["class"], c["direction"], round(c["t_s"])) for c in line["crossings"]]
    ways = ("forward", "backward", "forward", "forward")
    assert said == [("person", way, s) for way, s in zip(ways, (2, 4, 6, 8), strict=True)]
    told = evaluated(tmp_path, clip, camera_file, capsys)
    assert (told["accuracy"], told["n"], told["missed"], told["over"], told["notes"]) == (1.0, 4, 0, 0, [])


def test_half_a_clip_is_no_miss_and_no_false_count(
    visit: Callable[..., Page], clip: Path, camera_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = visit()
    press(page, "n", "1", "n", "Shift+1", *["ArrowRight"] * 10, "]")
    expect(page.get_by_text("Bagian yang dilihat utuh: 0:00,0 sampai 0:05,0")).to_be_attached()
    told = evaluated(tmp_path, clip, camera_file, capsys)
    assert (told["accuracy"], told["n"], told["over"]) == (1.0, 2, 0)


def test_the_slit_scan_is_marked_by_clicks_once_a_class_is_chosen(table: Table, visit: Callable[..., Page]) -> None:
    page = visit()
    scan = page.get_by_role("slider")
    box = scan.bounding_box()
    assert box
    scan.click(position={"x": 100, "y": 60})
    assert not table.desk.sheet.crossings
    page.get_by_role("button", name="Sepeda motor").click()
    scan.click(position={"x": 100, "y": 60})
    expect(page.get_by_text("Tanda di garis ini: 1")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Hapus Sepeda motor")).click()
    expect(page.get_by_text("Tanda di garis ini: 0")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Tanda di garis ini: 1")).to_be_visible()
    (one,) = table.desk.sheet.crossings
    assert one.t_s == pytest.approx(100 / 50, abs=0.11)


def test_a_key_while_the_clip_plays_marks_who_passes(table: Table, visit: Callable[..., Page]) -> None:
    page = visit()
    page.keyboard.press(" ")
    expect(page.get_by_role("img", name=re.compile(r"pada 0:0[2-3]"))).to_be_attached()
    page.keyboard.press("1")
    expect(page.get_by_text("Tanda di garis ini: 1")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.get_by_text(re.compile("Ditonton 0:00 sampai"))).to_be_visible()
    (one,) = table.desk.sheet.crossings
    assert one.t_s == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 390)], ids=["light", "dark-phone"])
def test_the_page_has_no_barrier_and_fits(visit: Callable[..., Page], dark: bool, width: int) -> None:
    page = visit(width=width, dark=dark)
    press(page, "n", "1")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Cara menghitung")).to_be_visible()
    found = Axe().run(
        page, options={"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    )
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_used_address_says_what_to_do(table: Table, visit: Callable[..., Page], browser: Browser) -> None:
    visit()
    with_old = browser.new_page()
    with_old.goto(f"{table.server.address}/?token={table.tokens[0]}")
    expect(with_old.get_by_text("sudah dipakai")).to_be_visible()
    with_old.goto(table.server.address)
    expect(with_old.get_by_text("Alamat ini tidak berlaku lagi")).to_be_visible(timeout=LIMIT_MS)
    with_old.close()
