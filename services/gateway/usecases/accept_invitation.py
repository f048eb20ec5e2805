"""Accept an invitation: join the organisation and sign in.

Anybody can sign up with somebody else's email address, but only the person who gets the mails to it
can accept an invitation. So an account that never verified this email address is disabled and loses
it. The account's organisation stays separate: neither it nor the new user gets anything of the
other.
"""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.ids import new_id
from services.gateway.domain.opaque_tokens import bad_token, token_hash
from services.gateway.domain.password_rules import check_new_password
from services.gateway.domain.passwords import hash_password
from services.gateway.domain.users import email_taken
from services.gateway.storage import (
    access_revocation,
    audit,
    invitations,
    mailed_tokens,
    mails,
    notices,
    orgs,
    sessions,
    sign_ins,
    users,
)
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.mailed_tokens import TokenOwner
from services.gateway.storage.session_tokens import SessionTokens, SignedIn


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What a person enters to join with a mailed token."""

    token: str
    name: str
    password: str


class AcceptInvitation:
    """Creates the users who accept an invitation, and signs them in."""

    def __init__(self, database: Database, tokens: SessionTokens) -> None:
        self._database = database
        self._tokens = tokens

    async def accept(self, newcomer: Newcomer) -> SignedIn:
        """Create the invited user and start a session.

        Raises:
            InvalidInput: bad_token, weak_password.
            Conflict: email_taken. The invitation stays open.
        """
        org_id = await self._check_new_password(newcomer)
        password_hash = await asyncio.to_thread(hash_password, newcomer.password)
        try:
            async with self._database.system() as connection:
                return await self._join(connection, org_id, newcomer, password_hash)
        except IntegrityError as error:
            if violated(error) == "uq_users_email":
                raise email_taken() from None
            raise

    async def _check_new_password(self, newcomer: Newcomer) -> UUID:
        """Check the password before the invitation is used. Returns the organisation's id.

        Raises:
            InvalidInput: bad_token, weak_password.
        """
        async with self._database.system() as connection:
            invited = await invitations.addressed_by(connection, token_hash(newcomer.token))
        if invited is None:
            raise bad_token()
        about = (invited.email, invited.org_name, newcomer.name)
        check_new_password("password", newcomer.password, about)
        return invited.org_id

    async def _join(
        self, connection: AsyncConnection, org_id: UUID, newcomer: Newcomer, password_hash: str
    ) -> SignedIn:
        # Locked first, as when inviting. A new subaccount can't be stored meanwhile.
        await orgs.lock(connection, org_id)
        invitation = await invitations.accept(connection, token_hash(newcomer.token))
        if invitation is None:
            raise bad_token()
        await _free_address(connection, invitation.email, org_id)
        member = users.NewMember(
            org_id=invitation.org_id,
            user_id=new_id(),
            email=invitation.email,
            name=newcomer.name,
            password_hash=password_hash,
            role=invitation.role,
        )
        await users.add_member(connection, member)
        await _audit_join(connection, member, invitation.id)
        await notices.of_member(connection, member.org_id, member.user_id, "member_joined")
        user = await users.get(connection, member.org_id, member.user_id)
        return await self._tokens.start_session(connection, user)


async def _free_address(connection: AsyncConnection, email: str, org_id: UUID) -> None:
    """Disable an account of another organisation that never verified this email address."""
    account = await users.lock_replaceable(connection, email, org_id)
    if account is None:
        return
    own_org, user_id = account.org_id, account.user_id
    await orgs.lock(connection, own_org)
    former: dict[str, str | None] = {"email": f"gave-way-{user_id}@invalid", "status": "disabled"}
    await users.change(connection, own_org, user_id, former)
    await sessions.revoke_all(connection, own_org, user_id)
    await sign_ins.forget_networks(connection, own_org, user_id)
    await mailed_tokens.end_all(connection, TokenOwner(own_org, user_id))
    await mails.give_up_all_of(connection, own_org, user_id)
    await access_revocation.revoke_of_removed_user(connection, own_org, user_id)
    entry = AuditEntry(own_org, None, "account_gave_way", "user", str(user_id))
    await audit.record(connection, [entry])


async def _audit_join(
    connection: AsyncConnection, member: users.NewMember, invitation_id: UUID
) -> None:
    meta = {"role": member.role}
    entry = AuditEntry(
        member.org_id, member.user_id, "member_joined", "invitation", str(invitation_id), meta
    )
    await audit.record(connection, [entry])
