"""Create tickets for live streams, use them, and check who may keep a stream open."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.errors import Forbidden
from servicekit.identity import Identity
from services.gateway.domain.stream_tickets import (
    LIFETIME,
    StreamTicket,
    TicketCodec,
    TicketRefused,
)
from services.gateway.storage import stream_access
from services.gateway.storage.stream_access import SessionRules


class OpenStream:
    """Decides who may open a live stream, and who may keep it open."""

    def __init__(self, database: Database, tickets: TicketCodec, rules: SessionRules) -> None:
        self._database = database
        self._tickets = tickets
        self._rules = rules

    async def create_ticket(
        self, caller: Identity, session_id: UUID | None
    ) -> tuple[str, datetime]:
        """Return a ticket for the caller's session, and when it expires.

        Raises:
            Forbidden: The caller uses an API key, and so has no session.
        """
        if session_id is None:
            raise Forbidden("Sign in to open a live stream.")
        org_id = caller.require_org()
        async with self._database.org(org_id) as connection:
            expires_at = await clock.now(connection) + LIFETIME
        ticket = StreamTicket(
            id=uuid4(),
            org_id=org_id,
            user_id=caller.require_user(),
            session_id=session_id,
            expires_at=expires_at.timestamp(),
        )
        return self._tickets.encode(ticket), expires_at

    async def use_ticket(self, text: str) -> StreamTicket:
        """Use a ticket up, and return its contents.

        Raises:
            TicketRefused: The ticket is not ours, has expired or was used, or its session has
                ended.
        """
        ticket = self._tickets.decode(text)
        async with self._database.system() as connection:
            ticket.require_valid_at(await clock.now(connection))
            if not await stream_access.use_ticket(connection, ticket.id):
                raise TicketRefused
            session_ids = [ticket.session_id]
            if not await stream_access.live_sessions(connection, session_ids, self._rules):
                raise TicketRefused
        return ticket

    async def live_sessions(self, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Return those sessions that may keep their streams open."""
        async with self._database.system() as connection:
            return await stream_access.live_sessions(connection, ids, self._rules)

    async def forget_used_tickets(self) -> None:
        """Delete the records of used tickets that have expired."""
        async with self._database.system() as connection:
            await stream_access.forget_used_tickets(connection)
