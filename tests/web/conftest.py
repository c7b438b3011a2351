"""The built pages in the system's browser, before a city that does as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.staged_city import StagedCity
from tests.staged_server import staged

LIMIT_MS = 30_000

Open = Callable[..., Page]


@pytest.fixture
def stage() -> Iterator[tuple[StagedCity, str]]:
    with staged() as both:
        yield both


@pytest.fixture
def city(stage: tuple[StagedCity, str]) -> StagedCity:
    return stage[0]


@pytest.fixture
def visit(browser: Browser, stage: tuple[StagedCity, str]) -> Iterator[Open]:
    """Open a path in a window of some width and theme. Anything the page throws fails the test."""
    thrown: list[str] = []
    contexts = []

    def visit(path: str, *, width: int = 1280, dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=stage[1], viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert thrown == []
