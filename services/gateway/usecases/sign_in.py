"""Sign-in with e-mail and password."""

import asyncio

from servicekit.db.database import Database
from servicekit.errors import Forbidden, Unauthenticated
from services.gateway.domain.passwords import password_matches
from services.gateway.domain.users import normal_email
from services.gateway.storage import users
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.usecases import sessions


async def sign_in(
    database: Database, keys: SigningKeys, email: str, password: str
) -> sessions.SignedIn:
    """Start a session for the account with these credentials.

    Answer and time taken are the same whether or not there is such an account. Raises
    ``Unauthenticated`` (bad_credentials), and ``Forbidden`` (account_disabled) to those alone who
    know the password.
    """
    async with database.system() as connection:
        credentials = await users.credentials_of(connection, normal_email(email))
    known_hash = credentials.password_hash if credentials else None
    matches = await asyncio.to_thread(password_matches, password, known_hash)
    if credentials is None or not matches:
        raise Unauthenticated("E-mail or password is wrong.", code="bad_credentials")
    async with database.system() as connection:
        user = await users.find_anywhere(connection, credentials.user_id)
        if user is None or not user.is_active:
            raise Forbidden("This account is disabled.", code="account_disabled")
        return await sessions.start(connection, keys, user)
