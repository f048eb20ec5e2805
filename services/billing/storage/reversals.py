"""Reversals: Stripe refunds and disputes, and how much of each was taken from a balance."""

from collections.abc import Sequence

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.ledger import LedgerAccount
from services.billing.domain.reversals import Reversal
from services.billing.storage.tables import reversals


async def find(
    connection: AsyncConnection, account: LedgerAccount, external_id: str
) -> Reversal | None:
    """Load and lock the reversal of a refund or dispute, if it is stored."""
    row = (
        await connection.execute(
            select(reversals)
            .where(
                reversals.c.external_id == external_id,
                reversals.c.org_id == account.org_id,
                reversals.c.user_id == account.user_id,
            )
            .with_for_update()
        )
    ).first()
    return _reversal(row) if row else None


async def save(connection: AsyncConnection, reversal: Reversal) -> None:
    """Store ``reversal``.

    If Stripe no longer holds any of the money (``held_cents`` is 0), the row keeps the amounts from
    before and gets the time at which that happened.
    """
    values = {"movements": reversal.movements}
    if reversal.held_cents:
        values |= {"amount_cents": reversal.held_cents, "taken_cents": reversal.taken_cents}
    changed = await connection.execute(
        update(reversals)
        .where(
            reversals.c.external_id == reversal.external_id,
            reversals.c.org_id == reversal.account.org_id,
        )
        .values(**values, returned_at=None if reversal.held_cents else func.now())
    )
    if changed.rowcount == 0:
        await connection.execute(
            insert(reversals).values(
                **values,
                external_id=reversal.external_id,
                org_id=reversal.account.org_id,
                user_id=reversal.account.user_id,
            )
        )


async def owed_by(connection: AsyncConnection, account: LedgerAccount) -> Sequence[Reversal]:
    """Load and lock the reversals that the account still owes money for, oldest first."""
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
    return [_reversal(row) for row in rows]


def _reversal(row: "Row[tuple[object, ...]]") -> Reversal:
    returned = row.returned_at is not None
    return Reversal(
        row.external_id,
        LedgerAccount(row.org_id, row.user_id),
        held_cents=0 if returned else row.amount_cents,
        taken_cents=0 if returned else row.taken_cents,
        movements=row.movements,
    )
