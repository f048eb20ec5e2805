"""Users of every organisation: ``smsblaster.identity.v1.UserAdminService``."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.domain.users import roles_of
from services.gateway.storage import user_search
from services.gateway.storage.user_search import UserFilter
from services.gateway.usecases.set_user_status import set_user_status
from smsblaster.identity.v1 import admin_pb2, admin_pb2_grpc, organisation_pb2

_STATUS = organisation_pb2.UserStatus.DESCRIPTOR


class UserAdminService(admin_pb2_grpc.UserAdminServiceServicer):
    """See the contract, ``identity/v1/admin.proto``."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListUsers(
        self, request: admin_pb2.ListUsersRequest, context: Context
    ) -> admin_pb2.ListUsersResponse:
        """A page of the platform's users."""
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
            items=[_user(row) for row in rows], next_cursor=next_cursor
        )

    async def SetUserStatus(
        self, request: admin_pb2.SetUserStatusRequest, context: Context
    ) -> admin_pb2.AdminUser:
        """Activate or deactivate a user."""
        row = await set_user_status(
            self._database, current(), UUID(request.id), enum_name(_STATUS, request.status)
        )
        return _user(row)


def _user(row: RowMapping) -> admin_pb2.AdminUser:
    roles = roles_of(row["role"], is_operator=row["is_operator"])
    return fill(admin_pb2.AdminUser(), {**row, "roles": roles})
