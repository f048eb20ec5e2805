"""Every screen is accessible, in light and dark, wide and narrow. Payments and errors are shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.person import Person, wait_until_loaded
from tests.fixtures.platform import Platform


@dataclass(frozen=True)
class Look:
    """The size of the window and the colours."""

    width: int
    height: int
    scheme: Literal["light", "dark"]


AXE = Path(__file__).resolve().parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCREENS = (
    "/",
    "/send",
    "/send/personal",
    "/send/scheduled",
    "/campaigns",
    "/campaigns/new",
    "/contacts",
    "/contacts/import",
    "/lists",
    "/templates",
    "/inbox",
    "/messages",
    "/events",
    "/billing",
    "/billing/settings",
    "/numbers",
    "/settings/sending",
    "/settings/members",
    "/settings/api-keys",
    "/settings/request-log",
    "/settings/webhooks",
    "/settings/webhooks/listeners",
    "/settings/account",
    "/settings/audit",
    "/registration",
    "/registration?step=company",
    "/registration?step=useCase",
    "/registration?step=check",
    "/analytics",
    "/messages/exports",
)
OPERATORS_SCREENS = (
    "/admin",
    "/admin/organisations",
    "/admin/users",
    "/admin/audit",
    "/admin/dead-letters",
    "/admin/dead-letters?view=letters",
)
WIDE_AND_LIGHT = Look(1440, 900, "light")
PHONE_AND_DARK = Look(390, 844, "dark")
LOOKS = (WIDE_AND_LIGHT, PHONE_AND_DARK)
# Opens a screen as a link in the page does. A reload would cost three times as much.
OPEN = """(path) => {
  document.querySelector("main > *").dataset.before = "";
  history.pushState({}, "", path);
}"""
DIALOGS = (
    ("/contacts", "Add a contact"),
    ("/lists", "New list"),
    ("/events", "New event"),
    ("/numbers", "Buy a number"),
    ("/settings/members", "Invite somebody"),
    ("/settings/account", "Turn on two-step sign-in"),
    ("/", "Account of Olive Owner"),
)
RUN = """async (levels) => {
  const found = await axe.run({ runOnly: levels, resultTypes: ["violations"] });
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" | ")}`);
}"""


def test_no_screen_breaks_the_rules_of_accessibility(
    browser: Browser, platform: Platform, owner: Person
) -> None:
    context = browser.new_context(
        base_url=platform.stack.gateway_url, reduced_motion="reduce", bypass_csp=True
    )
    violations = violations_of(context, owner, SCREENS, LOOKS)
    assert {where: found for where, found in violations.items() if found} == {}


def test_no_screen_of_operators_breaks_the_rules_of_accessibility(
    browser: Browser, platform: Platform, operator: Person
) -> None:
    context = browser.new_context(
        base_url=platform.stack.gateway_url, reduced_motion="reduce", bypass_csp=True
    )
    violations = violations_of(context, operator, OPERATORS_SCREENS, LOOKS[:1])
    assert {where: found for where, found in violations.items() if found} == {}


def test_dialogs_break_no_rule_of_accessibility_and_give_the_focus_back(
    browser: Browser, platform: Platform, owner: Person
) -> None:
    context = browser.new_context(
        base_url=platform.stack.gateway_url,
        color_scheme="dark",
        reduced_motion="reduce",
        bypass_csp=True,
    )
    context.set_default_timeout(90_000)
    page = context.new_page()
    owner.sign_in(page)
    for path, name in DIALOGS:
        page.goto(path)
        # A list that turns out to be empty has its button elsewhere than a list that loads.
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_label("Loading")).to_have_count(0)
        opener = page.get_by_role("button", name=name).locator("visible=true").first
        opener.click()
        layer = page.locator("[role=dialog]:visible, [role=menu]:visible")
        expect(layer.locator(":focus")).to_be_visible()
        assert check(page) == [], name
        page.keyboard.press("Escape")
        expect(layer).to_have_count(0)
        expect(opener).to_be_focused()
    context.close()


def violations_of(
    context: BrowserContext, person: Person, screens: Sequence[str], looks: Sequence[Look]
) -> dict[str, list[str]]:
    """Return the violations of accessibility rules on the sign-in and on each screen, by look."""
    context.set_default_timeout(90_000)
    page = context.new_page()
    page.goto("/sign-in")
    violations = check_looks(page, "/sign-in", looks)
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    # Before the answer, the screen of the sign-in is still there, and would be checked each time.
    expect(page.get_by_role("banner")).to_be_visible()
    for path in screens:
        open_screen(page, path)
        violations |= check_looks(page, path, looks)
    context.close()
    return violations


def open_screen(page: Page, path: str) -> None:
    """Open another screen, and wait until it is shown and loaded."""
    if urlsplit(page.url).path == urlsplit(path).path:
        page.goto(path)
    else:
        page.evaluate(OPEN, path)
        expect(page.locator("main > [data-before]")).to_have_count(0)
    wait_until_loaded(page)


def check_looks(page: Page, path: str, looks: Sequence[Look]) -> dict[str, list[str]]:
    """Return the violations of accessibility rules on the page in each look."""
    violations = {}
    for look in looks:
        page.set_viewport_size({"width": look.width, "height": look.height})
        page.emulate_media(color_scheme=look.scheme)
        violations[f"{path} at {look.width}, {look.scheme}"] = check(page)
    return violations


def check(page: Page) -> list[str]:
    """Return the violations of accessibility rules on the page."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found: list[str] = page.evaluate(RUN, LEVELS)
    return found


def test_a_payment_is_shown_as_received_once_it_is_in_the_ledger(page: Page, owner: Person) -> None:
    owner.sign_in(page, "/billing")
    page.get_by_role("button", name=re.compile(r"^Add \$20")).click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_text("Your payment was received.", exact=False)).to_be_visible()
    expect(page.get_by_role("cell", name=re.compile("Payment")).first).to_be_visible()


def test_a_screen_that_does_not_exist_says_so(page: Page) -> None:
    page.goto("/nowhere/at/all")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
