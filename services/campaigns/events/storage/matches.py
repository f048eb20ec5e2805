"""Matches: pairs of attendees of an event who should meet.

A pair is stored once, the smaller id first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select, text
from sqlalchemy import delete as delete_from
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.campaigns.events.storage.tables import event_matches as matches

Pair = tuple[UUID, UUID]
"""The ids of two attendees who should meet."""


@dataclass(frozen=True, slots=True)
class Match:
    """A pair of attendees of one event who should meet.

    The text of the type "match_reveal" tells each of the two the name of the other.
    """

    id: UUID
    attendee_id: UUID
    matched_attendee_id: UUID
    created_at: datetime


_COLUMNS = [matches.c[field.name] for field in fields(Match)]

# All statements that add several rows use one order, so that they never deadlock.
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
    """Store pairs, each with the smaller id first. Returns the number of new pairs."""
    ones, others = zip(*pairs, strict=True)
    result = await connection.execute(
        _ADD_ALL,
        {"org_id": org_id, "event_id": event_id, "ones": list(ones), "others": list(others)},
    )
    return result.rowcount


async def page(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, limit: int, before: UUID | None
) -> Sequence[Match]:
    """Return up to `limit` matches of an event older than `before`, newest first."""
    query = (
        select(*_COLUMNS)
        .where(matches.c.org_id == org_id, matches.c.event_id == event_id)
        .order_by(matches.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(matches.c.id < before)
    return [Match(*row) for row in await connection.execute(query)]


async def delete(connection: AsyncConnection, org_id: UUID, event_id: UUID, match_id: UUID) -> bool:
    """Delete a match of an event. Returns False if the event has no match with this id."""
    result = await connection.execute(
        delete_from(matches).where(
            matches.c.id == match_id,
            matches.c.event_id == event_id,
            matches.c.org_id == org_id,
        )
    )
    return result.rowcount == 1


async def delete_for(connection: AsyncConnection, org_id: UUID, attendee_id: UUID) -> None:
    """Delete all matches that an attendee belongs to."""
    await connection.execute(
        delete_from(matches).where(
            matches.c.org_id == org_id,
            or_(
                matches.c.attendee_id == attendee_id,
                matches.c.matched_attendee_id == attendee_id,
            ),
        )
    )


async def not_found(database: Database, org_id: UUID, match_id: UUID) -> Exception:
    """Return the error for a match id that the event doesn't have."""
    elsewhere = and_(matches.c.id == match_id, matches.c.org_id != org_id)
    return await database.not_found(matches, elsewhere, "match")
