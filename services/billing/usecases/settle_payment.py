"""Settle a payment: bring the books in line with what Stripe has of it now.

Stripe's events come in any order, several times, or two for one change; each is only a hint to
look. So every event of a payment ends here, and the result is the same whichever came first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.ledger import Account, Movement
from services.billing.domain.stripe_states import dispute_stands, refund_stands
from services.billing.providers.stripe_api import Payment, Reversed, StripeApi
from services.billing.storage import ledger, reversals, topups
from services.billing.usecases.collect_owed import collect_owed
from services.billing.usecases.credit_payment import credit_payment


@dataclass(frozen=True, slots=True)
class PaymentState:
    """A payment with its refunds and disputes, as Stripe has them now."""

    payment: Payment
    refunds: Sequence[Reversed]
    disputes: Sequence[Reversed]


async def look_up(stripe_api: StripeApi, payment_intent_id: str) -> PaymentState:
    """Ask Stripe for the state of a payment. Raises ``NotFound``, ``Unavailable``."""
    payment = await stripe_api.payment(payment_intent_id)
    if not payment.reversed:
        return PaymentState(payment, (), ())
    return PaymentState(
        payment,
        await stripe_api.refunds(payment_intent_id),
        await stripe_api.disputes(payment_intent_id),
    )


async def settle_payment(connection: AsyncConnection, state: PaymentState) -> None:
    """Credit the payment and take its reversals, as far as that has not been done."""
    await credit_payment(connection, state.payment)
    topup = await topups.find_by_payment(connection, state.payment.payment_intent_id)
    if topup is None:
        return
    for refund in state.refunds:
        await _reverse(connection, topup.account, refund, refund_stands(refund.status))
    for dispute in state.disputes:
        await _reverse(connection, topup.account, dispute, dispute_stands(dispute.status))


async def _reverse(
    connection: AsyncConnection, account: Account, reversed_: Reversed, stands: bool
) -> None:
    if stands:
        await reversals.add(connection, reversed_.id, account, reversed_.amount_cents)
        await collect_owed(connection, account)
    else:
        await _give_back(connection, reversed_)


async def _give_back(connection: AsyncConnection, reversed_: Reversed) -> None:
    returned = await reversals.mark_returned(connection, reversed_.id)
    if returned is None or returned.taken_cents == 0:
        return
    await ledger.credit(
        connection,
        Movement(
            returned.account,
            returned.taken_cents,
            "stripe",
            f"{reversed_.id}:returned",
            "Returned payment given back by Stripe",
        ),
    )
