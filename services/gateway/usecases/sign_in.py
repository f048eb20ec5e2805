"""Sign-in with e-mail and password.

Guesses are counted for each account, since a crowd has as many addresses as it wants. Each attempt
is counted before it is judged, and a right one takes its count back. Places that the account has
signed in from have counts of their own: what strangers do elsewhere keeps no owner out.
"""

import asyncio

from servicekit.db.database import Database
from servicekit.errors import Forbidden, TooManyRequests, Unauthenticated
from services.gateway.domain import networks
from services.gateway.domain.passwords import password_matches
from services.gateway.domain.users import normal_email
from services.gateway.storage import mails, sign_ins, users
from services.gateway.storage.sign_ins import Guess
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.storage.users import Credentials
from services.gateway.usecases import sessions

_MOST_ELSEWHERE = 10
_MOST_AT_KNOWN_PLACE = 30


async def sign_in(
    database: Database, keys: SigningKeys, email: str, password: str
) -> sessions.SignedIn:
    """Start a session for the account with these credentials.

    Answer and time taken are the same whether or not there is such an account.

    Raises:
        Unauthenticated: bad_credentials.
        Forbidden: account_disabled, to those alone who know the password.
        TooManyRequests: too_many_guesses, whether or not the password is right.
    """
    credentials, guess = await _count_guess(database, normal_email(email))
    known_hash = credentials.password_hash if credentials else None
    matches = await asyncio.to_thread(password_matches, password, known_hash)
    if credentials is None or not matches:
        raise Unauthenticated("E-mail or password is wrong.", code="bad_credentials")
    async with database.system() as connection:
        await sign_ins.take_back(connection, guess)
        user = await users.find_anywhere(connection, credentials.user_id)
        if user is not None and user.is_active:
            return await sessions.start(connection, keys, user)
    raise Forbidden("This account is disabled.", code="account_disabled")


async def _count_guess(database: Database, email: str) -> tuple[Credentials | None, Guess]:
    """The account's credentials, once there is a guess left. Raises ``TooManyRequests``."""
    async with database.system() as connection:
        credentials = await users.credentials_of(connection, email)
        guess = await sign_ins.count_guess(connection, email, credentials, networks.current())
        refused = guess.tries > _most(guess)
        if refused and credentials and not guess.is_from_known_place:
            await mails.warn_of_guesses(connection, credentials.org_id, credentials.user_id)
    if refused:
        raise TooManyRequests(
            "Too many wrong passwords for this account. Try again later, or reset the password.",
            "too_many_guesses",
            retry_after=guess.seconds_left,
        )
    return credentials, guess


def _most(guess: Guess) -> int:
    return _MOST_AT_KNOWN_PLACE if guess.is_from_known_place else _MOST_ELSEWHERE
