"""Contacts, their import, and conversations in the console."""

import re

from playwright.sync_api import Page, expect

from deploy.local.testkit.organisation import Organisation
from tests.browser.person import Person

PERSON = "+12126990101"


def test_a_contact_is_added_found_and_opted_out(page: Page, owner: Person) -> None:
    owner.sign_in(page, "/contacts")
    page.get_by_role("button", name="Add a contact").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Phone number").fill("+12126990102")
    dialog.get_by_label("First name").fill("Łucja")
    dialog.get_by_role("button", name="Add the contact").click()
    page.get_by_label("Search contacts").fill("lucja")
    page.get_by_role("button", name="Łucja").click()
    page.get_by_role("dialog").get_by_role("button", name="Opt out").click()
    page.get_by_role("dialog", name=re.compile("Opt out Łucja")).get_by_role(
        "button", name="Opt out"
    ).click()
    expect(page.get_by_role("cell", name="Opted out")).to_be_visible()


def test_an_import_tells_which_row_is_wrong_and_why(page: Page, owner: Person) -> None:
    file = b"Name,Mobile Phone\nAda,+12126990103\nAlan,1.4E+10\n"
    owner.sign_in(page, "/contacts/import")
    page.locator("input[type=file]").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": file}
    )
    page.get_by_role("button", name="Import the contacts").click()
    expect(page.get_by_text("The import is done")).to_be_visible()
    expect(page.get_by_role("cell", name="Row 3")).to_be_visible()


def test_an_answer_is_read_and_answered(page: Page, acme: Organisation, owner: Person) -> None:
    acme.api.post("/api/sms/send", {"to": PERSON, "message": "Will you come?"})
    acme.simulator.text(PERSON, acme.numbers[0], "Yes, with two friends")
    owner.sign_in(page, "/inbox")
    page.get_by_role("button", name=re.compile("Yes, with two friends")).click()
    expect(page.get_by_text("Will you come?")).to_be_visible()
    page.get_by_label("Answer").fill("See you then")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_label("Answer")).to_have_value("")
    conversation = page.get_by_role("region", name="Conversation", exact=True)
    expect(conversation.get_by_text("See you then")).to_be_visible()
