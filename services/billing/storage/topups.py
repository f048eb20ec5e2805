"""Top-ups, stored with their payer before Stripe is called."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.billing.domain.automatic_topups import OpenTopUp
from services.billing.domain.ledger import LedgerAccount
from services.billing.storage.rows import Checkout
from services.billing.storage.tables import billing_transactions as transactions
from services.billing.storage.tables import topups

_REPEATED_FOR = timedelta(hours=1)
"""How long a charge is requested again under its idempotency key, which Stripe keeps for a day.

After this time all requests have ended, so that Stripe can be asked whether there is a payment.
Repeating for longer would not help: for the same key Stripe repeats its response, even if that was
an error of its own.
"""


@dataclass(frozen=True, slots=True)
class Topup:
    """A top-up.

    Attributes:
        paid: whether its payment is credited.
        settled_lookup: sequence number of the latest Stripe look-up that was applied to the ledger.
        by_user_id: the user who opened it; None for a top-up from before this was stored.
        automatic: whether a saved card pays it, without its owner.
    """

    id: UUID
    account: LedgerAccount
    amount_cents: int
    currency: str
    paid: bool
    settled_lookup: int
    by_user_id: UUID | None
    automatic: bool


async def add(
    connection: AsyncConnection,
    topup_id: UUID,
    account: LedgerAccount,
    amount_cents: int,
    currency: str,
    by_user_id: UUID,
) -> None:
    """Store a top-up, opened by a user, before its checkout is opened."""
    await connection.execute(
        insert(topups).values(
            id=topup_id,
            org_id=account.org_id,
            user_id=account.user_id,
            amount_cents=amount_cents,
            currency=currency,
            by_user_id=by_user_id,
        )
    )


async def add_automatic(connection: AsyncConnection, topup: OpenTopUp, by_user_id: UUID) -> None:
    """Store an automatic top-up before its card is charged. ``by_user_id`` has set up its rule."""
    await connection.execute(
        insert(topups).values(
            id=topup.id,
            org_id=topup.account.org_id,
            user_id=topup.account.user_id,
            amount_cents=topup.amount_cents,
            currency=topup.currency,
            by_user_id=by_user_id,
            automatic=True,
            customer_id=topup.customer_id,
            payment_method_id=topup.payment_method_id,
        )
    )


async def open_automatic(
    connection: AsyncConnection, account: LedgerAccount, topup_id: UUID
) -> OpenTopUp | None:
    """Load an automatic top-up. Returns None if it is paid or has failed."""
    # If the time lies ahead, the database's clock was set back, and the age is unknown.
    is_old = or_(topups.c.created_at < func.now() - _REPEATED_FOR, topups.c.created_at > func.now())
    query = select(topups, is_old.label("is_old")).where(
        topups.c.id == topup_id,
        topups.c.org_id == account.org_id,
        topups.c.paid_at.is_(None),
        topups.c.failed_at.is_(None),
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    return OpenTopUp(
        topup_id,
        account,
        row.amount_cents,
        row.currency,
        row.customer_id,
        row.payment_method_id,
        row.is_old,
    )


async def mark_failed(connection: AsyncConnection, org_id: UUID, topup_id: UUID) -> bool:
    """Mark a top-up as failed. Returns False if it is paid or was marked before."""
    result = await connection.execute(
        update(topups)
        .where(
            topups.c.id == topup_id,
            topups.c.org_id == org_id,
            topups.c.paid_at.is_(None),
            topups.c.failed_at.is_(None),
        )
        .values(failed_at=func.now())
    )
    return result.rowcount == 1


async def set_session(
    connection: AsyncConnection, org_id: UUID, topup_id: UUID, session_id: str
) -> None:
    """Store the id of the Checkout Session that Stripe opened."""
    await connection.execute(
        update(topups)
        .where(topups.c.id == topup_id, topups.c.org_id == org_id)
        .values(session_id=session_id)
    )


async def find(connection: AsyncConnection, topup_id: UUID) -> Topup | None:
    """Load and lock a top-up of any organisation: Stripe's events don't name the organisation."""
    return await _find(connection, topups.c.id == topup_id)


async def checkout(connection: AsyncConnection, org_id: UUID, session_id: str) -> Checkout | None:
    """Load a top-up by its Checkout Session, with the credited transaction if it is paid."""
    paid = case((topups.c.paid_at.is_not(None), "paid"), else_="open")
    payer = case((topups.c.user_id == topups.c.org_id, "organisation"), else_="member")
    query = (
        select(
            topups.c.session_id,
            paid,
            topups.c.amount_cents,
            topups.c.currency,
            payer,
            transactions.c.id,
            topups.c.receipt_url,
            topups.c.created_at,
            topups.c.paid_at,
        )
        .outerjoin(
            transactions,
            and_(
                transactions.c.source == "stripe",
                transactions.c.external_id == topups.c.payment_intent_id,
            ),
        )
        .where(topups.c.session_id == session_id, topups.c.org_id == org_id)
    )
    row = (await connection.execute(query)).first()
    return Checkout(*row) if row else None


async def not_found(database: Database, session_id: str) -> Exception:
    """Return the error for a Checkout Session that the organisation doesn't have."""
    return await database.not_found(topups, topups.c.session_id == session_id, "checkout")


async def find_by_payment(connection: AsyncConnection, payment_intent_id: str) -> Topup | None:
    """Load and lock the top-up that a payment was credited for."""
    return await _find(connection, topups.c.payment_intent_id == payment_intent_id)


async def has_paid_in(connection: AsyncConnection, org_id: UUID) -> bool:
    """Return whether any user of the organisation has paid a top-up."""
    paid = exists().where(topups.c.org_id == org_id, topups.c.paid_at.is_not(None))
    return bool(await connection.scalar(select(paid)))


async def mark_paid(
    connection: AsyncConnection, topup: Topup, payment_intent_id: str, receipt_url: str | None
) -> None:
    """Mark a top-up as paid by this payment."""
    await connection.execute(
        update(topups)
        .where(topups.c.id == topup.id, topups.c.org_id == topup.account.org_id)
        .values(
            payment_intent_id=payment_intent_id,
            receipt_url=receipt_url,
            paid_at=func.now(),
            failed_at=None,
        )
    )


async def next_lookup(connection: AsyncConnection) -> int:
    """Return a sequence number for a new look-up at Stripe, larger than all before it."""
    number: int = (await connection.execute(text("SELECT nextval('stripe_lookups')"))).scalar_one()
    return number


async def mark_settled(connection: AsyncConnection, topup: Topup, lookup: int) -> None:
    """Store that the result of the look-up ``lookup`` at Stripe was applied to the ledger."""
    await connection.execute(
        update(topups)
        .where(topups.c.id == topup.id, topups.c.org_id == topup.account.org_id)
        .values(settled_lookup=lookup)
    )


async def _find(connection: AsyncConnection, condition: ColumnElement[bool]) -> Topup | None:
    row = (await connection.execute(select(topups).where(condition).with_for_update())).first()
    if row is None:
        return None
    return Topup(
        row.id,
        LedgerAccount(row.org_id, row.user_id),
        row.amount_cents,
        row.currency,
        row.paid_at is not None,
        row.settled_lookup,
        row.by_user_id,
        row.automatic,
    )
