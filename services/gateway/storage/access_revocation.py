"""Revoke the API keys and invitations that a user may no longer create.

This runs in the transaction that removes or demotes the user, while the organisation is locked, so
that no key or invitation is created at the same time. If the user is removed, other services get a
bus event. The owners get a mail.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.db import clock
from servicekit.modes import both_of
from services.gateway.domain.mails import MEMBER_DEMOTED, MEMBER_REMOVED
from services.gateway.domain.users import ADMIN, MEMBER, OWNER
from services.gateway.storage import api_keys, invitations, mails, notices
from services.gateway.storage.access_hints import note_revoked_access
from smsblaster.identity.v1 import events_pb2

_REVOKE_ALL = (
    text("UPDATE sessions SET revoked_at = now() WHERE org_id = :org_id AND revoked_at IS NULL"),
    text("UPDATE api_keys SET revoked_at = now() WHERE org_id = :org_id AND revoked_at IS NULL"),
    text("""
    UPDATE invitations SET revoked_at = now()
    WHERE org_id = :org_id AND revoked_at IS NULL AND accepted_at IS NULL
    """),
)

_RANKS = {MEMBER: 0, ADMIN: 1, OWNER: 2}


async def revoke_of_removed_user(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Revoke all keys and invitations of a user who was just disabled. Announce the removal.

    The removal is announced for the test organisation too, so that other services also stop what
    the user has started in test mode.
    """
    await revoke_keys_and_invitations(connection, org_id, user_id)
    removed_at = await clock.now(connection)
    for member_of in both_of(org_id):
        removed = events_pb2.MemberRemoved(org_id=str(member_of), user_id=str(user_id))
        removed.removed_at.FromDatetime(removed_at)
        await announce(connection, (subjects.MEMBER_REMOVED, removed))
    note_revoked_access(connection, org_id, user_id)
    await notices.of_member(connection, org_id, user_id, "member_removed")
    await mails.queue_owner_alerts(connection, MEMBER_REMOVED, org_id, user_id)


async def revoke_everything(connection: AsyncConnection, org_id: UUID) -> None:
    """End all sessions of an organisation that is closed, and revoke its keys and invitations."""
    for statement in _REVOKE_ALL:
        await connection.execute(statement, {"org_id": org_id})
    note_revoked_access(connection, org_id)


async def revoke_keys_and_invitations(
    connection: AsyncConnection, org_id: UUID, user_id: UUID
) -> None:
    """Revoke a user's open invitations and API keys."""
    await invitations.revoke_of(connection, org_id, user_id, [MEMBER, ADMIN, OWNER])
    await api_keys.revoke_of(connection, org_id, user_id)


async def revoke_beyond_role(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, former: str, role: str
) -> None:
    """Revoke a user's invitations and API keys that the user's new role does not allow."""
    if _RANKS[role] >= _RANKS[former]:
        return
    beyond = [OWNER] if role == ADMIN else [MEMBER, ADMIN, OWNER]
    await invitations.revoke_of(connection, org_id, user_id, beyond)
    if role == MEMBER:
        await api_keys.revoke_of(connection, org_id, user_id)
    await mails.queue_owner_alerts(connection, MEMBER_DEMOTED, org_id, user_id)
