"""Debian's chromium, driven by playwright; a page that logs an error or loads anything fails."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

Open = Callable[..., Page]
"""Opens a report: its text, and the width, height and colour scheme of the screen."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of chromium; skip where there is none, but not under CI."""
    found = shutil.which("chromium")
    if found is None:
        reason = "chromium (Debian package chromium) is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Return a browser without a window.

    Playwright keeps an event loop running in this thread as long as it lives: it must end with
    the module, so that the tests after it may run loops of their own.
    """
    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # chromium refuses its sandbox to root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*sandbox, "--disable-dev-shm-usage"], timeout=60_000
        )
        yield browser
        browser.close()


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Return what opens a report from disk."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(
        text: str, *, width: int = 1280, height: int = 800, scheme: str = "light", place: str = ""
    ) -> Page:
        path = tmp_path / "report.html"
        path.write_text(text, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            offline=True,
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("request", lambda request: _only_itself(request.url, path, troubles))
        page.goto(path.as_uri() + place)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def _only_itself(url: str, path: Path, troubles: list[str]) -> None:
    if url.partition("#")[0] != path.as_uri():
        troubles.append(f"request of {url}")
