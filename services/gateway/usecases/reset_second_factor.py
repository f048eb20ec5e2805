"""Turn off the second factor of somebody who has lost the app and the recovery codes."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, Forbidden, NotFound
from servicekit.identity import Identity
from services.gateway.domain import clients
from services.gateway.domain.mails import SECOND_FACTOR_RESET
from services.gateway.domain.users import OPERATOR, OWNER, User, require_owner
from services.gateway.storage import (
    access_rights,
    audit,
    challenges,
    mails,
    orgs,
    second_factors,
    sessions,
    users,
)
from services.gateway.storage.audit import AuditEntry


class ResetSecondFactor:
    """Turns off second factors of other users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reset_of_member(self, caller: Identity, user_id: UUID) -> None:
        """Reset the second factor of a colleague.

        Only owners may reset the second factor of an owner.

        Raises:
            Conflict: own_account.
            Forbidden: The colleague is an owner or an operator, and the caller is not.
            NotFound: user_not_found.
        """
        org_id = caller.require_org()
        _refuse_own(caller, user_id)
        async with self._database.org(org_id) as connection:
            await orgs.lock(connection, org_id)
            await access_rights.require_current_role(connection, caller)
            user = await users.find(connection, org_id, user_id)
            if user is not None:
                _require_rank(caller, user)
                await _reset(connection, caller, user)
                return
        raise await users.not_found(self._database, user_id)

    async def reset_of_user(self, operator: Identity, user_id: UUID) -> None:
        """Reset the second factor of a user of any organisation.

        Raises:
            Conflict: own_account.
            NotFound: user_not_found.
        """
        _refuse_own(operator, user_id)
        async with self._database.system() as connection:
            user = await users.find_anywhere(connection, user_id)
            if user is None:
                raise NotFound("There is no such user.", code="user_not_found")
            await _reset(connection, operator, user)


def _require_rank(caller: Identity, user: User) -> None:
    """Raise `Forbidden` if the user has more rights than the caller."""
    if user.is_operator and OPERATOR not in caller.roles:
        raise Forbidden("Only an operator of the platform may do this.")
    if user.role == OWNER:
        require_owner(caller)


def _refuse_own(caller: Identity, user_id: UUID) -> None:
    if caller.require_user() == user_id:
        message = "You can't reset two-step sign-in for yourself. Turn it off in your account."
        raise Conflict(message, "own_account")


async def _reset(connection: AsyncConnection, caller: Identity, user: User) -> None:
    """Delete the second factor and end the user's sessions, if there is a second factor."""
    if not await second_factors.remove(connection, user.org_id, user.id):
        return
    await challenges.end_all(connection, user.org_id, user.id)
    await sessions.revoke_all(connection, user.org_id, user.id)
    await mails.queue_alert(connection, SECOND_FACTOR_RESET, user.org_id, user.id)
    meta = clients.current().details()
    entry = AuditEntry(
        user.org_id, caller.require_user(), "second_factor_reset", "user", str(user.id), meta
    )
    await audit.record(connection, [entry])
