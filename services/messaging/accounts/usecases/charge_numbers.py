"""Charge the monthly price of an organisation's numbers. Release numbers that stay unpaid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.identity import Identity, acting_as
from services.messaging.accounts.domain.number_months import BilledNumber, NumberAlert, month_at
from services.messaging.accounts.providers.number_charges import NumberCharges
from services.messaging.accounts.storage import number_months
from services.messaging.common.providers.twilio_http import TwilioRefused
from services.messaging.common.support.audit import audit

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PaymentDeadlines:
    """When an unpaid phone number leads to an alert, and when it is released.

    Attributes:
        notice: How long before a month begins the organisation is alerted if it can't pay the
            month.
        grace: How long the number is kept after an unpaid month has begun.
    """

    notice: timedelta
    grace: timedelta


class NumberReleaser(Protocol):
    """Gives phone numbers back to Twilio."""

    async def release(self, org_id: UUID, sid: str, *, force: bool, unpaid: bool) -> object:
        """Give back the phone number with Twilio's id ``sid``; see ``ReleaseNumber.release``."""


class ChargeNumbers:
    """Charge the monthly price of phone numbers, one organisation at a time. Idempotent."""

    def __init__(
        self,
        database: Database,
        charges: NumberCharges,
        releaser: NumberReleaser,
        deadlines: PaymentDeadlines,
    ) -> None:
        self._database = database
        self._charges = charges
        self._releaser = releaser
        self.deadlines = deadlines

    async def charge(self, org_id: UUID) -> None:
        """Charge due months of phone numbers, and alert about unpaid ones.

        Numbers that were unpaid for too long are released.

        If this did not run for several months, only the current month is charged. The platform
        bears the cost of the months before.

        Raises:
            Unavailable: Twilio or billing did not answer. Months that were charged are stored.
            TwilioRefused: Twilio refused to release a number.
            Blocked: The organisation's credentials can't be decrypted.
        """
        with acting_as(Identity("messaging", org_id)):
            async with self._database.org(org_id) as connection:
                now, numbers = await number_months.due(connection, org_id, self.deadlines.notice)
            unpaid: list[BilledNumber] = []
            for number in [await self._start_billing(each) for each in numbers]:
                if number.paid_until and number.paid_until <= now:
                    unpaid += await self._charge(number, now)
            await self._warn(org_id, [n for n in numbers if n.needs_warning(now)])
            await self._release_late(org_id, unpaid, now)

    async def _start_billing(self, number: BilledNumber) -> BilledNumber:
        """Begin the first month of a phone number that was bought when numbers were free."""
        if number.billed_from:
            return number
        offer = (await self._charges.terms(number.org_id)).cheapest(number.country)
        if offer is None:
            log.warning("number_without_price", sid=number.sid, country=number.country)
            return number
        async with self._database.org(number.org_id) as connection:
            return await number_months.begin(connection, number, offer)

    async def _charge(self, number: BilledNumber, now: datetime) -> Sequence[BilledNumber]:
        """Charge a phone number's current month.

        Returns the number only if no balance covers the month.
        """
        month = month_at(number.billed_from or now, now)
        if await self._charges.charge_month(number, month.period):
            async with self._database.org(number.org_id) as connection:
                stored = await number_months.set_paid(connection, number, month)
            if not stored:  # the number has been released since it was read
                await self._charges.refund_month(number.org_id, number.id, month.period)
            return ()
        if number.unpaid_since is None:
            async with self._database.org(number.org_id) as connection:
                number = await number_months.set_unpaid(connection, number)
                await audit(
                    connection,
                    "twilio_number_unpaid",
                    "twilio_number",
                    number.sid,
                    phone_number=number.phone_number,
                )
        return (number,)

    async def _warn(self, org_id: UUID, numbers: Sequence[BilledNumber]) -> None:
        """Alert about months that begin soon and that no balance covers."""
        about = [(number, number.paid_until) for number in numbers if number.paid_until]
        alerted = await self._charges.send_alert(org_id, NumberAlert.DUE, about)
        for number in numbers:
            if number.id in alerted:
                async with self._database.org(org_id) as connection:
                    await number_months.set_warned(connection, number)
                    await audit(
                        connection,
                        "twilio_number_payment_due",
                        "twilio_number",
                        number.sid,
                        phone_number=number.phone_number,
                    )

    async def _release_late(
        self, org_id: UUID, unpaid: Sequence[BilledNumber], now: datetime
    ) -> None:
        """Alert about unpaid phone numbers, and release those whose grace period is over."""
        grace = self.deadlines.grace
        about = [(n, n.unpaid_since + grace) for n in unpaid if n.unpaid_since]
        await self._charges.send_alert(org_id, NumberAlert.UNPAID, about)
        for number, ends in about:
            if ends <= now:
                await self._release(number, force=ends + grace <= now)
        async with self._database.org(org_id) as connection:
            gone = await number_months.released_unpaid(connection, org_id)
        released = [(number, number.released_at) for number in gone if number.released_at]
        await self._charges.send_alert(org_id, NumberAlert.RELEASED, released)

    async def _release(self, number: BilledNumber, *, force: bool) -> None:
        """Release an unpaid phone number.

        While a campaign is being sent, the number is kept, unless ``force`` is set.
        """
        try:
            await self._releaser.release(number.org_id, number.sid, force=force, unpaid=True)
        except Conflict as error:
            if isinstance(error, TwilioRefused):
                raise
            log.info("number_release_waits", sid=number.sid, code=error.code)
