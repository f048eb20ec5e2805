"""Charge the months of an organisation's numbers; warn of, and release, what is not paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.identity import Identity, acting_as
from services.messaging.accounts.domain.number_months import month_at
from services.messaging.accounts.storage import number_months
from services.messaging.accounts.storage.number_months import HeldNumber
from services.messaging.accounts.support.number_charges import NumberCharges
from services.messaging.accounts.usecases.release_number import ReleaseNumber
from services.messaging.common.providers.twilio_http import Refused
from services.messaging.common.support.audit import audit
from smsblaster.billing.v1 import number_charges_pb2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Terms:
    """How long before a month that can't be paid somebody is told, and how long after its begin
    the number is kept."""

    notice: timedelta
    grace: timedelta


class ChargeNumbers:
    """Deals with the numbers of one organisation at a time. Idempotent."""

    def __init__(
        self, database: Database, charges: NumberCharges, release: ReleaseNumber, terms: Terms
    ) -> None:
        self._database = database
        self._charges = charges
        self._release = release
        self.terms = terms

    async def charge(self, org_id: UUID) -> None:
        """Charge what is due, tell of what can't be paid, and release what was not paid in time.

        However long nobody charged, only the month that has begun last is charged: those that went
        by are the platform's loss. Raises ``Unavailable``, ``Refused`` and ``Blocked``; what was
        charged is noted then.
        """
        with acting_as(Identity("messaging", org_id)):
            async with self._database.org(org_id) as connection:
                now, numbers = await number_months.due(connection, org_id, self.terms.notice)
            unpaid: list[HeldNumber] = []
            for number in [await self._priced(each) for each in numbers]:
                if number.paid_until and number.paid_until <= now:
                    unpaid += await self._charge(number, now)
            await self._warn(org_id, [n for n in numbers if _is_to_warn(n, now)])
            await self._release_late(org_id, unpaid, now)

    async def _priced(self, number: HeldNumber) -> HeldNumber:
        """Let the first month of a number begin that has none yet."""
        if number.billed_from:
            return number
        offer = (await self._charges.terms(number.org_id)).cheapest(number.country)
        if offer is None:
            log.warning("number_without_price", sid=number.sid, country=number.country)
            return number
        async with self._database.org(number.org_id) as connection:
            return await number_months.begin(connection, number, offer)

    async def _charge(self, number: HeldNumber, now: datetime) -> Sequence[HeldNumber]:
        """Charge the month that ``now`` is in; returns the number where it can't be paid."""
        month = month_at(number.billed_from or now, now)
        if await self._charges.take(number, month.period):
            async with self._database.org(number.org_id) as connection:
                noted = await number_months.set_paid(connection, number, month)
            if not noted:  # it was released since it was read
                await self._charges.give_back(number.org_id, number.id, month.period)
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

    async def _warn(self, org_id: UUID, numbers: Sequence[HeldNumber]) -> None:
        """Tell of the months to come that can't be paid as things are."""
        about = [(number, number.paid_until) for number in numbers if number.paid_until]
        told = await self._charges.tell(org_id, number_charges_pb2.NUMBER_NEWS_DUE, about)
        for number in numbers:
            if number.id in told:
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
        self, org_id: UUID, unpaid: Sequence[HeldNumber], now: datetime
    ) -> None:
        """Tell of numbers that are not paid, and release those whose grace is over."""
        about = [(n, n.unpaid_since + self.terms.grace) for n in unpaid if n.unpaid_since]
        await self._charges.tell(org_id, number_charges_pb2.NUMBER_NEWS_UNPAID, about)
        for number, ends in about:
            if ends <= now:
                await self._release_one(number, force=ends + self.terms.grace <= now)
        async with self._database.org(org_id) as connection:
            gone = await number_months.released_unpaid(connection, org_id)
        released = [(number, number.released_at) for number in gone if number.released_at]
        await self._charges.tell(org_id, number_charges_pb2.NUMBER_NEWS_RELEASED, released)

    async def _release_one(self, number: HeldNumber, *, force: bool) -> None:
        """Release a number, but not under a campaign unless twice the grace is over (``force``)."""
        try:
            await self._release(number.org_id, number.sid, force=force, unpaid=True)
        except Conflict as error:
            if isinstance(error, Refused):
                raise
            log.info("number_release_waits", sid=number.sid, code=error.code)


def _is_to_warn(number: HeldNumber, now: datetime) -> bool:
    return (
        number.paid_until is not None
        and number.paid_until > now
        and number.warned_until != number.paid_until
    )
