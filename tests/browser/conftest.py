"""Fixtures for tests with a browser and a running platform."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    expect,
    sync_playwright,
)

from deploy.local.testkit.organisation import Organisation
from tests.browser.chromium import ARGUMENTS, HOW_TO_GET_IT, find_chromium
from tests.browser.person import BLANK, Person
from tests.fixtures.platform import Platform

_ROOT = Path(__file__).resolve().parents[2]
# Milliseconds. Playwright's default of 30 seconds is too short on a busy machine.
_PATIENCE_MS = 90_000
_FORGET_DRAFTS = """() => {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith("smsblaster-draft:")) localStorage.removeItem(key);
  }
}"""
expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start a browser. If there is none, the tests are skipped with the reason.

    It ends with the last test of this folder: while Playwright runs, it uses this thread's event
    loop, so asynchronous tests of other folders could not run.
    """
    if not (_ROOT / "console" / "dist" / "index.html").exists():
        pytest.skip("the console is not built: run make console")
    found = find_chromium()
    if found is None:
        pytest.skip(f"there is no Chromium: {HOW_TO_GET_IT}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found.program, args=ARGUMENTS, env=found.environment
        )
        yield chromium
        chromium.close()


def new_context(browser: Browser, platform: Platform, **more: Any) -> BrowserContext:
    """Return a browser profile without cookies and history, as at a person's first visit."""
    made = browser.new_context(base_url=platform.stack.gateway_url, locale="en-US", **more)
    made.set_default_timeout(_PATIENCE_MS)
    return made


@pytest.fixture
def context(browser: Browser, platform: Platform) -> Iterator[BrowserContext]:
    made = new_context(browser, platform)
    yield made
    made.close()


@pytest.fixture
def complaints() -> list[str]:
    """Return a list of the errors and warnings in the browser's console.

    A test may remove those that it expects.
    """
    return []


@contextmanager
def without_complaints(page: Page, complaints: list[str]) -> Iterator[Page]:
    """Note the page's complaints, and fail in the end if there are some."""

    def note_error(error: Error) -> None:
        complaints.append(str(error))

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("pageerror", note_error)
    page.on("console", note)
    yield page
    page.remove_listener("pageerror", note_error)
    page.remove_listener("console", note)
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """Return a browser page. The test fails if the console of the browser shows a complaint."""
    with without_complaints(context.new_page(), complaints) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_tab(browser: Browser, platform: Platform, owner: Person) -> Iterator[Page]:
    """Return a page on which the owner is signed in."""
    context = new_context(browser, platform)
    tab = context.new_page()
    owner.sign_in(tab)
    yield tab
    context.close()


@pytest.fixture
def tab(shared_tab: Page, complaints: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return the page on which the owner is signed in, which the tests of a file share.

    To sign in would take longer than most of these tests. Drafts and other pages of a test are gone
    in the next one. As with `page`, complaints fail the test.
    """
    failed = request.session.testsfailed
    with without_complaints(shared_tab, complaints):
        yield shared_tab
        shared_tab.unroute_all()
        for other in shared_tab.context.pages[1:]:
            other.close()
        shared_tab.evaluate(_FORGET_DRAFTS)
    if request.session.testsfailed > failed:
        # Whatever the test has left, it is not on the page of the next test.
        shared_tab.goto(BLANK)


@pytest.fixture(scope="module")
def acme(platform: Platform) -> Organisation:
    """Return an organisation that can send. The tests of one file share it."""
    return platform.organisation("Acme", cents=2_000)


@pytest.fixture(scope="module")
def owner(acme: Organisation) -> Person:
    """Return the organisation's owner."""
    return Person(acme.email, acme.password)


@pytest.fixture
def operator(platform: Platform) -> Person:
    """Return an operator of the platform."""
    organisation = platform.operator()
    return Person(organisation.email, organisation.password)
