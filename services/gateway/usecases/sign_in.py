"""Sign in with email and password, and with a code where the user has a second factor."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Forbidden, Unauthenticated
from services.gateway.domain import clients
from services.gateway.domain.opaque_tokens import CHALLENGE_LIFETIME, new_token, token_hash
from services.gateway.domain.users import User, normal_email
from services.gateway.storage import audit, challenges, second_factors, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.session_tokens import SessionTokens, SignedIn
from services.gateway.support.password_check import PasswordCheck
from services.gateway.support.second_factor_check import SecondFactorCheck, wrong_code


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """The password was right, but a code is needed too.

    `challenge` is a token that must be sent with the code before it expires.
    """

    challenge: str
    expires_in: int


class SignIn:
    """Checks passwords and codes, and starts sessions."""

    def __init__(
        self,
        database: Database,
        passwords: PasswordCheck,
        second_factors: SecondFactorCheck,
        tokens: SessionTokens,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._second_factors = second_factors
        self._tokens = tokens

    async def sign_in(self, email: str, password: str) -> SignedIn | CodeNeeded:
        """Start a session for the account with these credentials, or ask for a code.

        The response, and the time until it is sent, are the same whether or not the account exists.

        Raises:
            Unauthenticated: bad_credentials.
            Forbidden: account_disabled, only if the password is correct.
            TooManyRequests: too_many_guesses, whether or not the password is correct.
        """
        account = await self._passwords.account_with(
            normal_email(email), password, "sign_in_failed"
        )
        if account is None:
            raise Unauthenticated("The email or password is wrong.", code="bad_credentials")
        async with self._database.system() as connection:
            user = await users.find_anywhere(connection, account.user_id)
            if user is not None and user.is_active:
                factor = await second_factors.find_confirmed(connection, user.org_id, user.id)
                if factor is not None:
                    return await _challenge(connection, user)
                return await self._start_session(connection, user, {})
            failed = AuditEntry(
                account.org_id,
                None,
                "sign_in_failed",
                "user",
                str(account.user_id),
                {**clients.current().details(), "reason": "account_disabled"},
            )
            await audit.record(connection, [failed])
        raise _disabled()

    async def complete(self, challenge: str, code: str) -> SignedIn:
        """Start the session of a sign-in that waits for a code.

        Raises:
            Unauthenticated: bad_challenge.
            Forbidden: account_disabled.
            InvalidInput: wrong_code. The challenge can be used again.
            TooManyRequests: too_many_guesses.
            Conflict: second_factor_off: the second factor was turned off meanwhile, so the user
                must sign in again.
        """
        hashed = token_hash(challenge)
        async with self._database.system() as connection:
            waiting = await challenges.find(connection, hashed)
        if waiting is None:
            raise _bad_challenge()
        kind = await self._second_factors.accept(waiting.org_id, waiting.user_id, code)
        if kind is None:
            raise wrong_code()
        async with self._database.system() as connection:
            if not await challenges.use(connection, hashed):
                raise _bad_challenge()
            user = await users.get(connection, waiting.org_id, waiting.user_id)
            if not user.is_active:
                raise _disabled()
            return await self._start_session(connection, user, {"secondFactor": kind})

    async def _start_session(
        self, connection: AsyncConnection, user: User, details: dict[str, str]
    ) -> SignedIn:
        meta = {**clients.current().details(), **details}
        entry = AuditEntry(user.org_id, user.id, "signed_in", "user", str(user.id), meta)
        await audit.record(connection, [entry])
        return await self._tokens.start_session(connection, user)


async def _challenge(connection: AsyncConnection, user: User) -> CodeNeeded:
    token = new_token()
    await challenges.start(connection, token_hash(token), user.org_id, user.id)
    return CodeNeeded(token, int(CHALLENGE_LIFETIME.total_seconds()))


def _disabled() -> Forbidden:
    return Forbidden("This account is disabled. Contact support.", code="account_disabled")


def _bad_challenge() -> Unauthenticated:
    return Unauthenticated("This sign-in has expired. Sign in again.", code="bad_challenge")
