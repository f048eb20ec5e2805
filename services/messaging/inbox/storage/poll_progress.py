"""Store how far polling for incoming messages has come, for each organisation."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import sms_messages, twilio_subaccounts


async def accounts(connection: AsyncConnection) -> Sequence[tuple[UUID, datetime]]:
    """Return the organisations to poll, each with the time of the latest message seen.

    The time is never in the future, because a wrong time would hide later messages.
    """
    seen_at = func.least(twilio_subaccounts.c.inbound_seen_at, func.now())
    rows = await connection.execute(
        select(twilio_subaccounts.c.org_id, seen_at.label("seen_at")).where(
            twilio_subaccounts.c.sub_account_sid.is_not(None),
            # Twilio doesn't answer for suspended accounts.
            twilio_subaccounts.c.suspended_at.is_(None),
        )
    )
    return [(row.org_id, row.seen_at) for row in rows]


async def known_sids(connection: AsyncConnection, org_id: UUID, sids: Sequence[str]) -> set[str]:
    """Return those of `sids` whose messages are already stored."""
    rows = await connection.execute(
        select(sms_messages.c.provider_sid).where(
            sms_messages.c.org_id == org_id, sms_messages.c.provider_sid.in_(sids)
        )
    )
    return set(rows.scalars())


async def mark_seen(connection: AsyncConnection, org_id: UUID, at: datetime) -> None:
    """Store the time of the organisation's latest message that the poll has seen."""
    await connection.execute(
        update(twilio_subaccounts)
        .where(twilio_subaccounts.c.org_id == org_id)
        .values(inbound_seen_at=func.greatest(twilio_subaccounts.c.inbound_seen_at, at))
    )
