"""Look up a number at Twilio. It is charged at most once a day, and refunded if Twilio fails."""

from dataclasses import dataclass

import structlog

from servicekit.db.database import Database
from servicekit.errors import DomainError, InsufficientBalance, InvalidInput, Unavailable
from servicekit.ids import new_id
from servicekit.outbound.deadlines import Deadline, requests_begin_before
from services.messaging.accounts.providers.twilio_accounts import TwilioAccounts
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.limits import CAP_REACHED
from services.messaging.sending.storage import lookups, spending
from services.messaging.sending.storage.lookups import KnownNumber, OpenLookup
from services.messaging.sending.support.lookup_charges import LookupCharges

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """What is known about a phone number, and how many cents this lookup cost."""

    known: KnownNumber
    cached: bool
    charged_cents: int


class LookUpNumber:
    """Looks up phone numbers, and charges for it."""

    def __init__(
        self,
        database: Database,
        twilio: TwilioAccounts,
        accounts: SendingAccounts,
        charges: LookupCharges,
    ) -> None:
        self._database = database
        self._twilio = twilio
        self._accounts = accounts
        self._charges = charges

    async def look_up(self, payer: Payer, phone: str) -> LookupAnswer:
        """Return what is known about an E.164 phone number. Twilio is asked again after a day.

        Raises:
            NotFound: no_subaccount.
            InvalidInput: daily_spend_cap_reached.
            InsufficientBalance: The balance does not cover a lookup.
            Refused: Twilio refuses the lookup.
            Unavailable: A service that is needed does not answer.
        """
        async with self._database.org(payer.org_id) as connection:
            kept = await lookups.fresh(connection, payer.org_id, phone)
        if kept:
            return LookupAnswer(kept, cached=True, charged_cents=0)
        await self._accounts.for_org(payer.org_id)
        lookup = OpenLookup(payer.org_id, phone, new_id())
        # When the claim has expired, the charge is refunded, so Twilio must not be asked then.
        deadline = Deadline.after(lookups.LEASE_SECONDS)
        await self._begin(lookup)
        with requests_begin_before(deadline):
            return await self._paid(payer, lookup)

    async def give_up(self, lookup: OpenLookup) -> None:
        """End a lookup that got no response, and refund it. Raises `Unavailable`."""
        await self._charges.give_back(lookup.org_id, lookup.charge_id)
        async with self._database.org(lookup.org_id) as connection:
            begun_at = await lookups.close(connection, lookup)
            if begun_at:
                cents = self._charges.price_cents
                await spending.take_back(connection, lookup.org_id, cents, begun_at)

    async def _begin(self, lookup: OpenLookup) -> None:
        """Claim the lookup, and add its price to what was spent today."""
        org_id, cents = lookup.org_id, self._charges.price_cents
        async with self._database.org(org_id) as connection:
            if not await lookups.claim(connection, lookup, cents):
                raise Unavailable(
                    "A lookup of this number is already in progress. Try again in a moment.",
                    "lookup_under_way",
                )
            cap = (await spending.limits(connection, org_id)).daily_cap_cents
            total = await spending.reserve(connection, org_id, cents)
            if cents and cap is not None and total > cap:
                raise InvalidInput.of("phone", CAP_REACHED.message, CAP_REACHED.code)

    async def _paid(self, payer: Payer, lookup: OpenLookup) -> LookupAnswer:
        # Billing may still charge although it did not answer, and a refund now could come before
        # the charge. The lookup stays open, and a job refunds it when the charge can no longer
        # happen.
        if not await self._charges.take(payer, lookup.charge_id):
            await self._try_to_give_up(lookup)
            raise InsufficientBalance(
                "Your balance does not cover a lookup. Add funds and try again."
            )
        try:
            account = await self._accounts.for_org(lookup.org_id)
            found = await self._twilio.look_up(account, lookup.phone)
        except DomainError:
            await self._try_to_give_up(lookup)
            raise
        async with self._database.org(lookup.org_id) as connection:
            known = await lookups.finish(connection, lookup, found)
        return LookupAnswer(known, cached=False, charged_cents=self._charges.price_cents)

    async def _try_to_give_up(self, lookup: OpenLookup) -> None:
        try:
            await self.give_up(lookup)
        except Unavailable:  # a job refunds it later
            log.warning("lookup_refund_waits", org_id=str(lookup.org_id))
