"""Look a payment up at Stripe, and bring the ledger in line with it.

A payment is compared with the top-up that was stored before the payer was sent to Stripe.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import parse_id
from services.billing.domain.ledger import LedgerAccount, Movement
from services.billing.domain.reversals import Reversal
from services.billing.domain.stripe_states import dispute_holds_money, refund_holds_money
from services.billing.providers.stripe_api import Payment, StripeApi, StripeReversal
from services.billing.storage import (
    automatic_topups,
    balances,
    ledger,
    open_topups,
    reversals,
    topups,
)
from services.billing.storage.customer_events import tell_topped_up

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PaymentState:
    """A payment with its refunds and disputes, as Stripe returned them in look-up ``lookup``."""

    lookup: int
    payment: Payment
    refunds: Sequence[StripeReversal] = ()
    disputes: Sequence[StripeReversal] = ()


async def look_up(
    database: Database, stripe_api: StripeApi, payment_intent_id: str
) -> PaymentState:
    """Ask Stripe for the state of a payment. Raises ``NotFound`` or ``Unavailable``.

    The look-up gets its sequence number before Stripe is asked. A look-up with a larger number has
    seen everything that happened before it began. So its result may replace the result of a look-up
    with a smaller number, but never the other way round.
    """
    async with database.system() as connection:
        lookup = await topups.next_lookup(connection)
    payment = await stripe_api.payment(payment_intent_id)
    if not payment.succeeded:
        return PaymentState(lookup, payment)
    refunds, disputes = await asyncio.gather(
        stripe_api.refunds(payment_intent_id), stripe_api.disputes(payment_intent_id)
    )
    return PaymentState(lookup, payment, refunds, disputes)


async def apply(connection: AsyncConnection, state: PaymentState) -> None:
    """Credit the payment, and debit what Stripe has taken back by its refunds and disputes.

    If a refund failed or a dispute was won, the debited money is returned to the balance. A state
    that is older than the one applied last changes nothing.
    """
    await _credit(connection, state.payment)
    topup = await topups.find_by_payment(connection, state.payment.payment_intent_id)
    if topup is None or topup.settled_lookup > state.lookup:
        return
    await topups.mark_settled(connection, topup, state.lookup)
    # The balance is locked before any reversal, here as everywhere, so that nothing deadlocks.
    await balances.lock_balance(connection, topup.account)
    for refund in state.refunds:
        held_cents = refund.amount_cents if refund_holds_money(refund.status) else 0
        await _update_reversal(connection, topup.account, refund.id, held_cents)
    for dispute in state.disputes:
        held_cents = dispute.amount_cents if dispute_holds_money(dispute.status) else 0
        await _update_reversal(connection, topup.account, dispute.id, held_cents)
    await _collect_owed(connection, topup.account)


async def _credit(connection: AsyncConnection, payment: Payment) -> None:
    """Credit ``payment`` once, if it has a top-up of the same amount and currency."""
    topup_id = parse_id(payment.topup_id)
    if not payment.succeeded or topup_id is None:
        return
    topup = await topups.find(connection, topup_id)
    if topup is None:
        log.error("payment_without_topup", payment_intent=payment.payment_intent_id)
        return
    if (payment.amount_cents, payment.currency) != (topup.amount_cents, topup.currency):
        log.error("payment_differs_from_topup", payment_intent=payment.payment_intent_id)
        return
    if topup.paid:
        return
    await ledger.credit(
        connection,
        Movement(
            topup.account,
            topup.amount_cents,
            "stripe",
            payment.payment_intent_id,
            "Automatic top-up by card" if topup.automatic else "Top-up by card",
            topup.id,
            topup.by_user_id,
        ),
    )
    await topups.mark_paid(connection, topup, payment.payment_intent_id, payment.receipt_url)
    if topup.automatic:
        await open_topups.end(connection, topup.account, topup.id)
    elif payment.card:
        await automatic_topups.save_card(connection, topup.account, payment.card)
    await tell_topped_up(connection, topup.account.org_id, payment.payment_intent_id)
    await _collect_owed(connection, topup.account)


async def _update_reversal(
    connection: AsyncConnection, account: LedgerAccount, external_id: str, held_cents: int
) -> None:
    """Store how many cents Stripe holds now because of a refund or dispute.

    If more than that was taken from the balance, credit the difference.
    """
    known = await reversals.find(connection, account, external_id)
    reversal = known or Reversal(external_id, account, held_cents=0)
    if reversal.held_cents == held_cents:
        return
    if held_cents > reversal.held_cents:
        # Otherwise the card would pay again what its owner has got back.
        await automatic_topups.stop_for_reversal(connection, account)
    reversal = replace(reversal, held_cents=held_cents)
    if reversal.excess_cents:
        await ledger.credit(connection, reversal.returning())
        reversal = reversal.moved(-reversal.excess_cents)
    await reversals.save(connection, reversal)


async def _collect_owed(connection: AsyncConnection, account: LedgerAccount) -> None:
    """Take what the account owes for refunds and disputes, oldest first.

    What the balance can't cover stays owed and is taken from the next top-up. The movements of a
    reversal are numbered, and the number is part of their external id, so no movement happens
    twice.
    """
    for reversal in await reversals.owed_by(connection, account):
        taken = await ledger.debit_up_to(connection, reversal.collecting())
        if taken == 0:
            return
        await reversals.save(connection, reversal.moved(taken))
