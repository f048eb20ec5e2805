"""``ThreadService``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import bad_cursor, page_of, parts_of
from servicekit.rpc.server import Context
from services.messaging.common.providers.recipients import Recipients
from services.messaging.common.support.absent import thread_absent
from services.messaging.inbox.domain.senders import why_no_reply
from services.messaging.inbox.storage import conversations, threads
from services.messaging.inbox.storage.conversations import Page, Place
from services.messaging.inbox.usecases.mark_read import MarkRead
from services.messaging.inbox.usecases.review_opt_out import Decision, ReviewOptOut
from services.messaging.sending.rpc.convert import message_of
from smsblaster.messaging.v1 import threads_pb2, threads_pb2_grpc

_LIST, _OLDER, _NEWER = "thread", "older", "newer"


class ThreadRpc(threads_pb2_grpc.ThreadServiceServicer):
    """Serves conversations."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        recipients: Recipients,
        mark: MarkRead,
        review: ReviewOptOut,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._recipients = recipients
        self._mark = mark
        self._review = review

    async def ListThreads(
        self, request: threads_pb2.ListThreadsRequest, context: Context
    ) -> threads_pb2.ListThreadsResponse:
        """Conversations, the latest first."""
        org_id = identity.current().require_org()
        limit = request.limit or 50
        parts = parts_of(self._cursors, org_id, request.cursor, 2)
        before = (datetime.fromisoformat(parts[0]), UUID(parts[1])) if parts else None
        contact_id = parse_id(request.contact_id)
        wanted = threads.Wanted(
            request.archived, request.unread, contact_id, request.opt_out_review
        )
        async with self._database.org(org_id) as connection:
            rows = await threads.page(connection, org_id, wanted, limit + 1, before)
            total_unread = await threads.total_unread(connection, org_id)
            known = not contact_id or await threads.exists(connection, org_id, contact_id)
        if contact_id and not known:
            await self._recipients.find(org_id, contact_id)
        rows, next_cursor = page_of(
            self._cursors, org_id, rows, limit, ("last_message_at", "contact_id")
        )
        return threads_pb2.ListThreadsResponse(
            items=[_thread(row) for row in rows],
            next_cursor=next_cursor,
            total_unread=total_unread,
        )

    async def GetThread(
        self, request: threads_pb2.GetThreadRequest, context: Context
    ) -> threads_pb2.GetThreadResponse:
        """The messages of one conversation, oldest first."""
        org_id = identity.current().require_org()
        contact_id = UUID(request.contact_id)
        place = self._place(org_id, request)
        async with self._database.org(org_id) as connection:
            page = await conversations.page(
                connection, org_id, contact_id, request.limit or 50, place
            )
        if not page.rows:
            await self._recipients.find(org_id, contact_id)
        return self._answer(org_id, page)

    async def MarkThreadRead(
        self, request: threads_pb2.MarkThreadReadRequest, context: Context
    ) -> threads_pb2.Thread:
        """Mark everything as read."""
        org_id = identity.current().require_org()
        return _thread(await self._mark.thread(org_id, UUID(request.contact_id)))

    async def ArchiveThread(
        self, request: threads_pb2.ArchiveThreadRequest, context: Context
    ) -> threads_pb2.Thread:
        """Archive a conversation."""
        return await self._archive(UUID(request.contact_id), True)

    async def UnarchiveThread(
        self, request: threads_pb2.UnarchiveThreadRequest, context: Context
    ) -> threads_pb2.Thread:
        """Bring a conversation back."""
        return await self._archive(UUID(request.contact_id), False)

    async def ReviewOptOut(
        self, request: threads_pb2.ReviewOptOutRequest, context: Context
    ) -> threads_pb2.Thread:
        """Decide whether a contact asked for no more texts."""
        org_id = identity.current().require_org()
        opts_out = request.decision == threads_pb2.OPT_OUT_DECISION_OPT_OUT
        decision: Decision = "opt_out" if opts_out else "dismiss"
        return _thread(await self._review.decide(org_id, UUID(request.contact_id), decision))

    async def _archive(self, contact_id: UUID, archived: bool) -> threads_pb2.Thread:
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            row = await threads.archive(connection, org_id, contact_id, archived)
        if row is None:
            raise await thread_absent(self._recipients, org_id, contact_id)
        return _thread(row)

    def _place(self, org_id: UUID, request: threads_pb2.GetThreadRequest) -> Place:
        parts = parts_of(self._cursors, org_id, request.cursor, 3)
        if not parts:
            return Place(request.direction == threads_pb2.PAGE_DIRECTION_NEWER, None)
        if parts[0] != _LIST:
            raise bad_cursor()
        return Place(parts[1] == _NEWER, UUID(parts[2]))

    def _answer(self, org_id: UUID, page: Page) -> threads_pb2.GetThreadResponse:
        answer = threads_pb2.GetThreadResponse(items=[message_of(row) for row in page.rows])
        if page.has_older:
            answer.previous_cursor = self._cursor(org_id, _OLDER, answer.items[0].id)
        if page.has_newer:
            answer.next_cursor = self._cursor(org_id, _NEWER, answer.items[-1].id)
        return answer

    def _cursor(self, org_id: UUID, way: str, message_id: str) -> str:
        return self._cursors.encode(org_id, _LIST, way, message_id)


def _thread(row: RowMapping) -> threads_pb2.Thread:
    """A conversation, and whether it can be answered."""
    thread = fill(threads_pb2.Thread(), row)
    reason = why_no_reply(row["phone"])
    thread.can_reply = reason is None
    if reason:
        thread.cannot_reply_code, thread.cannot_reply_reason = reason.code, reason.message
    return thread
