"""`ThreadService`: an organisation's conversations. The contract calls them threads."""

from datetime import datetime
from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.ids import parse_id
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import DEFAULT_LIMIT, PageRequest, bad_cursor, decode_position
from servicekit.rpc.server import Context
from services.messaging.common.domain.provider_errors import explain
from services.messaging.inbox.domain.from_address import reply_refusal
from services.messaging.inbox.storage.conversation_messages import ConversationPage, PageStart
from services.messaging.inbox.storage.conversations import Conversation, ConversationFilter
from services.messaging.inbox.usecases.archive_conversation import ArchiveConversation
from services.messaging.inbox.usecases.mark_read import MarkRead
from services.messaging.inbox.usecases.read_conversations import (
    DescribedConversation,
    ReadConversations,
)
from services.messaging.inbox.usecases.review_opt_out import Decision, ReviewOptOut
from services.messaging.sending.storage.contract_messages import message_of
from smsblaster.messaging.v1 import threads_pb2, threads_pb2_grpc

# The first part of a cursor names its list, so that another list refuses the cursor.
_LIST, _OLDER, _NEWER = "thread", "older", "newer"
_SORTED_BY = ("last_message_at", "contact_id")


class ConversationRpc(threads_pb2_grpc.ThreadServiceServicer):
    """Serves conversations and their messages."""

    def __init__(
        self,
        cursors: CursorCodec,
        read: ReadConversations,
        mark: MarkRead,
        archive: ArchiveConversation,
        review: ReviewOptOut,
    ) -> None:
        self._cursors = cursors
        self._read = read
        self._mark = mark
        self._archive = archive
        self._review = review

    async def ListThreads(
        self, request: threads_pb2.ListThreadsRequest, context: Context
    ) -> threads_pb2.ListThreadsResponse:
        """List conversations, the latest first."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request, _SORTED_BY)
        found = await self._read.list_page(
            org_id, _filter(request), page.rows_to_read, _before(page)
        )
        conversations, next_cursor = page.split(found.conversations)
        described = await self._read.describe(org_id, conversations)
        return threads_pb2.ListThreadsResponse(
            items=map(_thread, described),
            next_cursor=next_cursor,
            total=found.total,
            total_is_exact=found.total_is_exact,
            total_unread=found.total_unread,
        )

    async def GetThread(
        self, request: threads_pb2.GetThreadRequest, context: Context
    ) -> threads_pb2.GetThreadResponse:
        """Return a page of the messages of a conversation, oldest first."""
        org_id = identity.current().require_org()
        limit = request.limit or DEFAULT_LIMIT
        start = self._page_start(org_id, request)
        page = await self._read.messages(org_id, UUID(request.contact_id), limit, start)
        return self._response(org_id, page)

    async def MarkThreadRead(
        self, request: threads_pb2.MarkThreadReadRequest, context: Context
    ) -> threads_pb2.Conversation:
        """Mark all messages of a conversation as read."""
        org_id = identity.current().require_org()
        marked = await self._mark.mark_conversation(org_id, UUID(request.contact_id))
        return await self._one(org_id, marked)

    async def ArchiveThread(
        self, request: threads_pb2.ArchiveThreadRequest, context: Context
    ) -> threads_pb2.Conversation:
        """Move a conversation to the archive, so that the list no longer shows it."""
        org_id, contact_id = identity.current().require_org(), UUID(request.contact_id)
        return await self._one(org_id, await self._archive.set_archived(org_id, contact_id, True))

    async def UnarchiveThread(
        self, request: threads_pb2.UnarchiveThreadRequest, context: Context
    ) -> threads_pb2.Conversation:
        """Bring a conversation back from the archive into the list."""
        org_id, contact_id = identity.current().require_org(), UUID(request.contact_id)
        return await self._one(org_id, await self._archive.set_archived(org_id, contact_id, False))

    async def ReviewOptOut(
        self, request: threads_pb2.ReviewOptOutRequest, context: Context
    ) -> threads_pb2.Conversation:
        """Store a member's decision whether a contact has opted out."""
        org_id = identity.current().require_org()
        opts_out = request.decision == threads_pb2.OPT_OUT_DECISION_OPT_OUT
        decision: Decision = "opt_out" if opts_out else "dismiss"
        decided = await self._review.decide(org_id, UUID(request.contact_id), decision)
        return await self._one(org_id, decided)

    async def _one(self, org_id: UUID, conversation: Conversation) -> threads_pb2.Conversation:
        [described] = await self._read.describe(org_id, [conversation])
        return _thread(described)

    def _page_start(self, org_id: UUID, request: threads_pb2.GetThreadRequest) -> PageStart:
        parts = decode_position(self._cursors, org_id, request.cursor, 3)
        if not parts:
            return PageStart(request.direction == threads_pb2.PAGE_DIRECTION_NEWER, None)
        if parts[0] != _LIST:
            raise bad_cursor()
        return PageStart(parts[1] == _NEWER, UUID(parts[2]))

    def _response(self, org_id: UUID, page: ConversationPage) -> threads_pb2.GetThreadResponse:
        response = threads_pb2.GetThreadResponse(items=map(message_of, page.messages))
        if page.has_older:
            response.previous_cursor = self._cursor(org_id, _OLDER, response.items[0].id)
        if page.has_newer:
            response.next_cursor = self._cursor(org_id, _NEWER, response.items[-1].id)
        return response

    def _cursor(self, org_id: UUID, direction: str, message_id: str) -> str:
        return self._cursors.encode(org_id, _LIST, direction, message_id)


def _filter(request: threads_pb2.ListThreadsRequest) -> ConversationFilter:
    return ConversationFilter(
        request.archived, request.unread, parse_id(request.contact_id), request.opt_out_review
    )


def _before(page: PageRequest) -> tuple[datetime, UUID] | None:
    if not page.position:
        return None
    last_message_at, contact_id = page.position
    return datetime.fromisoformat(last_message_at), UUID(contact_id)


def _thread(described: DescribedConversation) -> threads_pb2.Conversation:
    conversation, contact, last = described.conversation, described.contact, described.last
    refusal = reply_refusal(conversation.phone)
    explanation = explain(last.error_code)
    return fill(
        threads_pb2.Conversation(),
        conversation,
        can_reply=refusal is None,
        cannot_reply_code=refusal.code if refusal else None,
        cannot_reply_reason=refusal.message if refusal else None,
        contact_name=contact.name if contact else None,
        opted_out=contact.opted_out if contact else None,
        last_direction=last.direction,
        last_status=last.status,
        last_error_code=last.error_code,
        last_error_title=explanation.title if explanation else None,
        message_count=last.messages,
    )
