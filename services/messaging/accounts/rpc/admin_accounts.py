"""The gRPC service ``AdminSubaccountService``, for operators."""

from dataclasses import asdict
from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.messaging.accounts.storage import subaccounts
from services.messaging.accounts.support.number_limits import NumberLimit, NumberLimits
from services.messaging.accounts.usecases.set_number_limit import SetNumberLimit
from services.messaging.accounts.usecases.suspend_subaccount import SuspendSubaccount
from smsblaster.messaging.v1 import admin_accounts_pb2, admin_accounts_pb2_grpc


class AdminSubaccountRpc(admin_accounts_pb2_grpc.AdminSubaccountServiceServicer):
    """Serves the subaccounts of all organisations to operators."""

    def __init__(
        self,
        database: Database,
        suspend: SuspendSubaccount,
        limits: NumberLimits,
        set_limit: SetNumberLimit,
        cursors: CursorCodec,
    ) -> None:
        self._database = database
        self._suspend = suspend
        self._limits = limits
        self._set_limit = set_limit
        self._cursors = cursors

    async def ListSubaccounts(
        self, request: admin_accounts_pb2.ListSubaccountsRequest, context: Context
    ) -> admin_accounts_pb2.ListSubaccountsResponse:
        """Return a page of subaccounts, newest organisation first."""
        own_org = identity.current().require_org()
        page = PageRequest(self._cursors, own_org, request, ("org_id",))
        async with self._database.system() as connection:
            rows = await subaccounts.page(connection, page.last_id, page.rows_to_read)
        found, next_cursor = page.split(rows)
        return admin_accounts_pb2.ListSubaccountsResponse(
            items=[fill(admin_accounts_pb2.AdminSubaccount(), account) for account in found],
            next_cursor=next_cursor,
        )

    async def SuspendSubaccount(
        self, request: admin_accounts_pb2.SuspendSubaccountRequest, context: Context
    ) -> admin_accounts_pb2.AdminSubaccount:
        """Stop an organisation from sending."""
        account = await self._suspend.suspend(UUID(request.org_id), request.reason)
        return fill(admin_accounts_pb2.AdminSubaccount(), account)

    async def ReactivateSubaccount(
        self, request: admin_accounts_pb2.ReactivateSubaccountRequest, context: Context
    ) -> admin_accounts_pb2.AdminSubaccount:
        """Let an organisation send again."""
        account = await self._suspend.reactivate(UUID(request.org_id), request.reason)
        return fill(admin_accounts_pb2.AdminSubaccount(), account)

    async def GetNumberLimit(
        self, request: admin_accounts_pb2.GetNumberLimitRequest, context: Context
    ) -> admin_accounts_pb2.NumberLimit:
        """Return how many phone numbers an organisation may have."""
        limit = await self._limits.of_org(UUID(request.org_id))
        return _limit(request.org_id, limit)

    async def SetNumberLimit(
        self, request: admin_accounts_pb2.SetNumberLimitRequest, context: Context
    ) -> admin_accounts_pb2.NumberLimit:
        """Set how many phone numbers an organisation may have."""
        most = request.max_numbers if request.HasField("max_numbers") else None
        limit = await self._set_limit.set(UUID(request.org_id), most)
        return _limit(request.org_id, limit)


def _limit(org_id: str, limit: NumberLimit) -> admin_accounts_pb2.NumberLimit:
    return fill(admin_accounts_pb2.NumberLimit(org_id=org_id), asdict(limit))
