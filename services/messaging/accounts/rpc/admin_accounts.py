"""``AdminSubaccountService``."""

from dataclasses import asdict
from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import id_of, page_of
from servicekit.rpc.server import Context
from services.messaging.accounts.storage import subaccounts
from services.messaging.accounts.usecases.number_limit import Limit, NumberLimit
from services.messaging.accounts.usecases.suspend_subaccount import SuspendSubaccount
from smsblaster.messaging.v1 import admin_accounts_pb2, admin_accounts_pb2_grpc

_DEFAULT_LIMIT = 50


class AdminSubaccountRpc(admin_accounts_pb2_grpc.AdminSubaccountServiceServicer):
    """Serves every organisation's subaccount to operators."""

    def __init__(
        self,
        database: Database,
        suspend: SuspendSubaccount,
        limit: NumberLimit,
        cursors: CursorCodec,
    ) -> None:
        self._database = database
        self._suspend = suspend
        self._limit = limit
        self._cursors = cursors

    async def ListSubaccounts(
        self, request: admin_accounts_pb2.ListSubaccountsRequest, context: Context
    ) -> admin_accounts_pb2.ListSubaccountsResponse:
        """A page of subaccounts."""
        own_org, limit = identity.current().require_org(), request.limit or _DEFAULT_LIMIT
        before = id_of(self._cursors, own_org, request.cursor)
        async with self._database.system() as connection:
            rows = await subaccounts.page(connection, before, limit + 1)
        rows, following = page_of(self._cursors, own_org, rows, limit, ("org_id",))
        return admin_accounts_pb2.ListSubaccountsResponse(
            items=[fill(admin_accounts_pb2.AdminSubaccount(), row) for row in rows],
            next_cursor=following,
        )

    async def SuspendSubaccount(
        self, request: admin_accounts_pb2.SuspendSubaccountRequest, context: Context
    ) -> admin_accounts_pb2.AdminSubaccount:
        """Stop an organisation from sending."""
        row = await self._suspend.suspend(UUID(request.org_id))
        return fill(admin_accounts_pb2.AdminSubaccount(), row)

    async def ReactivateSubaccount(
        self, request: admin_accounts_pb2.ReactivateSubaccountRequest, context: Context
    ) -> admin_accounts_pb2.AdminSubaccount:
        """Let an organisation send again."""
        row = await self._suspend.reactivate(UUID(request.org_id))
        return fill(admin_accounts_pb2.AdminSubaccount(), row)

    async def GetNumberLimit(
        self, request: admin_accounts_pb2.GetNumberLimitRequest, context: Context
    ) -> admin_accounts_pb2.NumberLimit:
        """How many numbers an organisation may have."""
        limit = await self._limit.of_org(UUID(request.org_id))
        return _limit_of(request.org_id, limit)

    async def SetNumberLimit(
        self, request: admin_accounts_pb2.SetNumberLimitRequest, context: Context
    ) -> admin_accounts_pb2.NumberLimit:
        """Set how many numbers an organisation may have."""
        most = request.max_numbers if request.HasField("max_numbers") else None
        limit = await self._limit.set(UUID(request.org_id), most)
        return _limit_of(request.org_id, limit)


def _limit_of(org_id: str, limit: Limit) -> admin_accounts_pb2.NumberLimit:
    return fill(admin_accounts_pb2.NumberLimit(org_id=org_id), asdict(limit))
