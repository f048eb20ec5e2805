"""`HistoryService`: the messages that an organisation sent, as a list and as CSV."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from google.api import httpbody_pb2
from google.protobuf.any_pb2 import Any

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.errors import InvalidInput
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.messaging.history.domain.message_filter import MAX_TOTAL
from services.messaging.history.rpc.convert import csv_body, export_message, message_filter
from services.messaging.history.storage.outgoing_messages import HistoryPage
from services.messaging.history.usecases.list_history import ListHistory
from services.messaging.history.usecases.request_export import RequestExport
from services.messaging.history.usecases.stream_history import StreamHistory
from services.messaging.sending.storage.contract_messages import message_of
from smsblaster.messaging.v1 import history_pb2, history_pb2_grpc


@dataclass(slots=True)
class _Paging:
    """The requested page. Its fields have the same names as in other list requests."""

    limit: int
    cursor: str


class HistoryRpc(history_pb2_grpc.HistoryServiceServicer):
    """Serves the history of outgoing messages.

    Args:
        keys: Keys of download links. New links are signed with the first one.
    """

    def __init__(
        self,
        history: ListHistory,
        export: StreamHistory,
        request: RequestExport,
        cursors: CursorCodec,
        keys: Sequence[bytes],
    ) -> None:
        self._history = history
        self._export = export
        self._request = request
        self._cursors = cursors
        self._keys = keys

    async def ListHistory(
        self, request: history_pb2.ListHistoryRequest, context: Context
    ) -> history_pb2.ListHistoryResponse:
        """Return a page of the organisation's outgoing messages, newest first."""
        org_id = identity.current().require_org()
        if request.cursor and request.page:
            raise InvalidInput.of("page", "can't be used together with `cursor`")
        paging = _Paging(_limit(request), request.cursor)
        page = PageRequest(self._cursors, org_id, paging, ("created_at", "id"))
        found = await self._history.list_page(
            org_id, message_filter(request), _history_page(page, request.page)
        )
        messages, next_cursor = page.split(found.messages)
        return history_pb2.ListHistoryResponse(
            items=map(message_of, messages),
            total=found.total,
            total_is_exact=found.total_is_exact,
            next_cursor=next_cursor,
        )

    async def ExportHistory(
        self, request: history_pb2.ExportHistoryRequest, context: Context
    ) -> AsyncGenerator[httpbody_pb2.HttpBody]:
        """Stream outgoing messages as CSV.

        If there are too many, the request is refused; they can be exported to a file instead.
        """
        caller = identity.current()
        org_id, wanted = caller.require_org(), message_filter(request)
        if await self._export.is_too_large(org_id, wanted):
            export = await self._request.request(org_id, caller.user_id, wanted)
            deferred = Any()
            deferred.Pack(export_message(export, self._keys))
            yield httpbody_pb2.HttpBody(extensions=[deferred])
            return
        async with aclosing(self._export.stream(org_id, wanted)) as blocks:
            async for piece in csv_body(blocks):
                yield piece


def _history_page(page: PageRequest, number: int) -> HistoryPage:
    if page.position:
        time, message_id = page.position
        return HistoryPage(
            page.rows_to_read, after=(datetime.fromisoformat(time), UUID(message_id))
        )
    size = page.rows_to_read - 1
    offset = (max(number, 1) - 1) * size
    if offset + size > MAX_TOTAL:
        raise InvalidInput.of(
            "page",
            f"page numbers end at message {MAX_TOTAL}; continue with `nextCursor` or choose a"
            " shorter range of time",
            "page_too_deep",
        )
    return HistoryPage(page.rows_to_read, offset=offset)


def _limit(request: history_pb2.ListHistoryRequest) -> int:
    """Return how many rows a page has.

    Raises `InvalidInput` if the request has both `limit` and `pageSize`.
    """
    if request.HasField("limit") and request.HasField("page_size"):
        raise InvalidInput.of("pageSize", "is another name for `limit`; give only one of them")
    return request.limit or request.page_size
