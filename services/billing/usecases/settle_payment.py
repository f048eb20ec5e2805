"""Settle a payment: bring the books in line with what Stripe has of it now.

Stripe's events come in any order, several times, or two for one change; each is only a hint to
look. So every event of a payment ends here, and the result is the same whichever came first.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.billing.domain.ledger import LedgerAccount
from services.billing.domain.reversals import Reversal
from services.billing.domain.stripe_states import dispute_holds_money, refund_holds_money
from services.billing.providers.stripe_api import Payment, StripeApi, StripeReversal
from services.billing.storage import ledger, reversals, topups
from services.billing.usecases.collect_owed import collect_owed
from services.billing.usecases.credit_payment import credit_payment


@dataclass(frozen=True, slots=True)
class PaymentState:
    """A payment with its refunds and disputes, as Stripe had them in look-up ``lookup``."""

    lookup: int
    payment: Payment
    refunds: Sequence[StripeReversal] = ()
    disputes: Sequence[StripeReversal] = ()


async def look_up(
    database: Database, stripe_api: StripeApi, payment_intent_id: str
) -> PaymentState:
    """Ask Stripe for the state of a payment.

    The number is taken before Stripe is asked: a look-up with a larger number has seen everything
    that was told before it began, so that it may replace this one and never the other way round.

    Raises:
        NotFound: Stripe does not know the payment.
        Unavailable: Stripe does not answer.
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


async def settle_payment(connection: AsyncConnection, state: PaymentState) -> None:
    """Credit the payment, and hold back what its refunds and disputes hold at Stripe.

    A state that was looked up before the one that is settled already changes nothing.
    """
    await credit_payment(connection, state.payment)
    topup = await topups.find_by_payment(connection, state.payment.payment_intent_id)
    if topup is None or topup.settled_lookup > state.lookup:
        return
    await topups.mark_settled(connection, topup, state.lookup)
    # Before any reversal, as everybody does who touches both: nobody waits in a circle.
    await ledger.lock_balance(connection, topup.account)
    for refund in state.refunds:
        held_cents = refund.amount_cents if refund_holds_money(refund.status) else 0
        await _hold_back(connection, topup.account, refund.id, held_cents)
    for dispute in state.disputes:
        held_cents = dispute.amount_cents if dispute_holds_money(dispute.status) else 0
        await _hold_back(connection, topup.account, dispute.id, held_cents)
    await collect_owed(connection, topup.account)


async def _hold_back(
    connection: AsyncConnection, account: LedgerAccount, external_id: str, held_cents: int
) -> None:
    """Note what a refund or dispute holds back now, and give back what it has taken beyond it."""
    known = await reversals.find(connection, account, external_id)
    reversal = known or Reversal(external_id, account, held_cents=0)
    if reversal.held_cents == held_cents:
        return
    reversal = replace(reversal, held_cents=held_cents)
    if reversal.excess_cents:
        await ledger.credit(connection, reversal.returning())
        reversal = reversal.moved(-reversal.excess_cents)
    await reversals.save(connection, reversal)
