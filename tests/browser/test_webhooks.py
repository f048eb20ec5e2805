"""Webhook endpoints in the console."""

import re

from playwright.sync_api import Page, expect

from deploy.local.testkit.customer_server import CustomerServer
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
