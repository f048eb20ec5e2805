"""Read, lock and restore balances.

A lost row of a balance is restored as the sum of its transactions.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.modes import is_test
from services.billing.domain import pretend_balance
from services.billing.domain.ledger import LedgerAccount
from services.billing.storage.tables import user_balances

_LEDGER_SUM = """
  SELECT sum(CASE type WHEN 'credit' THEN amount_cents ELSE -amount_cents END)
  FROM billing_transactions AS summed WHERE summed.user_id = {user_id}
"""

_READ_BALANCE = """
SELECT coalesce(
  (SELECT balance_cents FROM user_balances WHERE user_id = :user_id AND org_id = :org_id),
  ({ledger_sum} AND summed.org_id = :org_id),
  0
)::bigint
"""
_BALANCE = text(_READ_BALANCE.format(ledger_sum=_LEDGER_SUM.format(user_id=":user_id")))

# Restores a lost balance as the sum of its transactions. Users without transactions have no row.
_RESTORE = """
WITH missing AS MATERIALIZED (
  SELECT DISTINCT org_id, user_id FROM billing_transactions AS entry
  WHERE {whose}
    AND NOT EXISTS (SELECT FROM user_balances AS balance WHERE balance.user_id = entry.user_id)
)
INSERT INTO user_balances (org_id, user_id, balance_cents)
SELECT org_id, user_id, ({ledger_sum}) FROM missing ORDER BY user_id
ON CONFLICT DO NOTHING
"""
_PAYERS_LEDGER_SUM = _LEDGER_SUM.format(user_id="missing.user_id")
_RESTORE_USERS = text(
    _RESTORE.format(whose="user_id = ANY(CAST(:user_ids AS uuid[]))", ledger_sum=_PAYERS_LEDGER_SUM)
)
_RESTORE_CHARGED = text(
    _RESTORE.format(
        whose="source = 'sms' AND external_id = ANY(CAST(:message_ids AS text[]))"
        " AND org_id = :org_id",
        ledger_sum=_PAYERS_LEDGER_SUM,
    )
)


async def read_balance(connection: AsyncConnection, account: LedgerAccount) -> int:
    """Return a balance in cents, 0 if there is none. If its row is lost, the ledger is added up.

    A test organisation has a fixed balance.
    """
    if is_test(account.org_id):
        return pretend_balance.CENTS
    cents: int = (
        await connection.execute(_BALANCE, {"org_id": account.org_id, "user_id": account.user_id})
    ).scalar_one()
    return cents


async def lock_balance(connection: AsyncConnection, account: LedgerAccount) -> int:
    """Lock a balance until the database transaction ends. Returns its cents, 0 if there is none.

    If the balance's row is lost, the row is restored first. Browsers get a hint that the balance
    changes.
    """
    note(connection, Hint(account.org_id, Topic.BALANCE, account.user_id))
    cents = await connection.scalar(_locked(account))
    if cents is None:
        await restore_balances(connection, [account.user_id])
        cents = await connection.scalar(_locked(account))
    return cents or 0


async def open_balance(connection: AsyncConnection, account: LedgerAccount) -> int:
    """Lock a balance as `lock_balance` does, and create it if there is none.

    Without the lock, two first credits at the same time could both start from 0.
    """
    note(connection, Hint(account.org_id, Topic.BALANCE, account.user_id))
    cents = await connection.scalar(_locked(account))
    if cents is None:
        await restore_balances(connection, [account.user_id])
        await connection.execute(
            insert(user_balances)
            .values(org_id=account.org_id, user_id=account.user_id, balance_cents=0)
            .on_conflict_do_nothing()
        )
        cents = await connection.scalar(_locked(account))
    return cents or 0


async def restore_balances(connection: AsyncConnection, user_ids: Sequence[UUID]) -> None:
    """Restore the balances of users whose row was lost, from their transactions."""
    await connection.execute(_RESTORE_USERS, {"user_ids": list(user_ids)})


async def restore_charged(
    connection: AsyncConnection, org_id: UUID, message_ids: Sequence[str]
) -> None:
    """Restore from their transactions the lost balances that paid for these messages."""
    values = {"org_id": org_id, "message_ids": list(message_ids)}
    await connection.execute(_RESTORE_CHARGED, values)


def _locked(account: LedgerAccount) -> Select[int]:
    return (
        select(user_balances.c.balance_cents)
        .where(user_balances.c.org_id == account.org_id, user_balances.c.user_id == account.user_id)
        .with_for_update()
    )


async def organisation_of(connection: AsyncConnection, user_id: UUID) -> UUID | None:
    """Return the organisation of a user's balance, None if the user never had one."""
    org_id: UUID | None = await connection.scalar(
        select(user_balances.c.org_id).where(user_balances.c.user_id == user_id)
    )
    return org_id


async def total(connection: AsyncConnection, org_id: UUID) -> int:
    """Return the sum of all balances of the organisation, in cents. In test mode it is fixed."""
    if is_test(org_id):
        return pretend_balance.CENTS
    cents = await connection.scalar(
        select(func.sum(user_balances.c.balance_cents)).where(user_balances.c.org_id == org_id)
    )
    return int(cents or 0)


async def totals(connection: AsyncConnection, org_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the sum of each organisation's balances, in cents by its id. Only for operators."""
    query = (
        select(user_balances.c.org_id, func.sum(user_balances.c.balance_cents))
        .where(user_balances.c.org_id.in_(org_ids))
        .group_by(user_balances.c.org_id)
    )
    return {org_id: int(cents) for org_id, cents in await connection.execute(query)}


async def find_payer(connection: AsyncConnection, org_id: UUID, cents: int) -> UUID | None:
    """Return the user with the organisation's largest balance, if it covers ``cents``."""
    user_id: UUID | None = await connection.scalar(
        select(user_balances.c.user_id)
        .where(user_balances.c.org_id == org_id, user_balances.c.balance_cents >= cents)
        .order_by(user_balances.c.balance_cents.desc(), user_balances.c.user_id)
        .limit(1)
    )
    return user_id
