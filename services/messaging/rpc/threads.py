"""``ThreadService``."""

from datetime import datetime
from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import id_of, page_of, parts_of
from servicekit.rpc.server import Context
from services.messaging.rpc.convert import message_of
from services.messaging.storage import messages, threads
from services.messaging.storage.tables import message_threads
from smsblaster.messaging.v1 import threads_pb2, threads_pb2_grpc


class ThreadRpc(threads_pb2_grpc.ThreadServiceServicer):
    """Serves conversations."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListThreads(
        self, request: threads_pb2.ListThreadsRequest, context: Context
    ) -> threads_pb2.ListThreadsResponse:
        """Conversations, the latest first."""
        org_id = identity.current().require_org()
        limit = request.limit or 50
        parts = parts_of(self._cursors, org_id, request.cursor, 2)
        before = (datetime.fromisoformat(parts[0]), UUID(parts[1])) if parts else None
        async with self._database.org(org_id) as connection:
            rows = await threads.page(connection, org_id, limit + 1, before)
        rows, next_cursor = page_of(
            self._cursors, org_id, rows, limit, ("last_message_at", "contact_id")
        )
        return threads_pb2.ListThreadsResponse(
            items=[fill(threads_pb2.Thread(), row) for row in rows], next_cursor=next_cursor
        )

    async def GetThread(
        self, request: threads_pb2.GetThreadRequest, context: Context
    ) -> threads_pb2.GetThreadResponse:
        """The messages of one conversation, the latest first."""
        org_id = identity.current().require_org()
        contact_id = UUID(request.contact_id)
        limit = request.limit or 50
        before = id_of(self._cursors, org_id, request.cursor)
        async with self._database.org(org_id) as connection:
            known = await threads.exists(connection, org_id, contact_id)
            rows = await messages.of_contact(connection, org_id, contact_id, limit + 1, before)
        if not known:
            condition = message_threads.c.contact_id == contact_id
            raise await self._database.why_absent(message_threads, condition, "thread")
        rows, next_cursor = page_of(self._cursors, org_id, rows, limit)
        return threads_pb2.GetThreadResponse(
            items=[message_of(row) for row in rows], next_cursor=next_cursor
        )
