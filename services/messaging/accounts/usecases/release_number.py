"""Give a phone number back to Twilio. The number's row is kept."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound
from servicekit.notices import Notice, notify
from services.messaging.accounts.providers.twilio_control import TwilioControl
from services.messaging.accounts.storage import numbers
from services.messaging.accounts.storage.numbers import Number
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.support.audit import audit

HasRunningCampaign = Callable[[AsyncConnection, UUID], Awaitable[bool]]
"""Return whether a campaign of the organisation is being sent."""


class ReleaseNumber:
    """Give phone numbers back to Twilio, unless a campaign of the organisation is being sent."""

    def __init__(
        self,
        database: Database,
        control: TwilioControl,
        accounts: SendingAccounts,
        has_running_campaign: HasRunningCampaign,
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts
        self._has_running_campaign = has_running_campaign

    async def release(self, org_id: UUID, sid: str, *, force: bool, unpaid: bool = False) -> Number:
        """Release the phone number with Twilio's id ``sid``.

        Args:
            org_id: The organisation.
            sid: Twilio's id of the number.
            force: Release the number even if a campaign is being sent.
            unpaid: Whether the number is released because a month was not paid.

        Raises:
            NotFound: The organisation has no such number.
            CrossOrgAccess: The number belongs to another organisation.
            Conflict: number_in_use.
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
        """
        number = await self._check(org_id, sid, force)
        account = await self._accounts.for_org(org_id)
        with suppress(NotFound):  # an earlier attempt has released the number at Twilio
            await self._control.release_number(account, sid)
        async with self._database.org(org_id) as connection:
            released = await numbers.release(connection, org_id, number.id, unpaid=unpaid)
            await audit(
                connection,
                "twilio_number_released",
                "twilio_number",
                sid,
                forced=force,
                unpaid=unpaid,
            )
            if not unpaid:  # billing alerts about those that were not paid
                await notify(connection, "messaging", _notice(released))
        self._accounts.evict(org_id)
        return released

    async def _check(self, org_id: UUID, sid: str, force: bool) -> Number:
        async with self._database.org(org_id) as connection:
            number = await numbers.find(connection, org_id, sid)
            in_use = await self._has_running_campaign(connection, org_id)
        if number is None:
            raise await numbers.not_found(self._database, org_id, sid)
        if in_use and not force:
            raise Conflict(
                "A campaign is being sent. Pause it first, or set `force` to release the number.",
                "number_in_use",
            )
        return number


def _notice(number: Number) -> Notice:
    message = f"{number.phone_number} was released. It can no longer send or receive texts."
    return Notice(number.org_id, "number_released", message, ("number", number.sid))
