"""Suspend and reactivate an organisation's subaccount, in our database and at Twilio."""

from dataclasses import replace
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.identity import acting_as
from services.messaging.accounts.providers.twilio_accounts import TwilioAccounts
from services.messaging.accounts.storage import subaccounts
from services.messaging.accounts.storage.subaccounts import AdminSubaccount
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.support.audit import audit


class SuspendSubaccount:
    """Suspend and reactivate subaccounts. Idempotent."""

    def __init__(
        self, database: Database, twilio: TwilioAccounts, accounts: SendingAccounts
    ) -> None:
        self._database = database
        self._twilio = twilio
        self._accounts = accounts

    async def suspend(self, org_id: UUID, reason: str = "") -> AdminSubaccount:
        """Stop the organisation from sending in both modes, here first, then at Twilio.

        When this returns, no process sends for the organisation, because each reads the account
        before it sends.

        Raises:
            NotFound: no_subaccount.
            Unavailable: Twilio did not answer. The suspension is stored, so sending stops.
            TwilioRefused: Twilio refused.
        """
        account = await self._store(org_id, reason, suspended=True)
        await self._twilio.set_status(account.sub_account_sid, "suspended")
        return account

    async def reactivate(self, org_id: UUID, reason: str = "") -> AdminSubaccount:
        """Let the organisation send again, first at Twilio, then in our database.

        Raises:
            NotFound: no_subaccount.
            Unavailable: Twilio did not answer. The account stays suspended.
            TwilioRefused: Twilio refused.
        """
        async with self._database.org(org_id) as connection:
            account = await subaccounts.find(connection, org_id)
        if account is None:
            raise _no_account()
        await self._twilio.set_status(account.sub_account_sid, "active")
        return await self._store(org_id, reason, suspended=False)

    async def _store(self, org_id: UUID, reason: str, *, suspended: bool) -> AdminSubaccount:
        async with self._database.system() as connection:
            account = await subaccounts.set_suspended(connection, org_id, suspended)
            if account is None:
                raise _no_account()
            action = "suspended" if suspended else "reactivated"
            with acting_as(replace(identity.current(), org_id=org_id)):
                await audit(
                    connection,
                    f"twilio_subaccount_{action}",
                    "twilio_subaccount",
                    account.sub_account_sid,
                    **({"reason": reason} if reason else {}),
                )
        self._accounts.evict(org_id)
        return account


def _no_account() -> NotFound:
    return NotFound("This organisation has no Twilio subaccount.", "no_subaccount")
