"""Client of billing: the prices of messages."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers

from servicekit.rpc.client import RpcClient
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc

# Short, because replicas may quote different prices until each of them has asked again.
_FRESH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices by country: cents per segment, and cents per message with pictures.

    A country has no price for what can't be sent there.
    """

    cents_per_segment: Mapping[str, int]
    cents_per_mms: Mapping[str, int]


class PriceList:
    """Reads billing's prices for every country to which we send."""

    def __init__(self, rpc: RpcClient, stub: "charges_pb2_grpc.ChargeServiceAsyncStub") -> None:
        self._rpc = rpc
        self._stub = stub
        self._known = Prices({}, {})
        self._fresh_until = 0.0

    async def current(self) -> Prices:
        """Return the current prices, at most some seconds old. Raises `Unavailable`."""
        if self._fresh_until < time.monotonic():
            answer = await self._rpc.call(
                self._stub.GetPrices,
                charges_pb2.GetPricesRequest(countries=sorted(phonenumbers.SUPPORTED_REGIONS)),
            )
            self._known = Prices(dict(answer.cents_per_segment), dict(answer.cents_per_mms))
            self._fresh_until = time.monotonic() + _FRESH_SECONDS
        return self._known
