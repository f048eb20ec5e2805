"""``LedgerCheckService``: operators check the ledger."""

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.billing.storage import ledger_check
from services.billing.storage.ledger_check import CheckedAccount
from smsblaster.billing.v1 import ledger_check_pb2, ledger_check_pb2_grpc


class LedgerCheckRpc(ledger_check_pb2_grpc.LedgerCheckServiceServicer):
    """Compares balances with their transactions for operators."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListWrongBalances(
        self, request: ledger_check_pb2.ListWrongBalancesRequest, context: Context
    ) -> ledger_check_pb2.ListWrongBalancesResponse:
        """Check the next balances, and return those that are wrong."""
        own_org = identity.current().require_org()
        page = PageRequest(self._cursors, own_org, request, ("user_id",))
        async with self._database.system() as connection:
            rows = await ledger_check.accounts(connection, page.last_id, page.rows_to_read)
        read, next_cursor = page.split(rows)
        sealed = sum(account.is_sealed for account in read)
        return ledger_check_pb2.ListWrongBalancesResponse(
            items=[_message(account) for account in read if account.is_wrong],
            checked=sealed,
            skipped=len(read) - sealed,
            next_cursor=next_cursor,
        )


def _message(account: CheckedAccount) -> ledger_check_pb2.WrongBalance:
    is_members = account.user_id != account.org_id
    return ledger_check_pb2.WrongBalance(
        org_id=str(account.org_id),
        user_id=str(account.user_id) if is_members else None,
        balance_cents=account.balance_cents,
        ledger_cents=account.ledger_cents,
    )
