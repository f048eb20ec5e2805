"""`MessageListService`: all messages of an organisation, sent and received."""

from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.errors import InvalidInput
from servicekit.ids import parse_id
from servicekit.phones import InvalidPhone, normalise
from servicekit.rpc.messages import enum_name
from servicekit.rpc.pages import DEFAULT_LIMIT, bad_cursor, decode_position
from servicekit.rpc.server import Context
from services.messaging.inbox.domain.message_list import ListPosition, MessageListFilter
from services.messaging.inbox.usecases.list_messages import ListMessages
from services.messaging.sending.storage.contract_messages import message_of
from smsblaster.messaging.v1 import message_list_pb2, message_list_pb2_grpc, messages_pb2

# The first part of a cursor names its list, so that another list refuses the cursor.
_LIST, _COMMON, _ANY = "messages", "common", "any"
_DIRECTION = messages_pb2.MessageDirection.DESCRIPTOR
_STATUS = messages_pb2.MessageStatus.DESCRIPTOR


class MessageListRpc(message_list_pb2_grpc.MessageListServiceServicer):
    """Lists messages of both directions."""

    def __init__(self, cursors: CursorCodec, messages: ListMessages) -> None:
        self._cursors = cursors
        self._messages = messages

    async def ListMessages(
        self, request: message_list_pb2.ListMessagesRequest, context: Context
    ) -> message_list_pb2.ListMessagesResponse:
        """Return a page of the organisation's messages in both directions, newest first."""
        org_id = identity.current().require_org()
        after = self._position(org_id, request.cursor)
        limit = request.limit or DEFAULT_LIMIT
        found = await self._messages.list_page(org_id, _filter(request), after, limit)
        response = message_list_pb2.ListMessagesResponse(items=map(message_of, found.messages))
        if found.next:
            response.next_cursor = self._cursor(org_id, found.next)
        if found.searched_until:
            response.searched_until.FromDatetime(found.searched_until)
        return response

    def _position(self, org_id: UUID, cursor: str) -> ListPosition | None:
        parts = decode_position(self._cursors, org_id, cursor, 4)
        if not parts:
            return None
        name, kind, created_at, message_id = parts
        if name != _LIST:
            raise bad_cursor()
        return ListPosition(datetime.fromisoformat(created_at), UUID(message_id), kind == _COMMON)

    def _cursor(self, org_id: UUID, position: ListPosition) -> str:
        kind = _COMMON if position.is_common else _ANY
        at = position.created_at.isoformat()
        return self._cursors.encode(org_id, _LIST, kind, at, str(position.id))


def _filter(request: message_list_pb2.ListMessagesRequest) -> MessageListFilter:
    from_time = _time(request.from_time) if request.HasField("from_time") else None
    to_time = _time(request.to_time) if request.HasField("to_time") else None
    if from_time and to_time and from_time >= to_time:
        raise InvalidInput.of("to", "must be later than `from`")
    return MessageListFilter(
        direction=enum_name(_DIRECTION, request.direction) if request.direction else "",
        status=enum_name(_STATUS, request.status) if request.status else None,
        campaign_id=parse_id(request.campaign_id),
        contact_id=parse_id(request.contact_id),
        error_code=request.error_code or None,
        provider_sid=request.provider_sid or None,
        from_time=from_time,
        to_time=to_time,
        include_retried=request.include_retried,
        phone=_address(request.phone),
        search=request.search,
        reference=request.reference or None,
    )


def _address(written: str) -> str:
    """Return a phone number in E.164 format, and any other address unchanged."""
    if not written:
        return ""
    try:
        return normalise(written).e164
    except InvalidPhone:
        return written.strip()


def _time(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)
