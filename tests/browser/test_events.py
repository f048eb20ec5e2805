"""The console's event screens, with the panel for the SMS history of an attendee."""

import re

from playwright.sync_api import Page, expect

from deploy.local.testkit.event import Event
from deploy.local.testkit.organisation import Organisation
from tests.browser.person import open_screen

REACHED, UNREACHABLE = "+12126990201", "+12125553003"


def test_a_failed_text_is_explained_and_each_press_of_retry_sends_it_once(
    tab: Page, acme: Organisation
) -> None:
    event = Event.create(acme.api, "No Edges")
    event.add("Ada", REACHED)
    event.add("John", UNREACHABLE, lastName="Smith")
    event.notify("invitation")
    open_screen(tab, f"/events/{event.id}")
    tab.get_by_role("button", name="SMS history of John: A text failed").click()
    panel = tab.get_by_role("dialog", name="SMS History")
    expect(panel.get_by_text("Undelivered", exact=True)).to_be_visible()
    expect(panel.get_by_text(re.compile(r"Error 30003: .+"))).to_be_visible()
    expect(panel.get_by_text("1 message • 0 delivered • 1 failed • 0 pending")).to_be_visible()
    panel.get_by_role("button", name="Retry", exact=True).dblclick()
    expect(panel.get_by_text(re.compile("another try"))).to_be_visible()
    expect(panel.get_by_role("article")).to_have_count(2)
    panel.get_by_role("button", name="Close").click()
    expect(
        tab.get_by_role("button", name="SMS history of Ada: All texts delivered")
    ).to_be_visible()


def test_an_event_is_created_and_its_attendees_are_texted_once(
    tab: Page, acme: Organisation
) -> None:
    before = len(acme.texts())
    open_screen(tab, "/events")
    tab.get_by_role("button", name="New event").first.click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Garden party")
    dialog.get_by_label("Begins").fill("2027-06-01T18:00")
    dialog.get_by_role("button", name="Create the event").click()
    expect(tab.get_by_role("heading", name="Garden party", level=1)).to_be_visible()
    tab.get_by_role("button", name="Add attendees").click()
    tab.get_by_role("menuitem", name="One person").click()
    dialog.get_by_label("First name").fill("Grace")
    dialog.get_by_label("Phone number").fill(REACHED)
    dialog.get_by_role("button", name="Add", exact=True).click()
    tab.get_by_role("button", name="Text the attendees").click()
    dialog.get_by_role("button", name="Send 1 text").dblclick()
    expect(
        tab.get_by_role("button", name="SMS history of Grace: All texts delivered")
    ).to_be_visible()
    assert len(acme.texts()) == before + 1
