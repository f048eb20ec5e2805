"""Rules for automatic top-ups, and the saved cards that pay them: one row per balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import settings_rows
from servicekit.db.versions import Versions
from servicekit.hints import Hint, Topic, note
from services.billing.domain.automatic_topups import (
    AutomaticTopUp,
    CardFailure,
    SavedCard,
    TopUpRule,
)
from services.billing.domain.ledger import LedgerAccount
from services.billing.storage.tables import automatic_topups, topups

_PAUSE = timedelta(minutes=1)
"""After a look at a balance it is not looked at again for this long, unless money has arrived."""

_DUE = """
FROM automatic_topups AS rule
WHERE rule.due_at <= now() AND (
  rule.open_topup_id IS NOT NULL
  OR rule.enabled AND rule.failure IS NULL AND rule.payment_method_id IS NOT NULL
    AND rule.threshold_cents > coalesce((
      SELECT balance_cents FROM user_balances AS balance
      WHERE balance.user_id = rule.user_id AND balance.org_id = rule.org_id
    ), 0)
)
"""
HAS_DUE = text(f"EXISTS (SELECT {_DUE})")
"""Whether a balance is below its threshold, or an automatic top-up has not ended."""
_LIST_DUE = text(f"SELECT rule.org_id, rule.user_id {_DUE} ORDER BY rule.due_at LIMIT 1000")


@dataclass(frozen=True, slots=True)
class Setup:
    """The rule of a balance, who set it up, and the top-up that has not ended.

    ``email`` is the address of the user ``by_user_id``, and ``org_name`` the organisation's name.
    The alert about a failure needs both.
    """

    automatic: AutomaticTopUp
    by_user_id: UUID
    email: str
    org_name: str
    open_topup_id: UUID | None


async def due(connection: AsyncConnection) -> Sequence[LedgerAccount]:
    """Return balances of all organisations that may need an automatic top-up now, at most 1,000."""
    return [LedgerAccount(*row) for row in await connection.execute(_LIST_DUE)]


async def find(connection: AsyncConnection, account: LedgerAccount) -> AutomaticTopUp:
    """Load the rule of a balance. Returns the default if none was ever saved."""
    row = (await connection.execute(_select().where(_of(account)))).first()
    return _automatic(row) if row else AutomaticTopUp()


async def customer_of(connection: AsyncConnection, account: LedgerAccount) -> str | None:
    """Return Stripe's id of the customer whose cards pay for this balance, if there is one."""
    customer_id: str | None = await connection.scalar(
        select(automatic_topups.c.customer_id).where(_of(account))
    )
    return customer_id


async def lock(connection: AsyncConnection, account: LedgerAccount) -> Versions:
    """Lock the rule of a balance until the transaction ends, and return its versions."""
    return await settings_rows.lock(
        connection, automatic_topups, account.org_id, user_id=account.user_id
    )


async def take_due(connection: AsyncConnection, account: LedgerAccount) -> Setup | None:
    """Lock a rule that is due, and defer it by a minute. Returns None if it is not due."""
    query = _select().where(_of(account), automatic_topups.c.due_at <= func.now())
    row = (await connection.execute(query.with_for_update(of=automatic_topups))).first()
    if row is None:
        return None
    await _update(connection, account, due_at=func.now() + _PAUSE)
    return Setup(
        _automatic(row), row.by_user_id or row.user_id, row.email, row.org_name, row.open_topup_id
    )


async def replace(
    connection: AsyncConnection, account: LedgerAccount, rule: TopUpRule, **by: UUID | str
) -> None:
    """Save a rule, forget an earlier failure, and make the balance due.

    ``by``: the columns ``by_user_id``, ``email`` and ``org_name``, for the alert about a failure.
    """
    values: dict[str, object] = {
        "enabled": rule.enabled,
        "threshold_cents": rule.threshold_cents,
        "amount_cents": rule.amount_cents,
        "daily_limit_cents": rule.daily_limit_cents,
        "failure": None,
        "failed_at": None,
        **by,
    }
    await _save(connection, account, values)


async def save_card(connection: AsyncConnection, account: LedgerAccount, card: SavedCard) -> None:
    """Store a saved card in place of an earlier one, and forget an earlier failure."""
    values: dict[str, object] = {
        "customer_id": card.customer_id,
        "payment_method_id": card.payment_method_id,
        "card_brand": card.brand,
        "card_last4": card.last4,
        "card_exp_month": card.exp_month,
        "card_exp_year": card.exp_year,
        "failure": None,
        "failed_at": None,
    }
    await _save(connection, account, values)


async def remove_card(connection: AsyncConnection, account: LedgerAccount, card: SavedCard) -> None:
    """Forget ``card``, and turn automatic top-ups off. A newer card stays.

    The customer stays known, for other cards.
    """
    await connection.execute(
        update(automatic_topups)
        .where(_of(account), automatic_topups.c.payment_method_id == card.payment_method_id)
        .values(
            enabled=False,
            payment_method_id=None,
            card_brand=None,
            card_last4=None,
            card_exp_month=None,
            card_exp_year=None,
            failure=None,
            failed_at=None,
        )
    )
    _tell(connection, account)


async def turn_off(connection: AsyncConnection, account: LedgerAccount) -> None:
    """Turn automatic top-ups off. The card stays saved."""
    await _update(connection, account, enabled=False)
    _tell(connection, account)


async def begin(connection: AsyncConnection, account: LedgerAccount, topup_id: UUID) -> None:
    """Store that a top-up has begun. No other begins for this balance until it has ended."""
    await _update(connection, account, open_topup_id=topup_id)


async def end(connection: AsyncConnection, account: LedgerAccount) -> None:
    """Store that the open top-up has ended, and make the balance due."""
    await _update(connection, account, open_topup_id=None, due_at=func.now())
    _tell(connection, account)


async def stop(connection: AsyncConnection, account: LedgerAccount, failure: CardFailure) -> None:
    """Store why the open top-up failed. No other begins until the failure is forgotten."""
    await _update(
        connection, account, open_topup_id=None, failure=failure, failed_at=func.clock_timestamp()
    )
    _tell(connection, account)


async def _save(
    connection: AsyncConnection, account: LedgerAccount, values: dict[str, object]
) -> None:
    await connection.execute(
        insert(automatic_topups)
        .values(org_id=account.org_id, user_id=account.user_id, **values)
        .on_conflict_do_update(
            index_elements=[automatic_topups.c.org_id, automatic_topups.c.user_id],
            set_={**values, "due_at": func.now()},
        )
    )
    _tell(connection, account)


async def _update(connection: AsyncConnection, account: LedgerAccount, **values: object) -> None:
    await connection.execute(update(automatic_topups).where(_of(account)).values(**values))


def _of(account: LedgerAccount) -> ColumnElement[bool]:
    return and_(
        automatic_topups.c.org_id == account.org_id, automatic_topups.c.user_id == account.user_id
    )


def _select() -> Select[tuple[object, ...]]:
    paid = (
        select(func.coalesce(func.sum(topups.c.amount_cents), 0))
        .where(
            topups.c.org_id == automatic_topups.c.org_id,
            topups.c.user_id == automatic_topups.c.user_id,
            topups.c.automatic,
            topups.c.failed_at.is_(None),
            topups.c.created_at > func.now() - timedelta(days=1),
        )
        .scalar_subquery()
    )
    return select(*automatic_topups.c, paid.label("paid_cents"))


def _tell(connection: AsyncConnection, account: LedgerAccount) -> None:
    note(connection, Hint(account.org_id, Topic.BALANCE, account.user_id))


def _automatic(row: "Row[tuple[object, ...]]") -> AutomaticTopUp:
    card = None
    if row.payment_method_id is not None:
        card = SavedCard(
            row.customer_id,
            row.payment_method_id,
            row.card_brand,
            row.card_last4,
            row.card_exp_month,
            row.card_exp_year,
        )
    return AutomaticTopUp(
        TopUpRule(row.enabled, row.threshold_cents, row.amount_cents, row.daily_limit_cents),
        card,
        row.failure,
        row.failed_at,
        int(row.paid_cents),
        row.version,
    )
