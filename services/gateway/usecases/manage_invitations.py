"""Invite people into an organisation, and revoke invitations."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, TooManyRequests
from servicekit.identity import Identity
from services.gateway.domain.users import OWNER, email_taken, new_email, require_owner
from services.gateway.storage import access_rights, audit, invitations, mails, orgs, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.invitations import Invitation

_MOST_AN_HOUR = 50
_MOST_TO_AN_ADDRESS = 3


class ManageInvitations:
    """Creates and revokes invitations to an organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invite(self, caller: Identity, email: str, role: str) -> Invitation:
        """Invite the person with this email address, or renew the person's open invitation.

        Raises:
            Forbidden: The caller has not, or no longer, the right to do this.
            Conflict: email_taken.
            TooManyRequests: too_many_mails.
            InvalidInput: The email address is not valid.
        """
        if role == OWNER:
            require_owner(caller)
        email = new_email(email)
        async with self._database.system() as connection:
            if await users.is_taken(connection, email, caller.require_org()):
                raise email_taken()
        async with self._database.org(caller.require_org()) as connection:
            return await _invite(connection, caller, email, role)

    async def revoke(self, caller: Identity, invitation_id: UUID) -> None:
        """Revoke an invitation.

        Raises:
            Conflict: invitation_not_open.
            NotFound: There is no such invitation.
            CrossOrgAccess: The invitation belongs to another organisation.
        """
        org_id = caller.require_org()
        async with self._database.org(org_id) as connection:
            found = await invitations.find(connection, org_id, invitation_id)
            if found is not None:
                await _revoke(connection, caller, invitation_id)
        if found is None:
            raise await invitations.not_found(self._database, invitation_id)


async def _invite(
    connection: AsyncConnection, caller: Identity, email: str, role: str
) -> Invitation:
    org_id, user_id = caller.require_org(), caller.require_user()
    await orgs.lock(connection, org_id)
    await access_rights.require_current_role(connection, caller, role)
    if await mails.invitations_within_hour(connection, org_id) >= _MOST_AN_HOUR:
        raise TooManyRequests("Too many invitations. Try again later.", "too_many_mails")
    if await mails.invitations_within_hour(connection, org_id, email) >= _MOST_TO_AN_ADDRESS:
        message = "This person was invited three times within an hour. Try again later."
        raise TooManyRequests(message, "too_many_mails")
    invitation_id = await invitations.invite(connection, org_id, user_id, email, role)
    await mails.queue_invitation(connection, org_id, invitation_id)
    entry = AuditEntry(
        org_id, user_id, "member_invited", "invitation", str(invitation_id), {"role": role}
    )
    await audit.record(connection, [entry])
    found = await invitations.find(connection, org_id, invitation_id)
    if found is None:
        raise RuntimeError("the invitation was just created")
    return found


async def _revoke(connection: AsyncConnection, caller: Identity, invitation_id: UUID) -> None:
    org_id = caller.require_org()
    if not await invitations.revoke(connection, org_id, invitation_id):
        raise Conflict("This invitation was already accepted.", code="invitation_not_open")
    entry = AuditEntry(
        org_id, caller.require_user(), "invitation_revoked", "invitation", str(invitation_id)
    )
    await audit.record(connection, [entry])
