"""Prices and segment counting change during a campaign. It is charged as confirmed."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from deploy.local.testkit.api import refusal_of
from deploy.local.testkit.organisation import Organisation
from tests.faults.campaign import must_settle
from tests.fixtures.platform import Platform, csv_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

_RECIPIENTS = 120
_CENTS, _RAISED = 6, 20
# This text has one segment with Smart Encoding, and two segments without.
_TEXT = "\u201c" + "a" * 90 + "\u201d"
_SLOW, _FAST = 5, 400
_PATIENCE = 60
_CHARGES = """
SELECT amount_cents FROM billing_transactions
WHERE org_id = %s AND source = 'sms' AND type = 'debit'
"""


def british(count: int) -> list[str]:
    """Return British phone numbers that no other test uses. A text to them costs ``_CENTS``."""
    return [f"+447400{100_000 + number}" for number in range(count)]


def set_price(platform: Platform, cents: int) -> None:
    """Make billing charge ``cents`` for a segment to Great Britain."""
    with psycopg.connect(platform.stack.postgres.url("billing")) as connection:
        connection.execute(
            "UPDATE prices SET cents_per_segment = %s WHERE country = 'GB'", (cents,)
        )


@pytest.fixture
def prices(platform: Platform) -> Iterator[None]:
    """Restore the prices after the test."""
    yield
    set_price(platform, _CENTS)


def cents(organisation: Organisation) -> int:
    """Return the present price in cents of one of the texts."""
    body = {"message": _TEXT, "numbers": british(1)}
    return int(organisation.api.post("/api/sms/quote", body)["totalCents"])


def change_everything(platform: Platform, organisation: Organisation) -> None:
    """Raise the price, and switch off Smart Encoding, so that texts have more segments."""
    set_price(platform, _RAISED)
    service = organisation.api.post("/api/twilio/messaging-services", {})["sid"]
    switch = {"smartEncoding": False}
    organisation.api.patch(f"/api/twilio/messaging-services/{service}", switch)
    wait_until_sync(
        lambda: cents(organisation) == 2 * _RAISED, _PATIENCE, "the new price is quoted"
    )


def quote(organisation: Organisation, campaign_id: str) -> dict[str, Any]:
    """Return the quote for a campaign."""
    return dict(organisation.api.post(f"/api/campaigns/{campaign_id}/quote", {}))


@pytest.mark.usefixtures("prices")
def test_a_campaign_costs_what_was_confirmed_even_if_prices_and_counting_change(
    platform: Platform,
) -> None:
    organisation = platform.organisation(cents=5_000)
    list_id, _ = organisation.list_from("Guests", csv_of(british(_RECIPIENTS)))
    platform.pace(organisation, _SLOW)
    campaign_id = organisation.draft("Doors", list_id, _TEXT)
    confirmed = quote(organisation, campaign_id)
    assert confirmed["totalCents"] == _RECIPIENTS * _CENTS
    version = {"priceVersion": confirmed["priceVersion"]}
    organisation.api.post(f"/api/campaigns/{campaign_id}/send", version)
    wait_until_sync(lambda: len(organisation.texts()) >= 10, _PATIENCE, "the first texts sent")

    change_everything(platform, organisation)
    planned = organisation.metrics(campaign_id)["recipients"]
    assert planned < _RECIPIENTS, "everybody was charged before the change"
    assert quote(organisation, campaign_id)["totalCents"] == confirmed["totalCents"]
    platform.pace(organisation, _FAST)
    organisation.wait_until_done(campaign_id)
    must_settle(platform, organisation)

    charges = platform.rows("billing", _CHARGES, organisation.org_id)
    assert Counter(row["amount_cents"] for row in charges) == {_CENTS: _RECIPIENTS}
    assert {text.segments for text in organisation.texts()} == {1}
    again = organisation.draft("Doors again", list_id, _TEXT)
    refusal = refusal_of(lambda: organisation.api.post(f"/api/campaigns/{again}/send", version))
    assert refusal is not None
    assert (refusal.status, refusal.code) == (409, "price_changed")
    assert quote(organisation, again)["totalCents"] == _RECIPIENTS * 2 * _RAISED
