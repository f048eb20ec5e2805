"""``NumberChargeService``: charges for the monthly price of phone numbers."""

from datetime import UTC
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.server import Context
from services.billing.domain.number_alerts import AlertedNumber
from services.billing.domain.number_months import NumberMonth
from services.billing.storage import number_prices, topups
from services.billing.usecases.alert_about_numbers import AlertAboutNumbers
from services.billing.usecases.charge_number import ChargeNumber
from smsblaster.billing.v1 import number_charges_pb2, number_charges_pb2_grpc


class NumberChargeRpc(number_charges_pb2_grpc.NumberChargeServiceServicer):
    """Charges and refunds the monthly price of phone numbers."""

    def __init__(
        self, database: Database, charge_number: ChargeNumber, alerts: AlertAboutNumbers
    ) -> None:
        self._database = database
        self._charge_number = charge_number
        self._alerts = alerts

    async def GetNumberTerms(
        self, request: number_charges_pb2.GetNumberTermsRequest, context: Context
    ) -> number_charges_pb2.GetNumberTermsResponse:
        """Return the prices of numbers, and whether the organisation has ever paid a top-up."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            prices = await number_prices.list_all(connection)
            has_paid_in = await topups.has_paid_in(connection, org_id)
        return number_charges_pb2.GetNumberTermsResponse(
            prices=[fill(number_charges_pb2.NumberPrice(), price) for price in prices],
            has_paid_in=has_paid_in,
        )

    async def ChargeNumber(
        self, request: number_charges_pb2.ChargeNumberRequest, context: Context
    ) -> number_charges_pb2.ChargeNumberResponse:
        """Charge the price of one month of a phone number."""
        charged = await self._charge_number.charge(
            identity.current().require_org(),
            NumberMonth(
                UUID(request.number_id), request.phone_number, request.period, request.amount_cents
            ),
            UUID(request.user_id) if request.user_id else None,
            or_anybody=request.or_anybody,
        )
        return number_charges_pb2.ChargeNumberResponse(charged=charged)

    async def RefundNumber(
        self, request: number_charges_pb2.RefundNumberRequest, context: Context
    ) -> number_charges_pb2.RefundNumberResponse:
        """Refund the price of one month of a phone number."""
        await self._charge_number.refund(
            identity.current().require_org(), UUID(request.number_id), request.period
        )
        return number_charges_pb2.RefundNumberResponse()

    async def TellOfNumbers(
        self, request: number_charges_pb2.TellOfNumbersRequest, context: Context
    ) -> number_charges_pb2.TellOfNumbersResponse:
        """Alert the organisation about phone numbers that are not paid."""
        news = enum_name(number_charges_pb2.NumberNews.DESCRIPTOR, request.news)
        numbers = [
            AlertedNumber(
                UUID(number.number_id),
                number.phone_number,
                number.cents_per_month,
                number.at.ToDatetime(UTC),
                UUID(number.user_id) if number.user_id else None,
                number.email or None,
            )
            for number in request.numbers
        ]
        alerted = await self._alerts.alert(
            identity.current().require_org(), f"numbers_{news}", numbers
        )
        return number_charges_pb2.TellOfNumbersResponse(told_number_ids=[*map(str, alerted)])
