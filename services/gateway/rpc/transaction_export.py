"""Serve ``TransactionExportService``: the ledger of an organisation as a CSV file.

Billing has the ledger, and the gateway has the names of users. So the gateway writes the file.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import Message

from servicekit.db.csv_out import BYTE_ORDER_MARK
from servicekit.rpc.messages import enum_name
from servicekit.rpc.server import Context
from services.gateway.domain.csv_text import csv_block
from services.gateway.providers.ledger import Ledger
from smsblaster.billing.v1 import (
    payers_pb2,
    transactions_pb2,
    transactions_pb2_grpc,
)
from smsblaster.billing.v1.transactions_pb2 import Transaction

FillNames = Callable[[Message], Awaitable[None]]
"""Fills in the names of users in a message."""

_CSV = "text/csv; charset=utf-8"
_HEADER = (
    "Id",
    "Created at",
    "Type",
    "Amount (cents)",
    "Balance after (cents)",
    "Payer",
    "User",
    "User id",
    "By",
    "By user id",
    "Source",
    "Description",
    "Campaign",
    "Campaign id",
    "External id",
    "Receipt",
)


class TransactionExportRpc(transactions_pb2_grpc.TransactionExportServiceServicer):
    """Returns the ledger of an organisation as a CSV file."""

    def __init__(self, ledger: Ledger, fill_names: FillNames) -> None:
        self._ledger = ledger
        self._fill_names = fill_names

    async def ExportTransactions(
        self, request: transactions_pb2.ExportTransactionsRequest, context: Context
    ) -> AsyncGenerator[HttpBody]:
        """Return the matching transactions page by page, as CSV."""
        first = BYTE_ORDER_MARK.encode() + csv_block([_HEADER])
        async for page in self._ledger.pages(request):
            await self._fill_names(page)
            yield HttpBody(content_type=_CSV, data=first + csv_block(_rows(page.items)))
            first = b""


def _rows(items: Iterable[Transaction]) -> Iterable[tuple[object, ...]]:
    return (_row(item) for item in items)


def _row(item: Transaction) -> tuple[object, ...]:
    return (
        item.id,
        item.created_at.ToJsonString(),
        enum_name(transactions_pb2.TransactionType.DESCRIPTOR, item.type),
        item.amount_cents,
        item.balance_after_cents if item.HasField("balance_after_cents") else None,
        enum_name(payers_pb2.Payer.DESCRIPTOR, item.payer),
        item.user_name,
        item.user_id,
        item.by_user_name,
        item.by_user_id,
        enum_name(transactions_pb2.TransactionSource.DESCRIPTOR, item.source),
        item.description,
        item.campaign_name,
        item.campaign_id,
        item.external_id,
        item.receipt_url,
    )
