"""Changing who is what in an organisation."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, Forbidden
from servicekit.identity import Identity
from services.gateway.domain.users import OPERATOR, OWNER
from services.gateway.storage import audit, orgs, sessions, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.tables import users as users_table
from services.gateway.usecases import take_back


class Members:
    """Changes of an organisation's members, one after the other."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change_role(self, caller: Identity, user_id: UUID, role: str) -> RowMapping:
        """Give a member another role, and take back what the new one does not allow.

        Returns the member's row.

        Raises ``Forbidden``, ``Conflict`` (last_owner), ``NotFound`` and ``CrossOrgAccess``.
        """
        org_id = caller.require_org()
        await refuse_strangers(self._database, org_id, user_id)
        async with self._database.org(org_id) as connection:
            member = await _locked(connection, org_id, user_id)
            await take_back.require_still(connection, caller)
            if role == member["role"]:
                return member
            if OWNER in (role, member["role"]):
                check_may_name_owners(caller)
            if member["role"] == OWNER:
                await _keep_an_owner(connection, org_id, member)
            await orgs.set_role(connection, org_id, user_id, role)
            await take_back.of_changed_role(connection, org_id, user_id, member["role"], role)
            meta = {"from": member["role"], "to": role}
            await _record(connection, caller, "member_role_changed", user_id, meta)
            return await _locked(connection, org_id, user_id)

    async def deactivate(self, caller: Identity, user_id: UUID) -> None:
        """Deactivate a member and take back what they had opened; idempotent.

        Raises as ``change_role`` does, and ``Conflict`` (own_account) for the caller's own.
        """
        org_id = caller.require_org()
        if user_id == caller.require_user():
            raise Conflict("You can't deactivate your own account.", code="own_account")
        await refuse_strangers(self._database, org_id, user_id)
        async with self._database.org(org_id) as connection:
            member = await _locked(connection, org_id, user_id)
            await take_back.require_still(connection, caller)
            if member["status"] != "active":
                return
            if member["role"] == OWNER:
                check_may_name_owners(caller)
                await _keep_an_owner(connection, org_id, member)
            await users.change(connection, org_id, user_id, {"status": "disabled"})
            await sessions.revoke_all(connection, org_id, user_id)
            await take_back.of_removed(connection, org_id, user_id)
            await _record(connection, caller, "member_deactivated", user_id, {})


async def refuse_strangers(database: Database, org_id: UUID, user_id: UUID) -> None:
    """Raise ``CrossOrgAccess`` or ``NotFound`` unless the user is one of the organisation's."""
    async with database.org(org_id) as connection:
        member = await orgs.member(connection, org_id, user_id)
    if member is None:
        raise await database.not_found(users_table, users_table.c.id == user_id, "user")


def check_may_name_owners(caller: Identity) -> None:
    """Raise ``Forbidden`` unless ``caller`` may make and unmake owners."""
    if not caller.roles & {OWNER, OPERATOR}:
        raise Forbidden("Only an owner of the organisation may do this.")


async def _locked(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> RowMapping:
    """A member that is there, while no other change is under way."""
    await orgs.lock(connection, org_id)
    member = await orgs.member(connection, org_id, user_id)
    if member is None:
        raise RuntimeError("users are never deleted")
    return member


async def _keep_an_owner(connection: AsyncConnection, org_id: UUID, member: RowMapping) -> None:
    if member["status"] == "active" and await orgs.active_owners(connection, org_id) == 1:
        raise Conflict("An organisation needs an owner: name another one first.", "last_owner")


async def _record(
    connection: AsyncConnection,
    caller: Identity,
    action: str,
    user_id: UUID,
    meta: dict[str, str],
) -> None:
    entry = AuditEntry(
        caller.require_org(), caller.require_user(), action, "user", str(user_id), meta
    )
    await audit.record(connection, [entry])
