"""Activate and deactivate users as an operator."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.identity import Identity
from services.gateway.domain.users import own_account
from services.gateway.storage import access_revocation, audit, orgs, sessions, user_search, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.user_search import PlatformUser

_ACTIONS = {"active": "user_activated", "disabled": "user_disabled"}


class SetUserStatus:
    """Activates and deactivates users of any organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set_status(self, operator: Identity, user_id: UUID, status: str) -> PlatformUser:
        """Set a user's status. Disabling a user revokes their sessions, keys and invitations.

        Raises:
            Conflict: own_account, operators can't disable themselves.
            NotFound: user_not_found.
        """
        if status == "disabled" and user_id == operator.require_user():
            raise own_account()
        async with self._database.system() as connection:
            user = await user_search.find(connection, user_id)
            if user is None:
                raise NotFound("There is no such user.", code="user_not_found")
            if user.status == status:
                return user
            await orgs.lock(connection, user.org_id)
            await users.change(connection, user.org_id, user_id, {"status": status})
            if status == "disabled":
                await sessions.revoke_all(connection, user.org_id, user_id)
                await access_revocation.revoke_of_removed_user(connection, user.org_id, user_id)
            action, actor = _ACTIONS[status], operator.require_user()
            entry = AuditEntry(user.org_id, actor, action, "user", str(user_id))
            await audit.record(connection, [entry])
            changed = await user_search.find(connection, user_id)
        if changed is None:
            raise RuntimeError("users are deleted only with their organisation")
        return changed
