"""``BalanceService``: how much money the caller can spend."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.server import Context
from services.billing.domain.ledger import LedgerAccount
from services.billing.domain.payers import organisation_account, paying_account
from services.billing.rpc.payers import payer_value
from services.billing.storage import balances, settings
from smsblaster.billing.v1 import balance_pb2, balance_pb2_grpc


class BalanceRpc(balance_pb2_grpc.BalanceServiceServicer):
    """Returns balances to members."""

    def __init__(self, database: Database, currency: str) -> None:
        self._database = database
        self._currency = currency

    async def GetBalance(
        self, request: balance_pb2.GetBalanceRequest, context: Context
    ) -> balance_pb2.Balance:
        """Return the balance that pays for what the caller sends."""
        caller = identity.current()
        org_id, user_id = caller.require_org(), caller.require_user()
        own, shared = LedgerAccount(org_id, user_id), organisation_account(org_id)
        async with self._database.org(org_id) as connection:
            setting = await settings.payer_of(connection, org_id)
            own_cents = await balances.read_balance(connection, own)
            shared_cents = await balances.read_balance(connection, shared)
            total = await balances.total(connection, org_id)
        pays = paying_account(setting, org_id, user_id)
        return balance_pb2.Balance(
            balance_cents=own_cents if pays == own else shared_cents,
            currency=self._currency,
            payer=payer_value(pays),
            own_balance_cents=own_cents,
            organisation_balance_cents=shared_cents,
            total_balance_cents=total,
        )
