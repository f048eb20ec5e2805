"""Rules for automatic top-ups, and the saved cards that pay them: one row per balance."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, not_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import settings_rows
from servicekit.db.versions import Versions
from servicekit.hints import Hint, Topic, note
from services.billing.domain.automatic_topups import (
    AutomaticTopUp,
    SavedCard,
    TopUpRule,
)
from services.billing.domain.ledger import LedgerAccount, Payer
from services.billing.storage.tables import automatic_topups, topups

_SHOWN = ("enabled", "threshold_cents", "amount_cents", "daily_limit_cents")
"""The columns that users set."""
_KEY = ("org_id", "user_id")


async def find(connection: AsyncConnection, account: LedgerAccount) -> AutomaticTopUp:
    """Load the rule of a balance. Returns the default if none was ever saved."""
    row = (await connection.execute(select_with_sum().where(of_account(account)))).first()
    return read(row) if row else AutomaticTopUp()


async def customer_of(connection: AsyncConnection, account: LedgerAccount) -> str | None:
    """Return Stripe's id of the customer whose cards pay for this balance, if there is one."""
    customer_id: str | None = await connection.scalar(
        select(automatic_topups.c.customer_id).where(of_account(account))
    )
    return customer_id


async def former_card(
    connection: AsyncConnection, payment_intent_id: str
) -> tuple[LedgerAccount, str] | None:
    """Return a payment's balance, and the earlier card that the payment's card has replaced.

    Returns None if Stripe keeps no replaced card. The card is Stripe's id of a payment method. All
    organisations are searched, because Stripe's events don't contain the organisation.
    """
    query = (
        select(
            automatic_topups.c.org_id,
            automatic_topups.c.user_id,
            automatic_topups.c.former_payment_method_id,
        )
        .join(topups, and_(*(topups.c[name] == automatic_topups.c[name] for name in _KEY)))
        .where(
            topups.c.payment_intent_id == payment_intent_id,
            automatic_topups.c.former_payment_method_id.is_not(None),
        )
    )
    row = (await connection.execute(query)).first()
    return (LedgerAccount(row.org_id, row.user_id), row.former_payment_method_id) if row else None


async def forget_former_card(
    connection: AsyncConnection, account: LedgerAccount, payment_method_id: str
) -> None:
    """Store that Stripe no longer keeps a replaced card."""
    former = automatic_topups.c.former_payment_method_id
    await connection.execute(
        update(automatic_topups)
        .where(of_account(account), former == payment_method_id)
        .values(former_payment_method_id=None)
    )


async def lock(connection: AsyncConnection, account: LedgerAccount) -> Versions:
    """Lock the rule of a balance until the transaction ends, and return its versions."""
    return await settings_rows.lock(
        connection, automatic_topups, account.org_id, user_id=account.user_id
    )


async def replace(
    connection: AsyncConnection, account: LedgerAccount, rule: TopUpRule, **by: UUID | str
) -> None:
    """Save a rule, clear an earlier failure, and let the job's next run look at the balance.

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
    """Store a saved card in place of an earlier one, and clear an earlier failure.

    The earlier card is stored as the former one, until it is deleted at Stripe.
    """
    is_replaced = automatic_topups.c.payment_method_id != card.payment_method_id
    await connection.execute(
        update(automatic_topups)
        .where(of_account(account), is_replaced)
        .values(former_payment_method_id=automatic_topups.c.payment_method_id)
    )
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
    """Remove ``card`` and turn automatic top-ups off. Nothing changes if another card replaced it.

    Stripe's id of the customer stays stored, for other cards.
    """
    await connection.execute(
        update(automatic_topups)
        .where(of_account(account), automatic_topups.c.payment_method_id == card.payment_method_id)
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
    tell_changed(connection, account)


async def turn_off(connection: AsyncConnection, account: LedgerAccount) -> None:
    """Turn automatic top-ups off. The card stays saved."""
    await change(connection, account, enabled=False)
    tell_changed(connection, account)


async def turn_off_others(connection: AsyncConnection, org_id: UUID, payer: Payer) -> None:
    """Turn off the rules of the organisation's balances that no longer pay for what is sent.

    ``payer``: whose balances pay from now on.
    """
    is_shared = automatic_topups.c.user_id == org_id
    turned_off = await connection.execute(
        update(automatic_topups)
        .where(
            automatic_topups.c.org_id == org_id,
            automatic_topups.c.enabled,
            is_shared if payer == "member" else not_(is_shared),
        )
        .values(enabled=False)
        .returning(automatic_topups.c.user_id)
    )
    for user_id in turned_off.scalars():
        tell_changed(connection, LedgerAccount(org_id, user_id))


async def forget_email(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Remove the user's email address from rules in the organisation.

    The user then gets no more alerts about rules that they have set up.
    """
    await connection.execute(
        update(automatic_topups)
        .where(automatic_topups.c.org_id == org_id, automatic_topups.c.by_user_id == user_id)
        .values(email="")
    )


async def stop_for_reversal(connection: AsyncConnection, account: LedgerAccount) -> None:
    """Stop automatic top-ups, if they are on, because a payment was refunded or disputed."""
    await connection.execute(
        update(automatic_topups)
        .where(
            of_account(account), automatic_topups.c.enabled, automatic_topups.c.failure.is_(None)
        )
        .values(failure="payment_reversed", failed_at=func.clock_timestamp())
    )
    tell_changed(connection, account)


async def _save(
    connection: AsyncConnection, account: LedgerAccount, values: dict[str, object]
) -> None:
    await connection.execute(
        insert(automatic_topups)
        .values(
            org_id=account.org_id,
            user_id=account.user_id,
            column_versions=dict.fromkeys(_SHOWN, 1),
            **values,
        )
        .on_conflict_do_update(
            index_elements=[automatic_topups.c.org_id, automatic_topups.c.user_id],
            set_={**values, "due_at": func.now()},
        )
    )
    tell_changed(connection, account)


async def change(connection: AsyncConnection, account: LedgerAccount, **values: object) -> None:
    """Set columns of a balance's row, if there is one."""
    await connection.execute(update(automatic_topups).where(of_account(account)).values(**values))


def of_account(account: LedgerAccount) -> ColumnElement[bool]:
    """Return the SQL condition that selects the row of this balance."""
    return and_(
        automatic_topups.c.org_id == account.org_id, automatic_topups.c.user_id == account.user_id
    )


def select_with_sum() -> Select[tuple[object, ...]]:
    """Return the query for ``read``: the row, and the cents paid automatically in 24 hours."""
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


def tell_changed(connection: AsyncConnection, account: LedgerAccount) -> None:
    """Send browsers a hint, after the commit, that the balance or its rule has changed."""
    note(connection, Hint(account.org_id, Topic.BALANCE, account.user_id))


def read(row: "Row[tuple[object, ...]]") -> AutomaticTopUp:
    """Return the rule and card of a row of ``select_with_sum``."""
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
