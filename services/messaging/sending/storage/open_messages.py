"""Messages about which Twilio is to be asked: those of unknown fate, and those without news."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.domain.searches import Attempt
from services.messaging.sending.storage.counts import Move

# Taking them moves their next step on, so that no two replicas ask about the same message.
_TAKE = text(
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

_CLAIMED_SIDS = text("""
SELECT provider_sid FROM sms_messages
WHERE org_id = :org_id AND provider_sid = ANY(CAST(:sids AS text[]))
""")

_NOTE_SEARCH = text("""
UPDATE sms_messages SET searched_since = :searched_at, searched_attempt = attempts
WHERE id = :id AND org_id = :org_id AND status = 'unknown' AND attempts = :attempts
""")

_SEND_AGAIN = text("""
UPDATE sms_messages SET status = 'pending', next_step_at = now(), status_updated_at = now(),
  searched_since = NULL, searched_attempt = NULL
WHERE id = :id AND org_id = :org_id AND status = 'unknown' AND attempts = :attempts
RETURNING campaign_id
""")


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message to ask about, with its last attempt.

    ``attempts``: how often it had been tried. ``keeps_payload``: of the last callback, itself.
    """

    id: UUID
    org_id: UUID
    status: str
    to: str
    body: str
    provider_sid: str | None
    attempts: int
    last: Attempt
    keeps_payload: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """Which messages to ask about.

    Of ``statuses``, ``limit`` at once, each again after ``again_seconds``. ``lease_seconds``: of a
    claim by a sender. ``job`` asks; messages that it failed with wait longer.
    """

    job: str
    statuses: tuple[str, ...]
    limit: int
    again_seconds: float
    lease_seconds: float = 0.0


async def take(connection: AsyncConnection, asking: Asking) -> Sequence[OpenMessage]:
    """Messages that are due to be asked about, of all organisations."""
    rows = await connection.execute(
        _TAKE,
        {
            "statuses": list(asking.statuses),
            "job": asking.job,
            "limit": asking.limit,
            "again": asking.again_seconds,
            "lease": asking.lease_seconds,
        },
    )
    return [
        OpenMessage(
            row.id,
            row.org_id,
            row.status,
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
    """Those of ``sids`` that belong to a message of ours already."""
    rows = await connection.execute(_CLAIMED_SIDS, {"org_id": org_id, "sids": list(sids)})
    return set(rows.scalars())


async def note_search(
    connection: AsyncConnection, message: OpenMessage, searched_at: datetime
) -> None:
    """Note the first search for an attempt, at a time by Twilio's clock.

    A later note replaces it: Twilio's clock was set back since.
    """
    parameters = {"id": message.id, "org_id": message.org_id, "attempts": message.attempts}
    await connection.execute(_NOTE_SEARCH, {**parameters, "searched_at": searched_at})


async def send_again(connection: AsyncConnection, message: OpenMessage) -> list[Move]:
    """Let the senders have a message that Twilio never got; how it moved, if it did.

    One that has been tried again since ``message`` was read stays: of that attempt nobody knows.
    """
    parameters = {"id": message.id, "org_id": message.org_id, "attempts": message.attempts}
    rows = await connection.execute(_SEND_AGAIN, parameters)
    return [Move(message.org_id, row.campaign_id, "unknown", "pending") for row in rows]
