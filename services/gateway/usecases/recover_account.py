"""Reset passwords and verify email addresses, with tokens in mailed links."""

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import TooManyRequests
from services.gateway.domain import networks
from services.gateway.domain.opaque_tokens import bad_token, token_hash
from services.gateway.domain.password_rules import check_new_password
from services.gateway.domain.passwords import hash_password
from services.gateway.domain.users import normal_email
from services.gateway.storage import (
    access_revocation,
    audit,
    challenges,
    mailed_tokens,
    mails,
    sessions,
    sign_ins,
    users,
)
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.mailed_tokens import TokenOwner

_MOST_AN_HOUR = 3


class RecoverAccount:
    """Mails tokens to users, and accepts them to reset passwords and verify email addresses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def request_reset(self, email: str) -> None:
        """Queue a password reset mail to this email address, if it has an account.

        More than three requests in an hour are ignored without an error, since an error would
        reveal that the account exists.
        """
        async with self._database.system() as connection:
            await mails.queue_password_reset(connection, normal_email(email), _MOST_AN_HOUR)

    async def reset_password(self, token: str, new_password: str) -> None:
        """Set a new password with a mailed token, and end all of the user's sessions and resets.

        The token also verifies the email address. If that was not verified before, the user's API
        keys and invitations are revoked: somebody else may have created them.

        Raises:
            InvalidInput: bad_token, or weak_password; after weak_password the token still works.
        """
        await self._check_new_password(token, new_password)
        password_hash = await asyncio.to_thread(hash_password, new_password)
        async with self._database.system() as connection:
            owner = await mailed_tokens.use_reset(connection, token_hash(token))
            if owner is None:
                raise bad_token()
            await users.change(
                connection, owner.org_id, owner.user_id, {"password_hash": password_hash}
            )
            await sessions.revoke_all(connection, owner.org_id, owner.user_id)
            await challenges.end_all(connection, owner.org_id, owner.user_id)
            await _verify(connection, owner)
            await _remember_only_this_network(connection, owner)
            await mailed_tokens.end_resets(connection, owner)
            await _audit(connection, owner, "password_reset")

    async def _check_new_password(self, token: str, password: str) -> None:
        """Check a password before its token is used. Raises `InvalidInput`."""
        async with self._database.system() as connection:
            owner = await mailed_tokens.find_reset(connection, token_hash(token))
            if owner is None:
                raise bad_token()
            user = await users.get(connection, owner.org_id, owner.user_id)
        check_new_password("newPassword", password, user.known_words)

    async def send_verification(self, org_id: UUID, user_id: UUID) -> None:
        """Queue a verification mail for a user, unless the email address is already verified.

        Raises:
            TooManyRequests: too_many_mails.
        """
        async with self._database.org(org_id) as connection:
            user = await users.get(connection, org_id, user_id)
            if user.email_verified_at is not None:
                return
            await mails.lock_address(connection, user.email)
            if await mails.verifications_within_hour(connection, org_id, user_id) >= _MOST_AN_HOUR:
                message = "We have sent you several emails. Check your inbox, or try again later."
                raise TooManyRequests(message, "too_many_mails")
            await mails.queue_verification(connection, org_id, user_id)

    async def verify_email(self, token: str) -> None:
        """Verify an email address with a mailed token.

        Raises:
            InvalidInput: bad_token.
        """
        async with self._database.system() as connection:
            owner = await mailed_tokens.use_verification(connection, token_hash(token))
            if owner is None:
                raise bad_token()
            await users.verify_email(connection, owner.org_id, owner.user_id)
            await _audit(connection, owner, "email_verified")


async def _verify(connection: AsyncConnection, owner: TokenOwner) -> None:
    """Verify the email address, and revoke what others may have created in the account before."""
    user = await users.get(connection, owner.org_id, owner.user_id)
    if user.email_verified_at is None:
        await users.verify_email(connection, owner.org_id, owner.user_id)
        await access_revocation.revoke_keys_and_invitations(connection, owner.org_id, owner.user_id)


async def _remember_only_this_network(connection: AsyncConnection, owner: TokenOwner) -> None:
    """Replace the networks that the user has signed in from by the network of this request.

    So the owner of the mailbox can sign in from here even while others guess passwords.
    """
    user = await users.get(connection, owner.org_id, owner.user_id)
    await sign_ins.forget_networks(connection, user.org_id, user.id)
    await sign_ins.remember_network(
        connection, user.org_id, user.id, user.email, networks.current()
    )


async def _audit(connection: AsyncConnection, owner: TokenOwner, action: str) -> None:
    entry = AuditEntry(owner.org_id, owner.user_id, action, "user", str(owner.user_id))
    await audit.record(connection, [entry])
