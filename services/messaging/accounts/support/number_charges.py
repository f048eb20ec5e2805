"""Money for the months of phone numbers: billing takes it, gives it back and tells of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from servicekit.identity import Identity, acting_as
from servicekit.rpc.client import Caller
from services.messaging.accounts.domain.number_months import NumberTerms
from services.messaging.accounts.storage.number_months import HeldNumber
from services.messaging.accounts.storage.number_purchases import Purchase
from smsblaster.billing.v1 import number_charges_pb2, number_charges_pb2_grpc


class NumberCharges:
    """Asks billing. Each method raises ``Unavailable``."""

    def __init__(
        self, caller: Caller, stub: "number_charges_pb2_grpc.NumberChargeServiceAsyncStub"
    ) -> None:
        self._caller = caller
        self._stub = stub

    async def terms(self, org_id: UUID) -> NumberTerms:
        """Return the prices, and whether the organisation has paid in by Stripe."""
        with acting_as(Identity("messaging", org_id)):
            answer = await self._caller.call(
                self._stub.GetNumberTerms, number_charges_pb2.GetNumberTermsRequest()
            )
        prices = {(p.country, p.number_type): p.cents_per_month for p in answer.prices}
        return NumberTerms(prices, answer.has_paid_in)

    async def take_first(self, purchase: Purchase, period: str) -> bool:
        """Take the first month from the buyer; False where their balance does not cover it."""
        return await self._take(
            purchase.org_id,
            number_charges_pb2.ChargeNumberRequest(
                number_id=str(purchase.id),
                period=period,
                amount_cents=purchase.cents_per_month,
                user_id=str(purchase.user_id),
                phone_number=purchase.phone_number,
            ),
        )

    async def take(self, number: HeldNumber, period: str) -> bool:
        """Take a month from the buyer, or else the largest balance; False where none covers it."""
        return await self._take(
            number.org_id,
            number_charges_pb2.ChargeNumberRequest(
                number_id=str(number.id),
                period=period,
                amount_cents=number.cents_per_month or 0,
                user_id=str(number.payer_user_id) if number.payer_user_id else None,
                or_anybody=True,
                phone_number=number.phone_number,
            ),
        )

    async def give_back(self, org_id: UUID, number_id: UUID, period: str) -> None:
        """Give a month back, if it was taken."""
        request = number_charges_pb2.RefundNumberRequest(number_id=str(number_id), period=period)
        with acting_as(Identity("messaging", org_id)):
            await self._caller.call(self._stub.RefundNumber, request)

    async def tell(
        self,
        org_id: UUID,
        news: "number_charges_pb2.NumberNews.ValueType",
        numbers: Sequence[tuple[HeldNumber, datetime]],
    ) -> set[UUID]:
        """Have the organisation told of numbers, each with the moment that the news is about.

        Returns the ids of those that it has been told of.
        """
        if not numbers:
            return set()
        request = number_charges_pb2.TellOfNumbersRequest(
            news=news, numbers=[_to_tell(number, at) for number, at in numbers]
        )
        with acting_as(Identity("messaging", org_id)):
            answer = await self._caller.call(self._stub.TellOfNumbers, request)
        return {UUID(number_id) for number_id in answer.told_number_ids}

    async def _take(self, org_id: UUID, request: number_charges_pb2.ChargeNumberRequest) -> bool:
        with acting_as(Identity("messaging", org_id)):
            answer = await self._caller.call(self._stub.ChargeNumber, request)
        return answer.charged


def _to_tell(number: HeldNumber, at: datetime) -> number_charges_pb2.NumberToTell:
    told = number_charges_pb2.NumberToTell(
        number_id=str(number.id),
        phone_number=number.phone_number,
        cents_per_month=number.cents_per_month or 0,
        user_id=str(number.payer_user_id) if number.payer_user_id else None,
        email=number.payer_email,
    )
    told.at.FromDatetime(at)
    return told
