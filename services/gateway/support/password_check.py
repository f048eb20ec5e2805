"""Check the password of an account, and limit guesses.

Guesses are counted per account, since attackers can use any number of networks. Each attempt is
counted before its password is checked. If the password is correct, the count is taken back.
Networks from which the account has signed in before have counts of their own, so that guesses from
elsewhere do not lock the owner out.
"""

import asyncio

from servicekit.db.database import Database
from servicekit.errors import InvalidInput, TooManyRequests
from servicekit.identity import Identity
from services.gateway.domain import clients, networks
from services.gateway.domain.mails import SIGN_IN_GUESSES
from services.gateway.domain.passwords import password_matches
from services.gateway.storage import audit, mails, sign_ins, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.sign_ins import AccountId, Guess
from services.gateway.storage.users import Credentials

_MOST_ELSEWHERE = 10
_MOST_FROM_KNOWN_NETWORK = 30


class PasswordCheck:
    """Checks passwords, and limits how many can be guessed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def account_with(self, email: str, password: str, failure: str) -> Credentials | None:
        """Return the account with this normalised email address, or None for a wrong password.

        The time that it takes is the same whether or not the account exists. `failure` is the
        action for the audit log if the password is wrong.

        Raises:
            TooManyRequests: too_many_guesses, whether or not the password is correct.
        """
        credentials, guess = await self._count_guess(email)
        known_hash = credentials.password_hash if credentials else None
        matches = await asyncio.to_thread(password_matches, password, known_hash)
        if credentials is None or not matches:
            await self._record_failure(credentials, guess, failure)
            return None
        async with self._database.system() as connection:
            await sign_ins.uncount_guess(connection, guess)
        return credentials

    async def require(self, caller: Identity, field: str, password: str) -> None:
        """Check that the caller knows their own password. `field` is the request's field.

        Raises:
            InvalidInput: wrong_password.
            TooManyRequests: too_many_guesses.
        """
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            user = await users.get(connection, org_id, user_id)
        if await self.account_with(user.email, password, "password_check_failed") is None:
            raise InvalidInput.of(field, "is not your current password", "wrong_password")

    async def _record_failure(
        self, credentials: Credentials | None, guess: Guess, action: str
    ) -> None:
        """Record a wrong password. If the account exists, record it in its audit log too."""
        async with self._database.system() as connection:
            # This is written for unknown accounts too, so that the time reveals nothing.
            await sign_ins.record_failure(connection, guess)
            if credentials is not None:
                await audit.record(connection, [_failed(credentials, action)])

    async def _count_guess(self, email: str) -> tuple[Credentials | None, Guess]:
        """Count the attempt and return the account's credentials. Raises `TooManyRequests`."""
        async with self._database.system() as connection:
            credentials = await users.credentials_of(connection, email)
            known = AccountId(credentials.user_id, credentials.org_id) if credentials else None
            guess = await sign_ins.count_guess(connection, email, known, networks.current())
            refused = guess.tries > _most(guess)
            if refused and credentials and not guess.is_from_known_network:
                await mails.queue_guess_alert(
                    connection, SIGN_IN_GUESSES, credentials.org_id, credentials.user_id
                )
            if credentials and guess.tries == _most(guess) + 1:
                await audit.record(connection, [_failed(credentials, "sign_in_blocked")])
        if refused:
            raise TooManyRequests(
                "Too many wrong passwords for this account. Try again later or reset the password.",
                "too_many_guesses",
                retry_after=guess.seconds_left,
            )
        return credentials, guess


def _most(guess: Guess) -> int:
    return _MOST_FROM_KNOWN_NETWORK if guess.is_from_known_network else _MOST_ELSEWHERE


def _failed(account: Credentials, action: str) -> AuditEntry:
    """Return the audit entry of a wrong password. It has no actor: anybody may have guessed."""
    meta = clients.current().details()
    return AuditEntry(account.org_id, None, action, "user", str(account.user_id), meta)
