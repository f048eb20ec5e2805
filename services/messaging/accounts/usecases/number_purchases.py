"""The purchase of one number: claimed, paid, asked of Twilio, noted; or given back.

The order is that of messages (0004): the claim is committed before the money is taken, the money
before Twilio is asked. A claim that nobody ends is settled by what Twilio has, once no request for
it can be under way any longer.
"""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, InsufficientBalance, Unavailable
from servicekit.identity import Identity, acting_as
from services.messaging.accounts.domain.number_months import Month, month_at
from services.messaging.accounts.providers.twilio_control import BoughtNumber, TwilioControl
from services.messaging.accounts.storage import number_purchases, numbers
from services.messaging.accounts.storage.number_purchases import NewPurchase, Purchase
from services.messaging.accounts.storage.numbers import FirstMonth, NewNumber
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.number_charges import NumberCharges
from services.messaging.common.support.audit import audit

log = structlog.get_logger()


class NumberPurchases:
    """Takes purchases from their claim to their end."""

    def __init__(
        self,
        database: Database,
        control: TwilioControl,
        accounts: SendingAccounts,
        charges: NumberCharges,
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts
        self._charges = charges

    async def begin(self, new: NewPurchase, most: int) -> Purchase:
        """Claim a purchase and take the first month from the buyer.

        Args:
            new: what is about to be bought.
            most: how many numbers the organisation may have.

        Raises:
            Conflict: number_limit_reached.
            InsufficientBalance: the buyer's balance does not cover the month.
            Unavailable: billing did not answer; a job ends the claim.
        """
        async with self._database.org(new.org_id) as connection:
            await number_purchases.lock(connection, new.org_id)
            if await number_purchases.count(connection, new.org_id) >= most:
                raise limit_reached(most)
            purchase = await number_purchases.begin(connection, new)
        if await self._charges.take_first(purchase, first_month(purchase).period):
            return purchase
        await self._end(purchase)
        raise InsufficientBalance(
            f"The balance does not cover the first month, {new.cents_per_month} cents."
            " Add funds first."
        )

    async def give_back(self, purchase: Purchase) -> None:
        """End a purchase of which nothing came: its charge goes back.

        Where billing is away the claim stays, and a job ends it.
        """
        try:
            await self._give_back(purchase)
        except Unavailable:
            log.warning("number_refund_waits", purchase_id=str(purchase.id))

    async def settle(self, purchase: Purchase) -> None:
        """End a purchase that was left: note the number if Twilio has it, or else give back.

        Raises ``Unavailable``, ``Refused`` and ``Blocked``.
        """
        account = await self._accounts.for_org(purchase.org_id)
        found = await self._control.numbers(account, purchase.phone_number)
        if not found:
            await self._give_back(purchase)
            return
        with acting_as(Identity("messaging", purchase.org_id, purchase.user_id)):
            await self.note(purchase.org_id, found[0], purchase.country, purchase)

    async def note(
        self, org_id: UUID, number: BoughtNumber, country: str, purchase: Purchase | None
    ) -> None:
        """Note a number that Twilio has sold, and end its purchase. Idempotent.

        A purchase of a number that was noted under another purchase is given back.
        """
        new = NewNumber(number.sid, number.phone_number, country, number.capabilities)
        # Of whatever organisation: Twilio gives a number to one account at a time.
        async with self._database.system() as connection:
            await number_purchases.lock(connection, org_id)
            known = await numbers.find(connection, org_id, number.sid)
            if purchase and (known is None or known["id"] == purchase.id):
                await number_purchases.end(connection, org_id, purchase.id)
            if known is None:
                former = await self._add(connection, org_id, new, purchase)
        if known is None:
            for row in former:
                self._accounts.forget(row["org_id"])
        elif purchase and known["id"] != purchase.id:
            await self.give_back(purchase)

    async def _add(
        self,
        connection: AsyncConnection,
        org_id: UUID,
        new: NewNumber,
        purchase: Purchase | None,
    ) -> Sequence[RowMapping]:
        """Add the number; returns its rows of those who had it before."""
        former = await numbers.release_former(connection, new.phone_number)
        await numbers.add(connection, org_id, new, _paid(purchase) if purchase else None)
        await audit(
            connection,
            "twilio_number_bought",
            "twilio_number",
            new.sid,
            phone_number=new.phone_number,
        )
        for row in former:
            await _audit_loss(connection, row)
        return former

    async def _give_back(self, purchase: Purchase) -> None:
        period = first_month(purchase).period
        await self._charges.give_back(purchase.org_id, purchase.id, period)
        await self._end(purchase)

    async def _end(self, purchase: Purchase) -> None:
        async with self._database.org(purchase.org_id) as connection:
            await number_purchases.end(connection, purchase.org_id, purchase.id)


def first_month(purchase: Purchase) -> Month:
    """Return the month that begins with the purchase."""
    return month_at(purchase.begun_at, purchase.begun_at)


def limit_reached(most: int) -> Conflict:
    """Return the error for an organisation that has as many numbers as it may have."""
    return Conflict(
        f"Your organisation may have {most} numbers. Release one, or ask the operator of the"
        " platform for more; the limit also grows with the first payment by card.",
        "number_limit_reached",
    )


def _paid(purchase: Purchase) -> FirstMonth:
    month = first_month(purchase)
    return FirstMonth(
        id=purchase.id,
        number_type=purchase.number_type,
        cents_per_month=purchase.cents_per_month,
        payer_user_id=purchase.user_id,
        payer_email=purchase.email,
        billed_from=month.begins,
        paid_until=month.ends,
    )


async def _audit_loss(connection: AsyncConnection, former: RowMapping) -> None:
    """Say to the organisation that had a number that it has it no more."""
    log.warning("number_moved_elsewhere", org_id=str(former["org_id"]), sid=former["sid"])
    with acting_as(Identity("messaging", former["org_id"])):
        await audit(
            connection,
            "twilio_number_lost",
            "twilio_number",
            former["sid"],
            phone_number=former["phone_number"],
        )
