"""Fixtures for tests with a browser and a running platform."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from deploy.local.testkit.organisation import Organisation
from tests.browser.chromium import ARGUMENTS, HOW_TO_GET_IT, find_chromium
from tests.browser.person import Person
from tests.fixtures.platform import Platform

_ROOT = Path(__file__).resolve().parents[2]
# Milliseconds. Playwright's default of 30 seconds is too short on a busy machine.
_PATIENCE_MS = 90_000
expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser. If there is none, the tests are skipped with the reason.

    Each file of tests has a browser of its own: while Playwright runs, it uses this thread's event
    loop, so asynchronous tests of other files could not run.
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


@pytest.fixture
def context(browser: Browser, platform: Platform) -> Iterator[BrowserContext]:
    """Return a browser profile without cookies and history, as at a person's first visit."""
    settings: dict[str, Any] = {"base_url": platform.stack.gateway_url, "locale": "en-US"}
    made = browser.new_context(**settings)
    made.set_default_timeout(_PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def complaints() -> list[str]:
    """Return a list of the errors and warnings in the browser's console.

    A test may remove those that it expects.
    """
    return []


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """Return a browser page. The test fails if the console of the browser shows a complaint."""
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type in {"error", "warning"} else None
        ),
    )
    yield opened
    assert complaints == []


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
