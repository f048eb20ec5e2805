"""``NumberChargeService``: money for the months of phone numbers."""

from datetime import UTC
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.server import Context
from services.billing.domain.ledger import LedgerAccount
from services.billing.domain.number_alerts import AlertedNumber
from services.billing.storage import ledger, number_charges, number_prices, topups
from services.billing.usecases.alert_about_numbers import AlertAboutNumbers
from smsblaster.billing.v1 import number_charges_pb2, number_charges_pb2_grpc


class NumberChargeRpc(number_charges_pb2_grpc.NumberChargeServiceServicer):
    """Charges and refunds months of numbers."""

    def __init__(self, database: Database, alert: AlertAboutNumbers) -> None:
        self._database = database
        self._alert = alert

    async def GetNumberTerms(
        self, request: number_charges_pb2.GetNumberTermsRequest, context: Context
    ) -> number_charges_pb2.GetNumberTermsResponse:
        """Answer with the prices, and whether the organisation has paid in."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            rows = await number_prices.list_all(connection)
            has_paid_in = await topups.has_paid_in(connection, org_id)
        return number_charges_pb2.GetNumberTermsResponse(
            prices=[fill(number_charges_pb2.NumberPrice(), row) for row in rows],
            has_paid_in=has_paid_in,
        )

    async def ChargeNumber(
        self, request: number_charges_pb2.ChargeNumberRequest, context: Context
    ) -> number_charges_pb2.ChargeNumberResponse:
        """Charge a month to the user named, or else to the largest balance."""
        org_id = identity.current().require_org()
        number = UUID(request.number_id), request.phone_number
        async with self._database.org(org_id) as connection:
            if await number_charges.is_charged(connection, org_id, number[0], request.period):
                return number_charges_pb2.ChargeNumberResponse(charged=True)
            payers = [UUID(request.user_id)] if request.user_id else []
            if request.or_anybody:
                richest = await ledger.find_payer(connection, org_id, request.amount_cents)
                payers += [richest] if richest else []
            for payer in dict.fromkeys(payers):
                month = number_charges.number_month(
                    LedgerAccount(org_id, payer), number, request.period, request.amount_cents
                )
                if await number_charges.charge(connection, month):
                    return number_charges_pb2.ChargeNumberResponse(charged=True)
        return number_charges_pb2.ChargeNumberResponse(charged=False)

    async def RefundNumber(
        self, request: number_charges_pb2.RefundNumberRequest, context: Context
    ) -> number_charges_pb2.RefundNumberResponse:
        """Give a month back."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            await number_charges.refund(connection, org_id, UUID(request.number_id), request.period)
        return number_charges_pb2.RefundNumberResponse()

    async def TellOfNumbers(
        self, request: number_charges_pb2.TellOfNumbersRequest, context: Context
    ) -> number_charges_pb2.TellOfNumbersResponse:
        """Tell the organisation about numbers that are not paid."""
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
        told = await self._alert.tell(identity.current().require_org(), f"numbers_{news}", numbers)
        return number_charges_pb2.TellOfNumbersResponse(told_number_ids=[str(t) for t in told])
