"""A real browser on a real server: headless Chromium, or a plain skip where there is none."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser import ARGUMENTS, find_chromium

# Opens a page in a browser of its own, where nobody is signed in; options are the context's.
OpenPage = Callable[..., Page]
# Opens such a page and signs in there, as a person of tests.factories does.
SignIn = Callable[..., Page]

PATIENCE_MS = 20_000
PAUSE_MS = 50
QUIET_MS = 300
HARMLESS = "Failed to load resource"
"""What the console says of a 4xx or a cut connection; the tests judge those themselves."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            path = find_chromium(playwright)
        except FileNotFoundError as error:
            pytest.skip(str(error))
        # Playwright keeps an event loop in this thread; Django would refuse its database there.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Watch:
    """What a page asks of the server and says in its console."""

    page: Page
    under_way: set[Request] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._ask)
        self.page.on("requestfinished", self._end)
        self.page.on("requestfailed", self._end)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _ask(self, request: Request) -> None:
        self.under_way.add(request)

    def _end(self, request: Request) -> None:
        self.under_way.discard(request)

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith(HARMLESS):
            self.complaints.append(said.text)

    def settle(self) -> None:
        """Wait for what the page still asks: the server must be idle when the test's database
        is emptied, or the two wait for each other.
        """
        quiet_ms = 0
        for _ in range(PATIENCE_MS // PAUSE_MS):
            quiet_ms = 0 if self.under_way else quiet_ms + PAUSE_MS
            if quiet_ms >= QUIET_MS:
                return
            self.page.wait_for_timeout(PAUSE_MS)


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer) -> Iterator[OpenPage]:
    """A refused style or a script's error in the console fails the test."""
    watched: list[Watch] = []

    def opened(**options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        watched.append(Watch(page))
        return page

    yield opened
    for watch in watched:
        watch.settle()
        watch.page.context.close()
    assert [text for watch in watched for text in watch.complaints] == []


@pytest.fixture
def sign_in(open_page: OpenPage) -> SignIn:
    def signed_in(username: str, *, width: int = 1440, height: int = 900, **options: Any) -> Page:
        page = open_page(viewport={"width": width, "height": height}, **options)
        page.goto("/login/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", "password")
        page.click("form button[type=submit]")
        page.wait_for_url("**/")
        return page

    return signed_in
