"""Find out which of Twilio's messages, and which charges, have a message of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

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
