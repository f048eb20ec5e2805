"""Queries on who may have an open live stream."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import inbox
from services.gateway.storage.tables import sessions, users

_TICKETS = "stream-tickets"

# A ticket that is older than its lifetime is refused without this row.
_FORGET = text("""
DELETE FROM inbox
WHERE consumer = 'stream-tickets' AND handled_at < now() - interval '5 minutes'
""")


async def use_ticket(connection: AsyncConnection, ticket_id: UUID) -> bool:
    """Mark a ticket as used. Returns False if it was used before, in any process."""
    return bool(await inbox.claim(connection, _TICKETS, [str(ticket_id)]))


async def forget_used_tickets(connection: AsyncConnection) -> None:
    """Delete the marks of used tickets that have expired since."""
    await connection.execute(_FORGET)


async def live_sessions(connection: AsyncConnection, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Return those sessions that have not ended and whose user is active."""
    query = (
        select(sessions.c.id)
        .join(users, (users.c.id == sessions.c.user_id) & (users.c.org_id == sessions.c.org_id))
        .where(sessions.c.id.in_(ids), sessions.c.revoked_at.is_(None), users.c.status == "active")
    )
    return frozenset((await connection.execute(query)).scalars())
