"""Publish the customer events about balances, which webhook endpoints receive."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.customer_events import Happened, tell, wants
from servicekit.rpc.messages import fill
from services.billing.domain.low_balance import LowBalance
from services.billing.domain.transaction_filter import TransactionFilter
from services.billing.storage import transactions
from smsblaster.billing.v1 import transactions_pb2
from smsblaster.webhooks.v1.event_data_pb2 import LowBalanceData

_SERVICE = "billing"


async def tell_low_balance(connection: AsyncConnection, org_id: UUID, low: LowBalance) -> None:
    """Publish `balance.low`, if an endpoint of the organisation subscribes to it."""
    if await wants(connection, org_id, "balance.low"):
        data = fill(LowBalanceData(), low)
        await tell(connection, _SERVICE, [Happened(org_id, "balance.low", data)])


async def tell_topped_up(connection: AsyncConnection, org_id: UUID, external_id: str) -> None:
    """Publish `balance.topped_up` for a credited payment, if an endpoint subscribes to it."""
    if not await wants(connection, org_id, "balance.topped_up"):
        return
    wanted = TransactionFilter(external_id=external_id)
    for row in await transactions.page(connection, org_id, wanted, 1, None):
        data = fill(transactions_pb2.Transaction(), row)
        await tell(connection, _SERVICE, [Happened(org_id, "balance.topped_up", data)])
