"""Webhook endpoints and listeners in the console."""

import re

from playwright.sync_api import Page, expect

from deploy.local.testkit.customer_server import CustomerServer
from deploy.local.testkit.organisation import Organisation
from tests.browser.person import open_screen, wait_until_loaded


def test_an_endpoint_is_created_and_its_test_event_arrives(
    tab: Page, complaints: list[str]
) -> None:
    with CustomerServer() as server:
        open_screen(tab, "/settings/webhooks")
        wait_until_loaded(tab)
        tab.get_by_role("button", name="New endpoint").first.click()
        dialog = tab.get_by_role("dialog", name="New endpoint")
        dialog.get_by_label("Address").fill("https://10.0.0.1/hooks")
        dialog.get_by_role("button", name="Create the endpoint").click()
        expect(dialog.get_by_text("is not reachable from the internet")).to_be_visible()
        complaints.clear()  # the browser reports the refusal
        dialog.get_by_label("Address").fill(server.url)
        dialog.get_by_role("button", name="Create the endpoint").click()
        shown = tab.get_by_role("dialog", name="The secret of your endpoint")
        server.secret = shown.get_by_text(re.compile("^whsec_")).inner_text()
        shown.get_by_label("I have stored it").check()
        shown.get_by_role("button", name="Done").click()
        tab.get_by_role("button", name="Send a test event").click()
        deliveries = tab.get_by_role("table", name="Deliveries")
        expect(deliveries.get_by_text("Delivered")).to_be_visible()
        deliveries.get_by_role("link", name="endpoint.test").click()
        panel = tab.get_by_role("dialog", name="Delivery")
        expect(panel.get_by_text("Answer: 204")).to_be_visible()
        [call] = server.calls
        assert call.verified


def test_a_program_that_listens_is_shown_and_can_be_ended(tab: Page, acme: Organisation) -> None:
    open_screen(tab, "/settings/webhooks")
    tab.get_by_role("link", name="Listeners").click()
    expect(tab.get_by_text("No program listens now.")).to_be_visible()
    expect(tab.get_by_text("smsblaster listen --forward-to")).to_be_visible()
    wanted = {"eventTypes": ["message.sent", "message.failed"]}
    listener = acme.api.post("/api/webhooks/listeners", wanted)["listener"]["id"]
    other = acme.api.post("/api/webhooks/listeners", {})["listener"]["id"]
    listeners = tab.get_by_role("table", name="Listeners")
    row = listeners.get_by_role("row").filter(has_text=listener)
    expect(row.get_by_text("message.failed, message.sent")).to_be_visible()
    expect(row.get_by_text("Listening")).to_be_visible()
    tab.get_by_role("button", name=f"End the listener {listener}").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="End the listener").click()
    expect(row).to_have_count(0)
    assert [each["id"] for each in acme.api.get("/api/webhooks/listeners")["items"]] == [other]
