"""Every screen is accessible, in light and dark, wide and narrow. Payments and errors are shown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import new_context
from tests.browser.person import Person, open_screen
from tests.browser.screens import DIALOGS, OPERATORS_SCREENS, SCREENS
from tests.fixtures.platform import Platform


@dataclass(frozen=True)
class Look:
    """The size of the window and the colours."""

    width: int
    height: int
    scheme: Literal["light", "dark"]


AXE = Path(__file__).resolve().parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDE_AND_LIGHT = Look(1440, 900, "light")
PHONE_AND_DARK = Look(390, 844, "dark")
LOOKS = (WIDE_AND_LIGHT, PHONE_AND_DARK)
RUN = """async (levels) => {
  const found = await axe.run({ runOnly: levels, resultTypes: ["violations"] });
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" | ")}`);
}"""


@pytest.fixture(scope="module")
def scanned(browser: Browser, platform: Platform, owner: Person) -> Iterator[Page]:
    """Return a page on which the owner is signed in, and which a test may add a script to."""
    context = new_context(browser, platform, reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    owner.sign_in(page)
    yield page
    context.close()


def test_the_sign_in_breaks_no_rule_of_accessibility(browser: Browser, platform: Platform) -> None:
    context = new_context(browser, platform, reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    page.goto("/sign-in")
    expect(page.get_by_label("Email address")).to_be_visible()
    assert check_looks(page, "/sign-in", LOOKS) == {}
    context.close()


def test_no_screen_breaks_the_rules_of_accessibility(scanned: Page) -> None:
    assert violations_of(scanned, SCREENS, LOOKS) == {}


def test_no_screen_of_operators_breaks_the_rules_of_accessibility(
    browser: Browser, platform: Platform, operator: Person
) -> None:
    context = new_context(browser, platform, reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    operator.sign_in(page)
    assert violations_of(page, OPERATORS_SCREENS, LOOKS[:1]) == {}
    context.close()


def test_dialogs_break_no_rule_of_accessibility_and_give_the_focus_back(scanned: Page) -> None:
    show(scanned, Look(1280, 720, "dark"))
    for path, name in DIALOGS:
        # A list that turns out to be empty has its button elsewhere than a list that loads.
        open_screen(scanned, path)
        opener = scanned.get_by_role("button", name=name).locator("visible=true").first
        opener.click()
        layer = scanned.locator("[role=dialog]:visible, [role=menu]:visible")
        expect(layer.locator(":focus")).to_be_visible()
        assert check(scanned) == [], name
        scanned.keyboard.press("Escape")
        expect(layer).to_have_count(0)
        expect(opener).to_be_focused()


def violations_of(
    page: Page, screens: Sequence[str], looks: Sequence[Look]
) -> dict[str, list[str]]:
    """Return the violations of accessibility rules on each screen, by screen and look."""
    violations: dict[str, list[str]] = {}
    for path in screens:
        open_screen(page, path)
        violations |= check_looks(page, path, looks)
    return violations


def show(page: Page, look: Look) -> None:
    page.set_viewport_size({"width": look.width, "height": look.height})
    page.emulate_media(color_scheme=look.scheme)


def check_looks(page: Page, path: str, looks: Sequence[Look]) -> dict[str, list[str]]:
    """Return the violations of accessibility rules on the page in the looks that have some."""
    violations = {}
    for look in looks:
        show(page, look)
        if found := check(page):
            violations[f"{path} at {look.width}, {look.scheme}"] = found
    return violations


def check(page: Page) -> list[str]:
    """Return the violations of accessibility rules on the page."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found: list[str] = page.evaluate(RUN, LEVELS)
    return found


def test_a_payment_is_shown_as_received_once_it_is_in_the_ledger(tab: Page) -> None:
    open_screen(tab, "/billing")
    tab.get_by_role("button", name=re.compile(r"^Add \$20")).click()
    tab.get_by_role("button", name="Pay", exact=True).click()
    expect(tab.get_by_text("Your payment was received.", exact=False)).to_be_visible()
    expect(tab.get_by_role("cell", name=re.compile("Payment")).first).to_be_visible()


def test_a_screen_that_does_not_exist_says_so(page: Page) -> None:
    page.goto("/nowhere/at/all")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
