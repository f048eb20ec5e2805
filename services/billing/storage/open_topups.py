"""Automatic top-ups that are due or have begun. Their rows are those of ``automatic_topups``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.automatic_topups import AutomaticTopUp, CardRefusal, OpenTopUp
from services.billing.domain.ledger import LedgerAccount
from services.billing.storage.automatic_topups import (
    change,
    of_account,
    read,
    select_with_sum,
    tell_changed,
)
from services.billing.storage.tables import automatic_topups

_PAUSE = timedelta(minutes=1)
"""Time between two checks of the same balance. Money that arrives makes a check due at once."""

_DUE = """
FROM automatic_topups AS rule
WHERE rule.due_at <= now() AND (
  rule.open_topup_id IS NOT NULL
  OR rule.enabled AND rule.failure IS NULL AND rule.payment_method_id IS NOT NULL
    AND rule.threshold_cents > coalesce((
      SELECT balance_cents FROM user_balances AS balance
      WHERE balance.user_id = rule.user_id AND balance.org_id = rule.org_id
    ), 0)
) AND NOT EXISTS (
  SELECT FROM left_alone
  WHERE job = 'top-up-automatically' AND item = rule.user_id::text
)
"""
HAS_DUE = text(f"EXISTS (SELECT {_DUE})")
"""SQL condition: a balance is below its threshold, or an automatic top-up has not ended."""
_LIST_DUE = text(f"SELECT rule.org_id, rule.user_id {_DUE} ORDER BY rule.due_at LIMIT 1000")


@dataclass(frozen=True, slots=True)
class Setup:
    """The rule of a balance, who set it up, and the top-up that has not ended.

    ``email`` is the email address of the user ``by_user_id``, and ``org_name`` the organisation's
    name. The alert about a failure needs both.
    """

    automatic: AutomaticTopUp
    by_user_id: UUID
    email: str
    org_name: str
    open_topup_id: UUID | None


async def due(connection: AsyncConnection) -> Sequence[LedgerAccount]:
    """Return balances of all organisations that may need an automatic top-up now, at most 1,000."""
    return [LedgerAccount(*row) for row in await connection.execute(_LIST_DUE)]


async def take_due(connection: AsyncConnection, account: LedgerAccount) -> Setup | None:
    """Lock a balance's rule for automatic top-ups if it is due, and defer it by a minute.

    Returns None if the rule is not due.
    """
    query = select_with_sum().where(of_account(account), automatic_topups.c.due_at <= func.now())
    row = (await connection.execute(query.with_for_update(of=automatic_topups))).first()
    if row is None:
        return None
    await change(connection, account, due_at=func.now() + _PAUSE)
    return Setup(
        read(row), row.by_user_id or row.user_id, row.email, row.org_name, row.open_topup_id
    )


async def begin(connection: AsyncConnection, account: LedgerAccount, topup_id: UUID) -> None:
    """Store that a top-up has begun. No other top-up of this balance begins until it has ended."""
    await change(connection, account, open_topup_id=topup_id)


async def end(connection: AsyncConnection, account: LedgerAccount, topup_id: UUID) -> None:
    """Store that this top-up has ended, and let the job's next run look at the balance."""
    await connection.execute(
        update(automatic_topups)
        .where(of_account(account), automatic_topups.c.open_topup_id == topup_id)
        .values(open_topup_id=None, due_at=func.now())
    )
    tell_changed(connection, account)


async def stop(connection: AsyncConnection, topup: OpenTopUp, failure: CardRefusal) -> bool:
    """Store that the top-up has ended, and why its card was refused.

    No other top-up begins until the failure is cleared. Returns False, and stores nothing, if the
    card was replaced or deleted meanwhile.
    """
    result = await connection.execute(
        update(automatic_topups)
        .where(
            of_account(topup.account),
            automatic_topups.c.open_topup_id == topup.id,
            automatic_topups.c.payment_method_id == topup.payment_method_id,
        )
        .values(open_topup_id=None, failure=failure, failed_at=func.clock_timestamp())
    )
    tell_changed(connection, topup.account)
    return result.rowcount == 1
