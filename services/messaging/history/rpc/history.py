"""``HistoryService``."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from uuid import UUID

from google.api import httpbody_pb2
from google.protobuf.any_pb2 import Any

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.errors import InvalidInput
from servicekit.rpc.pages import DEFAULT_LIMIT, decode_position
from servicekit.rpc.server import Context
from services.messaging.history.domain.history import TOTAL_AT_MOST
from services.messaging.history.rpc.exports import csv_of, export_of, wanted_of
from services.messaging.history.storage.history import Place
from services.messaging.history.usecases.find_history import FindHistory
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.rpc.convert import message_of
from smsblaster.messaging.v1 import history_pb2, history_pb2_grpc


class HistoryRpc(history_pb2_grpc.HistoryServiceServicer):
    """Serves what was sent."""

    def __init__(self, find: FindHistory, cursors: CursorCodec, keys: Sequence[bytes]) -> None:
        self._find = find
        self._cursors = cursors
        self._keys = keys

    async def ListHistory(
        self, request: history_pb2.ListHistoryRequest, context: Context
    ) -> history_pb2.ListHistoryResponse:
        """A page of outgoing messages."""
        org_id = identity.current().require_org()
        size = request.page_size or DEFAULT_LIMIT
        found = await self._find.page(
            org_id, wanted_of(request), self._place(org_id, request, size)
        )
        rows, has_next = found.rows[:size], len(found.rows) > size
        return history_pb2.ListHistoryResponse(
            items=[message_of(row) for row in rows],
            total=found.total,
            total_is_exact=found.exact,
            next_cursor=self._cursor_after(org_id, rows[-1]) if has_next else None,
        )

    async def ExportHistory(
        self, request: history_pb2.ExportHistoryRequest, context: Context
    ) -> AsyncGenerator[httpbody_pb2.HttpBody]:
        """All outgoing messages that match as CSV, or the export that is prepared instead."""
        caller = identity.current()
        org_id, wanted = caller.require_org(), wanted_of(request)
        if await self._find.is_large(org_id, wanted):
            row = await self._find.order(org_id, caller.user_id, wanted)
            deferred = Any()
            deferred.Pack(export_of(row, self._keys))
            yield httpbody_pb2.HttpBody(extensions=[deferred])
            return
        async with aclosing(self._find.export(org_id, wanted)) as blocks:
            async for piece in csv_of(blocks):
                yield piece

    def _cursor_after(self, org_id: UUID, last: Message) -> str:
        return self._cursors.encode(org_id, last.created_at.isoformat(), str(last.id))

    def _place(self, org_id: UUID, request: history_pb2.ListHistoryRequest, size: int) -> Place:
        """Where the page is, with one row more, which tells whether there is a next."""
        if request.cursor and request.page:
            raise InvalidInput.of("page", "give either page or cursor")
        if request.cursor:
            time, message_id = decode_position(self._cursors, org_id, request.cursor, 2)
            return Place(size + 1, after=(datetime.fromisoformat(time), UUID(message_id)))
        offset = (max(request.page, 1) - 1) * size
        if offset + size > TOTAL_AT_MOST:
            raise InvalidInput.of(
                "page",
                f"pages by number end at message {TOTAL_AT_MOST}; go on with nextCursor, or narrow"
                " the time",
                "page_too_deep",
            )
        return Place(size + 1, offset=offset)
