"""Inviting further users into an organisation, and joining it."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.errors import Conflict, TooManyRequests
from servicekit.identity import Identity
from servicekit.ids import new_id
from services.gateway.domain.opaque_tokens import token_hash
from services.gateway.domain.passwords import hash_password
from services.gateway.domain.users import OWNER, new_email
from services.gateway.storage import audit, invitations, mails, orgs, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.storage.tables import invitations as invitations_table
from services.gateway.usecases import sessions, take_back
from services.gateway.usecases.give_way import give_way
from services.gateway.usecases.members import check_may_name_owners
from services.gateway.usecases.recovery import bad_token

_MOST_AN_HOUR = 50


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What somebody gives to join by a mailed token."""

    token: str
    name: str
    password: str


async def invite(database: Database, caller: Identity, email: str, role: str) -> RowMapping:
    """Invite whoever has this address; the invitation's row.

    Raises ``Forbidden``, ``Conflict`` (email_taken) and ``TooManyRequests`` (too_many_mails).
    """
    if role == OWNER:
        check_may_name_owners(caller)
    email = new_email(email)
    async with database.system() as connection:
        if await users.keeps_address(connection, email, caller.require_org()):
            raise _taken()
    async with database.org(caller.require_org()) as connection:
        return await _invite(connection, caller, email, role)


async def _invite(
    connection: AsyncConnection, caller: Identity, email: str, role: str
) -> RowMapping:
    org_id, user_id = caller.require_org(), caller.require_user()
    await orgs.lock(connection, org_id)
    await take_back.require_still(connection, caller, role)
    if await mails.invitations_within_hour(connection, org_id) >= _MOST_AN_HOUR:
        raise TooManyRequests("Too many invitations. Try again later.", "too_many_mails")
    invitation_id = await invitations.invite(connection, org_id, user_id, email, role)
    await mails.ask_invitation(connection, org_id, invitation_id)
    entry = AuditEntry(
        org_id, user_id, "member_invited", "invitation", str(invitation_id), {"role": role}
    )
    await audit.record(connection, [entry])
    found = await invitations.find(connection, org_id, invitation_id)
    if found is None:
        raise RuntimeError("the invitation was just made")
    return found


async def revoke(database: Database, caller: Identity, invitation_id: UUID) -> None:
    """Take an invitation back.

    Raises ``Conflict`` (invitation_not_open), ``NotFound`` and ``CrossOrgAccess``.
    """
    org_id = caller.require_org()
    async with database.org(org_id) as connection:
        found = await invitations.find(connection, org_id, invitation_id)
        if found is not None:
            await _revoke(connection, caller, invitation_id)
    if found is None:
        condition = invitations_table.c.id == invitation_id
        raise await database.not_found(invitations_table, condition, "invitation")


async def _revoke(connection: AsyncConnection, caller: Identity, invitation_id: UUID) -> None:
    org_id = caller.require_org()
    if not await invitations.revoke(connection, org_id, invitation_id):
        raise Conflict("This invitation was accepted.", code="invitation_not_open")
    entry = AuditEntry(
        org_id, caller.require_user(), "invitation_revoked", "invitation", str(invitation_id)
    )
    await audit.record(connection, [entry])


async def accept(database: Database, keys: SigningKeys, newcomer: Newcomer) -> sessions.SignedIn:
    """Join the organisation that a mailed token invites to, and sign in.

    An account with the address that was never verified gives way.

    Raises ``InvalidInput`` (bad_token) and ``Conflict`` (email_taken), after which the invitation
    stays open.
    """
    password_hash = await asyncio.to_thread(hash_password, newcomer.password)
    try:
        async with database.system() as connection:
            return await _join(connection, keys, newcomer, password_hash)
    except IntegrityError as error:
        if violated(error) == "uq_users_email":
            raise _taken() from None
        raise


async def _join(
    connection: AsyncConnection, keys: SigningKeys, newcomer: Newcomer, password_hash: str
) -> sessions.SignedIn:
    hashed = token_hash(newcomer.token)
    org_id = await invitations.org_of(connection, hashed)
    if org_id is None:
        raise bad_token()
    # First, as whoever invites does; and not while a new subaccount is being noted on profiles.
    await orgs.lock(connection, org_id)
    invitation = await invitations.accept(connection, hashed)
    if invitation is None:
        raise bad_token()
    await give_way(connection, invitation.email, org_id)
    member = users.NewMember(
        org_id=invitation.org_id,
        user_id=new_id(),
        email=invitation.email,
        name=newcomer.name,
        password_hash=password_hash,
        role=invitation.role,
    )
    await users.add_member(connection, member)
    meta = {"role": member.role}
    entry = AuditEntry(
        member.org_id, member.user_id, "member_joined", "invitation", str(invitation.id), meta
    )
    await audit.record(connection, [entry])
    user = await users.get(connection, member.org_id, member.user_id)
    return await sessions.start(connection, keys, user)


def _taken() -> Conflict:
    return Conflict("This e-mail address has an account.", code="email_taken")
