"""Password reset and e-mail verification, by tokens in mailed links."""

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InvalidInput, TooManyRequests
from services.gateway.domain import networks
from services.gateway.domain.opaque_tokens import token_hash
from services.gateway.domain.passwords import hash_password
from services.gateway.domain.users import normal_email
from services.gateway.storage import audit, mailed_tokens, mails, sessions, sign_ins, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.mailed_tokens import TokenOwner
from services.gateway.usecases import take_back

_MOST_AN_HOUR = 3


async def request_reset(database: Database, email: str) -> None:
    """Have a reset mailed to the account with this address, if there is one.

    More than three in an hour are dropped without a word, which would tell of the account.
    """
    async with database.system() as connection:
        await mails.ask_password_reset(connection, normal_email(email), _MOST_AN_HOUR)


async def reset_password(database: Database, token: str, new_password: str) -> None:
    """Set a new password by a mailed token and end all of the user's sessions and resets.

    It verifies the address too; API keys and invitations of the time before then end.

    Raises ``InvalidInput`` (bad_token).
    """
    password_hash = await asyncio.to_thread(hash_password, new_password)
    async with database.system() as connection:
        owner = await mailed_tokens.use_reset(connection, token_hash(token))
        if owner is None:
            raise bad_token()
        await users.change(
            connection, owner.org_id, owner.user_id, {"password_hash": password_hash}
        )
        await sessions.revoke_all(connection, owner.org_id, owner.user_id)
        await _verify(connection, owner)
        await _know_only_this_place(connection, owner)
        await mailed_tokens.end_resets(connection, owner)
        user_id = str(owner.user_id)
        entry = AuditEntry(owner.org_id, owner.user_id, "password_reset", "user", user_id)
        await audit.record(connection, [entry])


async def _verify(connection: AsyncConnection, owner: TokenOwner) -> None:
    """The mailed token shows whose the address is; somebody else may have had the account so far.

    What they opened ends, unless the address was known to be theirs.
    """
    user = await users.get(connection, owner.org_id, owner.user_id)
    if user.email_verified_at is None:
        await users.verify_email(connection, owner.org_id, owner.user_id)
        await take_back.of_stranger(connection, owner.org_id, owner.user_id)


async def _know_only_this_place(connection: AsyncConnection, owner: TokenOwner) -> None:
    """Let whoever has the mailbox sign in from here, however many guess at the password."""
    user = await users.get(connection, owner.org_id, owner.user_id)
    await sign_ins.forget_places(connection, user.org_id, user.id)
    await sign_ins.know_place(connection, user.org_id, user.id, user.email, networks.current())


async def send_verification(database: Database, org_id: UUID, user_id: UUID) -> None:
    """Have a verification mailed to a user whose address is not verified yet.

    Raises ``TooManyRequests`` (too_many_mails).
    """
    async with database.org(org_id) as connection:
        user = await users.get(connection, org_id, user_id)
        if user.email_verified_at is not None:
            return
        await mails.take_turn(connection, user.email)
        if await mails.verifications_within_hour(connection, org_id, user_id) >= _MOST_AN_HOUR:
            raise TooManyRequests("Look into your mail, or try again later.", "too_many_mails")
        await mails.ask_verification(connection, org_id, user_id)


async def verify_email(database: Database, token: str) -> None:
    """Verify an address by a mailed token. Raises ``InvalidInput`` (bad_token)."""
    async with database.system() as connection:
        owner = await mailed_tokens.use_verification(connection, token_hash(token))
        if owner is None:
            raise bad_token()
        await users.verify_email(connection, owner.org_id, owner.user_id)
        user_id = str(owner.user_id)
        entry = AuditEntry(owner.org_id, owner.user_id, "email_verified", "user", user_id)
        await audit.record(connection, [entry])


def bad_token() -> InvalidInput:
    """A mailed token that was never good, is used up, or is too old: which one is not told."""
    return InvalidInput.of("token", "is not good any more; ask for a new mail", "bad_token")
