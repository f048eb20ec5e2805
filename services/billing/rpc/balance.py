"""``BalanceService``."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.server import Context
from services.billing.domain.ledger import LedgerAccount
from services.billing.storage import ledger
from smsblaster.billing.v1 import balance_pb2, balance_pb2_grpc


class BalanceRpc(balance_pb2_grpc.BalanceServiceServicer):
    """Serves balances."""

    def __init__(self, database: Database, currency: str) -> None:
        self._database = database
        self._currency = currency

    async def GetBalance(
        self, request: balance_pb2.GetBalanceRequest, context: Context
    ) -> balance_pb2.Balance:
        """Return the caller's own balance."""
        caller = identity.current()
        account = LedgerAccount(caller.require_org(), caller.require_user())
        async with self._database.org(account.org_id) as connection:
            cents = await ledger.read_balance(connection, account)
        return balance_pb2.Balance(balance_cents=cents, currency=self._currency)
