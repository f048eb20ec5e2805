"""Look a number up at Twilio: paid for once a day, and paid back where Twilio can't tell."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import DomainError, InsufficientBalance, InvalidInput, Unavailable
from servicekit.ids import new_id
from servicekit.outbound.deadlines import Deadline, requests_begin_before
from servicekit.rpc.client import RpcClient
from services.messaging.accounts.providers.twilio_accounts import TwilioAccounts
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.limits import CAP_REACHED
from services.messaging.sending.storage import lookups, spending
from services.messaging.sending.storage.lookups import OpenLookup
from services.messaging.sending.usecases.refund_messages import RefundMessages
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a number, and the cents that this answer cost."""

    row: RowMapping
    cached: bool
    charged_cents: int


class LookupCharges:
    """Takes the price of lookups, and gives it back."""

    def __init__(
        self,
        caller: RpcClient,
        charges: "charges_pb2_grpc.ChargeServiceAsyncStub",
        refunds: RefundMessages,
        price_cents: int,
    ) -> None:
        self._caller = caller
        self._charges = charges
        self._refunds = refunds
        self.price_cents = price_cents

    async def take(self, payer: Payer, charge_id: UUID) -> bool:
        """Take the price; False where the balance does not cover it. Raises ``Unavailable``."""
        if not self.price_cents:
            return True
        charge = charges_pb2.MessageCharge(message_id=str(charge_id), amount_cents=self.price_cents)
        answer = await self._caller.call(
            self._charges.ChargeBatch,
            charges_pb2.ChargeBatchRequest(
                user_id=str(payer.user_id), charges=[charge], description="Number lookup"
            ),
        )
        return bool(answer.charged_message_ids)

    async def give_back(self, org_id: UUID, charge_id: UUID) -> None:
        """Give the price back, if it was taken. Raises ``Unavailable``."""
        await self._refunds.give_back(org_id, [charge_id])


class LookUpNumber:
    """Looks numbers up."""

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

    async def __call__(self, payer: Payer, phone: str) -> Answer:
        """What is known of an E.164 number; Twilio is asked where that is older than a day.

        Raises ``NotFound`` no_subaccount, ``InvalidInput`` daily_spend_cap_reached,
        ``InsufficientBalance``, ``Refused`` and ``Unavailable``.
        """
        async with self._database.org(payer.org_id) as connection:
            kept = await lookups.fresh(connection, payer.org_id, phone)
        if kept:
            return Answer(kept, cached=True, charged_cents=0)
        await self._accounts.for_org(payer.org_id)
        lookup = OpenLookup(payer.org_id, phone, new_id())
        # Once the claim is over the charge goes back, so Twilio must not be paid after that.
        deadline = Deadline.after(lookups.LEASE_SECONDS)
        await self._begin(lookup)
        with requests_begin_before(deadline):
            return await self._paid(payer, lookup)

    async def give_up(self, lookup: OpenLookup) -> None:
        """End a lookup that has no answer: its charge goes back. Raises ``Unavailable``."""
        await self._charges.give_back(lookup.org_id, lookup.charge_id)
        async with self._database.org(lookup.org_id) as connection:
            begun_at = await lookups.close(connection, lookup)
            if begun_at:
                cents = self._charges.price_cents
                await spending.take_back(connection, lookup.org_id, cents, begun_at)

    async def _begin(self, lookup: OpenLookup) -> None:
        """Claim the lookup, and count it as spent today."""
        org_id, cents = lookup.org_id, self._charges.price_cents
        async with self._database.org(org_id) as connection:
            if not await lookups.claim(connection, lookup, cents):
                raise Unavailable(
                    "This number is just being looked up. Try again in a moment.",
                    "lookup_under_way",
                )
            cap = (await spending.limits(connection, org_id)).daily_cap_cents
            total = await spending.reserve(connection, org_id, cents)
            if cents and cap is not None and total > cap:
                raise InvalidInput.of("phone", CAP_REACHED.message, CAP_REACHED.code)

    async def _paid(self, payer: Payer, lookup: OpenLookup) -> Answer:
        # Where billing gives no answer it may still charge: a refund now could come before that.
        # The lookup stays open, and the job pays it back when the charge can't come any more.
        if not await self._charges.take(payer, lookup.charge_id):
            await self._try_to_give_up(lookup)
            raise InsufficientBalance("The balance does not cover a lookup. Add funds first.")
        try:
            account = await self._accounts.for_org(lookup.org_id)
            found = await self._twilio.look_up(account, lookup.phone)
        except DomainError:
            await self._try_to_give_up(lookup)
            raise
        async with self._database.org(lookup.org_id) as connection:
            row = await lookups.answer(connection, lookup, found)
        return Answer(row, cached=False, charged_cents=self._charges.price_cents)

    async def _try_to_give_up(self, lookup: OpenLookup) -> None:
        try:
            await self.give_up(lookup)
        except Unavailable:  # a job does it later
            log.warning("lookup_refund_waits", org_id=str(lookup.org_id))
