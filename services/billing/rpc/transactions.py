"""``TransactionService``."""

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.billing.storage import transactions
from smsblaster.billing.v1 import transactions_pb2, transactions_pb2_grpc


class TransactionRpc(transactions_pb2_grpc.TransactionServiceServicer):
    """Serves the ledger."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListTransactions(
        self, request: transactions_pb2.ListTransactionsRequest, context: Context
    ) -> transactions_pb2.ListTransactionsResponse:
        """List the organisation's transactions."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await transactions.page(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return transactions_pb2.ListTransactionsResponse(
            items=[fill(transactions_pb2.Transaction(), row) for row in rows],
            next_cursor=next_cursor,
        )
