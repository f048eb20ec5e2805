"""``PriceService``: the price list of messages and phone numbers."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.phones import calling_prefix
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.billing.storage import number_prices, prices
from smsblaster.billing.v1 import prices_pb2, prices_pb2_grpc


class PriceRpc(prices_pb2_grpc.PriceServiceServicer):
    """Returns the price list to members."""

    def __init__(self, database: Database, currency: str) -> None:
        self._database = database
        self._currency = currency

    async def ListPrices(
        self, request: prices_pb2.ListPricesRequest, context: Context
    ) -> prices_pb2.ListPricesResponse:
        """List the prices of all destinations and of all types of phone numbers."""
        async with self._database.org(identity.current().require_org()) as connection:
            rows = await prices.list_all(connection)
            numbers = await number_prices.list_all(connection)
        items = [fill(prices_pb2.Price(prefix=calling_prefix(row.country)), row) for row in rows]
        return prices_pb2.ListPricesResponse(
            items=items,
            currency=self._currency,
            numbers=[fill(prices_pb2.PhoneNumberPrice(), row) for row in numbers],
        )
