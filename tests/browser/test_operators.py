"""Operators see all organisations, adjust a balance, and stop an organisation from sending."""

import re

from playwright.sync_api import Page, expect

from tests.browser.person import Person, open_screen
from tests.fixtures.platform import Platform


def test_an_operator_adjusts_a_balance_and_suspends_an_organisation(
    page: Page, platform: Platform, operator: Person
) -> None:
    platform.organisation("Lighthouse Theatre", cents=2_000)
    operator.sign_in(page, "/admin/organisations?search=lighthouse")
    expect(page.get_by_role("note")).to_contain_text("affects other organisations")
    choose(page, "Adjust the balance")
    page.get_by_label("Amount").fill("25.50")
    page.get_by_label("Reason").fill("Goodwill")
    page.get_by_role("button", name="Add $25.50").click()
    expect(page.get_by_role("status").filter(has_text="$25.50 added")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("cell", name="$45.50")).to_be_visible()
    choose(page, "Suspend")
    suspend = page.get_by_role("button", name="Suspend Lighthouse Theatre")
    suspend.click()
    expect(page.get_by_text("Write the reason.")).to_be_visible()
    page.get_by_label("Reason").fill("Complaints of spam")
    suspend.click()
    expect(page.get_by_role("cell", name="Suspended")).to_be_visible()
    choose(page, "Audit log")
    expect(page.get_by_text("Complaints of spam")).to_be_visible()


def test_an_operator_holds_all_sending_and_releases_it(
    page: Page, platform: Platform, operator: Person
) -> None:
    operator.sign_in(page, "/admin")
    page.get_by_role("button", name="Hold all sending").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Wrong prices")
    dialog.get_by_role("button", name="Hold all sending").click()
    try:
        expect(page.get_by_text("All sending is on hold", exact=True)).to_be_visible()
        expect(page.get_by_text("Wrong prices")).to_be_visible()
        page.get_by_role("button", name="Release all sending").click()
        dialog.get_by_label("Reason").fill("Prices are right")
        dialog.get_by_role("button", name="Release all sending").click()
        expect(page.get_by_role("button", name="Hold all sending")).to_be_visible()
    finally:
        another = platform.operator()
        another.api.post("/api/admin/sending/release", {"reason": "The test has ended"})


def choose(page: Page, item: str) -> None:
    """Open the menu of the table's row and choose an item."""
    page.get_by_role("button", name=re.compile("^Actions for")).first.click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def test_users_who_are_not_operators_see_that_the_operators_screens_are_not_for_them(
    tab: Page,
) -> None:
    open_screen(tab, "/admin/users")
    expect(tab.get_by_text("Only operators of the platform can see this.")).to_be_visible()
    expect(tab.get_by_role("link", name="Dead letters")).to_have_count(0)
