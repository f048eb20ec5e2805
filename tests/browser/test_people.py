"""Contacts, their import, and conversations in the console."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.people import file_of
from tests.browser.person import Person, open_screen, wait_until_loaded
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync

PERSON = "+12126990101"
SHOWN_AT_ONCE = 50
LONG = 5 * SHOWN_AT_ONCE
WIDTHS = "(cells) => [...document.querySelectorAll(cells)].map((cell) => cell.offsetWidth)"
# How many rows the browser does not draw now.
SKIPPED = """() => [...document.querySelectorAll("tbody td:first-child")].filter(
  (cell) => !cell.checkVisibility({ contentVisibilityAuto: true })
).length"""


def test_a_contact_is_added_found_and_opted_out(tab: Page) -> None:
    open_screen(tab, "/contacts")
    tab.get_by_role("button", name="Add a contact").click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_label("Phone number").fill("+12126990102")
    dialog.get_by_label("First name").fill("Łucja")
    dialog.get_by_role("button", name="Add the contact").click()
    tab.get_by_label("Search contacts").fill("lucja")
    tab.get_by_role("button", name="Łucja").click()
    tab.get_by_role("dialog").get_by_role("button", name="Opt out").click()
    tab.get_by_role("dialog", name=re.compile("Opt out Łucja")).get_by_role(
        "button", name="Opt out"
    ).click()
    expect(tab.get_by_role("cell", name="Opted out")).to_be_visible()


def test_text_typed_in_a_dialog_is_still_there_after_the_dialog_was_closed(tab: Page) -> None:
    for path, opener, field in (
        ("/contacts", "Add a contact", "First name"),
        ("/templates", "New template", "Name"),
        ("/lists", "New list", "Name"),
    ):
        open_screen(tab, path)
        tab.get_by_role("button", name=opener).first.click()
        tab.get_by_role("dialog").get_by_label(field).fill("Half a name")
        tab.keyboard.press("Escape")
        tab.reload()
        wait_until_loaded(tab)
        tab.get_by_role("button", name=opener).first.click()
        expect(tab.get_by_role("dialog").get_by_label(field)).to_have_value("Half a name")


def test_a_long_list_keeps_its_columns_and_skips_rows_that_are_out_of_sight(
    platform: Platform, page: Page
) -> None:
    organisation = platform.stranger()
    organisation.sign_up("Many")
    people = [("Ada", f"+1212{6_000_000 + number}") for number in range(LONG)]
    organisation.list_from("Everybody", file_of([("First Name", "Phone"), *people]))
    Person(organisation.email, organisation.password).sign_in(page, "/contacts")
    rows = page.get_by_role("table", name="Contacts").get_by_role("row")
    expect(rows).to_have_count(1 + SHOWN_AT_ONCE)
    widths = page.evaluate(WIDTHS, "thead th")
    for shown in range(2 * SHOWN_AT_ONCE, LONG + 1, SHOWN_AT_ONCE):
        page.get_by_role("button", name="Show more").click()
        expect(rows).to_have_count(1 + shown)
    for cells in ("thead th", "tbody tr:first-child td", "tbody tr:last-child td"):
        assert page.evaluate(WIDTHS, cells) == pytest.approx(widths, abs=2)
    assert page.evaluate(SKIPPED) > SHOWN_AT_ONCE
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(2).get_by_role("button")).to_be_focused()


def test_an_import_tells_which_row_is_wrong_and_why(tab: Page) -> None:
    file = b"Name,Mobile Phone\nAda,+12126990103\nAlan,1.4E+10\n"
    open_screen(tab, "/contacts/import")
    tab.locator("input[type=file]").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": file}
    )
    tab.get_by_role("button", name="Import the contacts").click()
    expect(tab.get_by_text("The import is done")).to_be_visible()
    expect(tab.get_by_role("cell", name="Row 3")).to_be_visible()
    expect(tab.get_by_role("cell", name="1.4E+10", exact=True)).to_be_visible()
    tab.get_by_role("link", name="Send them a campaign").click()
    tab.get_by_label("Name").fill("To the imported")
    tab.get_by_role("textbox", name="Message").fill("Welcome")
    tab.get_by_role("button", name="Choose the recipients").click()
    expect(tab.get_by_role("radio", name="people")).to_be_checked()


def test_an_incoming_message_is_read_and_replied_to(tab: Page, acme: Organisation) -> None:
    acme.api.post("/api/sms/send", {"to": PERSON, "message": "Will you come?"})
    acme.simulator.text(PERSON, acme.numbers[0], "Yes, with two friends")
    open_screen(tab, "/inbox")
    tab.get_by_role("button", name=re.compile("Yes, with two friends")).click()
    expect(tab.get_by_text("Will you come?")).to_be_visible()
    tab.get_by_label("Reply").fill("See you then")
    tab.get_by_role("button", name="Send the reply").click()
    expect(tab.get_by_label("Reply")).to_have_value("")
    conversation = tab.get_by_role("region", name="Conversation", exact=True)
    expect(conversation.get_by_text("See you then")).to_be_visible()


def test_a_reply_by_a_colleague_is_shown_before_the_user_sends_another_reply(
    tab: Page, acme: Organisation
) -> None:
    asked = acme.api.post("/api/sms/send", {"to": PERSON, "message": "Are you coming?"})
    contact = asked["contactId"]
    acme.simulator.text(PERSON, acme.numbers[0], "At what time?")
    colleague = acme.invite("Carl Colleague")
    Organisation(colleague, acme.simulator).top_up(500)
    held: list[Route] = []

    def hold_the_next(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    open_screen(tab, "/inbox")
    tab.get_by_role("button", name=re.compile("At what time")).click()
    tab.get_by_label("Reply").fill("At eight")
    tab.route("**/api/messages/thread/*", hold_the_next)
    colleague.post("/api/messages/reply", {"contactId": contact, "message": "At seven"})
    # The tab asks for the conversation, and the answer is under way when the button is pressed.
    while not held:
        tab.wait_for_timeout(100)
    tab.get_by_role("button", name="Send the reply").click()
    expect(tab.get_by_text("Carl Colleague answered while you were writing")).to_be_visible()
    expect(tab.get_by_role("log").get_by_text("At seven")).to_be_visible()
    expect(tab.get_by_label("Reply")).to_have_value("At eight")
    tab.get_by_role("button", name="Send my reply too").click()
    expect(tab.get_by_role("log").get_by_text("At eight")).to_be_visible()
    held[0].continue_()


def test_an_answer_is_sent_from_the_number_that_the_user_chooses(
    page: Page, acme: Organisation, owner: Person
) -> None:
    person = "+12126990109"
    contact = acme.api.post("/api/contacts", {"phone": person})["id"]
    first, second = acme.numbers[:2]
    acme.simulator.text(person, first, "Which number is yours?")
    owner.sign_in(page, f"/inbox?contact={contact}")
    sender = page.get_by_role("combobox", name="From")
    expect(sender).to_have_attribute("placeholder", re.compile("as in this conversation"))
    sender.click()
    page.get_by_role("option", name=spaced(second)).click()
    page.get_by_label("Reply").fill("This one")
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_role("log").get_by_text("This one")).to_be_visible()
    expect(sender).to_have_value("")
    page.get_by_label("Reply").fill("And this is the other")
    page.get_by_role("button", name="Send the reply").click()

    def sent() -> dict[str, str | None]:
        return {text.body: text.sender for text in acme.texts() if text.to == person}

    wait_until_sync(lambda: len(sent()) == 2, 60, "the answers at the provider")
    assert sent() == {"This one": second, "And this is the other": first}


def spaced(number: str) -> str:
    """Return a North American number as the console writes it."""
    return f"+1 {number[2:5]} {number[5:8]} {number[8:]}"


def test_a_change_by_a_colleague_is_shown_before_it_is_overwritten(
    tab: Page, acme: Organisation, complaints: list[str]
) -> None:
    contact = acme.api.post("/api/contacts", {"phone": "+12126990108", "firstName": "Grace"})
    open_screen(tab, "/contacts?search=Grace")
    tab.get_by_role("button", name="Grace", exact=True).click()
    panel = tab.get_by_role("dialog")
    panel.get_by_label("Last name").fill("Murray")
    acme.api.patch(f"/api/contacts/{contact['id']}", {"lastName": "Hopper", "email": "g@h.co"})
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(panel.get_by_text("Somebody else changed this meanwhile")).to_be_visible()
    expect(panel.get_by_text("Hopper", exact=True)).to_be_visible()
    panel.get_by_role("button", name="Save mine instead").click()
    expect(panel).to_have_count(0)
    stored = acme.api.get(f"/api/contacts/{contact['id']}")
    assert (stored["lastName"], stored["email"]) == ("Murray", "g@h.co")
    complaints.clear()  # The browser notes the 412.


def test_filters_and_panels_are_in_the_address(tab: Page) -> None:
    open_screen(tab, "/contacts")
    tab.get_by_role("button", name="Add a contact").first.click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_label("Phone number").fill("+12126990104")
    dialog.get_by_label("First name").fill("Zora")
    dialog.get_by_role("button", name="Add the contact").click()
    tab.get_by_label("Search contacts").fill("zora")
    expect(tab).to_have_url(re.compile("search=zora"))
    tab.get_by_role("button", name="Zora").click()
    panel = tab.get_by_role("dialog", name="Zora")
    expect(panel.get_by_label("First name")).to_have_value("Zora")
    tab.reload()
    expect(panel.get_by_label("First name")).to_have_value("Zora")
    tab.go_back()
    expect(panel).to_have_count(0)
    expect(tab.get_by_label("Search contacts")).to_have_value("zora")
    expect(tab.get_by_role("table", name="Contacts").get_by_role("row")).to_have_count(2)
