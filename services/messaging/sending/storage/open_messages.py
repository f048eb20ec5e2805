"""Find messages to ask Twilio about: unknown ones, and those without recent reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.searches import Attempt
from services.messaging.sending.storage import transitions
from services.messaging.sending.storage.tally import Move, move_of

# Only live messages: nobody can be asked about those of test organisations (ids of version 8).
# Claiming messages delays their next step, so that no two replicas ask about the same message.
_CLAIM = text(
    """
UPDATE sms_messages SET next_step_at = now() + make_interval(secs => :again)
WHERE id IN (
  SELECT id FROM sms_messages
  WHERE status = ANY(CAST(:statuses AS text[])) AND next_step_at < now()
    AND created_at > now() - interval '7 days'
    AND NOT EXISTS (SELECT FROM left_alone WHERE job = :job AND item = sms_messages.id::text)
    AND NOT EXISTS (
      SELECT FROM failing_items
      WHERE job = 'check-credentials' AND item = sms_messages.org_id::text
    )
    AND status IN ('sending', 'unknown', 'queued', 'sent')
    AND uuid_extract_version(org_id) IS DISTINCT FROM 8
  ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING id, org_id, status, to_number, body, provider_sid, attempts,
  now() - coalesce(attempted_at, created_at) AS age,
  -- No request for it has begun since then, unless the clock was set.
  now() - status_updated_at AS unknown_for,
  CASE WHEN searched_attempt = attempts THEN searched_since END AS first_search,
  status_updated_at - coalesce(attempted_at, created_at) >= make_interval(secs => :lease)
    AS outlived_lease,
  event_id IS NOT NULL OR raw_payload IS NOT NULL AS keeps_payload
"""
)

# The condition of `_CLAIM` for unknown messages.
HAS_UNKNOWN = text("""
EXISTS (
  SELECT FROM sms_messages
  WHERE status = 'unknown' AND next_step_at < now()
    AND created_at > now() - interval '7 days'
    AND uuid_extract_version(org_id) IS DISTINCT FROM 8
    AND NOT EXISTS (
      SELECT FROM left_alone WHERE job = 'resolve-unknown' AND item = sms_messages.id::text
    )
    AND NOT EXISTS (
      SELECT FROM failing_items
      WHERE job = 'check-credentials' AND item = sms_messages.org_id::text
    )
)
""")

_CLAIMED_SIDS = text("""
SELECT provider_sid FROM sms_messages
WHERE org_id = :org_id AND provider_sid = ANY(CAST(:sids AS text[]))
""")

_NOTE_SEARCH = text("""
UPDATE sms_messages SET searched_since = :searched_at, searched_attempt = attempts
WHERE id = :id AND org_id = :org_id AND status = 'unknown' AND attempts = :attempts
""")


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message about which Twilio is asked, with its last attempt.

    `attempts`: how often the message had been tried. `keeps_payload`: whether the form of the
    message's last callback is stored with it.
    """

    id: UUID
    org_id: UUID
    status: MessageStatus
    to: str
    body: str
    provider_sid: str | None
    attempts: int
    last: Attempt
    keeps_payload: bool


@dataclass(frozen=True, slots=True)
class Polling:
    """Which messages a job polls.

    Attributes:
        job: The job that polls. Messages for which it failed are polled less often.
        statuses: The statuses of these messages.
        limit: The batch size.
        again_seconds: Seconds until the next poll of a message.
        lease_seconds: Seconds until the claim of a sender process expires.
    """

    job: str
    statuses: tuple[MessageStatus, ...]
    limit: int
    again_seconds: float
    lease_seconds: float = 0.0


async def claim(connection: AsyncConnection, polling: Polling) -> Sequence[OpenMessage]:
    """Claim messages that are due to be polled, of all organisations."""
    rows = await connection.execute(
        _CLAIM,
        {
            "statuses": list(polling.statuses),
            "job": polling.job,
            "limit": polling.limit,
            "again": polling.again_seconds,
            "lease": polling.lease_seconds,
        },
    )
    return [
        OpenMessage(
            row.id,
            row.org_id,
            MessageStatus(row.status),
            row.to_number,
            row.body,
            row.provider_sid,
            row.attempts,
            Attempt(row.age, row.unknown_for, row.first_search, row.outlived_lease),
            row.keeps_payload,
        )
        for row in rows
    ]


async def claimed_sids(connection: AsyncConnection, org_id: UUID, sids: Sequence[str]) -> set[str]:
    """Return those of `sids` that already belong to a stored message."""
    rows = await connection.execute(_CLAIMED_SIDS, {"org_id": org_id, "sids": list(sids)})
    return set(rows.scalars())


async def note_search(
    connection: AsyncConnection, message: OpenMessage, searched_at: datetime
) -> None:
    """Store when a search at Twilio first did not find the message, by Twilio's clock.

    A stored time is overwritten. The caller calls this again only if Twilio's clock now shows an
    earlier time than the stored one.
    """
    parameters = {"id": message.id, "org_id": message.org_id, "attempts": message.attempts}
    await connection.execute(_NOTE_SEARCH, {**parameters, "searched_at": searched_at})


async def send_again(connection: AsyncConnection, message: OpenMessage) -> list[Move]:
    """Make a message pending again that Twilio never received.

    Returns its change of status, if any. A message that was tried again since `message` was read
    does not change, because nothing is known about the newer attempt.
    """
    parameters = {"id": message.id, "org_id": message.org_id, "attempts": message.attempts}
    rows = await connection.execute(transitions.SEND_AGAIN, parameters)
    was, now = MessageStatus.UNKNOWN, MessageStatus.PENDING
    return [move_of(row, message.org_id, was, now) for row in rows]
