"""`InboxService`: replies, read marks and the search of messages."""

from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.errors import InvalidInput
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name
from servicekit.rpc.pages import DEFAULT_LIMIT, bad_cursor, decode_position
from servicekit.rpc.server import Context
from services.messaging.inbox.domain.search_text import make_snippet
from services.messaging.inbox.usecases.mark_read import MarkRead
from services.messaging.inbox.usecases.schedule_reply import ScheduleReply
from services.messaging.inbox.usecases.search_messages import (
    SearchFilter,
    SearchMessages,
    SearchPosition,
    SearchResult,
)
from services.messaging.inbox.usecases.send_reply import SendReply
from services.messaging.sending.domain.drafts import Content, Payer
from services.messaging.sending.rpc.convert import options_of, scheduled_message, time_of
from services.messaging.sending.storage.contract_messages import message_of
from smsblaster.messaging.v1 import inbox_pb2, inbox_pb2_grpc, messages_pb2

# The first part of a cursor names its list, so that another list refuses the cursor.
_LIST, _COMMON, _RARE = "search", "common", "rare"
_DIRECTION = messages_pb2.MessageDirection.DESCRIPTOR


class InboxRpc(inbox_pb2_grpc.InboxServiceServicer):
    """Serves replies, read marks and the search for messages."""

    def __init__(
        self,
        cursors: CursorCodec,
        mark: MarkRead,
        reply: SendReply,
        schedule: ScheduleReply,
        search: SearchMessages,
    ) -> None:
        self._cursors = cursors
        self._mark = mark
        self._reply = reply
        self._schedule = schedule
        self._search = search

    async def MarkMessage(
        self, request: inbox_pb2.MarkMessageRequest, context: Context
    ) -> messages_pb2.Message:
        """Mark an incoming message as read or unread."""
        org_id = identity.current().require_org()
        return message_of(await self._mark.mark_message(org_id, UUID(request.id), request.read))

    async def Reply(
        self, request: inbox_pb2.ReplyRequest, context: Context
    ) -> messages_pb2.Message:
        """Reply to a contact, now or later."""
        caller = identity.current()
        payer = Payer(caller.require_org(), caller.require_user(), by_setting=True)
        contact_id = UUID(request.contact_id)
        content = Content(request.message, tuple(request.media_urls), options_of(request))
        when = time_of(
            request.send_at if request.HasField("send_at") else None, request.respect_quiet_hours
        )
        if when:
            later = self._schedule.schedule(payer, contact_id, content, when)
            return scheduled_message(await later)
        return message_of(await self._reply.send(payer, contact_id, content))

    async def SearchMessages(
        self, request: inbox_pb2.SearchMessagesRequest, context: Context
    ) -> inbox_pb2.SearchMessagesResponse:
        """Search messages by their words."""
        org_id = identity.current().require_org()
        position = self._position(org_id, request.cursor)
        limit = request.limit or DEFAULT_LIMIT
        found = await self._search.search(org_id, _filter(request), position, limit)
        return self._response(org_id, found)

    def _position(self, org_id: UUID, cursor: str) -> SearchPosition | None:
        parts = decode_position(self._cursors, org_id, cursor, 3)
        if not parts:
            return None
        if parts[0] != _LIST:
            raise bad_cursor()
        return SearchPosition(UUID(parts[2]), parts[1] == _COMMON)

    def _response(self, org_id: UUID, found: SearchResult) -> inbox_pb2.SearchMessagesResponse:
        response = inbox_pb2.SearchMessagesResponse()
        for message in found.messages:
            snippet = make_snippet(message.body, found.words)
            response.items.add(
                message=message_of(message),
                snippet=snippet.text,
                highlights=[
                    inbox_pb2.SearchHighlight(start=start, length=length)
                    for start, length in snippet.highlights
                ],
            )
        if found.next:
            kind = _COMMON if found.next.is_common else _RARE
            response.next_cursor = self._cursors.encode(org_id, _LIST, kind, str(found.next.before))
        if found.searched_until:
            response.searched_until.FromDatetime(found.searched_until)
        return response


def _filter(request: inbox_pb2.SearchMessagesRequest) -> SearchFilter:
    return SearchFilter(
        _words(request),
        parse_id(request.contact_id),
        enum_name(_DIRECTION, request.direction) if request.direction else "",
        _time(request.from_time) if request.HasField("from_time") else None,
        _time(request.to_time) if request.HasField("to_time") else None,
    )


def _words(request: inbox_pb2.SearchMessagesRequest) -> str:
    """Return the search words of a request.

    Raises `InvalidInput` unless exactly one of the two fields for them is given.
    """
    if request.search and request.q:
        raise InvalidInput.of("q", "is another name for `search`; give only one of them")
    words = request.search or request.q
    if not words:
        raise InvalidInput.of("search", "is required")
    return words


def _time(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)
