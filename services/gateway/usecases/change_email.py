"""Change the caller's email address, once the old and the new address have confirmed that."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.errors import InvalidInput, TooManyRequests
from servicekit.identity import Identity
from services.gateway.domain import clients
from services.gateway.domain.mails import EMAIL_CHANGE_CURRENT, EMAIL_CHANGE_NEW
from services.gateway.domain.opaque_tokens import bad_token, token_hash
from services.gateway.domain.users import User, email_taken, new_email
from services.gateway.storage import audit, email_changes, mailed_tokens, mails, sign_ins, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.email_changes import EmailChange
from services.gateway.storage.mailed_tokens import TokenOwner
from services.gateway.support.password_check import PasswordCheck

_MOST_AN_HOUR = 3


class ChangeEmail:
    """Starts, confirms and cancels changes of users' email addresses."""

    def __init__(self, database: Database, passwords: PasswordCheck) -> None:
        self._database = database
        self._passwords = passwords

    async def request(self, caller: Identity, email: str, password: str) -> EmailChange:
        """Start a change of the caller's email address, and queue a mail to both addresses.

        The new change replaces an earlier open one. A current address that was never verified does
        not have to confirm, because it may be somebody else's.

        Raises:
            InvalidInput: wrong_password, or the address is not valid or not new.
            Conflict: email_taken.
            TooManyRequests: too_many_guesses, too_many_mails.
        """
        address = new_email(email, "newEmail")
        await self._passwords.require(caller, "password", password)
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.system() as connection:
            if await users.find_by_email(connection, address) is not None:
                raise _taken(caller, address)
        async with self._database.org(org_id) as connection:
            user = await users.lock(connection, org_id, user_id)
            await _require_few_mails(connection, user)
            await email_changes.end(connection, org_id, user_id)
            change = await email_changes.start(
                connection,
                org_id,
                user_id,
                address,
                needs_current=user.email_verified_at is not None,
            )
            await _queue_mails(connection, change)
            await audit.record(connection, [_entry(org_id, user_id, "email_change_requested")])
        return change

    async def cancel(self, caller: Identity) -> None:
        """Cancel the caller's open change of email address. Idempotent."""
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            if await email_changes.end(connection, org_id, user_id):
                await audit.record(connection, [_entry(org_id, user_id, "email_change_cancelled")])

    async def find(self, caller: Identity) -> EmailChange | None:
        """Return the caller's open change of email address, or None."""
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            return await email_changes.find(connection, org_id, user_id)

    async def confirm(self, token: str) -> bool:
        """Confirm a change with a mailed token. Returns whether the change is now complete.

        Raises:
            InvalidInput: bad_token.
            Conflict: email_taken, another account has got the email address meanwhile.
        """
        try:
            async with self._database.system() as connection:
                change = await _confirmed(connection, token_hash(token))
                if change.is_confirmed:
                    await _complete(connection, change)
                return change.is_confirmed
        except IntegrityError as error:
            if violated(error) == "uq_users_email":
                raise email_taken() from None
            raise


async def _confirmed(connection: AsyncConnection, hashed: bytes) -> EmailChange:
    """Store that one of the two email addresses has confirmed the change. Raises `InvalidInput`."""
    owner = await email_changes.owner_of_token(connection, hashed)
    if owner is None:
        raise bad_token()
    user = await users.lock(connection, owner.org_id, owner.user_id)
    change = await email_changes.confirm(connection, hashed)
    if change is None or not user.is_active:
        raise bad_token()
    return change


async def _require_few_mails(connection: AsyncConnection, user: User) -> None:
    """Raise `TooManyRequests` if the user has requested several changes in the last hour.

    The user must be locked.
    """
    within = await mails.email_changes_within_hour(connection, user.org_id, user.id)
    if within >= _MOST_AN_HOUR:
        message = "You have changed your address several times. Try again in an hour."
        raise TooManyRequests(message, "too_many_mails")


async def _queue_mails(connection: AsyncConnection, change: EmailChange) -> None:
    kinds = [EMAIL_CHANGE_NEW]
    if not change.is_confirmed_by_current:
        kinds.append(EMAIL_CHANGE_CURRENT)
    for kind in kinds:
        await mails.queue_email_change(connection, kind, change.org_id, change.user_id, change.id)


async def _complete(connection: AsyncConnection, change: EmailChange) -> None:
    """Set the new email address. Links in mails to the old email address then stop working."""
    org_id, user_id = change.org_id, change.user_id
    await users.set_email(connection, org_id, user_id, change.new_email)
    await email_changes.end(connection, org_id, user_id)
    await mailed_tokens.end_all(connection, TokenOwner(org_id, user_id))
    # Networks are stored together with the address, so the old ones mean nothing now.
    await sign_ins.forget_networks(connection, org_id, user_id)
    await audit.record(connection, [_entry(org_id, user_id, "email_changed")])


def _taken(caller: Identity, address: str) -> Exception:
    if address == caller.email:
        return InvalidInput.of("newEmail", "is your address already")
    return email_taken()


def _entry(org_id: UUID, user_id: UUID, action: str) -> AuditEntry:
    """Return an audit entry. It has no email addresses, which are personal data."""
    meta = clients.current().details()
    return AuditEntry(org_id, user_id, action, "user", str(user_id), meta)
