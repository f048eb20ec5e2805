"""``OptHistoryService``: the history of a contact's opt-ins and opt-outs."""

from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.contacts.storage import contacts, opt_history
from smsblaster.contacts.v1 import opt_history_pb2, opt_history_pb2_grpc


class OptHistoryRpc(opt_history_pb2_grpc.OptHistoryServiceServicer):
    """Serves the history of opt-ins and opt-outs."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListOptHistory(
        self, request: opt_history_pb2.ListOptHistoryRequest, context: Context
    ) -> opt_history_pb2.ListOptHistoryResponse:
        """List the opt-ins and opt-outs of a contact, newest first."""
        org_id, contact_id = identity.current().require_org(), UUID(request.id)
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            found = await contacts.find_all(connection, org_id, [contact_id])
            rows = await opt_history.page(
                connection, org_id, contact_id, page.rows_to_read, page.last_id
            )
        if not found:
            raise await contacts.not_found(self._database, org_id, [contact_id])
        rows, next_cursor = page.split(rows)
        return opt_history_pb2.ListOptHistoryResponse(
            items=[fill(opt_history_pb2.OptChange(), row) for row in rows], next_cursor=next_cursor
        )
