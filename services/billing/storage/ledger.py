"""The ledger: one statement changes a balance and inserts the transaction row.

A movement locks the balance first, so that movements of one account run one after the other. The
unique key on source and external id makes each movement happen once.
"""

from collections.abc import Sequence
from typing import get_args
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import InsufficientBalance
from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.billing.domain.ledger import (
    Cause,
    Charge,
    LedgerAccount,
    Movement,
    Source,
    affordable,
    balances_after,
)
from services.billing.storage import balances
from services.billing.storage.tables import billing_transactions

MOVED = Counter(
    "smsblaster_billing_cents_total",
    "Cents that the ledger moved, by source and type. Debits of sms are spending, credits refunds",
    ["source", "type"],
)
for _source in get_args(Source):
    for _type in ("debit", "credit"):
        MOVED.labels(_source, _type)

TEXT_MESSAGE = "Text message"
"""The description of a charge that has no other description."""

_MESSAGE = Cause(TEXT_MESSAGE)

_CREDIT = text("""
WITH entry AS (
  INSERT INTO billing_transactions
    (id, org_id, user_id, type, amount_cents, source, external_id, description, topup_id,
     by_user_id, balance_after_cents)
  VALUES
    (:id, :org_id, :user_id, 'credit', :amount_cents, :source, :external_id, :description,
     :topup_id, :by_user_id, :balance_cents + :amount_cents)
  ON CONFLICT ON CONSTRAINT uq_billing_transactions_external_id DO NOTHING
  RETURNING org_id, user_id, amount_cents
)
INSERT INTO user_balances AS balance (org_id, user_id, balance_cents)
SELECT org_id, user_id, amount_cents FROM entry
ON CONFLICT (user_id) DO UPDATE
SET balance_cents = balance.balance_cents + excluded.balance_cents, updated_at = now()
""")

_CHARGE = text("""
WITH entries AS (
  INSERT INTO billing_transactions
    (id, org_id, user_id, type, amount_cents, source, external_id, description, by_user_id,
     campaign_id, balance_after_cents)
  SELECT id, :org_id, :user_id, 'debit', amount_cents, 'sms', message_id,
    CAST(:description AS text), CAST(:by_user_id AS uuid), CAST(:campaign_id AS uuid), left_cents
  FROM unnest(
    CAST(:ids AS uuid[]), CAST(:message_ids AS text[]), CAST(:amounts AS bigint[]),
    CAST(:left_cents AS bigint[])
  ) AS charge (id, message_id, amount_cents, left_cents)
  RETURNING amount_cents
)
UPDATE user_balances
SET balance_cents = balance_cents - (SELECT sum(amount_cents) FROM entries), updated_at = now()
WHERE user_id = :user_id AND org_id = :org_id
""")

_CHARGED = text("""
SELECT external_id FROM billing_transactions
WHERE source = 'sms' AND external_id = ANY(CAST(:message_ids AS text[])) AND org_id = :org_id
""")

# Locks the balances of all payers, in order, before their transactions are read.
_LOCK_PAYERS = text("""
SELECT FROM user_balances WHERE org_id = :org_id AND user_id IN (
  SELECT user_id FROM billing_transactions
  WHERE source = 'sms' AND external_id = ANY(CAST(:message_ids AS text[])) AND org_id = :org_id
) ORDER BY user_id FOR UPDATE
""")

# The payers' balances are locked, so no other refund of the same charges can run at this time.
_REFUND = text("""
WITH refunded AS MATERIALIZED (
  SELECT uuidv7() AS id, charge.org_id, charge.user_id, charge.amount_cents, charge.external_id,
    charge.description, charge.by_user_id, charge.campaign_id, balance.balance_cents
  FROM billing_transactions AS charge
  JOIN user_balances AS balance
    ON balance.user_id = charge.user_id AND balance.org_id = charge.org_id
  WHERE charge.source = 'sms' AND charge.org_id = :org_id
    AND charge.external_id = ANY(CAST(:message_ids AS text[]))
    AND NOT EXISTS (
      SELECT FROM billing_transactions AS earlier
      WHERE earlier.source = 'sms' AND earlier.external_id = 'refund:' || charge.external_id
    )
), entries AS (
  INSERT INTO billing_transactions
    (id, org_id, user_id, type, amount_cents, source, external_id, description, by_user_id,
     campaign_id, balance_after_cents)
  SELECT id, org_id, user_id, 'credit', amount_cents, 'sms', 'refund:' || external_id,
    'Refund: ' || description, by_user_id, campaign_id,
    balance_cents + sum(amount_cents) OVER (PARTITION BY user_id ORDER BY id)
  FROM refunded
  ON CONFLICT ON CONSTRAINT uq_billing_transactions_external_id DO NOTHING
  RETURNING user_id, amount_cents
)
UPDATE user_balances AS balance
SET balance_cents = balance_cents + returned.amount_cents, updated_at = now()
FROM (SELECT user_id, sum(amount_cents) AS amount_cents FROM entries GROUP BY user_id) AS returned
WHERE balance.user_id = returned.user_id AND balance.org_id = :org_id
RETURNING returned.amount_cents
""")

_DEBIT = text("""
WITH entry AS (
  INSERT INTO billing_transactions
    (id, org_id, user_id, type, amount_cents, source, external_id, description, topup_id,
     by_user_id, balance_after_cents)
  VALUES
    (:id, :org_id, :user_id, 'debit', :amount_cents, :source, :external_id, :description,
     :topup_id, :by_user_id, :balance_cents - :amount_cents)
  RETURNING amount_cents
)
UPDATE user_balances
SET balance_cents = balance_cents - (SELECT amount_cents FROM entry), updated_at = now()
WHERE org_id = :org_id AND user_id = :user_id
""")


async def credit(connection: AsyncConnection, movement: Movement) -> bool:
    """Credit a balance. Returns False if this external id was credited before."""
    balance = await balances.open_balance(connection, movement.account)
    result = await connection.execute(_CREDIT, _parameters(movement, balance))
    if result.rowcount != 1:
        return False
    MOVED.labels(movement.source, "credit").inc(movement.amount_cents)
    return True


async def charge(
    connection: AsyncConnection,
    account: LedgerAccount,
    charges: Sequence[Charge],
    all_or_nothing: bool = False,
    cause: Cause = _MESSAGE,
) -> set[UUID]:
    """Charge messages in order until the balance does not cover the next one.

    Returns the ids of the messages that are charged, by this call or an earlier one.
    """
    balance = await balances.lock_balance(connection, account)
    known = await _charged(connection, account.org_id, [str(c.message_id) for c in charges])
    fresh = [c for c in charges if c.message_id not in known]
    covered = affordable(fresh, balance, all_or_nothing)
    if covered:
        await connection.execute(
            _CHARGE,
            {
                "org_id": account.org_id,
                "user_id": account.user_id,
                "ids": [new_id() for _ in covered],
                "message_ids": [str(c.message_id) for c in covered],
                "amounts": [c.amount_cents for c in covered],
                "left_cents": balances_after(covered, balance),
                "description": cause.description,
                "by_user_id": cause.by_user_id,
                "campaign_id": cause.campaign_id,
            },
        )
        MOVED.labels("sms", "debit").inc(sum(c.amount_cents for c in covered))
    return known.union(c.message_id for c in covered)


async def refund(
    connection: AsyncConnection, org_id: UUID, message_ids: Sequence[UUID]
) -> set[UUID]:
    """Refund the charges of messages, each once.

    Returns the ids of the messages that are refunded, by this call or an earlier one.
    """
    ids = [str(message_id) for message_id in message_ids]
    messages = {"org_id": org_id, "message_ids": ids}
    await balances.restore_charged(connection, org_id, ids)
    await connection.execute(_LOCK_PAYERS, messages)
    refunded = (await connection.execute(_REFUND, messages)).scalars()
    MOVED.labels("sms", "credit").inc(int(sum(refunded)))
    note(connection, Hint(org_id, Topic.BALANCE))
    return await _charged(connection, org_id, [f"refund:{i}" for i in ids])


async def debit(connection: AsyncConnection, movement: Movement) -> bool:
    """Debit a balance. Returns False if this external id was debited before.

    Raises ``InsufficientBalance`` if the balance does not cover the amount.
    """
    balance = await balances.lock_balance(connection, movement.account)
    if await _has_moved(connection, movement):
        return False
    if balance < movement.amount_cents:
        raise InsufficientBalance(f"The user's balance of {balance} cents is not enough.")
    await connection.execute(_DEBIT, _parameters(movement, balance))
    MOVED.labels(movement.source, "debit").inc(movement.amount_cents)
    return True


async def debit_up_to(connection: AsyncConnection, movement: Movement) -> int:
    """Debit ``movement.amount_cents``, or the whole balance if it is smaller.

    Returns the cents that were taken. The external id must be new.
    """
    balance = await balances.lock_balance(connection, movement.account)
    taken = min(movement.amount_cents, balance)
    if taken:
        parameters = _parameters(movement, balance)
        await connection.execute(_DEBIT, {**parameters, "amount_cents": taken})
        MOVED.labels(movement.source, "debit").inc(taken)
    return taken


async def _has_moved(connection: AsyncConnection, movement: Movement) -> bool:
    return bool(
        await connection.scalar(
            select(
                exists().where(
                    billing_transactions.c.org_id == movement.account.org_id,
                    billing_transactions.c.source == movement.source,
                    billing_transactions.c.external_id == movement.external_id,
                )
            )
        )
    )


async def _charged(
    connection: AsyncConnection, org_id: UUID, external_ids: Sequence[str]
) -> set[UUID]:
    """Return the ids of the messages whose charge or refund is stored.

    ``external_ids``: the external ids of the charges or refunds to look for.
    """
    rows = await connection.execute(_CHARGED, {"org_id": org_id, "message_ids": list(external_ids)})
    return {UUID(external_id.removeprefix("refund:")) for external_id in rows.scalars()}


def _parameters(movement: Movement, balance_cents: int) -> dict[str, object]:
    return {
        "balance_cents": balance_cents,
        "by_user_id": movement.by_user_id,
        "id": new_id(),
        "org_id": movement.account.org_id,
        "user_id": movement.account.user_id,
        "amount_cents": movement.amount_cents,
        "source": movement.source,
        "external_id": movement.external_id,
        "description": movement.description,
        "topup_id": movement.topup_id,
    }
