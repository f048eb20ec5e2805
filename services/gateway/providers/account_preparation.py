"""Ask messaging to prepare the accounts of test organisations."""

import grpc

from servicekit.rpc.client import RpcClient
from smsblaster.messaging.v1 import accounts_pb2, accounts_pb2_grpc

_SECONDS = 10.0


class AccountPreparation:
    """Asks messaging to prepare the account of the caller's test organisation."""

    def __init__(self, rpc: RpcClient, channel: grpc.aio.Channel) -> None:
        self._rpc = rpc
        self._stub = accounts_pb2_grpc.SubaccountServiceStub(channel)

    async def prepare(self) -> None:
        """Prepare the account of the caller's test organisation. Idempotent.

        Raises:
            Unavailable: Messaging does not answer.
        """
        request = accounts_pb2.PrepareTestAccountRequest()
        await self._rpc.call(self._stub.PrepareTestAccount, request, _SECONDS)
