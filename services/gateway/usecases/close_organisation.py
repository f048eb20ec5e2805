"""Close an organisation, and open it again within the grace."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput, NotFound
from servicekit.identity import Identity
from services.gateway.domain.users import OWNER, require_owner
from services.gateway.storage import access_revocation, access_rights, audit, closings, orgs
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.closings import Closing


class CloseOrganisation:
    """Closes organisations for `days` days. The job `close-organisations` does the rest."""

    def __init__(self, database: Database, days: int) -> None:
        self._database = database
        self._days = days

    async def close_own(self, caller: Identity, name: str, reason: str | None) -> Closing:
        """Close the caller's organisation, and end all its sessions and keys.

        Raises:
            Forbidden: The caller is not, or no longer, an owner.
            InvalidInput: `name` is not the organisation's name.
            Conflict: operator_in_organisation.
        """
        require_owner(caller)
        org_id = caller.require_org()
        async with self._database.org(org_id) as connection:
            await orgs.lock(connection, org_id)
            await access_rights.require_current_role(connection, caller, OWNER)
            organisation = await orgs.get(connection, org_id)
            if name.strip() != organisation.name.strip():
                raise InvalidInput.of("name", "must be the name of your organisation")
            return await self._close(connection, caller, org_id, reason)

    async def close_any(self, operator: Identity, org_id: UUID, reason: str) -> Closing:
        """Close an organisation for an operator. Idempotent.

        Raises:
            NotFound: organisation_not_found.
            Conflict: operator_in_organisation.
        """
        async with self._database.system() as connection:
            if not await orgs.exists(connection, org_id):
                raise NotFound("There is no such organisation.", "organisation_not_found")
            await orgs.lock(connection, org_id)
            return await self._close(connection, operator, org_id, reason)

    async def reopen(self, caller: Identity, org_id: UUID, reason: str | None = None) -> Closing:
        """Open an organisation again.

        Raises:
            NotFound: closing_not_found.
            Conflict: deletion_has_begun.
        """
        async with self._database.system() as connection:
            closing = await closings.newest(connection, org_id)
            if closing is None or closing.reopened_at:
                raise not_closed()
            if not await closings.reopen(connection, org_id):
                raise Conflict("The organisation's data are being deleted.", "deletion_has_begun")
            await orgs.set_closed(connection, org_id, closed=False)
            await _record(connection, caller, "organisation_reopened", org_id, reason)
            return await _newest(connection, org_id)

    async def reopen_own(self, caller: Identity) -> Closing:
        """Open the caller's organisation again.

        Raises:
            Forbidden: The caller is not an owner.
            NotFound: closing_not_found.
            Conflict: deletion_has_begun.
        """
        require_owner(caller)
        return await self.reopen(caller, caller.require_org())

    async def _close(
        self, connection: AsyncConnection, caller: Identity, org_id: UUID, reason: str | None
    ) -> Closing:
        if await orgs.has_operator(connection, org_id):
            raise Conflict(
                "A member of this organisation is an operator of the platform.",
                "operator_in_organisation",
            )
        user_id = caller.require_user()
        if await closings.add(connection, org_id, user_id, reason or None, self._days):
            await orgs.set_closed(connection, org_id, closed=True)
            await access_revocation.revoke_everything(connection, org_id)
            await _record(connection, caller, "organisation_closed", org_id, reason)
        return await _newest(connection, org_id)


def not_closed() -> NotFound:
    """Return the error for an organisation that is open."""
    return NotFound("The organisation is not closed.", "closing_not_found")


async def _newest(connection: AsyncConnection, org_id: UUID) -> Closing:
    closing = await closings.newest(connection, org_id)
    if closing is None:
        raise RuntimeError("closings are never deleted")
    return closing


async def _record(
    connection: AsyncConnection, caller: Identity, action: str, org_id: UUID, reason: str | None
) -> None:
    meta = {"reason": reason} if reason else {}
    entry = AuditEntry(org_id, caller.require_user(), action, "org", str(org_id), meta)
    await audit.record(connection, [entry])
