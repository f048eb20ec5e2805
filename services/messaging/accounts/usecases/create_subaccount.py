"""Create an organisation's Twilio subaccount: one, however often and from wherever it is asked."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError

from servicekit.bus.outbox import announce
from servicekit.db.database import Database, violated
from services.messaging.accounts.providers.twilio_control import Subaccount, TwilioControl
from services.messaging.accounts.storage import subaccounts
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.support.audit import audit
from smsblaster.messaging.v1 import events_pb2

_MAX_NAME = 64
# Our clock and Twilio's may differ.
_CLOCK_SKEW = timedelta(minutes=5)


class CreateSubaccount:
    """Opens subaccounts."""

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

    async def __call__(self, org_id: UUID, org_name: str) -> RowMapping:
        """The organisation's subaccount, opened at Twilio under its name where it has none.

        Raises ``Unavailable`` and ``Refused``.
        """
        async with self._database.org(org_id) as connection:
            await subaccounts.intend(connection, org_id, _friendly_name(org_id, org_name))
            row = await subaccounts.find(connection, org_id)
        if row:
            return row
        async with self._leases.held(org_id) as lease:
            async with self._database.org(org_id) as connection:
                intended = await subaccounts.intended(connection, org_id)
            if intended["sub_account_sid"]:  # whoever held the lease before has opened it
                return intended
            return await self._open(intended, interrupted=lease.interrupted)

    async def _open(self, intended: RowMapping, *, interrupted: bool) -> RowMapping:
        name, opened = intended["friendly_name"], None
        if interrupted:
            opened = await self._left_over(name, intended["created_at"] - _CLOCK_SKEW)
        row = None
        while row is None:
            row = await self._store(
                intended["org_id"], opened or await self._control.open_account(name)
            )
            opened = None
        return row

    async def _left_over(self, name: str, since: datetime) -> Subaccount | None:
        """An account of that name that an interrupted attempt opened and that nobody has."""
        found = [a for a in await self._control.accounts_named(name) if a.created_at >= since]
        sids = [account.sid for account in found]
        async with self._database.system() as connection:
            owned = await subaccounts.owned_among(connection, sids)
        free = [a for a in found if a.sid not in owned]
        return min(free, key=lambda account: account.created_at, default=None)

    async def _store(self, org_id: UUID, account: Subaccount) -> RowMapping | None:
        """Note the account; None where an organisation of the same name has taken it meanwhile."""
        sid = account.sid
        sealed = await self._accounts.seal(org_id, account.auth_token)
        created = events_pb2.SubaccountCreated(org_id=str(org_id), sub_account_sid=sid)
        try:
            async with self._database.org(org_id) as connection:
                row = await subaccounts.open_as(connection, org_id, sid, sealed)
                await announce(connection, ("event.messaging.subaccount_created", created))
                await audit(connection, "twilio_subaccount_created", "twilio_subaccount", sid)
        except IntegrityError as error:
            if violated(error) != "uq_twilio_subaccounts_sid":
                raise
            return None
        return row


def _friendly_name(org_id: UUID, org_name: str) -> str:
    return org_name.strip()[:_MAX_NAME] or str(org_id)
