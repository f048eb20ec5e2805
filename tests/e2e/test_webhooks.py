"""Call the webhooks with the same signatures that the providers would make."""

from base64 import b64decode
from collections.abc import Mapping
from uuid import UUID, uuid4

import httpx
import pytest
from twilio.request_validator import RequestValidator

from deploy.local.testkit.organisation import Organisation
from servicekit.callbacks import CallbackNames
from tests.fixtures.platform import Platform, audience
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def acme(platform: Platform) -> Organisation:
    """Return an organisation whose Twilio account signs the requests."""
    return platform.organisation()


@pytest.fixture(scope="module")
def token(platform: Platform, acme: Organisation) -> str:
    """Return the auth token of the organisation's Twilio account."""
    secrets = platform.stack.secrets
    path = f"/api.twilio.com/2010-04-01/Accounts/{acme.account_sid}.json"
    answer = httpx.get(
        f"{platform.stack.simulator_url}{path}",
        auth=(secrets.twilio_account_sid, secrets.twilio_auth_token),
    )
    answer.raise_for_status()
    return str(answer.json()["auth_token"])


@pytest.fixture
def delivered(platform: Platform, acme: Organisation) -> tuple[str, str]:
    """Send a message, and return its id and SID once it is delivered."""
    sent = acme.api.post("/api/sms/send", {"to": audience(1)[0], "message": "Hello"})
    wait_until_sync(lambda: status_of(acme, sent["id"]) == "delivered")
    wait_until_sync(platform.simulator.is_quiet)
    return sent["id"], sent["providerSid"]


def status_of(acme: Organisation, message_id: str) -> str:
    return str(acme.api.get(f"/api/messages/{message_id}")["message"]["status"])


def call(platform: Platform, path: str, form: Mapping[str, str], token: str) -> httpx.Response:
    """Call a webhook as Twilio does, signed with a token."""
    url = f"{platform.stack.webhooks_url}{path}"
    signature = RequestValidator(token).compute_signature(url, dict(form))
    return httpx.post(url, data=dict(form), headers={"X-Twilio-Signature": signature})


def callback_path(platform: Platform, organisation: Organisation, message_id: str) -> str:
    """Return the path to which Twilio posts callbacks about a message of ``organisation``."""
    names = CallbackNames(b64decode(platform.stack.secrets.internal_token_key))
    name = names.name(organisation.account_sid, UUID(message_id))
    return f"/api/webhooks/twilio-status/{name}"


def all_are_handled(platform: Platform) -> None:
    """Wait until every accepted webhook is handled."""
    waiting = "SELECT count(*) AS n FROM webhook_logs WHERE processed_at IS NULL"
    wait_until_sync(lambda: platform.rows("webhooks", waiting)[0]["n"] == 0)


def test_a_repeated_or_late_callback_changes_nothing(
    platform: Platform, acme: Organisation, token: str, delivered: tuple[str, str]
) -> None:
    message_id, sid = delivered
    before = acme.api.get(f"/api/messages/{message_id}")
    for status in ("sent", "delivered", "failed", "teleported"):
        form = {"MessageSid": sid, "MessageStatus": status, "AccountSid": acme.account_sid}
        path = callback_path(platform, acme, message_id)
        assert call(platform, path, form, token).status_code == 204
    all_are_handled(platform)
    after = acme.api.get(f"/api/messages/{message_id}")
    assert after["message"] == before["message"]
    assert acme.balance() == 1_000 - len(acme.books().texts)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/webhooks/twilio-status", 401),
        ("/api/webhooks/twilio/status", 403),
        ("/api/webhooks/twilio-incoming", 401),
    ],
)
def test_a_webhook_signed_by_somebody_else_is_refused(
    platform: Platform, acme: Organisation, path: str, status: int
) -> None:
    form = {
        "MessageSid": f"SM{'1' * 32}",
        "MessageStatus": "delivered",
        "AccountSid": acme.account_sid,
        "From": audience(1)[0],
        "To": acme.numbers[0],
        "Body": "STOP",
    }
    kept = "SELECT count(*) AS n FROM webhook_logs WHERE org_id = %s"
    before = platform.rows("webhooks", kept, acme.org_id)
    answer = call(platform, path, form, "the token of somebody else")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert platform.rows("webhooks", kept, acme.org_id) == before
    assert not acme.is_opted_out(audience(1)[0])


def test_a_callback_for_an_unknown_message_adds_the_message_to_the_history(
    platform: Platform, acme: Organisation, token: str
) -> None:
    sid, (person,) = f"SM{uuid4().hex}", audience(1, first=60)
    form = {
        "MessageSid": sid,
        "AccountSid": acme.account_sid,
        "From": acme.numbers[0],
        "To": person,
    }
    balance = acme.balance()
    for status in ("undelivered", "sent", "undelivered"):
        told = {**form, "MessageStatus": status, "ErrorCode": "30003"}
        answer = call(platform, "/api/webhooks/twilio/status", told, token)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    all_are_handled(platform)
    history = acme.api.get("/api/history/messages")["items"]
    [message] = [each for each in history if each["to"] == person]
    assert (message["providerSid"], message["status"]) == (sid, "undelivered")
    assert (message["errorCode"], message["priceCents"]) == (30003, 0)
    assert acme.balance() == balance


def test_a_callback_signed_by_one_organisation_cannot_change_the_messages_of_another(
    platform: Platform, acme: Organisation, token: str, delivered: tuple[str, str]
) -> None:
    stranger = platform.organisation("Stranger")
    sent = stranger.api.post("/api/sms/send", {"to": "+12125573000", "message": "No receipt"})
    form = {
        "MessageSid": sent["providerSid"],
        "MessageStatus": "failed",
        "AccountSid": acme.account_sid,
    }
    wait_until_sync(lambda: status_of(stranger, sent["id"]) == "sent")
    theirs = callback_path(platform, stranger, sent["id"])
    assert call(platform, theirs, form, token).status_code == 401
    nobodys = "/api/webhooks/twilio-status"
    assert call(platform, nobodys, form, token).status_code == 204
    all_are_handled(platform)
    assert status_of(stranger, sent["id"]) == "sent"
    assert stranger.balance() == 999


def test_a_text_from_a_person_opens_a_conversation(platform: Platform, acme: Organisation) -> None:
    person = audience(1, first=50)[0]
    platform.simulator.text(person, acme.numbers[0], "Is there parking?")
    wait_until_sync(
        lambda: [t["phone"] for t in acme.api.get("/api/messages/threads")["items"]].count(person)
    )
    thread = next(t for t in acme.api.get("/api/messages/threads")["items"] if t["phone"] == person)
    assert (thread["lastMessage"], thread["unreadCount"]) == ("Is there parking?", 1)
    (message,) = acme.api.get(f"/api/messages/thread/{thread['contactId']}")["items"]
    assert (message["direction"], message["status"]) == ("in", "received")
