"""Client of the billing service for the monthly charges of numbers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from servicekit.identity import Identity, acting_as
from servicekit.rpc.client import RpcClient
from services.messaging.accounts.domain.number_months import (
    BilledNumber,
    NumberAlert,
    NumberTerms,
)
from services.messaging.accounts.domain.number_purchases import Purchase
from smsblaster.billing.v1 import number_charges_pb2, number_charges_pb2_grpc

_ALERTS = {
    NumberAlert.DUE: number_charges_pb2.NUMBER_NEWS_DUE,
    NumberAlert.UNPAID: number_charges_pb2.NUMBER_NEWS_UNPAID,
    NumberAlert.RELEASED: number_charges_pb2.NUMBER_NEWS_RELEASED,
}


class NumberCharges:
    """Charge and refund the monthly price of phone numbers. Each method raises ``Unavailable``."""

    def __init__(
        self, rpc: RpcClient, stub: "number_charges_pb2_grpc.NumberChargeServiceAsyncStub"
    ) -> None:
        self._rpc = rpc
        self._stub = stub

    async def terms(self, org_id: UUID) -> NumberTerms:
        """Return number prices, and whether the organisation has paid in through Stripe."""
        with acting_as(Identity("messaging", org_id)):
            answer = await self._rpc.call(
                self._stub.GetNumberTerms, number_charges_pb2.GetNumberTermsRequest()
            )
        prices = {(p.country, p.number_type): p.cents_per_month for p in answer.prices}
        return NumberTerms(prices, answer.has_paid_in)

    async def charge_first_month(self, purchase: Purchase) -> bool:
        """Charge the buyer for the first month. Returns False if their balance is too low."""
        return await self._charge(
            purchase.org_id,
            number_charges_pb2.ChargeNumberRequest(
                number_id=str(purchase.id),
                period=purchase.first_month.period,
                amount_cents=purchase.cents_per_month,
                user_id=str(purchase.user_id),
                phone_number=purchase.phone_number,
            ),
        )

    async def charge_month(self, number: BilledNumber, period: str) -> bool:
        """Charge a month to the buyer, or else to the largest balance of the organisation.

        Returns False if no balance covers the price.
        """
        return await self._charge(
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

    async def refund_month(self, org_id: UUID, number_id: UUID, period: str) -> None:
        """Refund the price of a month, if it was charged. Idempotent."""
        request = number_charges_pb2.RefundNumberRequest(number_id=str(number_id), period=period)
        with acting_as(Identity("messaging", org_id)):
            await self._rpc.call(self._stub.RefundNumber, request)

    async def send_alert(
        self,
        org_id: UUID,
        alert: NumberAlert,
        numbers: Sequence[tuple[BilledNumber, datetime]],
    ) -> set[UUID]:
        """Alert the organisation about numbers. Idempotent.

        Args:
            org_id: The organisation.
            alert: What happened. It is the same for all of ``numbers``.
            numbers: Each phone number with the time of its payment, or of its planned or past
                release.

        Returns:
            The ids of the numbers that the organisation has been alerted about.
        """
        if not numbers:
            return set()
        request = number_charges_pb2.TellOfNumbersRequest(
            news=_ALERTS[alert], numbers=[_alert_entry(number, at) for number, at in numbers]
        )
        with acting_as(Identity("messaging", org_id)):
            answer = await self._rpc.call(self._stub.TellOfNumbers, request)
        return {UUID(number_id) for number_id in answer.told_number_ids}

    async def _charge(self, org_id: UUID, request: number_charges_pb2.ChargeNumberRequest) -> bool:
        with acting_as(Identity("messaging", org_id)):
            answer = await self._rpc.call(self._stub.ChargeNumber, request)
        return answer.charged


def _alert_entry(number: BilledNumber, at: datetime) -> number_charges_pb2.NumberToTell:
    entry = number_charges_pb2.NumberToTell(
        number_id=str(number.id),
        phone_number=number.phone_number,
        cents_per_month=number.cents_per_month or 0,
        user_id=str(number.payer_user_id) if number.payer_user_id else None,
        email=number.payer_email,
    )
    entry.at.FromDatetime(at)
    return entry
