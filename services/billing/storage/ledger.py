"""The ledger: one statement changes a balance and inserts the transaction row.

A movement locks the balance first, so that movements of one account run one after the other. The
unique key on source and external id makes each movement happen once.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, exists, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import InsufficientBalance
from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.billing.domain.ledger import Charge, LedgerAccount, Movement, affordable
from services.billing.storage.tables import billing_transactions, user_balances

TEXT_MESSAGE = "Text message"
"""Default description of a charge."""

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
_RESTORE_PAYERS = text(
    _RESTORE.format(
        whose="source = 'sms' AND external_id = ANY(CAST(:message_ids AS text[]))"
        " AND org_id = :org_id",
        ledger_sum=_PAYERS_LEDGER_SUM,
    )
)

_CHARGE = text("""
WITH entries AS (
  INSERT INTO billing_transactions
    (id, org_id, user_id, type, amount_cents, source, external_id, description)
  SELECT id, :org_id, :user_id, 'debit', amount_cents, 'sms', message_id,
    CAST(:description AS text)
  FROM unnest(
    CAST(:ids AS uuid[]), CAST(:message_ids AS text[]), CAST(:amounts AS bigint[])
  ) AS charge (id, message_id, amount_cents)
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

_REFUND = text("""
WITH entries AS (
  INSERT INTO billing_transactions
    (id, org_id, user_id, type, amount_cents, source, external_id, description)
  SELECT uuidv7(), org_id, user_id, 'credit', amount_cents, 'sms', 'refund:' || external_id,
    'Refund: ' || description
  FROM billing_transactions
  WHERE source = 'sms' AND external_id = ANY(CAST(:message_ids AS text[])) AND org_id = :org_id
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


async def read_balance(connection: AsyncConnection, account: LedgerAccount) -> int:
    """Return a balance in cents, 0 if there is none. A lost row is added up from the ledger."""
    cents: int = (
        await connection.execute(_BALANCE, {"org_id": account.org_id, "user_id": account.user_id})
    ).scalar_one()
    return cents


async def lock_balance(connection: AsyncConnection, account: LedgerAccount) -> int:
    """Lock a balance until the database transaction ends. Returns its cents, 0 if there is none.

    If the row of the balance is lost, it is restored first. Browsers are told that it has moved.
    """
    note(connection, Hint(account.org_id, Topic.BALANCE, account.user_id))
    cents = await connection.scalar(_locked(account))
    if cents is None:
        await restore_balances(connection, [account.user_id])
        cents = await connection.scalar(_locked(account))
    return cents or 0


async def restore_balances(connection: AsyncConnection, user_ids: Sequence[UUID]) -> None:
    """Restore the balances of users whose row was lost, from their transactions."""
    await connection.execute(_RESTORE_USERS, {"user_ids": list(user_ids)})


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


async def find_payer(connection: AsyncConnection, org_id: UUID, cents: int) -> UUID | None:
    """Return the user with the organisation's largest balance, if it covers ``cents``."""
    user_id: UUID | None = await connection.scalar(
        select(user_balances.c.user_id)
        .where(user_balances.c.org_id == org_id, user_balances.c.balance_cents >= cents)
        .order_by(user_balances.c.balance_cents.desc(), user_balances.c.user_id)
        .limit(1)
    )
    return user_id


async def credit(connection: AsyncConnection, movement: Movement) -> bool:
    """Credit a balance. Returns False if this external id was credited before."""
    await lock_balance(connection, movement.account)
    result = await connection.execute(_CREDIT, _parameters(movement))
    return result.rowcount == 1


async def charge(
    connection: AsyncConnection,
    account: LedgerAccount,
    charges: Sequence[Charge],
    all_or_nothing: bool = False,
    description: str = TEXT_MESSAGE,
) -> set[UUID]:
    """Charge messages in order until the balance does not cover the next one.

    Returns the ids of the messages that are charged, by this call or an earlier one.
    """
    balance = await lock_balance(connection, account)
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
                "description": description,
            },
        )
    return known.union(c.message_id for c in covered)


async def refund(
    connection: AsyncConnection, org_id: UUID, message_ids: Sequence[UUID]
) -> set[UUID]:
    """Refund the charges of messages, each once.

    Returns the ids of the messages that are refunded, by this call or an earlier one.
    """
    ids = [str(message_id) for message_id in message_ids]
    messages = {"org_id": org_id, "message_ids": ids}
    for statement in (_RESTORE_PAYERS, _LOCK_PAYERS, _REFUND):
        await connection.execute(statement, messages)
    note(connection, Hint(org_id, Topic.BALANCE))
    return await _charged(connection, org_id, [f"refund:{i}" for i in ids])


async def debit(connection: AsyncConnection, movement: Movement) -> bool:
    """Debit a balance. Returns False if this external id was debited before.

    Raises ``InsufficientBalance`` if the balance does not cover the amount.
    """
    balance = await lock_balance(connection, movement.account)
    if await _has_moved(connection, movement):
        return False
    if balance < movement.amount_cents:
        raise InsufficientBalance(f"The user's balance of {balance} cents is not enough.")
    await connection.execute(_DEBIT, _parameters(movement))
    return True


async def debit_up_to(connection: AsyncConnection, movement: Movement) -> int:
    """Debit ``movement.amount_cents``, or the whole balance if it is smaller.

    Returns the cents that were taken. The external id must be new.
    """
    taken = min(movement.amount_cents, await lock_balance(connection, movement.account))
    if taken:
        await connection.execute(_DEBIT, {**_parameters(movement), "amount_cents": taken})
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
    """Return the ids of the messages whose charge or refund, one of ``external_ids``, is stored."""
    rows = await connection.execute(_CHARGED, {"org_id": org_id, "message_ids": list(external_ids)})
    return {UUID(external_id.removeprefix("refund:")) for external_id in rows.scalars()}


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
