"""Find payments that Stripe has received, and that the ledger does not have.

That happens if the database was restored from a backup: a top-up that was opened after the backup
is not stored, so nothing says whose balance its payment belongs to.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import parse_id
from services.billing.domain.received_payments import ReceivedPayment
from services.billing.providers.stripe_api import StripeApi
from services.billing.storage import topups


class FindLostPayments:
    """Compares Stripe's payments with the stored top-ups. Changes nothing."""

    def __init__(self, database: Database, stripe_api: StripeApi) -> None:
        self._database = database
        self._stripe = stripe_api

    async def since(self, time: datetime) -> Sequence[ReceivedPayment]:
        """Return the payments made since a time that are not credited.

        Raises:
            Unavailable: Stripe does not answer.
        """
        received = await self._stripe.received_since(time)
        async with self._database.system() as connection:
            return [payment for payment in received if not await _is_credited(connection, payment)]


async def _is_credited(connection: AsyncConnection, payment: ReceivedPayment) -> bool:
    topup_id = parse_id(payment.topup_id)
    topup = await topups.find(connection, topup_id) if topup_id else None
    return topup is not None and topup.paid
