"""``TransactionService``: the list of an organisation's ledger transactions."""

from datetime import UTC
from typing import cast

from google.protobuf.descriptor import EnumDescriptor

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.billing.domain.ledger import Payer
from services.billing.domain.transaction_filter import TransactionFilter
from services.billing.storage import transactions
from smsblaster.billing.v1 import payers_pb2, transactions_pb2, transactions_pb2_grpc


class TransactionRpc(transactions_pb2_grpc.TransactionServiceServicer):
    """Lists transactions of the ledger for members."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListTransactions(
        self, request: transactions_pb2.ListTransactionsRequest, context: Context
    ) -> transactions_pb2.ListTransactionsResponse:
        """List the organisation's transactions, newest first, with filters."""
        org_id = identity.current().require_org()
        page, wanted = PageRequest(self._cursors, org_id, request), _filter(request)
        async with self._database.org(org_id) as connection:
            rows = await transactions.page(
                connection, org_id, wanted, page.rows_to_read, page.last_id
            )
        rows, next_cursor = page.split(rows)
        return transactions_pb2.ListTransactionsResponse(
            items=[fill(transactions_pb2.Transaction(), row) for row in rows],
            next_cursor=next_cursor,
        )


def _filter(request: transactions_pb2.ListTransactionsRequest) -> TransactionFilter:
    if request.user_id and request.payer:
        raise InvalidInput.of("payer", "can't be combined with userId; leave one of them out")
    enums = transactions_pb2
    return TransactionFilter(
        type=_name(enums.TransactionType.DESCRIPTOR, request.type),
        source=_name(enums.TransactionSource.DESCRIPTOR, request.source),
        user_id=parse_id(request.user_id),
        payer=cast("Payer | None", _name(payers_pb2.Payer.DESCRIPTOR, request.payer)),
        campaign_id=parse_id(request.campaign_id),
        external_id=request.external_id or None,
        since=request.from_time.ToDatetime(UTC) if request.HasField("from_time") else None,
        until=request.to_time.ToDatetime(UTC) if request.HasField("to_time") else None,
    )


def _name(descriptor: EnumDescriptor, number: int) -> str | None:
    return enum_name(descriptor, number) if number else None
