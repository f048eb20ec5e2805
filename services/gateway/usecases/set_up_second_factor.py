"""Set up the caller's second factor: a secret for the app, then a code that confirms it."""

from dataclasses import dataclass

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.identity import Identity
from servicekit.vault import Vault
from services.gateway.domain import clients, recovery_codes, totp
from services.gateway.domain.mails import SECOND_FACTOR_ON
from services.gateway.domain.opaque_tokens import token_hash
from services.gateway.storage import audit, mails, second_factors, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.second_factors import SecondFactor
from services.gateway.support.password_check import PasswordCheck
from services.gateway.support.second_factor_check import secret_ref, wrong_code


@dataclass(frozen=True, slots=True)
class Setup:
    """What the user enters into the app: the secret, or its URI as a QR code."""

    secret: str
    uri: str


class SetUpSecondFactor:
    """Creates secrets for authenticator apps, and confirms them with a code of the app."""

    def __init__(self, database: Database, vault: Vault, passwords: PasswordCheck) -> None:
        self._database = database
        self._vault = vault
        self._passwords = passwords

    async def begin(self, caller: Identity, password: str) -> Setup:
        """Create a secret. The secret replaces an earlier one that was not confirmed.

        Raises:
            InvalidInput: wrong_password.
            TooManyRequests: too_many_guesses.
            Conflict: second_factor_on.
        """
        await self._passwords.require(caller, "password", password)
        org_id, user_id = caller.require_org(), caller.require_user()
        secret = totp.new_secret()
        sealed = await self._vault.seal(secret_ref(org_id, user_id), secret)
        async with self._database.org(org_id) as connection:
            user = await users.get(connection, org_id, user_id)
            if not await second_factors.begin(connection, org_id, user_id, sealed):
                raise _already_on()
        return Setup(secret, totp.setup_uri(secret, user.email))

    async def confirm(self, caller: Identity, code: str) -> list[str]:
        """Turn the second factor on, and return its recovery codes, which are not shown again.

        Raises:
            InvalidInput: wrong_code.
            Conflict: second_factor_on, or second_factor_off if there is no secret.
        """
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            factor = await second_factors.find(connection, org_id, user_id)
        if factor is None:
            raise Conflict(
                "Request a secret for your authenticator app first.", "second_factor_off"
            )
        if factor.confirmed_at is not None:
            raise _already_on()
        secret = await self._vault.open(secret_ref(org_id, user_id), factor.secret_encrypted)
        step = totp.step_of(secret, recovery_codes.normal_code(code), factor.now)
        if step is None:
            raise wrong_code()
        return await self._turn_on(factor, step)

    async def _turn_on(self, factor: SecondFactor, step: int) -> list[str]:
        org_id, user_id = factor.org_id, factor.user_id
        codes = recovery_codes.new_codes()
        hashes = [token_hash(recovery_codes.normal_code(code)) for code in codes]
        async with self._database.org(org_id) as connection:
            if not await second_factors.confirm(connection, factor, step):
                raise _already_on()
            await second_factors.replace_codes(connection, org_id, user_id, hashes)
            await mails.queue_alert(connection, SECOND_FACTOR_ON, org_id, user_id)
            meta = clients.current().details()
            entry = AuditEntry(org_id, user_id, "second_factor_on", "user", str(user_id), meta)
            await audit.record(connection, [entry])
        return codes


def _already_on() -> Conflict:
    return Conflict("Two-step sign-in is already on for this account.", "second_factor_on")
