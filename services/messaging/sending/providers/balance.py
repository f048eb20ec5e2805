"""Read balances from billing."""

from servicekit.rpc.client import RpcClient
from smsblaster.billing.v1 import balance_pb2, balance_pb2_grpc


class Balances:
    """Asks billing for balances."""

    def __init__(self, rpc: RpcClient, stub: "balance_pb2_grpc.BalanceServiceAsyncStub") -> None:
        self._rpc = rpc
        self._stub = stub

    async def of_caller(self) -> int:
        """Return the cents on the balance of the calling user. Raises `Unavailable`."""
        answer = await self._rpc.call(self._stub.GetBalance, balance_pb2.GetBalanceRequest())
        return answer.balance_cents
