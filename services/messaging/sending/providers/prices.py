"""Billing's prices of messages."""

import time
from collections.abc import Mapping

import phonenumbers

from servicekit.rpc.client import RpcClient
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc

# Short, because replicas may quote different prices until each of them has asked again.
_FRESH_SECONDS = 5.0


class PriceList:
    """Cents per segment for every country that is offered."""

    def __init__(self, rpc: RpcClient, stub: "charges_pb2_grpc.ChargeServiceAsyncStub") -> None:
        self._rpc = rpc
        self._stub = stub
        self._known: Mapping[str, int] = {}
        self._fresh_until = 0.0

    async def current(self) -> Mapping[str, int]:
        """Return the prices by country, at most some seconds old. Raises `Unavailable`."""
        if self._fresh_until < time.monotonic():
            answer = await self._rpc.call(
                self._stub.GetPrices,
                charges_pb2.GetPricesRequest(countries=sorted(phonenumbers.SUPPORTED_REGIONS)),
            )
            self._known = dict(answer.cents_per_segment)
            self._fresh_until = time.monotonic() + _FRESH_SECONDS
        return self._known
