"""A browser for the tests of pages, and a page in it that notices every message and every request."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OWN = ("file:", "data:")  # what a page that is one file may ask for


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; it is part of what these tests need, so that a machine without it fails here."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "no Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page that lets nothing through to the network, and gathers what the console says in `messages`."""
    with browser.new_context(color_scheme=request.param, offline=True) as context:
        opened = context.new_page()
        messages: list[str] = []
        opened.on("console", lambda message: messages.append(message.text))
        opened.on("pageerror", lambda error: messages.append(str(error)))
        opened.on("request", lambda asked: messages.append(asked.url) if asked.url[:5] not in OWN else None)
        yield opened
        assert messages == []
