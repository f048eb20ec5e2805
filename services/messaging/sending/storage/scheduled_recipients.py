"""Read the outcome of scheduled sends for each recipient."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.domain.batches import WaitingText
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.recipients import RefusedNumber
from services.messaging.sending.storage.scheduled_tables import scheduled_recipients


async def message_ids(
    connection: AsyncConnection, org_id: UUID, scheduled_id: UUID
) -> Sequence[UUID]:
    """List the ids of the messages that a scheduled send has created, at most a thousand."""
    recipients = scheduled_recipients
    query = (
        select(recipients.c.message_id)
        .where(
            recipients.c.org_id == org_id,
            recipients.c.scheduled_id == scheduled_id,
            recipients.c.message_id.is_not(None),
        )
        .order_by(recipients.c.position)
    )
    return (await connection.scalars(query)).all()


async def refused(
    connection: AsyncConnection, org_id: UUID, scheduled_id: UUID
) -> Sequence[RefusedNumber]:
    """List the recipients of a scheduled send that could not be texted, and why."""
    recipients = scheduled_recipients
    query = (
        select(recipients.c.number, recipients.c.refusal_code, recipients.c.refusal)
        .where(
            recipients.c.org_id == org_id,
            recipients.c.scheduled_id == scheduled_id,
            recipients.c.state == "refused",
        )
        .order_by(recipients.c.position)
    )
    rows = await connection.execute(query)
    return [(row.number, Refusal(row.refusal_code, row.refusal)) for row in rows]


async def outcomes(
    connection: AsyncConnection, org_id: UUID, scheduled_id: UUID
) -> Mapping[int, WaitingText | Refusal]:
    """Return the outcome of a request for each recipient, by the recipients' positions.

    A recipient who has been texted meanwhile counts as waiting, as in the first response to the
    request.
    """
    recipients = scheduled_recipients
    query = select(
        recipients.c.position,
        recipients.c.state,
        recipients.c.segments,
        recipients.c.price_cents,
        recipients.c.refusal_code,
        recipients.c.refusal,
    ).where(recipients.c.org_id == org_id, recipients.c.scheduled_id == scheduled_id)
    rows = await connection.execute(query)
    return {
        row.position: Refusal(row.refusal_code, row.refusal)
        if row.state == "refused"
        else WaitingText(row.segments, row.price_cents)
        for row in rows
    }
