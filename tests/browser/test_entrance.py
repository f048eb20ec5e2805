"""Sign-up, sign-in and the session of a browser."""

from uuid import uuid4

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.person import Person
from tests.fixtures.platform import Platform

NOTHING_STORED = "[...Object.values(localStorage), ...Object.values(sessionStorage)].join()"


def test_a_newcomer_signs_up_and_sees_the_first_steps(page: Page, platform: Platform) -> None:
    del platform
    page.goto("/sign-up")
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Organisation").fill("Analytical Engines")
    page.get_by_label("Email address").fill(f"{uuid4().hex}@example.com")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    expect(page.get_by_text("Verify your email address")).to_be_visible()


def test_the_error_for_a_wrong_password_does_not_say_whether_the_account_exists(
    page: Page, owner: Person, complaints: list[str]
) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(owner.email)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    complaints.clear()  # the browser logs the refused request


def test_a_reload_and_a_second_tab_need_no_sign_in_and_no_token_is_stored(
    page: Page, context: BrowserContext, owner: Person
) -> None:
    owner.sign_in(page, "/campaigns")
    page.reload()
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    second = context.new_page()
    second.goto("/billing")
    expect(second.get_by_role("heading", name="Billing")).to_be_visible()
    assert "eyJ" not in page.evaluate(NOTHING_STORED)
    assert "eyJ" not in page.url
    (cookie,) = context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"


def test_a_sign_out_also_signs_out_other_tabs(
    page: Page, context: BrowserContext, owner: Person, complaints: list[str]
) -> None:
    owner.sign_in(page, "/")
    second = context.new_page()
    second.goto("/campaigns")
    expect(second.get_by_role("heading", name="Campaigns")).to_be_visible()
    page.get_by_role("button", name="Account of Olive Owner").click()
    page.get_by_role("menuitem", name="Sign out").click()
    for tab in (page, second):
        expect(tab.get_by_role("button", name="Sign in")).to_be_visible()
    complaints.clear()  # the browser logs that there is no session to refresh


def test_after_a_session_ends_and_a_new_sign_in_the_unsaved_text_is_still_there(
    page: Page, context: BrowserContext, owner: Person, complaints: list[str]
) -> None:
    owner.sign_in(page, "/send")
    page.get_by_role("textbox", name="Message").fill("Half a sent")
    context.clear_cookies()
    page.clock.install()
    page.clock.fast_forward("01:00:00")
    page.get_by_role("textbox", name="Message").fill("Half a sentence")
    dialog = page.get_by_role("dialog", name="Your session ended")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password", exact=True).fill(owner.password)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("Half a sentence")
    complaints.clear()  # the browser logs the refused refresh
