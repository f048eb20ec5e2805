"""Webhook endpoints get an event when a payment is credited."""

from typing import Any

from servicekit.db.database import Database
from services.billing.tests.events.test_stripe import payer
from services.billing.tests.stripe_payer import StripePayer
from tests.fixtures.customer_events import subscribe, told

__all__ = ["payer"]


async def test_a_credited_payment_is_sent_to_webhook_endpoints_once(
    payer: StripePayer, database: Database
) -> None:
    org_id = payer.person.org_id
    await subscribe(database, org_id, "balance.topped_up")
    payment = await payer.paid(5000)
    for _ in range(2):
        await payer.deliver(*payer.events(payment))
    [(type_, data)] = await told(database, org_id)
    transaction: Any = data
    assert (type_, transaction.external_id) == ("balance.topped_up", payment)
    assert (transaction.amount_cents, transaction.balance_after_cents) == (5000, 5000)
