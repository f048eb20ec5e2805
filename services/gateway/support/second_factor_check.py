"""Check the codes of second factors, and limit guesses.

As for passwords, each attempt is counted before its code is checked, and the count is taken back if
the code is correct. The limits are lower, since a code has only six digits.
"""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput, TooManyRequests
from servicekit.identity import Identity
from servicekit.vault import SecretRef, Vault
from services.gateway.domain import clients, networks, recovery_codes, totp
from services.gateway.domain.mails import SECOND_FACTOR_GUESSES
from services.gateway.domain.opaque_tokens import token_hash
from services.gateway.storage import audit, mails, second_factors, sign_ins, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.second_factors import SecondFactor
from services.gateway.storage.sign_ins import AccountId, Guess

_MOST_ELSEWHERE = 5
_MOST_FROM_KNOWN_NETWORK = 10
_PURPOSE = "code of "


def secret_ref(org_id: UUID, user_id: UUID) -> SecretRef:
    """Return where the secret of a user's second factor is stored."""
    return SecretRef(org_id, "second_factors", "secret_encrypted", user_id)


class SecondFactorCheck:
    """Checks codes of authenticator apps, and recovery codes."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def accept(self, org_id: UUID, user_id: UUID, code: str) -> str | None:
        """Use up a code of the user, who has a confirmed second factor.

        Returns:
            The kind of code, ``totp`` or ``recovery_code``; None if it is wrong or was used.

        Raises:
            TooManyRequests: too_many_guesses.
            Conflict: second_factor_off.
        """
        factor, guess = await self._count_guess(org_id, user_id)
        secret = await self._vault.open(secret_ref(org_id, user_id), factor.secret_encrypted)
        normal = recovery_codes.normal_code(code)
        step = totp.step_of(secret, normal, factor.now)
        async with self._database.org(org_id) as connection:
            if step is not None:
                used = await second_factors.use_step(connection, factor, step)
            else:
                hashed = token_hash(normal)
                used = await second_factors.use_code(connection, org_id, user_id, hashed)
            if used:
                await sign_ins.uncount_guess(connection, guess)
            else:
                await audit.record(connection, [_failed(factor, "second_factor_failed")])
        if not used:
            return None
        return "recovery_code" if step is None else "totp"

    async def require(self, caller: Identity, code: str) -> None:
        """Use up a code of the caller.

        Raises:
            InvalidInput: wrong_code.
            TooManyRequests: too_many_guesses.
            Conflict: second_factor_off.
        """
        if await self.accept(caller.require_org(), caller.require_user(), code) is None:
            raise wrong_code()

    async def _count_guess(self, org_id: UUID, user_id: UUID) -> tuple[SecondFactor, Guess]:
        """Count the attempt and return the user's second factor. Raises the errors of `accept`."""
        async with self._database.org(org_id) as connection:
            user = await users.get(connection, org_id, user_id)
            factor = await second_factors.find_confirmed(connection, org_id, user_id)
            if factor is None:
                raise Conflict("Two-step sign-in is off for this account.", "second_factor_off")
            account = AccountId(user.id, user.org_id)
            guess = await sign_ins.count_guess(
                connection, user.email, account, networks.current(), _PURPOSE
            )
            refused = guess.tries > _most(guess)
            if refused:
                await mails.queue_guess_alert(connection, SECOND_FACTOR_GUESSES, org_id, user_id)
            if guess.tries == _most(guess) + 1:
                await audit.record(connection, [_failed(factor, "second_factor_blocked")])
        if refused:
            message = "Too many wrong codes. Try again later."
            raise TooManyRequests(message, "too_many_guesses", retry_after=guess.seconds_left)
        return factor, guess


def _most(guess: Guess) -> int:
    return _MOST_FROM_KNOWN_NETWORK if guess.is_from_known_network else _MOST_ELSEWHERE


def _failed(factor: SecondFactor, action: str) -> AuditEntry:
    """Return the audit entry of a wrong code. It has no actor, because anybody may have guessed."""
    meta = clients.current().details()
    return AuditEntry(factor.org_id, None, action, "user", str(factor.user_id), meta)


def wrong_code() -> InvalidInput:
    """Return the error for a code that is wrong, expired or used."""
    return InvalidInput.of(
        "code", "is wrong, or was used already. Wait for the next code of your app", "wrong_code"
    )
