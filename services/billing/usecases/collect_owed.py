"""Take what an account owes for refunds and disputes, as far as its balance reaches."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.ledger import Account, Movement
from services.billing.storage import ledger, reversals


async def collect_owed(connection: AsyncConnection, account: Account) -> None:
    """Take what is owed, oldest first. What the balance can't cover stays owed.

    The balance never goes below zero: the rest is taken from the next top-up. How much was taken
    before is part of each movement's external id, so that no part is taken twice.
    """
    for reversal in await reversals.owed_by(connection, account):
        taken = await ledger.debit_up_to(
            connection,
            Movement(
                account,
                reversal.owed_cents,
                "stripe",
                f"{reversal.external_id}:{reversal.taken_cents}",
                "Payment returned by Stripe",
            ),
        )
        if taken == 0:
            return
        await reversals.take(connection, reversal, taken)
