"""Take what an account owes for refunds and disputes, as far as its balance reaches."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.ledger import LedgerAccount
from services.billing.storage import ledger, reversals


async def collect_owed(connection: AsyncConnection, account: LedgerAccount) -> None:
    """Take what is owed, oldest first. What the balance can't cover stays owed.

    The balance never goes below zero: the rest is taken from the next top-up. Movements of a
    reversal are numbered, and the number is part of their external id: none happens twice.
    """
    for reversal in await reversals.owed_by(connection, account):
        taken = await ledger.debit_up_to(connection, reversal.collecting())
        if taken == 0:
            return
        await reversals.save(connection, reversal.moved(taken))
