"""``PayerService``: whose balance pays."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_value
from servicekit.rpc.server import Context
from services.billing.domain.ledger import LedgerAccount
from services.billing.storage import balances
from services.billing.support.paying import own_account
from smsblaster.billing.v1 import payers_pb2, payers_pb2_grpc


class PayerRpc(payers_pb2_grpc.PayerServiceServicer):
    """Returns who pays, and how much money they have left."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetPayer(
        self, request: payers_pb2.GetPayerRequest, context: Context
    ) -> payers_pb2.PayingBalance:
        """Return the payer that the request names, or else who pays for the caller's messages.

        The response has the payer's balance too.
        """
        caller = identity.current()
        org_id, known = caller.require_org(), parse_id(request.payer_id)
        async with self._database.org(org_id) as connection:
            if known:
                account = LedgerAccount(org_id, known)
            else:
                account = await own_account(connection, caller)
            cents = await balances.read_balance(connection, account)
        return payers_pb2.PayingBalance(
            payer=payer_value(account), payer_id=str(account.user_id), balance_cents=cents
        )


def payer_value(account: LedgerAccount) -> payers_pb2.Payer.ValueType:
    """Return the contract's value for the owner of a balance: a member or the organisation."""
    return payers_pb2.Payer.ValueType(enum_value(payers_pb2.Payer.DESCRIPTOR, account.payer))
