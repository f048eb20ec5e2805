"""The documentation in a browser: search, navigation, samples, at every width, in both colours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, HOW_TO_GET_IT, find_chromium

_ROOT = Path(__file__).resolve().parents[5]
_AXE = _ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
_LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_VIOLATIONS = """async (levels) => {
  const found = await axe.run({ runOnly: levels, resultTypes: ["violations"] });
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" | ")}`);
}"""
# Of operations and fields, keep those with a kind of element that none before them has. The others
# take axe a minute.
_KEEP_EACH_KIND = """() => {
  const name = (part) => `${part?.localName}.${part?.className}`;
  const kind = (part) =>
    [part.parentElement?.parentElement, part.parentElement, part].map(name).join(" > ");
  const thin = (parts) => {
    const seen = new Set();
    for (const part of document.querySelectorAll(parts)) {
      const kinds = [part, ...part.querySelectorAll("*")].map(kind);
      if (kinds.every((each) => seen.has(each))) part.remove();
      for (const each of kinds) seen.add(each);
    }
  };
  thin("main li:not(:has(li))");
  thin("main article");
}"""
_OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
_PATIENCE_MS = 60_000
# Together they have every kind of element of every page.
_PAGES = (
    "/api/docs",
    "/api/docs/guides/send-one",
    "/api/docs/guides/errors",
    "/api/docs/reference/conversations",
    "/api/docs/reference/events",
    "/api/problems",
    "/api/problems/opted_out",
)
# Every width, and every colour of every element: the narrower pages only have a button more.
_LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (1440, "light"),
    (1440, "dark"),
    (768, "dark"),
    (390, "light"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser for this file, because Playwright uses the thread's event loop."""
    found = find_chromium()
    if found is None:
        pytest.skip(f"there is no Chromium: {HOW_TO_GET_IT}")
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found.program, args=ARGUMENTS, env=found.environment
        )
        yield chromium
        chromium.close()


def context_of(browser: Browser, gateway_url: str, width: int, **more: Any) -> BrowserContext:
    viewport: Any = {"width": width, "height": 900}
    made = browser.new_context(base_url=gateway_url, viewport=viewport, **more)
    made.set_default_timeout(_PATIENCE_MS)
    return made


@pytest.fixture
def page(browser: Browser, gateway_url: str) -> Iterator[Page]:
    """Return a wide page. The test fails if the browser's console shows an error or a warning."""
    complaints: list[str] = []
    context = context_of(browser, gateway_url, 1440, reduced_motion="reduce")
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda told: complaints.append(told.text) if told.type in {"error", "warning"} else None,
    )
    yield opened
    context.close()
    assert complaints == []


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})


@pytest.mark.parametrize("path", _PAGES)
def test_a_page_breaks_no_rule_of_accessibility(
    browser: Browser, gateway_url: str, path: str
) -> None:
    if not _AXE.exists():
        pytest.skip("axe is not installed: run make console/node_modules/.ready")
    context = context_of(browser, gateway_url, 1440, bypass_csp=True)
    opened = context.new_page()
    opened.goto(path)
    opened.evaluate(_KEEP_EACH_KIND)
    opened.add_script_tag(path=str(_AXE))
    for width, scheme in _LOOKS:
        resize(opened, width)
        opened.emulate_media(color_scheme=scheme)
        assert opened.evaluate(_VIOLATIONS, _LEVELS) == [], f"{width}, {scheme}"
    context.close()


def test_no_page_is_too_wide(page: Page) -> None:
    for path in (*_PAGES, "/api/docs/reference/messages"):
        page.goto(path)
        for width in (1440, 768, 390):
            resize(page, width)
            assert page.evaluate(_OVERFLOW) <= 0, f"{path} at {width}"


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_a_key_opens_the_search_and_enter_leads_to_the_result(page: Page, key: str) -> None:
    page.goto("/api/docs/guides/limits")
    page.keyboard.press(key)
    page.keyboard.type("send one text")
    expect(page.get_by_role("option").first).to_contain_text("Send one text")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/api/docs/guides/send-one")


def test_the_search_finds_an_operation_by_its_path_and_arrow_keys_select_it(page: Page) -> None:
    page.goto("/api/docs")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("combobox").fill("/api/contacts/{id}")
    options = page.get_by_role("option")
    expect(options.nth(1)).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.get_by_role("combobox").fill("nothing has these words")
    expect(page.get_by_role("status")).to_contain_text("Nothing has the words")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_old_link_leads_to_the_operation(page: Page) -> None:
    page.goto("/api/docs#sendText")
    expect(page).to_have_url("/api/docs/reference/messages#sendText")
    expect(page.get_by_role("heading", name="Send text")).to_be_in_viewport()


def test_the_navigation_marks_the_section_that_is_being_read(page: Page) -> None:
    page.goto("/api/docs/reference/messages")
    current = page.locator("nav [aria-current=location]")
    for name in ("Quote text", "Look up number"):
        heading = page.get_by_role("heading", name=name, exact=True)
        heading.evaluate("each => each.scrollIntoView()")
        expect(current).to_have_count(1)
        expect(current).to_contain_text(name)
        expect(current).to_be_in_viewport()


def test_the_language_chosen_for_samples_stays_chosen_on_the_next_page(page: Page) -> None:
    page.goto("/api/docs/reference/messages")
    sample = page.locator("#sendText figure[data-languages]:visible")
    expect(sample).to_contain_text("curl")
    page.get_by_role("radio", name="curl", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(sample).to_contain_text("await client.messages.send")
    page.goto("/api/docs/reference/contacts")
    sample = page.locator("#listContacts figure[data-languages]:visible")
    expect(sample).to_contain_text("for await")


def test_a_sample_can_be_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/api/docs/reference/messages")
    figure = page.locator("#sendText figure[data-languages~=sh]")
    figure.get_by_role("button", name="Copy").click()
    expect(figure.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith('curl -X POST "https://app.test/api/sms/send"')


def test_a_narrow_page_has_its_navigation_in_a_drawer(browser: Browser, gateway_url: str) -> None:
    context = context_of(browser, gateway_url, 390)
    opened = context.new_page()
    opened.goto("/api/docs/guides/errors")
    link = opened.get_by_role("navigation").get_by_role("link", name="Errors of any request")
    expect(link).to_have_count(0)
    opened.get_by_role("button", name="Menu").click()
    link.click()
    expect(link).to_have_count(0)
    expect(opened.get_by_role("heading", name="Errors of any request")).to_be_in_viewport()
    context.close()


def test_a_page_is_complete_without_scripts(browser: Browser, gateway_url: str) -> None:
    context = context_of(browser, gateway_url, 1440, java_script_enabled=False)
    opened = context.new_page()
    opened.goto("/api/docs")
    expect(opened.get_by_role("button", name="Search")).to_have_count(0)
    opened.locator("#sendText a").click()
    expect(opened).to_have_url("/api/docs/reference/messages#sendText")
    sample = opened.locator("#sendText figure[data-languages]:visible")
    expect(sample).to_contain_text("curl")
    opened.locator("header").get_by_text("Python").click()
    expect(sample).to_contain_text("client.messages.send(")
    context.close()
