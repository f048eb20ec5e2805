"""``BulkChangeService``: changes of all contacts that match a filter."""

from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.contacts.domain.bulk_changes import Action, NewBulkChange
from services.contacts.rpc.filters import filter_message, filter_of
from services.contacts.storage import bulk_changes
from services.contacts.storage.rows import BulkChange
from services.contacts.usecases.start_bulk_change import StartBulkChange
from smsblaster.contacts.v1 import bulk_changes_pb2, bulk_changes_pb2_grpc

_ACTIONS: dict[int, Action] = {
    bulk_changes_pb2.BULK_ACTION_ADD_TAGS: "add_tags",
    bulk_changes_pb2.BULK_ACTION_REMOVE_TAGS: "remove_tags",
    bulk_changes_pb2.BULK_ACTION_ADD_TO_LIST: "add_to_list",
    bulk_changes_pb2.BULK_ACTION_REMOVE_FROM_LIST: "remove_from_list",
    bulk_changes_pb2.BULK_ACTION_OPT_OUT: "opt_out",
    bulk_changes_pb2.BULK_ACTION_DELETE: "delete",
}


class BulkChangeRpc(bulk_changes_pb2_grpc.BulkChangeServiceServicer):
    """Serves bulk changes of contacts."""

    def __init__(self, database: Database, cursors: CursorCodec, start: StartBulkChange) -> None:
        self._database = database
        self._cursors = cursors
        self._start = start

    async def CreateBulkChange(
        self, request: bulk_changes_pb2.CreateBulkChangeRequest, context: Context
    ) -> bulk_changes_pb2.BulkChange:
        """Start a change of all contacts that match the request's filter."""
        wanted = NewBulkChange(
            action=_ACTIONS[request.action],
            filter=filter_of(request.filter),
            expected_count=request.expected_count,
            tags=tuple(request.tags),
            list_id=UUID(request.list_id) if request.HasField("list_id") else None,
        )
        return _change(await self._start.start(identity.current().require_org(), wanted))

    async def GetBulkChange(
        self, request: bulk_changes_pb2.GetBulkChangeRequest, context: Context
    ) -> bulk_changes_pb2.BulkChange:
        """Return a bulk change with its progress."""
        org_id, change_id = identity.current().require_org(), UUID(request.id)
        async with self._database.org(org_id) as connection:
            change = await bulk_changes.find(connection, org_id, change_id)
        if change is None:
            raise await bulk_changes.not_found(self._database, org_id, change_id)
        return _change(change)

    async def ListBulkChanges(
        self, request: bulk_changes_pb2.ListBulkChangesRequest, context: Context
    ) -> bulk_changes_pb2.ListBulkChangesResponse:
        """List the organisation's bulk changes, newest first."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await bulk_changes.page(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return bulk_changes_pb2.ListBulkChangesResponse(
            items=[_change(row) for row in rows], next_cursor=next_cursor
        )

    async def CancelBulkChange(
        self, request: bulk_changes_pb2.CancelBulkChangeRequest, context: Context
    ) -> bulk_changes_pb2.BulkChange:
        """Cancel a bulk change. Contacts that it has changed stay changed."""
        org_id = identity.current().require_org()
        return _change(await self._start.cancel(org_id, UUID(request.id)))


def _change(change: BulkChange) -> bulk_changes_pb2.BulkChange:
    filters = filter_message(change.filters)
    return fill(bulk_changes_pb2.BulkChange(), change, filter=filters)
