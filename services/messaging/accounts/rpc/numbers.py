"""The gRPC service ``NumberService``: search, buy, list and release phone numbers."""

from dataclasses import asdict

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.accounts.domain.number_criteria import NumberCriteria
from services.messaging.accounts.storage import numbers
from services.messaging.accounts.storage.numbers import NumberFilter
from services.messaging.accounts.usecases.buy_numbers import BuyNumbers
from services.messaging.accounts.usecases.release_number import ReleaseNumber
from services.messaging.accounts.usecases.search_numbers import SearchNumbers
from smsblaster.messaging.v1 import numbers_pb2, numbers_pb2_grpc

_SEARCH_LIMIT = 20


class NumberRpc(numbers_pb2_grpc.NumberServiceServicer):
    """Serves an organisation's phone numbers."""

    def __init__(
        self,
        database: Database,
        search: SearchNumbers,
        buy: BuyNumbers,
        release: ReleaseNumber,
    ) -> None:
        self._database = database
        self._search = search
        self._buy = buy
        self._release = release

    async def ProvisionNumbers(
        self, request: numbers_pb2.ProvisionNumbersRequest, context: Context
    ) -> numbers_pb2.ProvisionNumbersResponse:
        """Buy phone numbers for the organisation."""
        criteria = NumberCriteria(
            country=request.country or "US",
            area_code=request.area_code or None,
            capabilities=list(request.capabilities) or ["sms"],
            quantity=request.quantity or 1,
            cents_per_month=(
                request.cents_per_month if request.HasField("cents_per_month") else None
            ),
        )
        bought = await self._buy.buy(identity.current(), criteria)
        return numbers_pb2.ProvisionNumbersResponse(
            numbers=[fill(numbers_pb2.PhoneNumber(), number) for number in bought.numbers],
            errors=[
                numbers_pb2.ProvisionError(phone_number=m.phone_number, message=m.message)
                for m in bought.missing
            ],
        )

    async def ListAvailableNumbers(
        self, request: numbers_pb2.ListAvailableNumbersRequest, context: Context
    ) -> numbers_pb2.ListAvailableNumbersResponse:
        """Return phone numbers that can be bought."""
        criteria = NumberCriteria(
            country=request.country or "US",
            area_code=request.area_code or None,
            capabilities=list(request.capabilities) or ["sms"],
            quantity=request.limit or _SEARCH_LIMIT,
            contains=request.contains or None,
        )
        found = await self._search.search(identity.current().require_org(), criteria)
        return numbers_pb2.ListAvailableNumbersResponse(
            items=[
                fill(
                    numbers_pb2.AvailableNumber(cents_per_month=offer.cents_per_month),
                    asdict(offer.number),
                )
                for offer in found
            ]
        )

    async def ListNumbers(
        self, request: numbers_pb2.ListNumbersRequest, context: Context
    ) -> numbers_pb2.ListNumbersResponse:
        """Return the organisation's phone numbers, newest first."""
        org_id = identity.current().require_org()
        wanted = NumberFilter(
            country=request.country or None,
            capabilities=tuple(request.capabilities),
            released=request.include_released,
        )
        async with self._database.org(org_id) as connection:
            found = await numbers.listed(connection, org_id, wanted)
        return numbers_pb2.ListNumbersResponse(
            items=[fill(numbers_pb2.PhoneNumber(), number) for number in found]
        )

    async def ReleaseNumber(
        self, request: numbers_pb2.ReleaseNumberRequest, context: Context
    ) -> numbers_pb2.PhoneNumber:
        """Give a phone number back to Twilio."""
        org_id = identity.current().require_org()
        number = await self._release.release(org_id, request.sid, force=request.force)
        return fill(numbers_pb2.PhoneNumber(), number)
