"""Switch to test mode in the console, send texts to nobody, and switch back."""

import re
from functools import partial

import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.local.testkit.organisation import Organisation
from tests.browser.person import Person, wait_until_loaded
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync

FILTERED = "+1 212 555 0103"
BANNER = "nothing is sent and nothing is charged"


@pytest.fixture(scope="module")
def newcomer(platform: Platform) -> Person:
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
    page.get_by_role("menuitem", name=to).click()


def shows(page: Page, path: str, text: str) -> bool:
    """Open a screen, and return whether it shows a text."""
    page.goto(path)
    wait_until_loaded(page)
    return page.get_by_text(re.compile(text, re.IGNORECASE)).count() > 0


def test_a_newcomer_tries_everything_in_test_mode_without_money_or_a_number(
    page: Page, newcomer: Person
) -> None:
    newcomer.sign_in(page, "/send")
    expect(banner(page)).to_have_count(0)
    switch(page, "Test mode")
    expect(banner(page)).to_contain_text(BANNER)
    page.goto("/send")
    page.get_by_role("textbox", name="To").fill(FILTERED)
    page.get_by_role("textbox", name="Message").fill("Doors open at seven")
    page.get_by_role("button", name="Send the message").click()
    expect(page.get_by_text("1 message accepted.")).to_be_visible()
    wait_until_sync(lambda: shows(page, "/messages", "Carrier filtered"))
    expect(banner(page)).to_contain_text(BANNER)
    banner(page).get_by_role("button", name="Back to live mode").click()
    expect(banner(page)).to_have_count(0)
    assert not shows(page, "/messages", "Doors open at seven")


def test_screens_that_exist_only_in_live_mode_say_so(page: Page, newcomer: Person) -> None:
    newcomer.sign_in(page, "/")
    switch(page, "Test mode")
    expect(banner(page)).to_be_visible()
    for path in ("/registration", "/billing"):
        page.goto(path)
        expect(page.get_by_text("Not in test mode")).to_be_visible()
    page.goto("/numbers")
    expect(page.get_by_text("+1 500 555 0006")).to_be_visible()
    expect(page.get_by_role("button", name="Buy a number")).to_have_count(0)


def test_the_test_numbers_are_listed_where_test_mode_is_shown(page: Page, newcomer: Person) -> None:
    newcomer.sign_in(page, "/")
    switch(page, "Test mode")
    banner(page).get_by_role("button", name="Test numbers").click()
    listed = page.get_by_role("dialog", name="Test numbers")
    expect(listed.get_by_role("row", name=re.compile(re.escape(FILTERED)))).to_contain_text("30007")


def test_a_test_key_is_made_and_listed_beside_the_live_keys(page: Page, newcomer: Person) -> None:
    newcomer.sign_in(page, "/settings/api-keys")
    page.get_by_role("button", name="New API key").first.click()
    page.get_by_role("textbox", name="Name").fill("ci")
    page.get_by_role("radio", name="Test").check()
    page.get_by_role("button", name="Create the key").click()
    made = page.get_by_role("dialog", name="Your new API key")
    expect(made.get_by_text(re.compile("^sk_test_"))).to_be_visible()
    made.get_by_label("I have stored it").check()
    made.get_by_role("button", name="Done").click()
    expect(page.get_by_role("row", name=re.compile("ci"))).to_contain_text("Test")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_banner_fits_on_a_phone(page: Page, newcomer: Person, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    newcomer.sign_in(page, "/")
    page.set_viewport_size({"width": 390, "height": 844})
    switch(page, "Test mode")
    wait_until_loaded(page)
    expect(banner(page)).to_contain_text(BANNER)
    width = partial(page.evaluate, "document.documentElement.scrollWidth")
    assert width() <= 390
