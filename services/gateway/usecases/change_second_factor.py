"""Turn the caller's second factor off, or replace its recovery codes."""

from servicekit.db.database import Database
from servicekit.identity import Identity
from services.gateway.domain import clients, recovery_codes
from services.gateway.domain.mails import SECOND_FACTOR_OFF
from services.gateway.domain.opaque_tokens import token_hash
from services.gateway.storage import audit, challenges, mails, second_factors
from services.gateway.storage.audit import AuditEntry
from services.gateway.support.password_check import PasswordCheck
from services.gateway.support.second_factor_check import SecondFactorCheck


class ChangeSecondFactor:
    """Changes a second factor that is on. Each change asks for the password and a code."""

    def __init__(
        self, database: Database, passwords: PasswordCheck, codes: SecondFactorCheck
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._codes = codes

    async def turn_off(self, caller: Identity, password: str, code: str) -> None:
        """Delete the caller's second factor and recovery codes.

        Raises:
            InvalidInput: wrong_password, wrong_code.
            TooManyRequests: too_many_guesses.
            Conflict: second_factor_off.
        """
        await self._require(caller, password, code)
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            if await second_factors.remove(connection, org_id, user_id):
                await challenges.end_all(connection, org_id, user_id)
                await mails.queue_alert(connection, SECOND_FACTOR_OFF, org_id, user_id)
                await audit.record(connection, [_entry(caller, "second_factor_off")])

    async def new_codes(self, caller: Identity, password: str, code: str) -> list[str]:
        """Replace the caller's recovery codes, and return the new ones.

        Raises the same errors as `turn_off`.
        """
        await self._require(caller, password, code)
        org_id, user_id = caller.require_org(), caller.require_user()
        codes = recovery_codes.new_codes()
        hashes = [token_hash(recovery_codes.normal_code(code)) for code in codes]
        async with self._database.org(org_id) as connection:
            await second_factors.replace_codes(connection, org_id, user_id, hashes)
            await audit.record(connection, [_entry(caller, "recovery_codes_replaced")])
        return codes

    async def _require(self, caller: Identity, password: str, code: str) -> None:
        await self._passwords.require(caller, "password", password)
        await self._codes.require(caller, code)


def _entry(caller: Identity, action: str) -> AuditEntry:
    meta = clients.current().details()
    org_id, user_id = caller.require_org(), caller.require_user()
    return AuditEntry(org_id, user_id, action, "user", str(user_id), meta)
