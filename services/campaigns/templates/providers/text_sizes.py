"""Calls to the messaging service about the sizes of texts."""

import grpc

from servicekit.rpc.client import RpcClient
from smsblaster.messaging.v1 import quote_pb2, quote_pb2_grpc

# Short, because a preview can be shown without the count of segments.
_TIMEOUT_SECONDS = 5.0


class TextSizes:
    """Counts the segments of texts in the name of the current user."""

    def __init__(self, rpc: RpcClient, channel: grpc.aio.Channel) -> None:
        self._rpc = rpc
        self._quotes = quote_pb2_grpc.QuoteServiceStub(channel)

    async def segments(self, body: str) -> int:
        """Return how many segments `body` has when it is sent.

        Raises:
            Unavailable: Messaging can't be reached.
        """
        request = quote_pb2.MeasureTextRequest(body=body)
        size = await self._rpc.call(self._quotes.MeasureText, request, _TIMEOUT_SECONDS)
        return size.segments
