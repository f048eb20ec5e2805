"""Change the caller's own password."""

import asyncio

from servicekit.db.database import Database
from servicekit.identity import Identity
from services.gateway.domain import clients
from services.gateway.domain.mails import PASSWORD_CHANGED
from services.gateway.domain.password_rules import check_new_password
from services.gateway.domain.passwords import hash_password
from services.gateway.storage import (
    audit,
    challenges,
    mailed_tokens,
    mails,
    open_sessions,
    users,
)
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.mailed_tokens import TokenOwner
from services.gateway.support.password_check import PasswordCheck


class ChangePassword:
    """Replaces a user's password with a new one."""

    def __init__(self, database: Database, passwords: PasswordCheck) -> None:
        self._database = database
        self._passwords = passwords

    async def change(self, caller: Identity, current: str, new: str) -> None:
        """Set the caller's new password, and end the caller's other sessions.

        Reset links that were mailed before stop working. The user gets an alert.

        Raises:
            InvalidInput: wrong_password, weak_password.
            TooManyRequests: too_many_guesses.
        """
        await self._passwords.require(caller, "currentPassword", current)
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            user = await users.get(connection, org_id, user_id)
        check_new_password("newPassword", new, user.known_words)
        password_hash = await asyncio.to_thread(hash_password, new)
        async with self._database.org(org_id) as connection:
            await users.change(connection, org_id, user_id, {"password_hash": password_hash})
            spared = clients.current().session_id
            await open_sessions.end_all(connection, org_id, user_id, spared)
            await mailed_tokens.end_resets(connection, TokenOwner(org_id, user_id))
            await challenges.end_all(connection, org_id, user_id)
            await mails.queue_alert(connection, PASSWORD_CHANGED, org_id, user_id)
            meta = clients.current().details()
            entry = AuditEntry(org_id, user_id, "password_changed", "user", str(user_id), meta)
            await audit.record(connection, [entry])
