"""Credit a payment: once, whichever of Stripe's events brings it, in whatever order.

The event is only a hint: what is credited is the payment as Stripe has it now, compared with the
top-up that was noted before the payer was sent there.
"""

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import parse_id
from services.billing.domain.ledger import Movement
from services.billing.providers.stripe_api import Payment
from services.billing.storage import ledger, topups
from services.billing.usecases.collect_owed import collect_owed

log = structlog.get_logger()


async def credit_payment(connection: AsyncConnection, payment: Payment) -> bool:
    """Credit ``payment`` to the account that it was made for; False where there is nothing to do.

    A payment that is not ours, or differs from its top-up in amount or currency, is not credited.
    """
    topup_id = parse_id(payment.topup_id)
    if not payment.succeeded or topup_id is None:
        return False
    topup = await topups.find(connection, topup_id)
    if topup is None:
        log.error("payment_without_topup", payment_intent=payment.payment_intent_id)
        return False
    if (payment.amount_cents, payment.currency) != (topup.amount_cents, topup.currency):
        log.error("payment_differs_from_topup", payment_intent=payment.payment_intent_id)
        return False
    if topup.paid:
        return False
    credited = await ledger.credit(
        connection,
        Movement(
            topup.account,
            topup.amount_cents,
            "stripe",
            payment.payment_intent_id,
            "Top-up by card",
            topup.id,
        ),
    )
    await topups.mark_paid(connection, topup, payment.payment_intent_id, payment.receipt_url)
    await collect_owed(connection, topup.account)
    return credited
