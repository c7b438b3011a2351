"""Takes the screenshots of the documents from a running demo, for a person to look at before they are committed.

    pantau demo                                   # in another terminal
    python -m docs.screenshots --code CODE        # writes docs/img/PAGE-WIDTH-THEME.jpg
    python -m docs.screenshots --code CODE --staged litter water taught health
                                                  # waits for each alarm of the staged camera: docs/img/rekaan-ALARM.jpg

People on the pictures are blurred by Pantau itself; the pages name the footage's source.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

IMAGES = Path(__file__).parent / "img"
PAGES = {
    "kota": "/portal",
    "tempat": "/portal/place/akl.45-queen-street?range=five",
    "peta": "/room",
    "kamera": "/room/camera/pets",
}
SIZES = {390: 844, 1280: 800, 1920: 1080}
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
SETTLE_MS = 4000
STAGED = "/room/camera/rekaan"
RULES = {"litter": "sampah-dibiarkan", "water": "genangan", "taught": "asap", "health": "kamera-rusak"}
"""Rule of each alarm that the staged camera raises."""
STAGED_SIZE = (1280, 1400)
ROUND_S = 1000.0
"""Longer than the staged clip: each alarm comes once in it."""
ASK_MS = 2000
QUALITY = 82


def main() -> None:
    """Take every page at every size in both themes."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--address", default="http://127.0.0.1:8600")
    asked.add_argument("--code", required=True, help="one-time code from the demo's terminal")
    asked.add_argument("--only", default="", help="page, width or theme to keep to, such as kamera-1280")
    asked.add_argument("--staged", nargs="*", default=[], choices=tuple(RULES), help="alarms of the staged camera")
    told = asked.parse_args()
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        state = _signed_in(browser, told.address, told.code)
        for name in told.staged:
            _take_staged(browser, state, told.address, name)
        for theme in () if told.staged else ("light", "dark"):
            for width, height in SIZES.items():
                page = browser.new_context(
                    storage_state=state,
                    color_scheme="dark" if theme == "dark" else "light",
                    viewport={"width": width, "height": height},
                    locale="id-ID",
                ).new_page()
                for name, path in PAGES.items():
                    if told.only in f"{name}-{width}-{theme}":
                        _take(page, told.address + path, IMAGES / f"{name}-{width}-{theme}.jpg")
                page.context.close()
        browser.close()


def _signed_in(browser: Browser, address: str, code: str) -> str:
    """A file with the session's cookie."""
    context = browser.new_context()
    answer = context.request.post(f"{address}/api/v1/session", data={"code": code}, headers={"origin": address})
    if not answer.ok:
        raise SystemExit(f"the code was refused ({answer.status}); start the demo again for a fresh one")
    path = Path(tempfile.mkdtemp()) / "state.json"
    context.storage_state(path=path)
    return str(path)


def _take_staged(browser: Browser, state: str, address: str, name: str) -> None:
    """Wait until the staged camera's alarm fires, and take its page with what belongs to it in view."""
    width, height = STAGED_SIZE
    context = browser.new_context(
        storage_state=state, color_scheme="light", viewport={"width": width, "height": height}, locale="id-ID"
    )
    page, until = context.new_page(), time.monotonic() + ROUND_S
    while not _fires(context, address, RULES[name]):
        if time.monotonic() > until:
            raise SystemExit(f"no alarm of {RULES[name]!r} came in {ROUND_S:.0f} s; is the staged camera watched?")
        page.wait_for_timeout(ASK_MS)
    _take(page, address + STAGED, IMAGES / f"rekaan-{name}.jpg")
    context.close()


def _fires(context: BrowserContext, address: str, rule: str) -> bool:
    found = context.request.get(f"{address}/api/v1/alarms", params={"state": "firing"}).json()["alarms"]
    return any(one["rule"] == rule and one["camera"] == "rekaan" for one in found)


def _take(page: Page, address: str, path: Path) -> None:
    page.goto(address)
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=path, type="jpeg", quality=QUALITY)


if __name__ == "__main__":
    main()
