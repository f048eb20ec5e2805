"""Read the transactions of the ledger from billing."""

from collections.abc import AsyncGenerator

import grpc

from servicekit.rpc.client import RpcClient
from smsblaster.billing.v1 import transactions_pb2, transactions_pb2_grpc

_PAGE = 200


class Ledger:
    """Asks billing for transactions, in the name of the caller."""

    def __init__(self, rpc: RpcClient, channel: grpc.aio.Channel) -> None:
        self._rpc = rpc
        self._stub = transactions_pb2_grpc.TransactionServiceStub(channel)

    async def pages(
        self, wanted: transactions_pb2.ExportTransactionsRequest
    ) -> AsyncGenerator[transactions_pb2.ListTransactionsResponse]:
        """Return all matching transactions page by page, newest first.

        Raises the errors of billing.
        """
        request = transactions_pb2.ListTransactionsRequest(limit=_PAGE)
        for field, value in wanted.ListFields():
            if field.message_type is None:
                setattr(request, field.name, value)
            else:
                getattr(request, field.name).CopyFrom(value)
        while True:
            page = await self._rpc.call(self._stub.ListTransactions, request)
            yield page
            if not page.next_cursor:
                return
            request.cursor = page.next_cursor
