"""Prices and the counting of segments change in mid-campaign; charges stay as confirmed."""

from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest

from deploy.local.demo.api import refusal_of
from deploy.local.demo.organisation import Organisation
from tests.faults.campaign import must_settle
from tests.fixtures.platform import Platform, csv_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

_RECIPIENTS = 240
_CENTS, _RAISED = 6, 20
# One segment as Smart Encoding has it, two as it is written.
_TEXT = "\u201c" + "a" * 90 + "\u201d"
_SLOW, _FAST = 10, 400
_CHARGES = """
SELECT amount_cents FROM billing_transactions
WHERE org_id = %s AND source = 'sms' AND type = 'debit'
"""


def british(count: int) -> list[str]:
    """Numbers of people whose texts cost ``_CENTS``; no other test texts them."""
    return [f"+447400{100_000 + number}" for number in range(count)]


def set_price(platform: Platform, cents: int) -> None:
    """Let billing ask ``cents`` for a segment to Great Britain."""
    with psycopg.connect(platform.stack.postgres.url("billing")) as connection:
        connection.execute(
            "UPDATE prices SET cents_per_segment = %s WHERE country = 'GB'", (cents,)
        )


@pytest.fixture
def prices(platform: Platform) -> Iterator[None]:
    """Prices are as they were afterwards."""
    yield
    set_price(platform, _CENTS)


def quoted(organisation: Organisation) -> dict[str, object]:
    """What one of the texts costs now."""
    body = {"message": _TEXT, "numbers": british(1)}
    return dict(organisation.api.post("/api/sms/quote", body))


@pytest.mark.usefixtures("prices")
def test_a_campaign_costs_what_was_confirmed_though_prices_and_counting_change_meanwhile(
    platform: Platform,
) -> None:
    organisation = platform.organisation(cents=5_000)
    api = organisation.api
    list_id, _ = organisation.list_from("Guests", csv_of(british(_RECIPIENTS)))
    platform.pace(organisation, _SLOW)
    campaign_id = organisation.draft("Doors", list_id, _TEXT)
    confirmed = api.post(f"/api/campaigns/{campaign_id}/quote", {})
    assert confirmed["totalCents"] == _RECIPIENTS * _CENTS
    version = {"priceVersion": confirmed["priceVersion"]}
    api.post(f"/api/campaigns/{campaign_id}/send", version)
    wait_until_sync(lambda: len(organisation.texts()) >= 20, 60, "the first texts are out")

    set_price(platform, _RAISED)
    service = api.post("/api/twilio/messaging-services", {})["sid"]
    api.patch(f"/api/twilio/messaging-services/{service}", {"smartEncoding": False})
    wait_until_sync(
        lambda: quoted(organisation)["totalCents"] == 2 * _RAISED, 60, "the new price is quoted"
    )
    assert len(organisation.texts()) < _RECIPIENTS, "the campaign was over before the change"
    planned = organisation.metrics(campaign_id)["recipients"]
    assert planned < _RECIPIENTS, "everybody was charged before the change"
    running = api.post(f"/api/campaigns/{campaign_id}/quote", {})
    assert running["totalCents"] == confirmed["totalCents"]

    platform.pace(organisation, _FAST)
    organisation.see_out(campaign_id)
    must_settle(platform, organisation)
    charges = Counter(
        row["amount_cents"] for row in platform.rows("billing", _CHARGES, organisation.org_id)
    )
    assert charges == {_CENTS: _RECIPIENTS}
    assert {text.segments for text in organisation.texts()} == {1}
    assert organisation.balance() == 5_000 - confirmed["totalCents"]

    again = organisation.draft("Doors again", list_id, _TEXT)
    refusal = refusal_of(lambda: api.post(f"/api/campaigns/{again}/send", version))
    assert refusal is not None
    assert (refusal.status, refusal.code) == (409, "price_changed")
    assert api.post(f"/api/campaigns/{again}/quote", {})["totalCents"] == (
        _RECIPIENTS * 2 * _RAISED
    )
