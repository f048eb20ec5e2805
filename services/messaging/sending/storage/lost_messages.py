"""Compare Twilio's messages and billing's charges with ours, and complete ours from them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.domain.lost_messages import CompletedMessage
from services.messaging.sending.storage.recount import make_missing, recount

# Organisations in test mode (ids of version 8) have no account at Twilio.
_ACCOUNTS = text("""
SELECT org_id FROM twilio_subaccounts
WHERE sub_account_sid IS NOT NULL AND uuid_extract_version(org_id) IS DISTINCT FROM 8
ORDER BY org_id
""")

_SEARCHED_FOR = text("""
SELECT DISTINCT to_number FROM sms_messages WHERE org_id = :org_id AND status = 'unknown'
""")

_STORED = text("""
SELECT provider_sid, id, charged FROM sms_messages
WHERE org_id = :org_id AND provider_sid = ANY(CAST(:sids AS text[]))
""")

_STORED_IDS = text("""
SELECT id FROM sms_messages WHERE org_id = :org_id AND id = ANY(CAST(:ids AS uuid[]))
""")

# A failed message is refunded, like every failed message that was charged. Billing refunds each
# message once, so a refund that it has made already is only noted.
_COMPLETE = text("""
UPDATE sms_messages AS message
SET charged = true, price_cents = completed.cents, body = completed.body,
  segments = completed.segments, campaign_id = completed.campaign_id,
  user_id = completed.user_id,
  refund_due = 'failed' = message.status AND NOT completed.refunded
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:cents AS bigint[]), CAST(:bodies AS text[]),
  CAST(:segments AS integer[]), CAST(:campaign_ids AS uuid[]), CAST(:user_ids AS uuid[]),
  CAST(:refunded AS boolean[])
) AS completed (id, cents, body, segments, campaign_id, user_id, refunded)
WHERE message.id = completed.id AND message.org_id = :org_id AND NOT message.charged
  AND message.direction = 'out' AND message.provider_sid IS NOT NULL
RETURNING message.campaign_id
""")

# Whoever counts a message locks this row, so the next statement sees all that was counted.
_LOCK_COUNTS = text("""
SELECT campaign_id FROM campaign_counts
WHERE org_id = :org_id AND campaign_id = ANY(CAST(:ids AS uuid[]))
ORDER BY campaign_id FOR UPDATE
""")


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of ours that Twilio's list has too."""

    id: UUID
    charged: bool


async def accounts(connection: AsyncConnection) -> Sequence[UUID]:
    """Return all organisations that have an account at Twilio."""
    return list(await connection.scalars(_ACCOUNTS))


async def searched_for(connection: AsyncConnection, org_id: UUID) -> set[str]:
    """Return the recipients of messages that are still searched for at Twilio."""
    return set(await connection.scalars(_SEARCHED_FOR, {"org_id": org_id}))


async def stored(
    connection: AsyncConnection, org_id: UUID, sids: Sequence[str]
) -> Mapping[str, StoredMessage]:
    """Return the stored messages with these SIDs, by SID."""
    rows = await connection.execute(_STORED, {"org_id": org_id, "sids": list(sids)})
    return {row.provider_sid: StoredMessage(row.id, row.charged) for row in rows}


async def stored_ids(connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of `ids` whose messages are stored."""
    return set(await connection.scalars(_STORED_IDS, {"org_id": org_id, "ids": list(ids)}))


async def complete(
    connection: AsyncConnection, org_id: UUID, messages: Sequence[CompletedMessage]
) -> int:
    """Add charge and text to messages that only a callback has stored, and count them.

    Returns how many were completed. Repeating it changes nothing.
    """
    charges = [message.charge for message in messages]
    rows = await connection.execute(
        _COMPLETE,
        {
            "org_id": org_id,
            "ids": [charge.message_id for charge in charges],
            "cents": [charge.cents for charge in charges],
            "bodies": [message.body for message in messages],
            "segments": [message.segments for message in messages],
            "campaign_ids": [charge.campaign_id for charge in charges],
            "user_ids": [charge.by_user_id for charge in charges],
            "refunded": [charge.refunded for charge in charges],
        },
    )
    campaign_ids = list(rows.scalars())
    await _count_again(connection, org_id, {each for each in campaign_ids if each})
    return len(campaign_ids)


async def _count_again(
    connection: AsyncConnection, org_id: UUID, campaign_ids: Collection[UUID]
) -> None:
    await make_missing(connection, org_id, campaign_ids)
    parameters = {"org_id": org_id, "ids": sorted(campaign_ids)}
    locked = await connection.scalars(_LOCK_COUNTS, parameters)
    await recount(connection, [(campaign_id, org_id) for campaign_id in locked.all()])
