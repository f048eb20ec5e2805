"""Take back what somebody opened who may no longer open it: by removal or by a lower role.

In the transaction of the change, while the organisation is locked, so that nothing is opened beside
it. Other services are told over the bus, the owners by mail.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.db import clock
from servicekit.errors import Forbidden
from servicekit.identity import Identity
from servicekit.rpc.access import ORG_ADMIN_ROLES
from services.gateway.domain.mails import MEMBER_DEMOTED, MEMBER_REMOVED
from services.gateway.domain.users import ADMIN, MEMBER, OPERATOR, OWNER
from services.gateway.storage import api_keys, invitations, mails, users
from smsblaster.identity.v1 import events_pb2

_RANKS = {MEMBER: 0, ADMIN: 1, OWNER: 2}


async def of_removed(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Take everything back that a user had opened who was just disabled."""
    await of_stranger(connection, org_id, user_id)
    removed = events_pb2.MemberRemoved(org_id=str(org_id), user_id=str(user_id))
    removed.removed_at.FromDatetime(await clock.now(connection))
    await announce(connection, (subjects.MEMBER_REMOVED, removed))
    await mails.alert_owners(connection, MEMBER_REMOVED, org_id, user_id)


async def of_stranger(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Revoke the open invitations and API keys of a user, which somebody else may have made."""
    await invitations.revoke_of(connection, org_id, user_id, [MEMBER, ADMIN, OWNER])
    await api_keys.revoke_of(connection, org_id, user_id)


async def of_changed_role(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, former: str, role: str
) -> None:
    """Take back what a user had opened whose role was just changed and does not allow it now."""
    if _RANKS[role] >= _RANKS[former]:
        return
    beyond = [OWNER] if role == ADMIN else [MEMBER, ADMIN, OWNER]
    await invitations.revoke_of(connection, org_id, user_id, beyond)
    if role == MEMBER:
        await api_keys.revoke_of(connection, org_id, user_id)
    await mails.alert_owners(connection, MEMBER_DEMOTED, org_id, user_id)


async def require_still(connection: AsyncConnection, caller: Identity, role: str = ADMIN) -> None:
    """Raise ``Forbidden`` unless the caller still may open what ``role`` or more may.

    With the organisation locked: the caller may have been removed since the request came in.
    """
    user = await users.get(connection, caller.require_org(), caller.require_user())
    allowed = {OWNER, OPERATOR} if role == OWNER else ORG_ADMIN_ROLES
    if not user.is_active or not allowed & set(user.roles):
        raise Forbidden("You may no longer do this.")
