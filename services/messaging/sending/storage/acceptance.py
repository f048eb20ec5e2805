"""Accept messages: store them, release them once they are charged, or discard them.

A message that is stored and not charged is never sent. A chunk that is submitted again finds its
messages by campaign and contact, and continues where it was interrupted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.telemetry import tracing
from services.messaging.sending.domain.drafts import Draft, Payer
from services.messaging.sending.domain.earlier_messages import Earlier
from services.messaging.sending.storage import transitions

_MOST_TRACED = 10

_STORED = text("""
SELECT id, campaign_id, to_number, price_cents, charged FROM sms_messages
WHERE org_id = :org_id AND (
  (campaign_id = :campaign_id AND contact_id = ANY(CAST(:contact_ids AS uuid[])))
  OR id = ANY(CAST(:ids AS uuid[])) OR operation_id = ANY(CAST(:operation_ids AS uuid[]))
)
ORDER BY id
""")

_OF_OPERATIONS = text("""
SELECT id, operation_id, to_number AS phone, segments, price_cents, charged FROM sms_messages
WHERE org_id = :org_id AND operation_id = ANY(CAST(:operation_ids AS uuid[]))
""")

# A stored message counts as spent on the day on which it was stored.
_DISCARD = text("""
WITH gone AS (
  DELETE FROM sms_messages
  WHERE org_id = :org_id AND id = ANY(CAST(:ids AS uuid[])) AND NOT charged
  RETURNING price_cents, (created_at AT TIME ZONE 'UTC')::date AS day
)
UPDATE daily_spend AS spent SET cents = spent.cents - back.cents
FROM (SELECT day, sum(price_cents) AS cents FROM gone GROUP BY day) AS back
WHERE spent.org_id = :org_id AND spent.day = back.day
""")

_ABANDONED = text("""
SELECT org_id, id FROM sms_messages
WHERE status = 'pending' AND NOT charged AND created_at < now() - interval '10 minutes'
  AND NOT EXISTS (
    SELECT FROM left_alone
    WHERE job = 'give-up-abandoned' AND item = sms_messages.id::text
  )
ORDER BY org_id, id LIMIT 1000
""")


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored message.

    `new`: this call stored the message. `charged`: an earlier call accepted it. `elsewhere`: it was
    stored for another purpose than this call's. Either it belongs to another campaign (or only one
    of the two belongs to a campaign), or it goes to a number to which this call sends nothing.
    """

    id: UUID
    phone: str
    price_cents: int
    new: bool
    charged: bool
    elsewhere: bool


async def store(
    connection: AsyncConnection, payer: Payer, drafts: Sequence[Draft]
) -> Sequence[Stored]:
    """Store `drafts`. A draft that was stored before is not stored again.

    It is recognised by its campaign and contact, or by its `operation_id`.

    Returns:
        The stored messages of the drafts, from this call or an earlier one, oldest first.
    """
    parameters = _parameters(payer, drafts)
    new = set((await connection.execute(transitions.STORE, parameters)).scalars())
    if len(new) == len(drafts):  # no draft conflicts with a message that was stored before
        return [_new(draft) for draft in sorted(drafts, key=attrgetter("id"))]
    rows = await connection.execute(_STORED, parameters)
    # A campaign's message is found by its contact, whose number may have changed.
    named = None if payer.campaign_id else {d.phone for d in drafts}
    return [
        Stored(
            row.id,
            row.to_number,
            row.price_cents,
            new=row.id in new,
            charged=row.charged,
            elsewhere=row.campaign_id != payer.campaign_id
            or (named is not None and row.to_number not in named),
        )
        for row in rows
    ]


def _new(draft: Draft) -> Stored:
    return Stored(
        draft.id, draft.phone, draft.price_cents, new=True, charged=False, elsewhere=False
    )


def _parameters(payer: Payer, drafts: Sequence[Draft]) -> dict[str, Any]:
    return {
        "org_id": payer.org_id,
        "user_id": payer.user_id,
        "campaign_id": payer.campaign_id,
        "event_id": payer.purpose.event_id if payer.purpose else None,
        "notification_type": payer.purpose.notification_type if payer.purpose else None,
        "ids": [d.id for d in drafts],
        "operation_ids": [d.operation_id for d in drafts],
        "contact_ids": [d.contact_id for d in drafts],
        "phones": [d.phone for d in drafts],
        "bodies": [d.body for d in drafts],
        "segments": [d.segments for d in drafts],
        "prices": [d.price_cents for d in drafts],
        "time_zones": [d.time_zone for d in drafts],
        "senders": [d.from_number for d in drafts],
        "attendee_ids": [d.attendee_id for d in drafts],
        "retries_of": [d.retry_of for d in drafts],
        "smart_encoded": [d.smart_encoded for d in drafts],
        "valid_until": [d.valid_until for d in drafts],
        **_options(drafts),
        **_trace(drafts),
    }


def _trace(drafts: Sequence[Draft]) -> dict[str, Any]:
    """Return the trace of this call if it is sampled, and the drafts that are stored with it.

    The first ones of a chunk show how long the chunk takes. All of them would fill the trace.
    """
    traceparent = tracing.sampled_header()
    traced = drafts[:_MOST_TRACED] if traceparent else ()
    return {"traceparent": traceparent, "traced_ids": [d.id for d in traced]}


def _options(drafts: Sequence[Draft]) -> dict[str, Any]:
    """Return the different options of the drafts, and which of them each draft has.

    The drafts of a chunk share one object with options, so these are sent to the database only
    once.
    """
    numbers: dict[tuple[int, tuple[str, ...]], int] = {}
    options: list[str] = []
    options_of: list[int] = []
    for draft in drafts:
        number = numbers.setdefault((id(draft.options), draft.media_urls), len(numbers) + 1)
        if number > len(options):
            options.append(_option(draft))
        options_of.append(number)
    return {"options": options, "options_of": options_of}


def _option(draft: Draft) -> str:
    options = draft.options
    return json.dumps(
        {
            "media_urls": draft.media_urls,
            "reference": options.reference,
            "metadata": dict(options.metadata),
            "chosen": options.from_number is not None or None,
            "valid_seconds": options.valid_seconds,
        },
        ensure_ascii=False,
    )


async def of_operations(
    connection: AsyncConnection, org_id: UUID, operation_ids: Sequence[UUID]
) -> Mapping[UUID, Earlier]:
    """Return the messages that earlier calls of an operation have stored, by operation id."""
    if not operation_ids:
        return {}
    parameters = {"org_id": org_id, "operation_ids": operation_ids}
    rows = await connection.execute(_OF_OPERATIONS, parameters)
    return {row["operation_id"]: Earlier(**row) for row in rows.mappings()}


async def release(
    connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID], held: bool
) -> Sequence[int]:
    """Let sender processes claim charged messages, unless `held`.

    Returns the prices of the messages that are claimable now and were not before.
    """
    rows = await connection.execute(
        transitions.RELEASE, {"org_id": org_id, "ids": list(ids), "held": held}
    )
    return rows.scalars().all()


async def discard(connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID]) -> None:
    """Discard messages that exceed the balance or a limit, and subtract them from the spending."""
    await connection.execute(_DISCARD, {"org_id": org_id, "ids": list(ids)})


async def abandoned(connection: AsyncConnection) -> Sequence[tuple[UUID, UUID]]:
    """List organisation and id of messages whose acceptance was interrupted and never repeated."""
    return [(row.org_id, row.id) for row in await connection.execute(_ABANDONED)]
