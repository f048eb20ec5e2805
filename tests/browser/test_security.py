"""Two-step sign-in can be turned on and off, and the console's keyboard shortcuts work."""

import pyotp
from playwright.sync_api import Page, expect

from deploy.local.testkit.organisation import Organisation
from tests.browser.person import Person
from tests.fixtures.platform import Platform


def test_two_step_sign_in_is_turned_on_and_off(page: Page, platform: Platform) -> None:
    organisation = signed_up(platform)
    person = Person(organisation.email, organisation.password)
    person.sign_in(page, "/settings/account")
    page.get_by_role("button", name="Turn on two-step sign-in").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your password").fill(person.password)
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_role("img", name="QR code")).to_be_visible()
    secret = dialog.locator("code").inner_text().replace(" ", "")
    dialog.get_by_label("Enter the six digits").fill(pyotp.TOTP(secret).now())
    dialog.get_by_role("button", name="Turn it on").click()
    codes = dialog.locator("pre").inner_text().split()
    assert len(codes) == 10
    expect(dialog.get_by_role("button", name="Done")).to_be_disabled()
    dialog.get_by_label("I have stored them").check()
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_text("10 recovery codes left.")).to_be_visible()
    page.get_by_role("button", name="Turn off", exact=True).click()
    dialog.get_by_label("Your password").fill(person.password)
    dialog.get_by_label("Code", exact=True).fill(codes[0])
    dialog.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_role("button", name="Turn on two-step sign-in")).to_be_visible()


def test_keyboard_shortcuts_work_and_typed_letters_go_into_text_boxes(
    page: Page, platform: Platform
) -> None:
    organisation = signed_up(platform)
    organisation.api.post("/api/contacts", {"phone": "+12126990177", "firstName": "Zoë"})
    Person(organisation.email, organisation.password).sign_in(page, "/contacts")
    expect(page.get_by_role("button", name="Zoë", exact=True)).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("button", name="Zoë", exact=True)).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("jkxreu?/")
    expect(page.get_by_label("Search contacts")).to_have_value("jkxreu?/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill("zo")
    expect(page.get_by_role("option", name="Zoë")).to_be_visible()
    page.get_by_role("combobox", name="Go to").fill("bill")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Billing", level=1)).to_be_visible()
    page.keyboard.press("?")
    page.get_by_role("switch").uncheck(force=True)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("?")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)


def signed_up(platform: Platform) -> Organisation:
    """Return a new organisation, which is not set up to send."""
    organisation = platform.stranger()
    organisation.sign_up("Lighthouse Theatre")
    return organisation
