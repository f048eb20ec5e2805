"""Attempts at messages: a later attempt refers to the first one (`retry_of`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.sending.domain.message_status import NOT_REACHED
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage.messages import read, select_messages

_OF_CAMPAIGN = text("""
SELECT failed.contact_id, failed.first_id, count(attempt.id) AS later,
  coalesce(bool_or(attempt.status <> ALL(CAST(:not_reached AS text[]))), false) AS is_alive
FROM (
  SELECT contact_id, coalesce(retry_of, id) AS first_id FROM sms_messages
  WHERE org_id = :org_id AND campaign_id = :campaign_id
    AND contact_id = ANY(CAST(:contact_ids AS uuid[]))
) AS failed
LEFT JOIN sms_messages AS attempt
  ON attempt.org_id = :org_id AND attempt.retry_of = failed.first_id AND attempt.charged
GROUP BY failed.contact_id, failed.first_id
""")


@dataclass(frozen=True, slots=True)
class Tried:
    """The attempts to send one message: the id of the first, and the sequence number of the next.

    `is_alive`: a retry, an attempt after the first, has arrived or may still arrive.
    """

    first_id: UUID
    next_number: int
    is_alive: bool


async def of_campaign(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID, contact_ids: Sequence[UUID]
) -> Mapping[UUID, Tried]:
    """Return the attempts to send a campaign's message to each contact, keyed by contact."""
    parameters = {
        "org_id": org_id,
        "campaign_id": campaign_id,
        "contact_ids": list(contact_ids),
        "not_reached": sorted(NOT_REACHED),
    }
    rows = await connection.execute(_OF_CAMPAIGN, parameters)
    return {row.contact_id: Tried(row.first_id, row.later, row.is_alive) for row in rows}


async def later_attempts(
    connection: AsyncConnection, org_id: UUID, first_id: UUID
) -> Sequence[Message]:
    """List the accepted attempts at a message after the first one, oldest first."""
    query = (
        select_messages(org_id)
        .where(messages.c.retry_of == first_id, messages.c.charged)
        .order_by(messages.c.id)
    )
    return await read(connection, query)
