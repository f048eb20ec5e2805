"""The ledger: every change of a balance and its transaction row, in one statement each.

Statements that touch a balance lock its row first, so that movements on one account follow each
other; the unique key on source and external id makes each happen once.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.billing.domain.ledger import Account, Charge, Movement
from services.billing.storage.tables import user_balances

_CREDIT = text("""
WITH entry AS (
  INSERT INTO billing_transactions
    (id, org_id, user_id, type, amount_cents, source, external_id, description, topup_id)
  VALUES
    (:id, :org_id, :user_id, 'credit', :amount_cents, :source, :external_id, :description,
     :topup_id)
  ON CONFLICT ON CONSTRAINT uq_billing_transactions_external_id DO NOTHING
  RETURNING org_id, user_id, amount_cents
)
INSERT INTO user_balances AS balance (org_id, user_id, balance_cents)
SELECT org_id, user_id, amount_cents FROM entry
ON CONFLICT (user_id) DO UPDATE
SET balance_cents = balance.balance_cents + excluded.balance_cents, updated_at = now()
""")

# The running sum says how far the balance reaches. All or nothing: the sum of all must be covered.
_CHARGE = text("""
WITH wanted AS (
  SELECT * FROM unnest(
    CAST(:ids AS uuid[]), CAST(:message_ids AS text[]), CAST(:amounts AS bigint[])
  ) WITH ORDINALITY AS wanted (id, message_id, amount_cents, position)
), fresh AS (
  SELECT wanted.*, sum(amount_cents) OVER (ORDER BY position) AS reached,
    sum(amount_cents) OVER () AS total
  FROM wanted
  WHERE NOT EXISTS (
    SELECT FROM billing_transactions
    WHERE source = 'sms' AND external_id = message_id AND org_id = :org_id
  )
), covered AS (
  SELECT fresh.* FROM fresh, user_balances AS balance
  WHERE balance.user_id = :user_id AND balance.org_id = :org_id
    AND reached <= balance.balance_cents
    AND (NOT :all_or_nothing OR total <= balance.balance_cents)
), entries AS (
  INSERT INTO billing_transactions
    (id, org_id, user_id, type, amount_cents, source, external_id, description)
  SELECT id, :org_id, :user_id, 'debit', amount_cents, 'sms', message_id, 'Text message'
  FROM covered ORDER BY position
  RETURNING amount_cents
)
UPDATE user_balances
SET balance_cents = balance_cents - (SELECT coalesce(sum(amount_cents), 0) FROM entries),
  updated_at = now()
WHERE user_id = :user_id AND org_id = :org_id
RETURNING balance_cents
""")

_CHARGED = text("""
SELECT external_id FROM billing_transactions
WHERE source = 'sms' AND external_id = ANY(CAST(:message_ids AS text[])) AND org_id = :org_id
""")

# Locks the balances of everyone concerned, in order, before their rows are read.
_LOCK_PAYERS = text("""
SELECT FROM user_balances WHERE org_id = :org_id AND user_id IN (
  SELECT user_id FROM billing_transactions
  WHERE source = 'sms' AND external_id = ANY(CAST(:message_ids AS text[])) AND org_id = :org_id
) ORDER BY user_id FOR UPDATE
""")

_REFUND = text("""
WITH charged AS (
  SELECT new.id, charge.user_id, charge.amount_cents, new.message_id
  FROM unnest(CAST(:ids AS uuid[]), CAST(:message_ids AS text[])) AS new (id, message_id)
  JOIN billing_transactions AS charge
    ON charge.source = 'sms' AND charge.external_id = new.message_id AND charge.org_id = :org_id
), entries AS (
  INSERT INTO billing_transactions
    (id, org_id, user_id, type, amount_cents, source, external_id, description)
  SELECT id, :org_id, user_id, 'credit', amount_cents, 'sms', 'refund:' || message_id,
    'Refund of a text that was not sent'
  FROM charged
  ON CONFLICT ON CONSTRAINT uq_billing_transactions_external_id DO NOTHING
  RETURNING user_id, amount_cents
)
UPDATE user_balances AS balance
SET balance_cents = balance_cents + returned.amount_cents, updated_at = now()
FROM (SELECT user_id, sum(amount_cents) AS amount_cents FROM entries GROUP BY user_id) AS returned
WHERE balance.user_id = returned.user_id AND balance.org_id = :org_id
""")


_DEBIT = text("""
WITH entry AS (
  INSERT INTO billing_transactions
    (id, org_id, user_id, type, amount_cents, source, external_id, description, topup_id)
  VALUES
    (:id, :org_id, :user_id, 'debit', :amount_cents, :source, :external_id, :description,
     :topup_id)
  RETURNING amount_cents
)
UPDATE user_balances
SET balance_cents = balance_cents - (SELECT amount_cents FROM entry), updated_at = now()
WHERE org_id = :org_id AND user_id = :user_id
""")


async def balance_of(connection: AsyncConnection, account: Account) -> int:
    """Cents on the balance; 0 where there is no row."""
    cents: int | None = await connection.scalar(
        select(user_balances.c.balance_cents).where(
            user_balances.c.org_id == account.org_id, user_balances.c.user_id == account.user_id
        )
    )
    return cents or 0


async def credit(connection: AsyncConnection, movement: Movement) -> bool:
    """Pay in; False where this external id has moved its money already."""
    result = await connection.execute(_CREDIT, _parameters(movement))
    return result.rowcount == 1


async def charge(
    connection: AsyncConnection,
    account: Account,
    charges: Sequence[Charge],
    all_or_nothing: bool = False,
) -> set[UUID]:
    """Charge messages in the order given, as far as the balance reaches.

    Answers the messages that are charged now, by this call or an earlier one.
    """
    message_ids = [str(c.message_id) for c in charges]
    await _lock(connection, account)
    await connection.execute(
        _CHARGE,
        {
            "org_id": account.org_id,
            "user_id": account.user_id,
            "ids": [new_id() for _ in charges],
            "message_ids": message_ids,
            "amounts": [c.amount_cents for c in charges],
            "all_or_nothing": all_or_nothing,
        },
    )
    rows = await connection.execute(
        _CHARGED, {"org_id": account.org_id, "message_ids": message_ids}
    )
    return {UUID(external_id) for external_id in rows.scalars()}


async def refund(
    connection: AsyncConnection, org_id: UUID, message_ids: Sequence[UUID]
) -> set[UUID]:
    """Give the charges of messages back, each once.

    Answers the messages whose charge is given back now, by this call or an earlier one.
    """
    ids = [str(message_id) for message_id in message_ids]
    await connection.execute(_LOCK_PAYERS, {"org_id": org_id, "message_ids": ids})
    await connection.execute(
        _REFUND, {"org_id": org_id, "ids": [new_id() for _ in ids], "message_ids": ids}
    )
    rows = await connection.execute(
        _CHARGED, {"org_id": org_id, "message_ids": [f"refund:{i}" for i in ids]}
    )
    return {UUID(external_id.removeprefix("refund:")) for external_id in rows.scalars()}


async def debit_up_to(connection: AsyncConnection, movement: Movement) -> int:
    """Take up to ``movement.amount_cents``, as far as the balance reaches; the cents taken.

    The caller sees to it that the external id is new.
    """
    await _lock(connection, movement.account)
    taken = min(movement.amount_cents, await balance_of(connection, movement.account))
    if taken:
        await connection.execute(_DEBIT, {**_parameters(movement), "amount_cents": taken})
    return taken


async def _lock(connection: AsyncConnection, account: Account) -> None:
    await connection.execute(
        select(user_balances.c.user_id)
        .where(user_balances.c.org_id == account.org_id, user_balances.c.user_id == account.user_id)
        .with_for_update()
    )


def _parameters(movement: Movement) -> dict[str, object]:
    return {
        "id": new_id(),
        "org_id": movement.account.org_id,
        "user_id": movement.account.user_id,
        "amount_cents": movement.amount_cents,
        "source": movement.source,
        "external_id": movement.external_id,
        "description": movement.description,
        "topup_id": movement.topup_id,
    }
