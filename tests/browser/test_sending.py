"""Send texts and campaigns in the console, and see their results."""

import re
from collections.abc import Sequence

from playwright.sync_api import Page, Route, expect

from deploy.local.testkit.organisation import Organisation
from tests.browser.person import open_screen
from tests.fixtures.platform import audience, csv_of
from tests.fixtures.waiting import wait_until_sync

PERSON = "+12126990001"
# The simulator can't deliver to numbers that end like this.
UNREACHABLE = "+12125553003"


def texts_to(organisation: Organisation, phone: str) -> Sequence[str]:
    """Return the texts to a person in the requests to the provider."""
    return [text.body for text in organisation.texts() if text.to == phone]


def test_a_text_is_sent_once_however_often_somebody_presses_send(
    tab: Page, acme: Organisation
) -> None:
    open_screen(tab, "/send")
    tab.get_by_role("textbox", name="To").fill(PERSON)
    tab.get_by_role("textbox", name="Message").fill("Doors open at seven")
    expect(tab.get_by_text(re.compile(r"Balance afterwards"))).to_be_visible()
    send = tab.get_by_role("button", name="Send the message")
    send.dblclick()
    expect(tab.get_by_text("1 message accepted.")).to_be_visible()
    wait_until_sync(lambda: texts_to(acme, PERSON), 60, "the text at the provider")
    assert len(texts_to(acme, PERSON)) == 1
    expect(tab.get_by_role("textbox", name="Message")).to_have_value("")


def test_a_message_whose_response_was_lost_is_not_sent_again_by_a_press_after_a_reload(
    tab: Page, acme: Organisation, complaints: list[str]
) -> None:
    person = "+12126990002"
    keys: set[str] = set()

    def lose_the_answer(route: Route) -> None:
        keys.add(route.request.headers["idempotency-key"])
        route.fetch()
        route.abort("connectionreset")

    def keep_the_answer(route: Route) -> None:
        keys.add(route.request.headers["idempotency-key"])
        route.continue_()

    open_screen(tab, "/send")
    tab.route("**/api/sms/send", lose_the_answer)
    tab.get_by_role("textbox", name="To").fill(person)
    tab.get_by_role("textbox", name="Message").fill("Doors open at eight")
    expect(tab.get_by_text(re.compile(r"Balance afterwards"))).to_be_visible()
    tab.get_by_role("button", name="Send the message").click()
    expect(tab.get_by_text("It may have been accepted.", exact=False)).to_be_visible()
    tab.unroute("**/api/sms/send")
    tab.route("**/api/sms/send", keep_the_answer)
    tab.reload()
    expect(tab.get_by_text("Your last attempt got no answer.", exact=False)).to_be_visible()
    tab.get_by_role("button", name="Send the message").press("Enter")
    expect(tab.get_by_text("1 message accepted.")).to_be_visible()
    assert len(keys) == 1
    wait_until_sync(lambda: texts_to(acme, person), 60, "the message at the provider")
    assert len(texts_to(acme, person)) == 1
    complaints.clear()  # the browser notes the broken connection


def test_a_character_that_makes_a_text_more_expensive_is_marked_and_named(tab: Page) -> None:
    open_screen(tab, "/send")
    message = tab.get_by_role("textbox", name="Message")
    message.fill("Party at nine \U0001f389" + " see you" * 10)
    expect(tab.get_by_text("\u201c\U0001f389\u201d needs Unicode")).to_be_visible()
    expect(tab.locator("mark")).to_have_text("\U0001f389")
    message.fill("Party at nine" + " see you" * 10)
    expect(tab.get_by_text("needs Unicode")).to_be_hidden()


def test_a_wrong_phone_number_is_reported_before_anything_is_sent(
    tab: Page, acme: Organisation, complaints: list[str]
) -> None:
    before = len(acme.texts())
    open_screen(tab, "/send")
    tab.get_by_role("textbox", name="To").fill("12")
    tab.get_by_role("textbox", name="Message").fill("Hello")
    expect(tab.get_by_text(re.compile(r"^12: "))).to_be_visible()
    tab.get_by_role("button", name="Send the message").click()
    expect(tab.get_by_role("alert")).to_be_visible()
    assert len(acme.texts()) == before
    complaints.clear()  # the browser logs the refused request


def test_typed_text_is_still_there_after_a_reload(tab: Page) -> None:
    open_screen(tab, "/send")
    tab.get_by_role("textbox", name="Message").fill("Not sent yet")
    tab.reload()
    expect(tab.get_by_role("textbox", name="Message")).to_have_value("Not sent yet")


def test_a_campaign_can_be_written_sent_and_its_failed_message_explained(
    tab: Page, acme: Organisation
) -> None:
    acme.list_from("Guests", csv_of([*audience(3, first=700), UNREACHABLE]))
    open_screen(tab, "/campaigns")
    tab.get_by_role("link", name="New campaign").first.click()
    tab.get_by_label("Name").fill("Tonight")
    tab.get_by_role("textbox", name="Message").fill("Hi {{firstName}}, doors open at 7 pm.")
    tab.get_by_role("button", name="Choose the recipients").click()
    tab.get_by_role("radio", name=re.compile("Guests")).check()
    tab.get_by_role("button", name="Check the campaign").click()
    expect(tab.get_by_text(re.compile("^4 messages for"))).to_be_visible()
    tab.get_by_role("button", name="Choose the time").click()
    tab.get_by_role("button", name="Send 4 messages").click()
    expect(tab.get_by_role("heading", name="Tonight")).to_be_visible()
    expect(tab.get_by_text("All messages were handed over", exact=False)).to_be_visible()
    expect(tab.get_by_role("heading", name="Why messages failed")).to_be_visible()
    expect(tab.get_by_role("cell", name=re.compile("30003"))).to_be_visible()


def test_a_campaign_is_scheduled_in_the_organisations_zone(tab: Page, acme: Organisation) -> None:
    acme.api.patch("/api/org", {"timeZone": "America/New_York"})
    list_id, _ = acme.list_from("Evening", csv_of(audience(2, first=720)))
    draft = acme.draft("Later", list_id, "See you tomorrow")
    # A page that is open keeps the zone that it has loaded.
    tab.goto(f"/campaigns/new?step=schedule&campaign={draft}")
    tab.get_by_role("radio", name="Later").check()
    when = tab.get_by_label("Date and time")
    when.fill("2027-03-14T02:30")
    expect(tab.get_by_text("leave out 02:30", exact=False)).to_be_visible()
    when.fill("2027-03-14T09:00")
    tab.get_by_role("button", name="Schedule for Mar 14, 2027, 9:00 AM EDT").click()
    expect(tab.get_by_role("link", name="Change the time")).to_be_visible()
    expect(tab.get_by_text("It starts at Mar 14, 2027, 9:00", exact=False)).to_be_visible()
    assert acme.campaign(draft)["scheduleAt"] == "2027-03-14T13:00:00.000Z"
