"""Switch to test mode in the console, send texts to nobody, and switch back."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.local.testkit.organisation import Organisation
from tests.browser.person import Person, open_screen, wait_until_loaded
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync

FILTERED = "+1 212 555 0103"
BANNER = "nothing is sent and nothing is charged"


@pytest.fixture(scope="module")
def owner(platform: Platform) -> Person:
    """Return the owner of an organisation that has only signed up."""
    organisation: Organisation = platform.stranger()
    organisation.sign_up("Newcomers")
    organisation.verify_address()
    return Person(organisation.email, organisation.password)


def banner(page: Page) -> Locator:
    return page.get_by_role("region", name="Test mode")


def switch(page: Page, to: str) -> None:
    """Choose a mode in the menu by the organisation's name."""
    page.get_by_role("button", name=re.compile("Newcomers")).click()
    with page.expect_navigation():
        page.get_by_role("menuitem", name=to).click()
    wait_until_loaded(page)


def open_in_test_mode(page: Page, path: str) -> None:
    open_screen(page, path)
    if not banner(page).count():
        switch(page, "Test mode")
        open_screen(page, path)
    expect(banner(page)).to_contain_text(BANNER)


def shows(page: Page, path: str, text: str) -> bool:
    """Open a screen, and return whether it shows a text."""
    open_screen(page, path)
    return page.get_by_text(re.compile(text, re.IGNORECASE)).count() > 0


def test_a_newcomer_tries_everything_in_test_mode_without_money_or_a_number(tab: Page) -> None:
    open_screen(tab, "/send")
    expect(banner(tab)).to_have_count(0)
    open_in_test_mode(tab, "/send")
    tab.get_by_role("textbox", name="To").fill(FILTERED)
    tab.get_by_role("textbox", name="Message").fill("Doors open at seven")
    tab.get_by_role("button", name="Send the message").click()
    expect(tab.get_by_text("1 message accepted.")).to_be_visible()
    wait_until_sync(lambda: shows(tab, "/messages", "Carrier filtered"))
    expect(banner(tab)).to_contain_text(BANNER)
    with tab.expect_navigation():
        banner(tab).get_by_role("button", name="Back to live mode").click()
    wait_until_loaded(tab)
    expect(banner(tab)).to_have_count(0)
    assert not shows(tab, "/messages", "Doors open at seven")


def test_a_test_key_is_made_and_listed_beside_the_live_keys(tab: Page) -> None:
    open_screen(tab, "/settings/api-keys")
    tab.get_by_role("button", name="New API key").first.click()
    tab.get_by_role("textbox", name="Name").fill("ci")
    tab.get_by_role("radio", name="Test").check()
    tab.get_by_role("button", name="Create the key").click()
    made = tab.get_by_role("dialog", name="Your new API key")
    expect(made.get_by_text(re.compile("^sk_test_"))).to_be_visible()
    made.get_by_label("I have stored it").check()
    made.get_by_role("button", name="Done").click()
    expect(tab.get_by_role("row", name=re.compile("ci"))).to_contain_text("Test")


def test_screens_that_exist_only_in_live_mode_say_so(tab: Page) -> None:
    open_in_test_mode(tab, "/")
    for path in ("/registration", "/billing"):
        open_screen(tab, path)
        expect(tab.get_by_text("Not in test mode")).to_be_visible()
    open_screen(tab, "/numbers")
    expect(tab.get_by_text("+1 500 555 0006")).to_be_visible()
    expect(tab.get_by_role("button", name="Buy a number")).to_have_count(0)


def test_the_test_numbers_are_listed_where_test_mode_is_shown(tab: Page) -> None:
    open_in_test_mode(tab, "/")
    banner(tab).get_by_role("button", name="Test numbers").click()
    listed = tab.get_by_role("dialog", name="Test numbers")
    expect(listed.get_by_role("row", name=re.compile(re.escape(FILTERED)))).to_contain_text("30007")
    tab.keyboard.press("Escape")
    expect(listed).to_have_count(0)


def test_the_banner_fits_on_a_phone(tab: Page) -> None:
    open_in_test_mode(tab, "/")
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.reload()
    wait_until_loaded(tab)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        tab.emulate_media(color_scheme=scheme)
        expect(banner(tab)).to_contain_text(BANNER)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
