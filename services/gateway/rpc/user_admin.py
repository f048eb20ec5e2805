"""Serve ``UserAdminService``: the users of all organisations, for operators."""

from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.storage import user_search
from services.gateway.storage.user_search import PlatformUser, UserFilter
from services.gateway.usecases.reset_second_factor import ResetSecondFactor
from services.gateway.usecases.set_user_status import SetUserStatus
from smsblaster.identity.v1 import admin_pb2, admin_pb2_grpc, organisation_pb2

_STATUS = organisation_pb2.UserStatus.DESCRIPTOR


class UserAdminService(admin_pb2_grpc.UserAdminServiceServicer):
    """Implements ``identity/v1/admin.proto``."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        statuses: SetUserStatus,
        second_factors: ResetSecondFactor,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._statuses = statuses
        self._second_factors = second_factors

    async def ListUsers(
        self, request: admin_pb2.ListUsersRequest, context: Context
    ) -> admin_pb2.ListUsersResponse:
        """List users of all organisations, newest first, with filters."""
        page = PageRequest(self._cursors, current().require_org(), request)
        wanted = UserFilter(
            search=request.search or None,
            status=enum_name(_STATUS, request.status) if request.status else None,
            org_id=UUID(request.org_id) if request.org_id else None,
            before=page.last_id,
        )
        async with self._database.system() as connection:
            rows = await user_search.page(connection, wanted, page.rows_to_read)
        rows, next_cursor = page.split(rows)
        return admin_pb2.ListUsersResponse(
            items=[_message(row) for row in rows], next_cursor=next_cursor
        )

    async def SetUserStatus(
        self, request: admin_pb2.SetUserStatusRequest, context: Context
    ) -> admin_pb2.AdminUser:
        """Activate or deactivate a user of any organisation."""
        status = enum_name(_STATUS, request.status)
        return _message(await self._statuses.set_status(current(), UUID(request.id), status))

    async def ResetUserSecondFactor(
        self, request: admin_pb2.ResetUserSecondFactorRequest, context: Context
    ) -> admin_pb2.ResetUserSecondFactorResponse:
        """Turn off the second factor of a user, who may have lost the app."""
        await self._second_factors.reset_of_user(current(), UUID(request.id))
        return admin_pb2.ResetUserSecondFactorResponse()


def _message(user: PlatformUser) -> admin_pb2.AdminUser:
    return fill(admin_pb2.AdminUser(), user)
