"""Read and set how fast organisations may send. The claims in ``claims.py`` keep to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import send_limits

# The bucket of a lower rate is smaller, so its tokens must not exceed the new rate.
_SET = text("""
INSERT INTO send_limits AS bucket (org_id, segments_per_second, tokens)
VALUES (:org_id, :rate, :rate)
ON CONFLICT (org_id) DO UPDATE SET segments_per_second = excluded.segments_per_second,
  tokens = least(bucket.tokens, excluded.tokens)
RETURNING old.segments_per_second
""")


@dataclass(frozen=True, slots=True)
class SendingRate:
    """How many segments an organisation may send each second."""

    org_id: UUID
    segments_per_second: int


async def page(
    connection: AsyncConnection, only: UUID | None, after: UUID | None, limit: int
) -> Sequence[SendingRate]:
    """Return up to ``limit`` rates of organisations with ids above ``after``, sorted by id.

    ``only`` is the organisation whose rate is wanted, or None for all.
    """
    query = select(send_limits.c.org_id, send_limits.c.segments_per_second)
    if only is not None:
        query = query.where(send_limits.c.org_id == only)
    if after is not None:
        query = query.where(send_limits.c.org_id > after)
    query = query.order_by(send_limits.c.org_id).limit(limit)
    return [SendingRate(*row) for row in await connection.execute(query)]


async def replace(connection: AsyncConnection, rate: SendingRate) -> int | None:
    """Set an organisation's rate. Returns the earlier one, None if it had none."""
    parameters = {"org_id": rate.org_id, "rate": rate.segments_per_second}
    before: int | None = await connection.scalar(_SET, parameters)
    return before
