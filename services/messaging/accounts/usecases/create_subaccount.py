"""Create an organisation's Twilio subaccount. Concurrent requests create only one."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from servicekit.db.database import Database, violated
from services.messaging.accounts.providers.twilio_control import TwilioControl, TwilioSubaccount
from services.messaging.accounts.storage import subaccounts
from services.messaging.accounts.storage.announcements import announce_subaccount
from services.messaging.accounts.storage.subaccounts import PreparedSubaccount, Subaccount
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.support.audit import audit

_MAX_NAME = 64
# By how much our clock and Twilio's may differ.
_CLOCK_SKEW = timedelta(minutes=5)


class CreateSubaccount:
    """Open subaccounts at Twilio. Idempotent."""

    def __init__(
        self,
        database: Database,
        control: TwilioControl,
        accounts: SendingAccounts,
        leases: SetupLeases,
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts
        self._leases = leases

    async def create(self, org_id: UUID, org_name: str) -> Subaccount:
        """Open a subaccount with the organisation's name, if the organisation has no subaccount.

        Raises:
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
        """
        async with self._database.org(org_id) as connection:
            await subaccounts.prepare(connection, org_id, _friendly_name(org_id, org_name))
            account = await subaccounts.find(connection, org_id)
        if account:
            return account
        async with self._leases.acquire(org_id) as lease:
            async with self._database.org(org_id) as connection:
                prepared = await subaccounts.prepared(connection, org_id)
            # The request that had the lease before may have opened the account.
            return prepared.opened or await self._open(prepared, interrupted=lease.interrupted)

    async def _open(self, prepared: PreparedSubaccount, *, interrupted: bool) -> Subaccount:
        name, opened = prepared.friendly_name, None
        if interrupted:
            opened = await self._left_over(name, prepared.created_at - _CLOCK_SKEW)
        account = None
        while account is None:
            account = await self._store(
                prepared.org_id, opened or await self._control.open_account(name)
            )
            opened = None
        return account

    async def _left_over(self, name: str, since: datetime) -> TwilioSubaccount | None:
        """Return an unused account with this name that an interrupted attempt has opened."""
        found = [a for a in await self._control.accounts_named(name) if a.created_at >= since]
        sids = [account.sid for account in found]
        async with self._database.system() as connection:
            owned = await subaccounts.owned_among(connection, sids)
        free = [a for a in found if a.sid not in owned]
        return min(free, key=lambda account: account.created_at, default=None)

    async def _store(self, org_id: UUID, opened: TwilioSubaccount) -> Subaccount | None:
        """Store the account. Returns None if another organisation of this name has taken it."""
        sealed = await self._accounts.seal(org_id, opened.auth_token)
        try:
            async with self._database.org(org_id) as connection:
                account = await subaccounts.set_opened(connection, org_id, opened.sid, sealed)
                await announce_subaccount(connection, org_id, opened.sid)
                await audit(
                    connection, "twilio_subaccount_created", "twilio_subaccount", opened.sid
                )
        except IntegrityError as error:
            if violated(error) != "uq_twilio_subaccounts_sid":
                raise
            return None
        return account


def _friendly_name(org_id: UUID, org_name: str) -> str:
    return org_name.strip()[:_MAX_NAME] or str(org_id)
