"""In test mode, nothing that an organisation sends reaches Twilio or Stripe."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.local.testkit.api import Api, ApiProblem
from deploy.local.testkit.customer_server import CustomerServer
from deploy.local.testkit.event import Event
from deploy.local.testkit.organisation import Organisation
from servicekit.modes import org_in_test_mode
from tests.fixtures.platform import Platform, csv_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

DELIVERED, NEVER, UNREACHABLE, FILTERED, UNKNOWN, LANDLINE, OPTED_OUT, TROUBLE, YES, STOP = (
    f"+121255501{n:02d}" for n in range(10)
)
_RECIPIENTS = "+1212"
"""All recipients of these tests are in New York, and no others are."""
# More requests than the platform makes during a test.
_MANY = 5_000
_SERVICES = ("billing", "campaigns", "contacts", "messaging")
_KNOWN = "SELECT FROM webhook_subscribers WHERE org_id = %s AND all_types"
_ACCOUNTS = "SELECT sub_account_sid FROM twilio_subaccounts WHERE sub_account_sid IS NOT NULL"


class Providers:
    """The requests that Twilio and Stripe got since the test began.

    Requests of live organisations are left out, except texts to the recipients of these tests,
    which no account may send.
    """

    def __init__(self, platform: Platform) -> None:
        self._url = f"{platform.stack.simulator_url}/sim/record/requests"
        self._known_accounts = {
            row["sub_account_sid"] for row in platform.rows("messaging", _ACCOUNTS)
        }
        [newest] = self._newest(1)
        self._before = newest["id"]

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests to Twilio and Stripe."""
        found = self._newest(_MANY)
        assert found[-1]["id"] <= self._before, "more requests than were read"
        return [
            request
            for request in found
            if request["id"] > self._before
            and "postmark" not in request["host"]
            and (
                _is_text_of_a_test(request)
                or not any(str(sid) in request["path"] for sid in self._known_accounts)
            )
        ]

    def _newest(self, limit: int) -> list[dict[str, Any]]:
        answer = httpx.get(self._url, params={"limit": limit}).raise_for_status()
        found: list[dict[str, Any]] = answer.json()["requests"]
        return found


def _is_text_of_a_test(request: dict[str, Any]) -> bool:
    is_text = request["method"] == "POST" and request["path"].endswith("/Messages.json")
    return is_text and str(request["params"]["To"]).startswith(_RECIPIENTS)


@pytest.fixture
def owner(platform: Platform) -> Organisation:
    """Return a live organisation that could send: it has money, an account and numbers."""
    return platform.organisation("Testers")


@pytest.fixture
def providers(platform: Platform, owner: Organisation) -> Providers:
    return Providers(platform)


@pytest.fixture
def tester(platform: Platform, owner: Organisation) -> Organisation:
    """Return the same organisation in test mode, with a test key."""
    wish = {"name": "ci", "scopes": ["read", "write", "send", "admin"], "mode": "test"}
    key = owner.api.post("/api/api-keys", wish)["key"]
    tester = platform.stranger()
    tester.api.sign_in_with(key)
    tester.org_id = str(org_in_test_mode(UUID(owner.org_id)))
    return tester


@pytest.fixture
def server(platform: Platform, tester: Organisation) -> Iterator[CustomerServer]:
    """Yield the organisation's server, which gets the webhooks of test mode."""
    with CustomerServer() as server:
        server.secret = tester.api.post("/api/webhooks/endpoints", {"url": server.url})["secret"]
        for service in _SERVICES:
            wait_until_sync(partial(platform.rows, service, _KNOWN, tester.org_id))
        yield server


def text(api: Api, to: str, message: str = "Hello") -> str:
    return str(api.post("/api/sms/send", {"to": to, "message": message})["id"])


def becomes(api: Api, message_id: str, status: str) -> None:
    def is_now() -> bool:
        return bool(api.get(f"/api/messages/{message_id}")["message"]["status"] == status)

    wait_until_sync(is_now)


def campaign_of(tester: Organisation) -> None:
    """Run a campaign with a test send to every kind of recipient, and retry what failed."""
    list_id, _ = tester.list_from("People", csv_of([DELIVERED, UNREACHABLE, FILTERED, YES]))
    campaign = tester.draft("Doors", list_id, "Doors open at seven")
    quote = tester.api.post(f"/api/campaigns/{campaign}/quote", {})
    assert quote["totalCents"] == 4
    tested = tester.api.post(f"/api/campaigns/{campaign}/test", {"to": "+12126000001"})
    tester.send(campaign)

    def figures() -> dict[str, int]:
        metrics = tester.metrics(campaign)
        return {name: metrics[name] for name in ("delivered", "failed", "replied")}

    wait_until_sync(lambda: figures() == {"delivered": 2, "failed": 2, "replied": 1})
    becomes(tester.api, str(tested["id"]), "delivered")


def event_of(tester: Organisation) -> None:
    """Invite attendees to an event, and retry a text that failed."""
    event = Event.create(tester.api, "Gala")
    attendee = event.add("Ann", UNREACHABLE)
    event.add("Bea", "+12126000002")
    event.notify("invitation", message="See you there")
    event.wait_until_settled(2)
    event.retry(attendee, retryAll=True)
    event.wait_until_settled(3)


TYPES = {"message.delivered", "message.received", "event_message.delivered", "campaign.finished"}


def test_every_way_of_sending_works_in_test_mode_and_reaches_no_provider(
    platform: Platform,
    owner: Organisation,
    tester: Organisation,
    server: CustomerServer,
    providers: Providers,
) -> None:
    api, before = tester.api, owner.balance()
    singles = {DELIVERED: "delivered", NEVER: "sent", TROUBLE: "delivered", STOP: "delivered"}
    wanted = {text(api, to): status for to, status in singles.items()}
    batch = api.post("/api/sms/batch", {"numbers": [LANDLINE, UNKNOWN], "message": "Hi"})
    wanted |= dict.fromkeys(batch["messageIds"], "failed")
    for message_id, status in wanted.items():
        becomes(api, message_id, status)
    with pytest.raises(ApiProblem) as refusal:
        text(api, OPTED_OUT)
    assert refusal.value.code == "opted_out"
    campaign_of(tester)
    event_of(tester)
    reply = {"contactId": tester.contact_id(YES), "message": "Thank you"}
    becomes(api, str(api.post("/api/messages/reply", reply)["id"]), "delivered")
    assert tester.is_opted_out(STOP)
    alert = {"minBalanceCents": 5_000_000, "notifyEmails": [], "smsAlertTo": "+12126000003"}
    api.put("/api/billing/settings", alert)
    platform.command("billing", "job", "alert-low-balances")
    shown = {each["type"] for each in api.get("/api/notifications")["items"]}
    assert shown == {"campaign_finished"}
    wait_until_sync(lambda: server.types().keys() >= TYPES)
    assert all(event.test_mode for event in server.events)
    assert providers.requests() == []
    assert owner.balance() == before > 0
    # The same record shows what the live organisation sends.
    text(owner.api, DELIVERED)
    wait_until_sync(lambda: len(providers.requests()) == 1)


def test_nothing_is_charged_and_live_mode_shows_no_test_message(
    platform: Platform, owner: Organisation, tester: Organisation, providers: Providers
) -> None:
    before, live = tester.balance(), owner.balance()
    delivered, failed = text(tester.api, DELIVERED), text(tester.api, FILTERED)
    becomes(tester.api, delivered, "delivered")
    becomes(tester.api, failed, "failed")
    assert tester.balance() == before > 0
    assert owner.balance() == live > 0
    assert tester.api.get("/api/billing/transactions")["items"] == []
    query = "SELECT id FROM billing_transactions WHERE org_id = %s"
    assert platform.rows("billing", query, tester.org_id) == []
    for path in ("/api/messages", "/api/contacts", "/api/history/messages"):
        assert owner.api.get(path)["items"] == []
        assert tester.api.get(path)["items"] != []
    assert tester.api.get("/api/me")["mode"] == "test"
    assert tester.api.get("/api/a2p/status")["registered"] is True
    steps = tester.api.get("/api/dashboard")["onboarding"]["steps"]
    assert {step["state"] for step in steps} == {"done"}
    assert providers.requests() == []


def test_requests_that_need_a_provider_are_refused_in_test_mode(
    tester: Organisation, providers: Providers
) -> None:
    calls: tuple[tuple[str, dict[str, object]], ...] = (
        ("/api/billing/stripe/checkout", {"amountCents": 500}),
        ("/api/twilio/subaccount", {}),
        ("/api/twilio/messaging-services", {}),
        ("/api/twilio/numbers/provision", {"areaCode": "415"}),
    )
    for path, body in calls:
        with pytest.raises(ApiProblem) as refusal:
            tester.api.post(path, body)
        assert (refusal.value.status, refusal.value.code) == (403, "not_in_test_mode")
    with pytest.raises(ApiProblem) as lookup:
        tester.api.get("/api/twilio/lookup", phone="+14155550123")
    assert lookup.value.code == "not_in_test_mode"
    assert providers.requests() == []


def test_ids_of_the_other_mode_are_refused_as_those_of_another_organisation(
    owner: Organisation, tester: Organisation
) -> None:
    made = tester.api.post("/api/contacts", {"phone": "+12126000009"})
    with pytest.raises(ApiProblem) as refusal:
        owner.api.get(f"/api/contacts/{made['id']}")
    assert (refusal.value.status, refusal.value.code) == (403, "cross_org_access")
