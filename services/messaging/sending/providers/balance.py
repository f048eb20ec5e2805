"""Client of billing: who pays for messages, and the payer's balance."""

from typing import TypeAlias
from uuid import UUID

from servicekit.rpc.client import RpcClient
from smsblaster.billing.v1 import payers_pb2, payers_pb2_grpc

PayingBalance: TypeAlias = payers_pb2.PayingBalance
"""Whose balance pays, and the balance in cents."""


class Balances:
    """Asks billing whose balance pays and how much it has."""

    def __init__(self, rpc: RpcClient, stub: "payers_pb2_grpc.PayerServiceAsyncStub") -> None:
        self._rpc = rpc
        self._stub = stub

    async def paying(self, payer_id: UUID | None = None) -> PayingBalance:
        """Return the balance of the payer `payer_id`.

        If `payer_id` is None, return the balance that pays for what the calling user sends now.
        Raises `Unavailable`.
        """
        request = payers_pb2.GetPayerRequest(payer_id=str(payer_id) if payer_id else None)
        return await self._rpc.call(self._stub.GetPayer, request)
