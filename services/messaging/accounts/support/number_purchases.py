"""The steps of buying one number: claim, charge, buy, record. Or cancel and refund.

As with messages (decision 0004), the claim is committed before the charge, and the charge before
Twilio is asked. If a request did not finish its purchase, a job waits until the request can't be
running. Then it records the number if Twilio has sold it, or else refunds the charge.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, DomainError, InsufficientBalance, Unavailable
from servicekit.identity import Identity, acting_as
from servicekit.phones import InvalidPhone, country_of
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.domain.number_purchases import NewPurchase, Purchase
from services.messaging.accounts.providers.number_charges import NumberCharges
from services.messaging.accounts.providers.twilio_control import BoughtNumber, TwilioControl
from services.messaging.accounts.storage import number_purchases, numbers
from services.messaging.accounts.storage.numbers import FirstMonth, NewNumber, Number
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.providers.twilio_http import OutcomeUnknown
from services.messaging.common.support.audit import audit

log = structlog.get_logger()


class NumberPurchases:
    """The steps of buying a phone number. The use case and the job call them in order."""

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
        """Claim a purchase and charge the buyer for the first month.

        Args:
            new: The number to buy.
            most: How many numbers the organisation may have.

        Raises:
            Conflict: number_limit_reached.
            InsufficientBalance: The buyer's balance does not cover the first month.
            Unavailable: Billing did not answer. A job settles the claim.
        """
        async with self._database.org(new.org_id) as connection:
            await number_purchases.lock(connection, new.org_id)
            if await number_purchases.count(connection, new.org_id) >= most:
                raise _limit_reached(most)
            purchase = await number_purchases.begin(connection, new)
        if await self._charges.charge_first_month(purchase):
            return purchase
        await self._end(purchase)
        raise InsufficientBalance(
            f"Your balance does not cover the first month of {new.cents_per_month} cents."
            " Add funds first."
        )

    async def cancel(self, purchase: Purchase) -> None:
        """Refund and end a failed purchase. If billing is unavailable, a job refunds it later."""
        try:
            await self._cancel(purchase)
        except Unavailable:
            log.warning("number_refund_waits", purchase_id=str(purchase.id))

    async def order(self, account: SendingAccount, phone_number: str) -> BoughtNumber:
        """Buy the number at Twilio.

        If Twilio does not answer, the account's list of numbers shows whether it was bought.

        Raises:
            OutcomeUnknown: It is unknown whether the number was bought.
            Unavailable: Twilio did not answer, and nothing was bought.
            TwilioRefused: Twilio refused.
        """
        try:
            return await self._control.buy_number(account, phone_number)
        except OutcomeUnknown as unknown:
            try:
                found = await self._control.numbers(account, phone_number)
            except DomainError:  # it is still unknown whether the number was bought
                raise unknown from None
            if not found:
                raise
            return found[0]

    async def adopt(
        self, org_id: UUID, account: SendingAccount, default_country: str
    ) -> Sequence[tuple[BoughtNumber, str]]:
        """Store phone numbers that the account has at Twilio but that are not in the database.

        Returns:
            The recorded numbers, each with its country, or ``default_country`` if that is unknown.
        """
        found = await self._control.numbers(account)
        async with self._database.org(org_id) as connection:
            known = await numbers.known_among(connection, org_id, [n.sid for n in found])
        adopted = []
        for number in found:
            if number.sid not in known:
                country = _country(number.phone_number) or default_country
                async with self._database.org(org_id) as connection:
                    begun = await number_purchases.find(connection, org_id, number.phone_number)
                await self.record(org_id, number, country, begun)
                adopted.append((number, country))
        return adopted

    async def recorded(self, org_id: UUID, sids: Collection[str]) -> Sequence[Number]:
        """Return the stored phone numbers whose Twilio id is in ``sids``, newest first."""
        async with self._database.org(org_id) as connection:
            owned = await numbers.owned(connection, org_id)
        return [number for number in owned if number.sid in sids]

    async def settle(self, purchase: Purchase) -> None:
        """End a purchase whose request did not finish.

        If Twilio has sold the number, it is recorded. Otherwise the charge is refunded.

        Raises:
            Unavailable: Twilio or billing did not answer.
            TwilioRefused: Twilio refused.
            Blocked: The organisation's credentials can't be decrypted.
        """
        account = await self._accounts.for_org(purchase.org_id)
        found = await self._control.numbers(account, purchase.phone_number)
        if not found:
            await self._cancel(purchase)
            return
        with acting_as(Identity("messaging", purchase.org_id, purchase.user_id)):
            await self.record(purchase.org_id, found[0], purchase.country, purchase)

    async def record(
        self, org_id: UUID, number: BoughtNumber, country: str, purchase: Purchase | None
    ) -> None:
        """Store a phone number that Twilio has sold, and end its purchase. Idempotent.

        If the number is already recorded for another purchase, ``purchase`` is refunded.
        """
        new = NewNumber(number.sid, number.phone_number, country, number.capabilities)
        # A system transaction, because the number may still be recorded for another organisation.
        async with self._database.system() as connection:
            await number_purchases.lock(connection, org_id)
            known = await numbers.find(connection, org_id, number.sid)
            if purchase and (known is None or known.id == purchase.id):
                await number_purchases.end(connection, org_id, purchase.id)
            if known is None:
                former = await _add(connection, org_id, new, purchase)
        if known is None:
            for lost in former:
                self._accounts.evict(lost.org_id)
        elif purchase and known.id != purchase.id:
            await self.cancel(purchase)

    async def _cancel(self, purchase: Purchase) -> None:
        period = purchase.first_month.period
        await self._charges.refund_month(purchase.org_id, purchase.id, period)
        await self._end(purchase)

    async def _end(self, purchase: Purchase) -> None:
        async with self._database.org(purchase.org_id) as connection:
            await number_purchases.end(connection, purchase.org_id, purchase.id)


async def _add(
    connection: AsyncConnection, org_id: UUID, new: NewNumber, purchase: Purchase | None
) -> Sequence[Number]:
    """Store a phone number. Other organisations lose it.

    Returns the rows of those organisations, which are now marked as released.
    """
    former = await numbers.release_former(connection, new.phone_number)
    await numbers.add(connection, org_id, new, _first_month(purchase) if purchase else None)
    await audit(
        connection,
        "twilio_number_bought",
        "twilio_number",
        new.sid,
        phone_number=new.phone_number,
    )
    for lost in former:
        await _audit_loss(connection, lost)
    return former


def _first_month(purchase: Purchase) -> FirstMonth:
    month = purchase.first_month
    return FirstMonth(
        id=purchase.id,
        number_type=purchase.number_type,
        cents_per_month=purchase.cents_per_month,
        payer_user_id=purchase.user_id,
        payer_email=purchase.email,
        billed_from=month.begins,
        paid_until=month.ends,
    )


async def _audit_loss(connection: AsyncConnection, lost: Number) -> None:
    """Write an audit entry for an organisation whose phone number another one now has."""
    log.warning("number_moved_elsewhere", org_id=str(lost.org_id), sid=lost.sid)
    with acting_as(Identity("messaging", lost.org_id)):
        await audit(
            connection,
            "twilio_number_lost",
            "twilio_number",
            lost.sid,
            phone_number=lost.phone_number,
        )


def _country(phone_number: str) -> str | None:
    try:
        return country_of(phone_number)
    except InvalidPhone:  # the area code is newer than our tables
        return None


def _limit_reached(most: int) -> Conflict:
    return Conflict(
        f"Your organisation can have at most {most} phone numbers. Release one, or ask the"
        " platform's operator to raise the limit. It also rises with your first payment by card.",
        "number_limit_reached",
    )
