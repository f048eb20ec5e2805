"""Top-ups, stored with their payer before Stripe is called."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.billing.domain.ledger import LedgerAccount
from services.billing.storage.rows import Checkout
from services.billing.storage.tables import billing_transactions as transactions
from services.billing.storage.tables import topups


@dataclass(frozen=True, slots=True)
class Topup:
    """A top-up.

    Attributes:
        paid: whether its payment is credited.
        settled_lookup: sequence number of the latest Stripe look-up that was applied to the ledger.
        by_user_id: the user who opened it; None for a top-up from before this was stored.
    """

    id: UUID
    account: LedgerAccount
    amount_cents: int
    currency: str
    paid: bool
    settled_lookup: int
    by_user_id: UUID | None


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
    """Load a top-up of the organisation by its Checkout Session, with its credit if it is paid."""
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
        .values(payment_intent_id=payment_intent_id, receipt_url=receipt_url, paid_at=func.now())
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
    )
