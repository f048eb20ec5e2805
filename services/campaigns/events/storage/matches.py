"""Matches: which attendees of an event go together. A pair stands once, the smaller id first."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, and_, or_, select, text
from sqlalchemy import delete as delete_from
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.campaigns.events.storage.event_tables import event_matches as matches

Pair = tuple[UUID, UUID]
"""Two attendees, the smaller id first."""

_COLUMNS = (
    matches.c.id,
    matches.c.attendee_id,
    matches.c.matched_attendee_id,
    matches.c.created_at,
)

# In one order, as by every statement that adds several: so they never deadlock.
_ADD_ALL = text("""
INSERT INTO event_matches (id, org_id, event_id, attendee_id, matched_attendee_id)
SELECT uuidv7(), :org_id, :event_id, one, other
FROM unnest(CAST(:ones AS uuid[]), CAST(:others AS uuid[])) AS pair (one, other)
ORDER BY one, other
ON CONFLICT ON CONSTRAINT uq_event_matches DO NOTHING
""")


async def add_all(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, pairs: Iterable[Pair]
) -> int:
    """Note who matches whom; how many pairs are new."""
    ones, others = zip(*pairs, strict=True)
    result = await connection.execute(
        _ADD_ALL,
        {"org_id": org_id, "event_id": event_id, "ones": list(ones), "others": list(others)},
    )
    return result.rowcount


async def page(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """``limit`` matches of an event, newest first, older than ``before``."""
    query = (
        select(*_COLUMNS)
        .where(matches.c.org_id == org_id, matches.c.event_id == event_id)
        .order_by(matches.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(matches.c.id < before)
    return (await connection.execute(query)).mappings().all()


async def delete(connection: AsyncConnection, org_id: UUID, event_id: UUID, match_id: UUID) -> bool:
    """Take a match back; False where the event has none with this id."""
    result = await connection.execute(
        delete_from(matches).where(
            matches.c.id == match_id,
            matches.c.event_id == event_id,
            matches.c.org_id == org_id,
        )
    )
    return result.rowcount == 1


async def forget(connection: AsyncConnection, org_id: UUID, attendee_id: UUID) -> None:
    """Take back whatever matches an attendee."""
    await connection.execute(
        delete_from(matches).where(
            matches.c.org_id == org_id,
            or_(
                matches.c.attendee_id == attendee_id,
                matches.c.matched_attendee_id == attendee_id,
            ),
        )
    )


async def absence(database: Database, org_id: UUID, match_id: UUID) -> Exception:
    """The error for a match that the event does not have (any more)."""
    elsewhere = and_(matches.c.id == match_id, matches.c.org_id != org_id)
    return await database.not_found(matches, elsewhere, "match")
