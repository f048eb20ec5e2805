"""``AdminPriceService``: operators set the prices of texts and phone numbers."""

from servicekit.phones import calling_prefix
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.billing.storage.rows import NumberPrice, Price
from services.billing.usecases.set_number_price import SetNumberPrice
from services.billing.usecases.set_price import SetPrice
from smsblaster.billing.v1 import admin_prices_pb2, admin_prices_pb2_grpc, prices_pb2


class AdminPriceRpc(admin_prices_pb2_grpc.AdminPriceServiceServicer):
    """Sets prices for operators."""

    def __init__(self, set_price: SetPrice, set_number_price: SetNumberPrice) -> None:
        self._set_price = set_price
        self._set_number_price = set_number_price

    async def SetPrice(
        self, request: admin_prices_pb2.SetPriceRequest, context: Context
    ) -> prices_pb2.Price:
        """Set the prices of texts to a country."""
        with_pictures = request.cents_per_mms if request.HasField("cents_per_mms") else None
        price = Price(request.country, request.cents_per_segment, with_pictures)
        await self._set_price.set(price, request.reason)
        return fill(prices_pb2.Price(prefix=calling_prefix(price.country)), price)

    async def SetNumberPrice(
        self, request: admin_prices_pb2.SetNumberPriceRequest, context: Context
    ) -> prices_pb2.PhoneNumberPrice:
        """Set the monthly price of a type of phone numbers in a country."""
        price = NumberPrice(request.country, request.number_type, request.cents_per_month)
        await self._set_number_price.set(price, request.reason)
        return fill(prices_pb2.PhoneNumberPrice(), price)
