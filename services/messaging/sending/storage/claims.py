"""Claim messages for a sender, record their outcomes, and expire claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.common.domain.provider_errors import description
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.outcomes import Outcome, Verdict, retry_delay
from services.messaging.sending.storage import transitions
from services.messaging.sending.storage.tally import Move, move_of

# The bucket of tokens fills with time, up to the tokens of one second. It loses no tokens if the
# clock was set back. Its row lock makes senders of one organisation claim one after the other. The
# last column tells the database that this sender sends pictures; else it can't claim them (0055).
_REFILL = text("""
INSERT INTO send_limits AS bucket (org_id, segments_per_second, tokens)
VALUES (:org_id, :rate, :rate)
ON CONFLICT (org_id) DO UPDATE SET
  tokens = least(
    bucket.segments_per_second,
    bucket.tokens
      + greatest(0, extract(epoch FROM clock_timestamp() - bucket.refilled_at))
        * bucket.segments_per_second
  ),
  refilled_at = clock_timestamp()
RETURNING tokens, segments_per_second, old.refilled_at AS last_turn,
  set_config('smsblaster.sends_pictures', 'on', true)
""")

_SPEND = text("UPDATE send_limits SET tokens = tokens - :segments WHERE org_id = :org_id")

_NEXT_DUE = text("""
SELECT extract(epoch FROM min(next_step_at) - clock_timestamp())
FROM sms_messages
WHERE org_id = :org_id AND status = 'pending' AND charged
  AND next_step_at <= now() + make_interval(secs => :horizon)
  AND NOT EXISTS (SELECT FROM sending_hold)
  AND NOT EXISTS (
    SELECT FROM campaign_counts AS campaign
    WHERE campaign.campaign_id = sms_messages.campaign_id AND campaign.held
  )
""")

_LOCK = text("""
SELECT FROM sms_messages WHERE id = ANY(CAST(:ids AS uuid[])) AND org_id = :org_id
ORDER BY id FOR UPDATE
""")

_WITH_EXPIRED_LEASE = """
FROM sms_messages
WHERE status = 'sending' AND next_step_at < now()
  AND NOT EXISTS (
    SELECT FROM left_alone WHERE job = 'expire-leases' AND item = sms_messages.id::text
  )
"""

_EXPIRED = text(f"SELECT org_id, id {_WITH_EXPIRED_LEASE} ORDER BY id LIMIT 1000")

HAS_EXPIRED = text(f"EXISTS (SELECT {_WITH_EXPIRED_LEASE})")

_SOON_SECONDS = 2.0
_AT_LEAST_SECONDS = 0.1

_STATUS_OF = {
    Verdict.ACCEPTED: MessageStatus.QUEUED,
    Verdict.REFUSED: MessageStatus.FAILED,
    Verdict.LATER: MessageStatus.PENDING,
    Verdict.UNKNOWN: MessageStatus.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claimed message. Its lease expires by itself.

    `from_number` is set if the message must be sent from that number. `smart_encoded` says how its
    segments were counted; None if that is not known. It may be sent for `valid_seconds`; None sets
    no limit. When it was claimed, it had waited for `waited_seconds`: since it was due, or since
    its organisation's last turn if that was later. So the time for which the organisation's sending
    rate delayed the message is left out. `traceparent` is its trace, if that is sampled.
    """

    id: UUID
    campaign_id: UUID | None
    contact_id: UUID
    to: str
    from_number: str | None
    body: str
    segments: int
    attempts: int
    time_zone: str | None
    smart_encoded: bool | None
    media_urls: tuple[str, ...]
    valid_seconds: float | None
    waited_seconds: float
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class ClaimedAlone:
    """A single claimed message: how often it was tried, this time included, and its time limit."""

    attempts: int
    valid_seconds: float | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages that were claimed together, and the seconds to wait before the next claim."""

    messages: Sequence[Claimed]
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How messages are claimed: how many at a time, for how long, and at which default rate."""

    limit: int
    lease_seconds: int
    segments_per_second: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes of a batch.

    `attempts`: how often each message had been tried when it was claimed. `account` is the account
    that sent the messages; None if that is not known.
    """

    outcomes: Sequence[Outcome]
    attempts: Mapping[UUID, int]
    account: SendingAccount | None


async def claim(connection: AsyncConnection, org_id: UUID, pace: Pace) -> Batch:
    """Claim due messages of the organisation, as many as its rate allows now."""
    bucket = (
        await connection.execute(_REFILL, {"org_id": org_id, "rate": pace.segments_per_second})
    ).one()
    if bucket.tokens <= 0:
        return Batch((), -bucket.tokens / bucket.segments_per_second + 0.01)
    rows = await connection.execute(
        transitions.CLAIM,
        {
            "org_id": org_id,
            "limit": pace.limit,
            "lease": pace.lease_seconds,
            "tokens": bucket.tokens,
            "last_turn": bucket.last_turn,
        },
    )
    messages = [_claimed(row) for row in rows]
    if not messages:
        return Batch((), await _seconds_until_due(connection, org_id))
    spent = sum(message.segments for message in messages)
    await connection.execute(_SPEND, {"org_id": org_id, "segments": spent})
    return Batch(messages, 0.0)


def _claimed(row: Row[*tuple[Any, ...]]) -> Claimed:
    return Claimed(
        row.id,
        row.campaign_id,
        row.contact_id,
        row.to_number,
        row.from_number,
        row.body,
        row.segments,
        row.attempts,
        row.time_zone,
        row.smart_encoded,
        tuple(row.media_urls),
        _seconds(row.valid_seconds),
        float(row.waited_seconds),
        row.traceparent,
    )


async def _seconds_until_due(connection: AsyncConnection, org_id: UUID) -> float:
    """Return the seconds until a message is due, or 0 if none is due soon.

    A message that is due much later is left to the sweeper, because send jobs are not kept for
    long. If a message is already due, the result is a short time, in which another sender process
    claims it.
    """
    seconds = await connection.scalar(_NEXT_DUE, {"org_id": org_id, "horizon": _SOON_SECONDS})
    return 0.0 if seconds is None else max(_AT_LEAST_SECONDS, float(seconds))


async def claim_one(
    connection: AsyncConnection, org_id: UUID, message_id: UUID, pace: Pace
) -> ClaimedAlone | None:
    """Claim one accepted message, to send it at once.

    The message uses up a part of the organisation's sending rate, even if no part is left.

    Returns:
        The claim, or None if another sender has claimed the message or all sending is held.
    """
    await connection.execute(_REFILL, {"org_id": org_id, "rate": pace.segments_per_second})
    row = (
        await connection.execute(
            transitions.CLAIM_ONE,
            {"org_id": org_id, "id": message_id, "lease": pace.lease_seconds},
        )
    ).first()
    if row is None:
        return None
    await connection.execute(_SPEND, {"org_id": org_id, "segments": row.segments})
    return ClaimedAlone(row.attempts, _seconds(row.valid_seconds))


def _seconds(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


async def record(
    connection: AsyncConnection, org_id: UUID, recorded: Outcomes, ask_after: float
) -> dict[UUID, Move]:
    """Store the outcomes of claimed messages.

    Args:
        connection: The transaction.
        org_id: The organisation of the messages.
        recorded: The outcomes.
        ask_after: Seconds until Twilio is asked about a message that it accepted.

    Returns:
        The change of status of each message, with message ids as keys.
    """
    outcomes, attempts, account = recorded.outcomes, recorded.attempts, recorded.account
    ids = [o.message_id for o in outcomes]
    await connection.execute(_LOCK, {"org_id": org_id, "ids": ids})
    rows = await connection.execute(
        transitions.RECORD,
        {
            "org_id": org_id,
            "ids": ids,
            "attempts": [attempts[message_id] for message_id in ids],
            "statuses": [_STATUS_OF[o.verdict].value for o in outcomes],
            "sids": [o.provider_sid for o in outcomes],
            "codes": [o.error_code for o in outcomes],
            "error_messages": [description(o.error_code) for o in outcomes],
            "delays": [_next_step(o, attempts[o.message_id], ask_after) for o in outcomes],
            "account_sid": account.sub_account_sid if account else None,
            "messaging_service_sid": account.messaging_service_sid if account else None,
        },
    )
    return {row.id: move_of(row, org_id) for row in rows}


def _next_step(outcome: Outcome, attempts: int, ask_after: float) -> float:
    if outcome.verdict is Verdict.LATER:
        return retry_delay(attempts)
    return 5.0 if outcome.verdict is Verdict.UNKNOWN else float(ask_after)


async def expired(connection: AsyncConnection) -> Sequence[tuple[UUID, UUID]]:
    """List organisation and id of messages whose claim expired before an outcome was recorded."""
    return [(row.org_id, row.id) for row in await connection.execute(_EXPIRED)]


async def expire(connection: AsyncConnection, ids: Sequence[UUID]) -> list[Move]:
    """Set the status `unknown` on messages whose claim has expired."""
    rows = await connection.execute(transitions.EXPIRE_LEASES, {"ids": list(ids)})
    was, now = MessageStatus.SENDING, MessageStatus.UNKNOWN
    return [move_of(row, row.org_id, was, now) for row in rows]
