"""End sessions of the caller: one of them, or all others."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.identity import Identity
from services.gateway.domain import clients
from services.gateway.storage import audit, open_sessions
from services.gateway.storage.audit import AuditEntry


class EndSessions:
    """Ends one session of a user, or all but one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def end(self, caller: Identity, session_id: UUID) -> None:
        """End a session of the caller. Idempotent.

        Raises:
            NotFound: session_not_found, also for a session of a colleague.
            CrossOrgAccess: The session belongs to another organisation.
        """
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            if await open_sessions.exists(connection, org_id, user_id, session_id):
                if await open_sessions.end(connection, org_id, user_id, session_id):
                    await audit.record(
                        connection, [_entry(caller, "session_ended", "session", session_id)]
                    )
                return
        raise await open_sessions.not_found(self._database, org_id, session_id)

    async def end_others(self, caller: Identity) -> None:
        """End all of the caller's sessions except the one of this request."""
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            spared = clients.current().session_id
            if await open_sessions.end_all(connection, org_id, user_id, spared):
                await audit.record(connection, [_entry(caller, "sessions_ended", "user", user_id)])


def _entry(caller: Identity, action: str, entity: str, entity_id: UUID) -> AuditEntry:
    meta = clients.current().details()
    org_id, user_id = caller.require_org(), caller.require_user()
    return AuditEntry(org_id, user_id, action, entity, str(entity_id), meta)
