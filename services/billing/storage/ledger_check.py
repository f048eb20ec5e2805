"""Compare balances with their transactions, some accounts at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Seals are the checkpoint: they have the sum of what was checked before, so only transactions that
# are not sealed yet are read. An account that is new has no seal yet.
_ACCOUNTS = text("""
WITH page AS MATERIALIZED (
  (SELECT user_id, org_id FROM account_seals
   WHERE user_id > :after ORDER BY user_id LIMIT :limit)
  UNION
  (SELECT user_id, org_id FROM user_balances
   WHERE user_id > :after ORDER BY user_id LIMIT :limit)
  ORDER BY user_id LIMIT :limit
), fresh AS (
  SELECT user_id, sum(cents) AS cents FROM unsealed_transactions
  WHERE user_id IN (SELECT user_id FROM page) GROUP BY user_id
)
SELECT page.user_id, page.org_id, coalesce(seal.adopted, true),
  coalesce(balance.balance_cents, 0),
  (coalesce(seal.cents, 0) + coalesce(fresh.cents, 0))::bigint
FROM page
LEFT JOIN account_seals AS seal ON seal.user_id = page.user_id
LEFT JOIN fresh ON fresh.user_id = page.user_id
LEFT JOIN user_balances AS balance ON balance.user_id = page.user_id
ORDER BY page.user_id
""")
_BEFORE_ALL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class CheckedAccount:
    """An account, its balance, and the sum of its transactions.

    ``is_sealed``: the first sealing of the account is finished. Until then, the sum is too small.
    """

    user_id: UUID
    org_id: UUID
    is_sealed: bool
    balance_cents: int
    ledger_cents: int

    @property
    def is_wrong(self) -> bool:
        """Whether the balance is not the sum of its transactions."""
        return self.is_sealed and self.balance_cents != self.ledger_cents


async def accounts(
    connection: AsyncConnection, after: UUID | None, limit: int
) -> Sequence[CheckedAccount]:
    """Return up to ``limit`` accounts with ids above ``after``, sorted by id."""
    parameters = {"after": after or _BEFORE_ALL, "limit": limit}
    return [CheckedAccount(*row) for row in await connection.execute(_ACCOUNTS, parameters)]
