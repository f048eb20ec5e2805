"""Reversals: refunds and disputes, and what of them the balance could not cover."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.ledger import Account
from services.billing.storage.tables import reversals


@dataclass(frozen=True, slots=True)
class Reversal:
    """A refund or dispute of ``amount_cents``, of which ``taken_cents`` have left the balance."""

    external_id: str
    account: Account
    amount_cents: int
    taken_cents: int

    @property
    def owed_cents(self) -> int:
        """What is still to be taken."""
        return self.amount_cents - self.taken_cents


async def add(
    connection: AsyncConnection, external_id: str, account: Account, amount_cents: int
) -> bool:
    """Note a reversal; False where it is known already."""
    result = await connection.execute(
        insert(reversals)
        .values(
            external_id=external_id,
            org_id=account.org_id,
            user_id=account.user_id,
            amount_cents=amount_cents,
        )
        .on_conflict_do_nothing()
    )
    return result.rowcount == 1


async def take(connection: AsyncConnection, reversal: Reversal, cents: int) -> None:
    """Note that ``cents`` more of it have left the balance."""
    await connection.execute(
        update(reversals)
        .where(
            reversals.c.external_id == reversal.external_id,
            reversals.c.org_id == reversal.account.org_id,
        )
        .values(taken_cents=reversals.c.taken_cents + cents)
    )


async def mark_returned(connection: AsyncConnection, external_id: str) -> Reversal | None:
    """Note that Stripe gave the money back; None where it is not known or was returned before."""
    row = (
        await connection.execute(
            update(reversals)
            .where(reversals.c.external_id == external_id, reversals.c.returned_at.is_(None))
            .values(returned_at=func.now())
            .returning(reversals)
        )
    ).first()
    if row is None:
        return None
    account = Account(row.org_id, row.user_id)
    return Reversal(row.external_id, account, row.amount_cents, row.taken_cents)


async def owed_by(connection: AsyncConnection, account: Account) -> Sequence[Reversal]:
    """What the account still owes, oldest first."""
    rows = await connection.execute(
        select(reversals)
        .where(
            reversals.c.user_id == account.user_id,
            reversals.c.org_id == account.org_id,
            reversals.c.taken_cents < reversals.c.amount_cents,
            reversals.c.returned_at.is_(None),
        )
        .order_by(reversals.c.created_at, reversals.c.external_id)
        .with_for_update()
    )
    return [Reversal(r.external_id, account, r.amount_cents, r.taken_cents) for r in rows]
