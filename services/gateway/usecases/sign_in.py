"""Sign in with email and password.

Guesses are counted per account, since attackers can use any number of networks. Each attempt is
counted before its password is checked, and a correct one is uncounted. Networks from which the
account has signed in before have counts of their own, so that guesses from elsewhere do not lock
the owner out.
"""

import asyncio

from servicekit.db.database import Database
from servicekit.errors import Forbidden, TooManyRequests, Unauthenticated
from services.gateway.domain import networks
from services.gateway.domain.passwords import password_matches
from services.gateway.domain.users import normal_email
from services.gateway.storage import mails, sign_ins, users
from services.gateway.storage.session_tokens import SessionTokens, SignedIn
from services.gateway.storage.sign_ins import Guess
from services.gateway.storage.users import Credentials

_MOST_ELSEWHERE = 10
_MOST_FROM_KNOWN_NETWORK = 30


class SignIn:
    """Check credentials, limit password guesses and start sessions."""

    def __init__(self, database: Database, tokens: SessionTokens) -> None:
        self._database = database
        self._tokens = tokens

    async def sign_in(self, email: str, password: str) -> SignedIn:
        """Start a session for the account with these credentials.

        The answer, and the time that it takes, are the same whether or not the account exists.

        Raises:
            Unauthenticated: bad_credentials.
            Forbidden: account_disabled, only if the password is correct.
            TooManyRequests: too_many_guesses, whether or not the password is correct.
        """
        credentials, guess = await self._count_guess(normal_email(email))
        known_hash = credentials.password_hash if credentials else None
        matches = await asyncio.to_thread(password_matches, password, known_hash)
        if credentials is None or not matches:
            raise Unauthenticated("The email or password is wrong.", code="bad_credentials")
        async with self._database.system() as connection:
            await sign_ins.uncount_guess(connection, guess)
            user = await users.find_anywhere(connection, credentials.user_id)
            if user is not None and user.is_active:
                return await self._tokens.start_session(connection, user)
        raise Forbidden("This account is disabled. Contact support.", code="account_disabled")

    async def _count_guess(self, email: str) -> tuple[Credentials | None, Guess]:
        """Count the attempt and return the credentials. Raises `TooManyRequests`."""
        async with self._database.system() as connection:
            credentials = await users.credentials_of(connection, email)
            guess = await sign_ins.count_guess(connection, email, credentials, networks.current())
            refused = guess.tries > _most(guess)
            if refused and credentials and not guess.is_from_known_network:
                await mails.queue_guess_alert(connection, credentials.org_id, credentials.user_id)
        if refused:
            raise TooManyRequests(
                "Too many wrong passwords for this account. Try again later or reset the password.",
                "too_many_guesses",
                retry_after=guess.seconds_left,
            )
        return credentials, guess


def _most(guess: Guess) -> int:
    return _MOST_FROM_KNOWN_NETWORK if guess.is_from_known_network else _MOST_ELSEWHERE
