"""The request log in the console: from a key to what one of its requests asked and got."""

import httpx
from playwright.sync_api import Page, expect

from deploy.local.testkit.organisation import Organisation
from tests.browser.person import open_screen
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync

PEOPLE = [
    {"to": "+14156000901", "variables": {"name": "Ann"}, "reference": "order-1"},
    {"to": "+14156000902"},
    {"to": "+14156000901", "variables": {"name": "Ann"}},
]


def test_a_batch_sent_with_an_api_key_is_found_in_the_log_from_the_key(
    tab: Page, platform: Platform, acme: Organisation
) -> None:
    made = acme.api.post("/api/api-keys", {"name": "Shop", "scopes": ["read", "send"]})
    headers = {"X-Api-Key": made["key"]}
    with httpx.Client(base_url=platform.stack.gateway_url, headers=headers, timeout=60) as shop:
        body = {"message": "Hi {{name}}", "recipients": PEOPLE}
        sent = shop.post("/api/sms/batch", json=body, headers={"Idempotency-Key": "orders-1"})
        assert [result["status"] for result in sent.json()["results"]] == [
            "accepted",
            "refused",
            "duplicate",
        ]
        refused = shop.post("/api/contacts", json={"phone": "+14156000903"})
        assert refused.status_code == 403
        last = refused.headers["X-Request-Id"]
        wait_until_sync(
            lambda: acme.api.get("/api/request-log", requestId=last)["items"],
            message="it is logged",
        )

    open_screen(tab, "/settings/api-keys")
    tab.get_by_role("link", name="Requests of Shop").click()
    requests = tab.get_by_role("table", name="Requests")
    expect(requests.get_by_text("403 api_key_scope")).to_be_visible()
    requests.get_by_role("link", name="POST /api/sms/batch").click()
    panel = tab.get_by_role("dialog", name="Request")
    expect(panel.get_by_text(sent.headers["X-Request-Id"])).to_be_visible()
    expect(panel.get_by_text("message, recipients[3]")).to_be_visible()
    expect(panel.get_by_text("orders-1")).to_be_visible()
    panel.get_by_role("button", name="Close").click()

    tab.get_by_label("Request id").fill(f" {last} ")
    tab.get_by_label("Request id").press("Enter")
    expect(requests.get_by_role("link")).to_have_count(1)
    requests.get_by_role("link", name="POST /api/contacts").click()
    expect(panel.get_by_text("What api_key_scope means")).to_be_visible()
    tab.reload()
    expect(panel.get_by_text(last)).to_be_visible()
