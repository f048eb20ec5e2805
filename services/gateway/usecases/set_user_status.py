"""Activating and deactivating users, by operators of the platform."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound
from servicekit.identity import Identity
from services.gateway.storage import audit, orgs, sessions, user_search, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.usecases import take_back

_ACTIONS = {"active": "user_activated", "disabled": "user_disabled"}


async def set_user_status(
    database: Database, operator: Identity, user_id: UUID, status: str
) -> RowMapping:
    """Set the status of a user of any organisation; disabling takes back what they had opened.

    Returns the user's row.

    Raises ``Conflict`` (own_account) for deactivating oneself, and ``NotFound``.
    """
    if status == "disabled" and user_id == operator.require_user():
        raise Conflict("You can't deactivate your own account.", code="own_account")
    async with database.system() as connection:
        user = await user_search.find(connection, user_id)
        if user is None:
            raise NotFound("There is no such user.", code="user_not_found")
        if user["status"] == status:
            return user
        await orgs.lock(connection, user["org_id"])
        await users.change(connection, user["org_id"], user_id, {"status": status})
        if status == "disabled":
            await sessions.revoke_all(connection, user["org_id"], user_id)
            await take_back.of_removed(connection, user["org_id"], user_id)
        action, actor = _ACTIONS[status], operator.require_user()
        entry = AuditEntry(user["org_id"], actor, action, "user", str(user_id))
        await audit.record(connection, [entry])
        changed = await user_search.find(connection, user_id)
    if changed is None:
        raise RuntimeError("users are never deleted")
    return changed
