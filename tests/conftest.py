"""What every test gets: a home of its own, Hypothesis profiles, and the programs of the system where they exist."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.rtsp_server"]

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ON_CI = bool(os.environ.get("CI"))

# Deadlines are off: two shared cores make the time of one example say nothing.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    derandomize=True,  # a red run can be repeated
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if ON_CI else "dev")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

WEB = Path(__file__).parents[1] / "web" / "dist"
# WebGL in software, and no calls home: the machine's network is closed.
BROWSER_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader"
)

GSTREAMER = """
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
sys.exit(not all(map(Gst.ElementFactory.find, ("appsrc", "h264parse", "rtph264pay"))))
"""


def missing(what: str, remedy: str) -> None:
    """Skip on a developer's machine; fail in CI, where a skipped test proves nothing."""
    if ON_CI:
        pytest.fail(f"{what} is missing; {remedy}")
    pytest.skip(f"{what} is missing; {remedy}")


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep tests away from the user's caches, and from what an older run left in them."""
    home = tmp_path_factory.mktemp("home")
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            patch.delenv(name, raising=False)
        for name in [name for name in os.environ if name.startswith("PANTAU_") and name != "PANTAU_DATA"]:
            patch.delenv(name)
        yield home


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's browser; Playwright drives it by `executable_path`."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        missing("a browser", "run scripts/system-packages.sh test")
    return str(found)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """The system's browser, for the built pages; one for all tests, because Playwright runs once in a process."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only for tests that open pages

    if not (WEB / "index.html").is_file():
        missing("web/dist", "run make web")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS.split())
        yield running
        running.close()


@pytest.fixture(scope="session")
def gst_python() -> str:
    """The Python that has GStreamer's RTSP server: the system's, because gi is never in a venv."""
    python = "/usr/bin/python3"
    try:
        subprocess.run([python, "-c", GSTREAMER], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        missing("GStreamer's RTSP server", "run scripts/system-packages.sh test")
    return python


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run pages after everything else, and what needs the whole city after those.

    Playwright's event loop runs in this thread from its first test to the end, where ``asyncio.run`` is then refused; and a
    demo in the background would take the processor from tests that time things.
    """
    items.sort(
        key=lambda item: (item.get_closest_marker("e2e") is not None, "browser" in getattr(item, "fixturenames", ()))
    )
