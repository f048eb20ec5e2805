"""``InboxService``."""

from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name
from servicekit.rpc.pages import DEFAULT_LIMIT, bad_cursor, decode_position
from servicekit.rpc.server import Context
from services.messaging.inbox.domain.search import snippet_of
from services.messaging.inbox.usecases.mark_read import MarkRead
from services.messaging.inbox.usecases.reply import Reply
from services.messaging.inbox.usecases.search_messages import (
    Found,
    Position,
    SearchMessages,
    Wanted,
)
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.rpc.convert import message_of
from smsblaster.messaging.v1 import inbox_pb2, inbox_pb2_grpc, messages_pb2

_LIST, _COMMON, _RARE = "search", "common", "rare"
_DIRECTION = messages_pb2.MessageDirection.DESCRIPTOR


class InboxRpc(inbox_pb2_grpc.InboxServiceServicer):
    """Answers people, keeps track of what is read, and finds what was said."""

    def __init__(
        self, cursors: CursorCodec, mark: MarkRead, reply: Reply, search: SearchMessages
    ) -> None:
        self._cursors = cursors
        self._mark = mark
        self._reply = reply
        self._search = search

    async def MarkMessage(
        self, request: inbox_pb2.MarkMessageRequest, context: Context
    ) -> messages_pb2.Message:
        """Mark a message as read or unread."""
        org_id = identity.current().require_org()
        return message_of(await self._mark.message(org_id, UUID(request.id), request.read))

    async def Reply(
        self, request: inbox_pb2.ReplyRequest, context: Context
    ) -> messages_pb2.Message:
        """Answer a contact."""
        caller = identity.current()
        payer = Payer(caller.require_org(), caller.require_user())
        return message_of(await self._reply(payer, UUID(request.contact_id), request.message))

    async def SearchMessages(
        self, request: inbox_pb2.SearchMessagesRequest, context: Context
    ) -> inbox_pb2.SearchMessagesResponse:
        """Find messages by their words."""
        org_id = identity.current().require_org()
        position = self._position(org_id, request.cursor)
        found = await self._search(
            org_id, _wanted(request), position, request.limit or DEFAULT_LIMIT
        )
        return self._answer(org_id, found)

    def _position(self, org_id: UUID, cursor: str) -> Position | None:
        parts = decode_position(self._cursors, org_id, cursor, 3)
        if not parts:
            return None
        if parts[0] != _LIST:
            raise bad_cursor()
        return Position(UUID(parts[2]), parts[1] == _COMMON)

    def _answer(self, org_id: UUID, found: Found) -> inbox_pb2.SearchMessagesResponse:
        answer = inbox_pb2.SearchMessagesResponse()
        for row in found.rows:
            snippet = snippet_of(row.body, found.words)
            answer.items.add(
                message=message_of(row),
                snippet=snippet.text,
                highlights=[
                    inbox_pb2.Highlight(start=start, length=length)
                    for start, length in snippet.highlights
                ],
            )
        if found.next:
            kind = _COMMON if found.next.common else _RARE
            answer.next_cursor = self._cursors.encode(org_id, _LIST, kind, str(found.next.before))
        if found.until:
            answer.searched_until.FromDatetime(found.until)
        return answer


def _wanted(request: inbox_pb2.SearchMessagesRequest) -> Wanted:
    return Wanted(
        request.q,
        parse_id(request.contact_id),
        enum_name(_DIRECTION, request.direction) if request.direction else "",
        _time(request.from_time) if request.HasField("from_time") else None,
        _time(request.to_time) if request.HasField("to_time") else None,
    )


def _time(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)
