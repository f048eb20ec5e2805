"""Store outcomes in the webhook log, and find webhooks to publish again. ``log_writer`` adds rows.

The log spans organisations, so every function needs a transaction that sees all of them
(``database.system()``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, and_, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from servicekit.db.waiting import MOST, Waiting
from services.webhooks.domain.webhook import Outcome, Source, Webhook
from services.webhooks.storage.tables import webhook_logs

# A success is final, even if a failure is reported later.
_RECORD_OUTCOMES = text("""
UPDATE webhook_logs AS kept
SET processed_at = now(), success = reported.success, error = reported.error
FROM unnest(CAST(:ids AS uuid[]), CAST(:successes AS boolean[]), CAST(:errors AS text[]))
  AS reported (id, success, error)
WHERE kept.id = reported.id AND kept.success IS NOT TRUE
""")

_RECORD_RESENT = text("""
UPDATE webhook_logs AS kept
SET attempts = kept.attempts + 1, next_attempt_at = now() + make_interval(secs => resent.pause)
FROM unnest(CAST(:ids AS uuid[]), CAST(:pauses AS float[])) AS resent (id, pause)
WHERE kept.id = resent.id
""")

_NOT_LEFT_ALONE = text("""NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'resend-unhandled' AND item = webhook_logs.id::text
)""")

_IS_DUE = and_(webhook_logs.c.processed_at.is_(None), webhook_logs.c.next_attempt_at <= func.now())

HAS_DUE = exists().where(_IS_DUE)
"""SQL condition: a webhook is due to be published again."""

_UNHANDLED = text("""
SELECT count(*) AS items,
  coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0) AS oldest
FROM (
  SELECT received_at FROM webhook_logs WHERE processed_at IS NULL ORDER BY next_attempt_at
  LIMIT :most
) AS unhandled
""").bindparams(most=MOST)

OLD = OldRows("webhook_logs", "id::text", "received_at < now() - make_interval(days => :days)")
"""The rows to delete: webhooks received more than ``days`` days ago."""


@dataclass(frozen=True, slots=True)
class Unhandled:
    """A webhook that no consumer has handled yet, and how often it was published again."""

    webhook: Webhook
    attempts: int


async def record_outcomes(connection: AsyncConnection, outcomes: Mapping[UUID, Outcome]) -> None:
    """Record the outcomes of webhooks by id. Unknown ids are ignored."""
    await connection.execute(
        _RECORD_OUTCOMES,
        {
            "ids": list(outcomes),
            "successes": [outcome.success for outcome in outcomes.values()],
            "errors": [outcome.error for outcome in outcomes.values()],
        },
    )


async def due(connection: AsyncConnection, limit: int) -> Sequence[Unhandled]:
    """Return webhooks that are due to be published again; the one due longest comes first."""
    rows = await connection.execute(
        select(webhook_logs)
        .where(_IS_DUE, _NOT_LEFT_ALONE)
        .order_by(webhook_logs.c.next_attempt_at)
        .limit(limit)
    )
    return [Unhandled(_webhook(row), row["attempts"]) for row in rows.mappings()]


async def record_resent(connection: AsyncConnection, pauses: Mapping[UUID, float]) -> None:
    """Store that webhooks were published again, and when each of them is due again.

    `pauses` are the seconds until then, by webhook id.
    """
    await connection.execute(_RECORD_RESENT, {"ids": list(pauses), "pauses": list(pauses.values())})


async def succeeded(connection: AsyncConnection, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of `ids` whose webhooks were handled successfully."""
    rows = await connection.execute(
        select(webhook_logs.c.id).where(webhook_logs.c.id.in_(ids), webhook_logs.c.success)
    )
    return set(rows.scalars())


def _webhook(row: RowMapping) -> Webhook:
    return Webhook(
        source=Source(row["source"]),
        external_id=row["external_id"],
        payload=bytes(row["payload"]),
        signature=row["signature"] or "",
        org_id=row["org_id"],
        message_id=row["message_id"],
        id=row["id"],
        received_at=row["received_at"],
    )


async def unhandled(connection: AsyncConnection) -> Waiting:
    """Count the webhooks that no service has handled."""
    row = (await connection.execute(_UNHANDLED)).one()
    return Waiting(row.items, float(row.oldest))
