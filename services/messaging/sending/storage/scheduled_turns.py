"""Claim scheduled sends that are due, one for each turn of sending, and store the results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.scheduled_sends import (
    ScheduledKind,
    ScheduledRecipient,
    ScheduledStatus,
)
from services.messaging.sending.domain.send_options import SendOptions
from services.messaging.sending.storage.scheduled_tables import scheduled_recipients

# Longer than all calls of a turn may take, so that only a process that died loses its lease.
LEASE_SECONDS = 120
_AGAIN_SECONDS = 5

_DUE = text("""
SELECT id, org_id FROM scheduled_sends
WHERE status IN ('scheduled', 'sending') AND due_at <= now()
  AND NOT EXISTS (
    SELECT FROM left_alone
    WHERE job = 'send-scheduled' AND item = scheduled_sends.id::text
  )
ORDER BY due_at LIMIT :limit
""")

HAS_DUE = text("""
EXISTS (
  SELECT FROM scheduled_sends WHERE status IN ('scheduled', 'sending') AND due_at <= now()
)
""")

_CLAIM = text("""
UPDATE scheduled_sends
SET status = 'sending', lease_token = :token, due_at = now() + make_interval(secs => :seconds),
  updated_at = now()
WHERE id = :id AND org_id = :org_id AND status IN ('scheduled', 'sending') AND due_at <= now()
RETURNING id, org_id, user_id, kind, body, media_urls, from_number, respect_quiet_hours,
  lease_token, reference, metadata, sender_chosen,
  send_at + make_interval(secs => valid_seconds) AS valid_until
""")

_GIVE_BACK = text("""
UPDATE scheduled_sends
SET status = 'scheduled', due_at = now() + make_interval(secs => :seconds)
WHERE id = :id AND org_id = :org_id AND status = 'sending' AND lease_token = :token
""")

_SENT = text("""
SELECT operation_id, id FROM sms_messages
WHERE org_id = :org_id AND charged AND operation_id = ANY(CAST(:operation_ids AS uuid[]))
""")

_FINISH = text("""
UPDATE scheduled_sends
SET status = :status, status_reason = :reason, due_at = coalesce(:due_at, due_at),
  lease_token = NULL, updated_at = now()
WHERE id = :id AND org_id = :org_id AND status = 'sending' AND lease_token = :token
RETURNING id
""")

_SETTLE = text("""
UPDATE scheduled_recipients AS recipient
SET state = result.state, message_id = result.message_id, refusal_code = result.code,
  refusal = result.message
FROM unnest(
  CAST(:positions AS integer[]), CAST(:states AS text[]), CAST(:message_ids AS uuid[]),
  CAST(:codes AS text[]), CAST(:messages AS text[])
) AS result (position, state, message_id, code, message)
WHERE recipient.scheduled_id = :id AND recipient.org_id = :org_id
  AND recipient.position = result.position
""")

_ANY_SENT = text("""
SELECT EXISTS (
  SELECT FROM scheduled_recipients
  WHERE scheduled_id = :id AND org_id = :org_id AND state = 'sent'
)
""")


@dataclass(frozen=True, slots=True)
class ScheduledTurn:
    """A claimed scheduled send.

    Only the process that has `lease_token` may store the result of its turn.
    """

    id: UUID
    org_id: UUID
    user_id: UUID
    kind: ScheduledKind
    body: str
    media_urls: tuple[str, ...]
    from_number: str | None
    respect_quiet_hours: bool
    lease_token: UUID
    options: SendOptions
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class TurnResult:
    """The result of a turn for its recipients, keyed by their positions.

    Recipients that are in neither mapping are still waiting: until `next_at`, or because the
    scheduled send is held for the reason `held`.
    """

    sent: Mapping[int, UUID]
    refused: Mapping[int, Refusal]
    held: str | None
    next_at: datetime | None


async def due(connection: AsyncConnection, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """Return the organisation and id of up to `limit` scheduled sends that are due.

    Those whose turn was interrupted are included.
    """
    return [(row.id, row.org_id) for row in await connection.execute(_DUE, {"limit": limit})]


async def claim(
    connection: AsyncConnection, org_id: UUID, scheduled_id: UUID
) -> ScheduledTurn | None:
    """Claim a scheduled send that is due.

    Returns None if it was cancelled, or another process has it.
    """
    parameters = {
        "id": scheduled_id,
        "org_id": org_id,
        "token": new_id(),
        "seconds": LEASE_SECONDS,
    }
    row = (await connection.execute(_CLAIM, parameters)).first()
    if row is None:
        return None
    values = row._asdict()
    chosen = row.from_number if values.pop("sender_chosen") else None
    return ScheduledTurn(
        kind=ScheduledKind(values.pop("kind")),
        media_urls=tuple(values.pop("media_urls")),
        options=SendOptions(values.pop("reference"), values.pop("metadata") or {}, chosen),
        **values,
    )


async def give_back(connection: AsyncConnection, turn: ScheduledTurn) -> None:
    """Release a claimed scheduled send, so that it is tried again in some seconds.

    None of its messages may be stored yet.
    """
    await connection.execute(_GIVE_BACK, {**_names(turn), "seconds": _AGAIN_SECONDS})


async def waiting(
    connection: AsyncConnection, org_id: UUID, scheduled_id: UUID
) -> Sequence[ScheduledRecipient]:
    """List the recipients of a scheduled send who were not texted yet, at most a thousand."""
    recipients = scheduled_recipients
    query = (
        select(*(recipients.c[field.name] for field in fields(ScheduledRecipient)))
        .where(
            recipients.c.org_id == org_id,
            recipients.c.scheduled_id == scheduled_id,
            recipients.c.state == "waiting",
        )
        .order_by(recipients.c.position)
    )
    return [ScheduledRecipient(*row) for row in await connection.execute(query)]


async def accepted(
    connection: AsyncConnection, org_id: UUID, operation_ids: Sequence[UUID]
) -> Mapping[UUID, UUID]:
    """Return the ids of the messages that an interrupted turn has charged, by operation id."""
    parameters = {"org_id": org_id, "operation_ids": list(operation_ids)}
    rows = await connection.execute(_SENT, parameters)
    return {row.operation_id: row.id for row in rows}


async def finish(
    connection: AsyncConnection, turn: ScheduledTurn, result: TurnResult
) -> ScheduledStatus | None:
    """Store the result of a turn.

    Returns:
        The new status of the scheduled send, or None if another process has claimed it since.
    """
    settled = [
        *((position, "sent", own, None, None) for position, own in result.sent.items()),
        *(
            (position, "refused", None, refusal.code, refusal.message)
            for position, refusal in result.refused.items()
        ),
    ]
    status = await _status_after(connection, turn, result)
    note(connection, Hint(turn.org_id, Topic.SCHEDULED_SEND, turn.id))
    parameters = {
        **_names(turn),
        "status": status,
        "reason": result.held,
        "due_at": result.next_at if status is ScheduledStatus.SCHEDULED else None,
    }
    if not await connection.scalar(_FINISH, parameters):
        return None
    positions, states, message_ids, codes, messages = (
        zip(*settled, strict=True) if settled else ((), (), (), (), ())
    )
    await connection.execute(
        _SETTLE,
        {
            **_names(turn),
            "positions": list(positions),
            "states": list(states),
            "message_ids": list(message_ids),
            "codes": list(codes),
            "messages": list(messages),
        },
    )
    return status


async def _status_after(
    connection: AsyncConnection, turn: ScheduledTurn, result: TurnResult
) -> ScheduledStatus:
    if result.held:
        return ScheduledStatus.HELD
    if result.next_at:
        return ScheduledStatus.SCHEDULED
    if result.sent or await connection.scalar(_ANY_SENT, _names(turn)):
        return ScheduledStatus.SENT
    return ScheduledStatus.FAILED


def _names(turn: ScheduledTurn) -> dict[str, UUID]:
    return {"id": turn.id, "org_id": turn.org_id, "token": turn.lease_token}
