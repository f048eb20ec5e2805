"""Seals of the ledger, and the transactions of each account that are not sealed yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.seals import FIRST, Block, Entry
from services.billing.storage.tables import account_seals, seal_blocks
from services.billing.storage.tables import unsealed_transactions as unsealed

_OPEN_ACCOUNTS = text("""
INSERT INTO account_seals (user_id, org_id)
SELECT user_id, org_id FROM (
  SELECT user_id, org_id FROM user_balances
  UNION SELECT user_id, org_id FROM unsealed_transactions
) AS account
WHERE NOT EXISTS (SELECT FROM account_seals AS seal WHERE seal.user_id = account.user_id)
ON CONFLICT DO NOTHING
""")

# Skips transactions in unsealed_transactions: they are new and are sealed by _NEW_ENTRIES.
_OLD_ENTRIES = text("""
SELECT entry.id, entry.cents, entry.hash
FROM ledger_entries AS entry
WHERE entry.user_id = :user_id AND entry.id > :after
  AND NOT EXISTS (SELECT FROM unsealed_transactions AS fresh WHERE fresh.id = entry.id)
ORDER BY entry.id LIMIT :limit
""")

_TO_SEAL = text("""
SELECT user_id, org_id FROM account_seals
WHERE adopted AND user_id IN (SELECT user_id FROM unsealed_transactions)
ORDER BY user_id
""")

_NEW_ENTRIES = text("""
SELECT fresh.id, fresh.cents, fresh.hash, coalesce(entry.hash = fresh.hash, false) AS as_written
FROM unsealed_transactions AS fresh
LEFT JOIN ledger_entries AS entry ON entry.id = fresh.id
WHERE fresh.user_id = :user_id
ORDER BY fresh.id LIMIT :limit
""")

_BLOCKS = text("""
SELECT from_id, last_id, entries, cents, hash::text AS hash FROM seal_blocks
WHERE user_id = :user_id AND from_id >= coalesce((
  SELECT from_id FROM seal_blocks
  WHERE user_id = :user_id AND from_id <= :id ORDER BY from_id DESC LIMIT 1
), :first)
ORDER BY from_id
""")

_MISMATCHES = text("""
WITH fresh AS (
  SELECT user_id, sum(cents) AS cents FROM unsealed_transactions GROUP BY user_id
)
SELECT seal.org_id, seal.user_id, coalesce(balance.balance_cents, 0) AS balance_cents,
  (seal.cents + coalesce(fresh.cents, 0))::bigint AS ledger_cents,
  balance.user_id IS NULL AS is_missing
FROM account_seals AS seal
LEFT JOIN fresh ON fresh.user_id = seal.user_id
LEFT JOIN user_balances AS balance ON balance.user_id = seal.user_id
WHERE seal.adopted AND (
  balance.balance_cents <> seal.cents + coalesce(fresh.cents, 0)
  OR balance.user_id IS NULL AND (seal.cents <> 0 OR fresh.cents IS NOT NULL)
)
ORDER BY seal.user_id
""")

# By default slightly more blocks than needed, so that the runs of a day check all blocks once.
_TO_CHECK = text("""
SELECT user_id, from_id FROM seal_blocks
WHERE checked_at < now() - CAST(:age AS interval)
ORDER BY checked_at
LIMIT coalesce(:limit, (SELECT count(*) / 250 + 10 FROM seal_blocks))
""")

_CHECK = text("""
WITH block AS (
  SELECT user_id, org_id, from_id, last_id, entries, cents, hash, (
    SELECT following.from_id FROM seal_blocks AS following
    WHERE following.user_id = seal_blocks.user_id AND following.from_id > seal_blocks.from_id
    ORDER BY following.from_id LIMIT 1
  ) AS until_id
  FROM seal_blocks
  JOIN unnest(CAST(:user_ids AS uuid[]), CAST(:from_ids AS uuid[])) AS wanted (user_id, from_id)
    USING (user_id, from_id)
), read AS (
  SELECT block.user_id, block.from_id, count(entry.id) AS entries,
    coalesce(sum(entry.cents), 0) AS cents, coalesce(sum(entry.hash), 0) AS hash
  FROM block LEFT JOIN ledger_entries AS entry
    ON entry.user_id = block.user_id AND entry.id >= block.from_id
    AND (block.until_id IS NULL OR entry.id < block.until_id)
    AND NOT EXISTS (SELECT FROM unsealed_transactions AS fresh WHERE fresh.id = entry.id)
  GROUP BY block.user_id, block.from_id
)
SELECT block.user_id, block.org_id, block.from_id, block.last_id, block.entries, block.cents,
  read.entries AS read_entries, read.cents::bigint AS read_cents,
  (read.entries, read.cents, read.hash) = (block.entries, block.cents, block.hash) AS holds
FROM block JOIN read USING (user_id, from_id)
ORDER BY block.user_id, block.from_id
""")


@dataclass(frozen=True, slots=True)
class AccountSeal:
    """How far an account is sealed.

    ``adopted_until`` is the last sealed transaction among those that were stored before there were
    seals.
    """

    user_id: UUID
    org_id: UUID
    adopted_until: UUID | None = None


@dataclass(frozen=True, slots=True)
class UnsealedEntry:
    """A transaction that is not sealed yet.

    ``as_written``: the row is unchanged since it was inserted.
    """

    entry: Entry
    as_written: bool


@dataclass(frozen=True, slots=True)
class CheckedBlock:
    """A sealed block whose transactions were read again.

    ``entries`` and ``cents`` are the count and the sum of its transactions at the time of sealing,
    ``read_entries`` and ``read_cents`` their count and sum now. ``holds``: no transaction was
    changed since.
    """

    user_id: UUID
    org_id: UUID
    from_id: UUID
    last_id: UUID
    entries: int
    cents: int
    read_entries: int
    read_cents: int
    holds: bool


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A balance that is not the sum of its transactions. ``is_missing``: the balance has no row."""

    org_id: UUID
    user_id: UUID
    balance_cents: int
    ledger_cents: int
    is_missing: bool


async def open_accounts(connection: AsyncConnection) -> None:
    """Create the row that says how far an account is sealed, for accounts without one."""
    await connection.execute(_OPEN_ACCOUNTS)


async def next_unsealed_account(connection: AsyncConnection) -> AccountSeal | None:
    """Return an account with unsealed transactions from before there were seals, if any."""
    row = (
        await connection.execute(
            select(account_seals.c.user_id, account_seals.c.org_id, account_seals.c.adopted_until)
            .where(account_seals.c.adopted.is_(False))
            .order_by(account_seals.c.user_id)
            .limit(1)
        )
    ).first()
    return AccountSeal(*row) if row else None


async def existing_entries(
    connection: AsyncConnection, seal: AccountSeal, limit: int
) -> Sequence[Entry]:
    """Return the account's next transactions from before there were seals, sorted by id."""
    after = seal.adopted_until or FIRST
    parameters = {"user_id": seal.user_id, "after": after, "limit": limit}
    return [Entry(*row) for row in await connection.execute(_OLD_ENTRIES, parameters)]


async def mark_existing_sealed(
    connection: AsyncConnection, seal: AccountSeal, until: UUID | None, *, done: bool
) -> None:
    """Store up to which id the account's older transactions, from before seals, are sealed."""
    await connection.execute(
        update(account_seals)
        .where(account_seals.c.user_id == seal.user_id)
        .values(adopted=done, adopted_until=until)
    )


async def accounts_to_seal(connection: AsyncConnection) -> Sequence[AccountSeal]:
    """Return accounts that have new transactions to seal.

    Accounts whose transactions from before there were seals are not all sealed yet are left out.
    """
    return [AccountSeal(*row) for row in await connection.execute(_TO_SEAL)]


async def new_entries(
    connection: AsyncConnection, seal: AccountSeal, limit: int
) -> Sequence[UnsealedEntry]:
    """Return unsealed new transactions of an account, sorted by id."""
    rows = await connection.execute(_NEW_ENTRIES, {"user_id": seal.user_id, "limit": limit})
    return [UnsealedEntry(Entry(row.id, row.cents, row.hash), row.as_written) for row in rows]


async def blocks(connection: AsyncConnection, seal: AccountSeal, first_id: UUID) -> Sequence[Block]:
    """Return the blocks of an account, from the one that contains ``first_id`` to the last."""
    parameters = {"user_id": seal.user_id, "id": first_id, "first": FIRST}
    return [_block(row) for row in await connection.execute(_BLOCKS, parameters)]


async def save(
    connection: AsyncConnection,
    seal: AccountSeal,
    changed: Sequence[Block],
    entries: Sequence[Entry],
) -> None:
    """Store the changed blocks of an account, in which ``entries`` are sealed."""
    for block in changed:
        values = {
            "last_id": block.last_id,
            "entries": block.entries,
            "cents": block.cents,
            "hash": block.hash,
        }
        await connection.execute(
            upsert(seal_blocks)
            .values(user_id=seal.user_id, from_id=block.from_id, org_id=seal.org_id, **values)
            .on_conflict_do_update(
                index_elements=[seal_blocks.c.user_id, seal_blocks.c.from_id], set_=values
            )
        )
    await connection.execute(
        update(account_seals)
        .where(account_seals.c.user_id == seal.user_id)
        .values(cents=account_seals.c.cents + sum(entry.cents for entry in entries))
    )
    await connection.execute(
        delete(unsealed).where(unsealed.c.id.in_([entry.id for entry in entries]))
    )


async def mismatches(connection: AsyncConnection) -> Sequence[Mismatch]:
    """Return the balances that differ from the sum of their sealed and unsealed transactions."""
    return [Mismatch(*row) for row in await connection.execute(_MISMATCHES)]


async def blocks_to_check(
    connection: AsyncConnection, age: timedelta, limit: int | None
) -> Sequence[tuple[UUID, UUID]]:
    """Return the user and first id of blocks whose last check is older than ``age``.

    Returns up to ``limit`` blocks. If ``limit`` is None, it returns as many as a run must check so
    that runs every five minutes check all blocks within a day.
    """
    rows = await connection.execute(_TO_CHECK, {"age": age, "limit": limit})
    return [(row.user_id, row.from_id) for row in rows]


async def check(
    connection: AsyncConnection, wanted: Sequence[tuple[UUID, UUID]]
) -> Sequence[CheckedBlock]:
    """Read the transactions of blocks again and mark the blocks as checked."""
    parameters = {"user_ids": [u for u, _ in wanted], "from_ids": [f for _, f in wanted]}
    found = [CheckedBlock(*row) for row in await connection.execute(_CHECK, parameters)]
    for user_id, from_id in wanted:
        await connection.execute(
            update(seal_blocks)
            .where(seal_blocks.c.user_id == user_id, seal_blocks.c.from_id == from_id)
            .values(checked_at=func.now())
        )
    return found


def _block(row: "Row[tuple[object, ...]]") -> Block:
    return Block(row.from_id, row.last_id, row.entries, row.cents, int(row.hash))
