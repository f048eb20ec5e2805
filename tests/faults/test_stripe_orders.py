"""The Stripe events of one payment arrive in every order, each three times."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

import httpx
import pytest

from deploy.local.testkit.organisation import Organisation
from tests.faults.campaign import must_settle
from tests.fixtures.platform import Platform

pytestmark = pytest.mark.stack

_CENTS = 500
Event = Mapping[str, Any]


@pytest.fixture(autouse=True)
def events_held_back(platform: Platform) -> Iterator[None]:
    """Prevent the simulated Stripe from delivering events by itself."""
    platform.simulator.misbehave({"provider": "stripe", "callbacks": {"lose": 1.0}})
    yield
    platform.simulator.misbehave()


@pytest.fixture(scope="module")
def organisation(platform: Platform) -> Organisation:
    """Return an organisation that makes several payments."""
    organisation = platform.stranger()
    organisation.sign_up("Payers")
    return organisation


def paid_events(platform: Platform, organisation: Organisation, how: Event) -> Sequence[Event]:
    """Make a payment, and return its events in the order in which Stripe created them."""
    simulator = platform.stack.simulator_url
    known = {event["id"] for event in all_events(platform)}
    session = organisation.api.post("/api/billing/stripe/checkout", {"amountCents": _CENTS})
    session_id = session["sessionId"]
    organisation.topups[session_id] = _CENTS
    httpx.post(f"{simulator}/sim/stripe/pay/{session_id}", json=how).raise_for_status()
    if how.get("async"):
        httpx.post(f"{simulator}/sim/stripe/settle/{session_id}", json={}).raise_for_status()
    return [event for event in reversed(all_events(platform)) if event["id"] not in known]


def all_events(platform: Platform) -> Sequence[Event]:
    """Return Stripe's latest events, newest first."""
    answer = httpx.get(
        f"{platform.stack.simulator_url}/api.stripe.com/v1/events",
        params={"limit": 100},
        auth=(platform.stack.secrets.stripe_secret_key, ""),
    )
    answer.raise_for_status()
    events: Sequence[Event] = answer.json()["data"]
    return events


def deliver(platform: Platform, events: Sequence[Event]) -> None:
    """Post events to the webhook, one after the other, signed as Stripe signs."""
    secret = platform.stack.secrets.stripe_webhook_secret.encode()
    with httpx.Client(base_url=platform.stack.webhooks_url) as http:
        for event in events:
            body, now = json.dumps(event).encode(), int(time.time())
            digest = hmac.new(secret, b"%d.%s" % (now, body), hashlib.sha256).hexdigest()
            headers = {
                "Stripe-Signature": f"t={now},v1={digest}",
                "Content-Type": "application/json",
            }
            answer = http.post("/api/webhooks/stripe", content=body, headers=headers)
            assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("how", "kinds"),
    [
        ({}, {"checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"}),
        (
            {"async": True},
            {
                "checkout.session.completed",
                "checkout.session.async_payment_succeeded",
                "payment_intent.succeeded",
                "charge.succeeded",
            },
        ),
    ],
    ids=["card", "bank debit"],
)
def test_a_payment_is_credited_once_in_whatever_order_its_events_come(
    platform: Platform, organisation: Organisation, how: Event, kinds: set[str]
) -> None:
    number_of_orders = len(list(permutations(kinds)))
    for number in range(number_of_orders):
        events = [e for e in paid_events(platform, organisation, how) if e["type"] in kinds]
        assert {event["type"] for event in events} == kinds
        order = list(permutations(events))[number]
        deliver(platform, [*order, *order, *order])
    must_settle(platform, organisation)
    assert organisation.balance() == len(organisation.topups) * _CENTS
