"""Queries on who may have an open live stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, literal, not_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import inbox
from services.gateway.storage.second_factor_tables import has_second_factor
from services.gateway.storage.tables import orgs, sessions, users

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
    """Delete the marks of used tickets that have expired, because they no longer need a mark."""
    await connection.execute(_FORGET)


@dataclass(frozen=True, slots=True)
class SessionRules:
    """The platform's settings about sessions.

    A session ends when it is `longest` old. If `operators_need_second_factor`, operators need a
    second factor even where their organisation does not require it.
    """

    longest: timedelta
    operators_need_second_factor: bool


async def live_sessions(
    connection: AsyncConnection, ids: Sequence[UUID], rules: SessionRules
) -> frozenset[UUID]:
    """Return those sessions that have not ended, whose user is active and organisation open.

    Sessions of users who lack a required second factor are left out: these users can only set up a
    second factor.
    """
    is_required = or_(
        orgs.c.second_factor_required,
        and_(users.c.is_operator, literal(rules.operators_need_second_factor)),
    )
    query = (
        select(sessions.c.id)
        .join(users, (users.c.id == sessions.c.user_id) & (users.c.org_id == sessions.c.org_id))
        .join(orgs, orgs.c.id == users.c.org_id)
        .where(
            sessions.c.id.in_(ids),
            sessions.c.revoked_at.is_(None),
            sessions.c.created_at + rules.longest > func.now(),
            users.c.status == "active",
            orgs.c.closed_at.is_(None),
            or_(not_(is_required), has_second_factor()),
        )
    )
    return frozenset((await connection.execute(query)).scalars())
