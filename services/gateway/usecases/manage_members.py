"""Change the roles of an organisation's members, and remove members."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.identity import Identity
from services.gateway.domain.users import OWNER, own_account, require_owner
from services.gateway.storage import access_revocation, access_rights, audit, orgs, sessions, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.orgs import Member


class ManageMembers:
    """Changes roles of members and deactivates members.

    In one organisation, changes are made one after the other.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change_role(self, caller: Identity, user_id: UUID, role: str) -> Member:
        """Change a member's role. Revoke keys and invitations that the new role does not allow.

        Raises:
            Forbidden: The caller has not, or no longer, the right to do this.
            Conflict: last_owner.
            NotFound: There is no such user.
            CrossOrgAccess: The user belongs to another organisation.
        """
        org_id = caller.require_org()
        async with self._database.org(org_id) as connection:
            member = await _lock(connection, org_id, user_id)
            if member is not None:
                return await _change_role(connection, caller, member, role)
        raise await users.not_found(self._database, user_id)

    async def deactivate(self, caller: Identity, user_id: UUID) -> None:
        """Deactivate a member, and revoke their keys and invitations. Idempotent.

        Raises:
            Conflict: own_account for the caller's own account, or last_owner.
            Forbidden: The caller has not, or no longer, the right to do this.
            NotFound: There is no such user.
            CrossOrgAccess: The user belongs to another organisation.
        """
        org_id = caller.require_org()
        if user_id == caller.require_user():
            raise own_account()
        async with self._database.org(org_id) as connection:
            member = await _lock(connection, org_id, user_id)
            if member is not None:
                await _deactivate(connection, caller, member)
                return
        raise await users.not_found(self._database, user_id)


async def _lock(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> Member | None:
    """Return a member, or None. Until the commit, no other transaction can change members."""
    await orgs.lock(connection, org_id)
    return await orgs.member(connection, org_id, user_id)


async def _change_role(
    connection: AsyncConnection, caller: Identity, member: Member, role: str
) -> Member:
    org_id = caller.require_org()
    await access_rights.require_current_role(connection, caller)
    if role == member.role:
        return member
    if OWNER in (role, member.role):
        require_owner(caller)
    if member.role == OWNER:
        await _require_another_owner(connection, org_id, member)
    await orgs.set_role(connection, org_id, member.id, role)
    await access_revocation.revoke_beyond_role(connection, org_id, member.id, member.role, role)
    meta = {"from": member.role, "to": role}
    await _audit(connection, caller, "member_role_changed", member.id, meta)
    changed = await orgs.member(connection, org_id, member.id)
    if changed is None:
        raise RuntimeError("users are deleted only with their organisation")
    return changed


async def _deactivate(connection: AsyncConnection, caller: Identity, member: Member) -> None:
    org_id = caller.require_org()
    await access_rights.require_current_role(connection, caller)
    if member.status != "active":
        return
    if member.role == OWNER:
        require_owner(caller)
        await _require_another_owner(connection, org_id, member)
    await users.change(connection, org_id, member.id, {"status": "disabled"})
    await sessions.revoke_all(connection, org_id, member.id)
    await access_revocation.revoke_of_removed_user(connection, org_id, member.id)
    await _audit(connection, caller, "member_deactivated", member.id, {})


async def _require_another_owner(connection: AsyncConnection, org_id: UUID, member: Member) -> None:
    if member.status == "active" and await orgs.active_owners(connection, org_id) == 1:
        raise Conflict(
            "An organisation needs an owner. Make another member an owner first.", "last_owner"
        )


async def _audit(
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
