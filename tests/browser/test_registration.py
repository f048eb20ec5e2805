"""A company registers with the US carriers: rejected, corrected at the named field, approved."""

import re

from playwright.sync_api import Page, expect

from tests.browser.person import Person
from tests.fixtures.platform import Platform

# The simulator's carriers reject this EIN with the code 30795.
REJECTED_EIN, EIN = "00-0030795", "12-3456789"
COMPANY = {
    "Legal name": "Acme Bakery LLC",
    "EIN": REJECTED_EIN,
    "Street and number": "1 Main Street",
    "City": "Reno",
    "State": "NV",
    "ZIP code": "89501",
}
CONTACT = {
    "First name": "Ada",
    "Last name": "Byron",
    "Email address": "ada@acmebakery.example.com",
    "Phone number": "(415) 555-0142",
}


def fill(page: Page, fields: dict[str, str]) -> None:
    for label, value in fields.items():
        page.get_by_role("textbox", name=label, exact=True).fill(value)
    page.get_by_role("main").get_by_role("link", name="Continue").click()


def test_a_rejected_company_can_be_corrected_in_the_named_field_and_submitted_again(
    page: Page, platform: Platform
) -> None:
    organisation = platform.organisation("Acme Bakery", cents=5_000)
    Person(organisation.email, organisation.password).sign_in(page, "/registration")
    page.get_by_role("link", name="Begin with your company").click()
    fill(page, COMPANY)
    fill(page, CONTACT)
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Contact").click()
    # Somebody comes back later, with another browser too: the draft is at the server.
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.goto("/registration?step=company")
    expect(page.get_by_role("textbox", name="City", exact=True)).to_have_value("Reno")
    page.goto("/registration?step=check")
    page.get_by_role("button", name="Submit the company", exact=True).click()
    expect(page.get_by_text("Rejected", exact=True)).to_be_visible()
    expect(page.get_by_text("(code 30795)")).to_be_visible()
    page.get_by_role("link", name="Correct: EIN").click()
    ein = page.get_by_role("textbox", name="EIN", exact=True)
    expect(ein).to_be_focused()
    expect(ein).to_have_accessible_description(re.compile("nine digits that the tax office"))
    ein.fill(EIN)
    page.get_by_role("link", name="Check and submit").click()
    page.get_by_role("button", name="Submit the company again").click()
    expect(page.get_by_text("The carriers know your company.")).to_be_visible()
