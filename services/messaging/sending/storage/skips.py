"""Skipped recipients of campaigns, each with the reason.

A recipient of a campaign is counted by a charged message or by a row here, never by both. To ensure
this, the caller of every function must lock the campaign's counts (`counts.lock`) in the same
transaction. Messages are charged under the same lock.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.domain.drafts import EventPurpose, Payer
from services.messaging.sending.domain.skips import SkipReason

_COUNTED = text("""
SELECT contact_id FROM sms_messages
WHERE org_id = :org_id AND campaign_id = :campaign_id
  AND contact_id = ANY(CAST(:contact_ids AS uuid[])) AND charged
""")

_ATTENDEES_COUNTED = text("""
SELECT attendee_id FROM sms_messages
WHERE org_id = :org_id AND event_id = :event_id AND campaign_id = :campaign_id
  AND attendee_id = ANY(CAST(:attendee_ids AS uuid[])) AND charged
""")

_ADD = text("""
WITH added AS (
  INSERT INTO campaign_skips (campaign_id, contact_id, org_id, reason)
  SELECT :campaign_id, contact_id, :org_id, reason
  FROM unnest(CAST(:contact_ids AS uuid[]), CAST(:reasons AS text[])) AS skip (contact_id, reason)
  WHERE NOT EXISTS (
    SELECT FROM sms_messages AS message
    WHERE message.org_id = :org_id AND message.campaign_id = :campaign_id
      AND message.contact_id = skip.contact_id AND message.charged
  )
  ON CONFLICT ON CONSTRAINT pk_campaign_skips DO NOTHING
  RETURNING reason
)
SELECT reason, count(*) AS number FROM added GROUP BY reason
""")

_REMOVE = text("""
WITH removed AS (
  DELETE FROM campaign_skips AS skip USING sms_messages AS message
  WHERE message.id = ANY(CAST(:message_ids AS uuid[])) AND message.org_id = :org_id
    AND message.campaign_id = :campaign_id AND message.charged
    AND skip.campaign_id = :campaign_id AND skip.contact_id = message.contact_id
    AND skip.org_id = :org_id
  RETURNING skip.reason
)
SELECT reason, count(*) AS number FROM removed GROUP BY reason
""")


async def with_message(
    connection: AsyncConnection, payer: Payer, contact_ids: Sequence[UUID]
) -> frozenset[UUID]:
    """Return those of `contact_ids` for whom the campaign has a charged message."""
    parameters = {
        "org_id": payer.org_id,
        "campaign_id": payer.campaign_id,
        "contact_ids": list(contact_ids),
    }
    return frozenset((await connection.execute(_COUNTED, parameters)).scalars())


async def attendees_with_message(
    connection: AsyncConnection, payer: Payer, purpose: EventPurpose, attendee_ids: Sequence[UUID]
) -> frozenset[UUID]:
    """Return those of `attendee_ids` for whom the campaign has a charged event message.

    An attendee whose phone number changes while the campaign is being sent becomes another contact.
    """
    parameters = {
        "org_id": payer.org_id,
        "event_id": purpose.event_id,
        "campaign_id": payer.campaign_id,
        "attendee_ids": list(attendee_ids),
    }
    return frozenset((await connection.execute(_ATTENDEES_COUNTED, parameters)).scalars())


async def add(
    connection: AsyncConnection, payer: Payer, reasons: Mapping[UUID, SkipReason]
) -> Mapping[SkipReason, int]:
    """Store contacts as skipped. Returns the count of new ones for each reason.

    A contact with a charged message is left out. A contact that was skipped before keeps the first
    reason.
    """
    rows = await connection.execute(
        _ADD,
        {
            "org_id": payer.org_id,
            "campaign_id": payer.campaign_id,
            "contact_ids": list(reasons),
            "reasons": list(reasons.values()),
        },
    )
    return {row.reason: row.number for row in rows}


async def remove(
    connection: AsyncConnection, payer: Payer, message_ids: Sequence[UUID]
) -> Mapping[SkipReason, int]:
    """Delete the records of skipped contacts whose messages are charged now.

    Returns how many were deleted, by the reason for which they were skipped. A person may have
    opted in since the chunk was first submitted.
    """
    parameters = {
        "org_id": payer.org_id,
        "campaign_id": payer.campaign_id,
        "message_ids": list(message_ids),
    }
    rows = await connection.execute(_REMOVE, parameters)
    return {row.reason: row.number for row in rows}
