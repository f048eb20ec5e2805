"""``AdminBalanceService``: the balances of organisations, for operators."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.rpc.server import Context
from services.billing.storage import balances
from smsblaster.billing.v1 import adjustments_pb2, adjustments_pb2_grpc


class AdminBalanceRpc(adjustments_pb2_grpc.AdminBalanceServiceServicer):
    """Shows balances of all organisations to operators."""

    def __init__(self, database: Database, currency: str) -> None:
        self._database = database
        self._currency = currency

    async def ListOrganisationBalances(
        self, request: adjustments_pb2.ListOrganisationBalancesRequest, context: Context
    ) -> adjustments_pb2.ListOrganisationBalancesResponse:
        """Return the balances of the organisations whose ids are in the request."""
        async with self._database.system() as connection:
            found = await balances.totals(connection, [*map(UUID, request.org_ids)])
        return adjustments_pb2.ListOrganisationBalancesResponse(
            items=[
                adjustments_pb2.OrganisationBalance(
                    org_id=org_id, balance_cents=found.get(UUID(org_id), 0)
                )
                for org_id in request.org_ids
            ],
            currency=self._currency,
        )
