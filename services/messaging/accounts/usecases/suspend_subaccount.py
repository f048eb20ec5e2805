"""Stop an organisation from sending, and let it send again: here, and at Twilio."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.identity import acting_as
from services.messaging.accounts.providers.twilio_accounts import TwilioAccounts
from services.messaging.accounts.storage import subaccounts
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.support.audit import audit


class SuspendSubaccount:
    """Suspends and re-activates subaccounts. Coming again, it changes nothing."""

    def __init__(
        self, database: Database, twilio: TwilioAccounts, accounts: SendingAccounts
    ) -> None:
        self._database = database
        self._twilio = twilio
        self._accounts = accounts

    async def suspend(self, org_id: UUID) -> RowMapping:
        """Stop sending here, then at Twilio; the account's row.

        In force when this returns: every process asks before it sends.

        Raises ``NotFound`` no_subaccount, ``Unavailable`` and ``Refused``.
        """
        row = await self._note(org_id, suspended=True)
        await self._twilio.set_status(row["sub_account_sid"], "suspended")
        return row

    async def reactivate(self, org_id: UUID) -> RowMapping:
        """Let it send at Twilio, then here; the account's row. Raises as :meth:`suspend`."""
        async with self._database.org(org_id) as connection:
            account = await subaccounts.find(connection, org_id)
        if account is None:
            raise _no_account()
        await self._twilio.set_status(account["sub_account_sid"], "active")
        return await self._note(org_id, suspended=False)

    async def _note(self, org_id: UUID, *, suspended: bool) -> RowMapping:
        async with self._database.org(org_id) as connection:
            row = await subaccounts.set_suspended(connection, org_id, suspended)
            if row is None:
                raise _no_account()
            action = "suspended" if suspended else "reactivated"
            with acting_as(replace(identity.current(), org_id=org_id)):
                await audit(
                    connection,
                    f"twilio_subaccount_{action}",
                    "twilio_subaccount",
                    row["sub_account_sid"],
                )
        self._accounts.forget(org_id)
        return row


def _no_account() -> NotFound:
    return NotFound("This organisation has no Twilio subaccount.", "no_subaccount")
