"""Settle a payment: bring the ledger in line with what Stripe says about it now.

Stripe's events arrive in any order, several times, or two for one change. So an event is only a
reason to look the payment up, and the result is the same whichever event came first.
"""

from dataclasses import dataclass

from servicekit.bus import inbox
from servicekit.bus.streams import BILLING_STRIPE
from servicekit.db.database import Database
from services.billing.providers.stripe_api import StripeApi
from services.billing.storage import automatic_topups, outbox
from services.billing.support.payments import apply, look_up


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """A Stripe event from the bus. ``payment_intent_id`` is None if it moves no money."""

    bus_id: str
    webhook_id: str
    payment_intent_id: str | None


class SettlePayment:
    """Updates the ledger after Stripe's events: payments, refunds and disputes."""

    def __init__(self, database: Database, stripe_api: StripeApi) -> None:
        self._database = database
        self._stripe = stripe_api

    async def settle(self, event: StripeEvent) -> None:
        """Settle the payment of ``event`` and announce that its webhook was handled. Idempotent.

        Raises:
            NotFound: Stripe does not know the payment.
            Unavailable: Stripe does not answer.
        """
        payment_id = event.payment_intent_id
        state = await look_up(self._database, self._stripe, payment_id) if payment_id else None
        async with self._database.system() as connection:
            if state and await inbox.claim(connection, BILLING_STRIPE.name, [event.bus_id]):
                await apply(connection, state)
            await outbox.announce_webhook_handled(connection, event.webhook_id)
        if state and state.payment.card:
            await self._delete_former_card(state.payment.payment_intent_id)

    async def _delete_former_card(self, payment_intent_id: str) -> None:
        """Delete at Stripe the card that the payment's card has replaced."""
        async with self._database.system() as connection:
            found = await automatic_topups.former_card(connection, payment_intent_id)
        if found is None:
            return
        account, former = found
        await self._stripe.delete_card(former)
        async with self._database.org(account.org_id) as connection:
            await automatic_topups.forget_former_card(connection, account, former)
