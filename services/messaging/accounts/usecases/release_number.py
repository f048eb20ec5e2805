"""Give a number back to Twilio; its row is kept."""

from contextlib import suppress
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound
from services.messaging.accounts.providers.twilio_control import TwilioControl
from services.messaging.accounts.storage import numbers
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.support.absent import number_absent
from services.messaging.common.support.audit import audit
from services.messaging.sending.storage import counts


class ReleaseNumber:
    """Releases numbers."""

    def __init__(
        self, database: Database, control: TwilioControl, accounts: SendingAccounts
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts

    async def __call__(
        self, org_id: UUID, sid: str, *, force: bool, unpaid: bool = False
    ) -> RowMapping:
        """Release the number ``sid``; its row. ``unpaid``: because a month was not paid.

        Raises ``NotFound``, ``CrossOrgAccess``, ``Unavailable``, ``Refused``, and ``Conflict``
        number_in_use while a campaign is being sent, unless ``force`` is set.
        """
        number = await self._check(org_id, sid, force)
        account = await self._accounts.for_org(org_id)
        with suppress(NotFound):  # an attempt before this one got as far as Twilio
            await self._control.release_number(account, sid)
        async with self._database.org(org_id) as connection:
            row = await numbers.release(connection, org_id, number["id"], unpaid=unpaid)
            await audit(
                connection,
                "twilio_number_released",
                "twilio_number",
                sid,
                forced=force,
                unpaid=unpaid,
            )
        self._accounts.forget(org_id)
        return row

    async def _check(self, org_id: UUID, sid: str, force: bool) -> RowMapping:
        async with self._database.org(org_id) as connection:
            number = await numbers.find(connection, org_id, sid)
            in_use = await counts.has_running(connection, org_id)
        if number is None:
            raise await number_absent(self._database, org_id, sid)
        if in_use and not force:
            raise Conflict(
                "A campaign is being sent. Pause it first, or set force to release the number.",
                "number_in_use",
            )
        return number
