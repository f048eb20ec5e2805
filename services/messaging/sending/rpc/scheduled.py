"""`ScheduledSendService`: texts, batches and replies that are sent later."""

from datetime import datetime
from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.scheduled_sends import ScheduledSend, ScheduledStatus
from services.messaging.sending.rpc.convert import batch_errors
from services.messaging.sending.storage import scheduled_recipients, scheduled_sends
from services.messaging.sending.storage.scheduled_sends import PageStart
from services.messaging.sending.usecases.cancel_scheduled import CancelScheduled
from services.messaging.sending.usecases.resume_scheduled import ResumeScheduled
from smsblaster.messaging.v1 import scheduled_pb2, scheduled_pb2_grpc

_STATUS = scheduled_pb2.ScheduledSendStatus.DESCRIPTOR


class ScheduledSendRpc(scheduled_pb2_grpc.ScheduledSendServiceServicer):
    """Serves scheduled sends: lists them, cancels them, and resumes held ones."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        cancel: CancelScheduled,
        resume: ResumeScheduled,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._cancel = cancel
        self._resume = resume

    async def ListScheduledSends(
        self, request: scheduled_pb2.ListScheduledSendsRequest, context: Context
    ) -> scheduled_pb2.ListScheduledSendsResponse:
        """List scheduled sends, the earliest first."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request, ("send_at", "id"))
        status = ScheduledStatus(enum_name(_STATUS, request.status)) if request.status else None
        async with self._database.org(org_id) as connection:
            found = await scheduled_sends.page(
                connection, org_id, status, page.rows_to_read, _after(page.position)
            )
        found, next_cursor = page.split(found)
        return scheduled_pb2.ListScheduledSendsResponse(
            items=[_scheduled(send) for send in found], next_cursor=next_cursor
        )

    async def GetScheduledSend(
        self, request: scheduled_pb2.GetScheduledSendRequest, context: Context
    ) -> scheduled_pb2.ScheduledSendDetail:
        """Return a scheduled send and the result for each recipient."""
        org_id, scheduled_id = identity.current().require_org(), UUID(request.id)
        async with self._database.org(org_id) as connection:
            send = await scheduled_sends.find(connection, org_id, scheduled_id)
            message_ids = await scheduled_recipients.message_ids(connection, org_id, scheduled_id)
            refused = await scheduled_recipients.refused(connection, org_id, scheduled_id)
        if send is None:
            raise await scheduled_sends.not_found(self._database, scheduled_id)
        return scheduled_pb2.ScheduledSendDetail(
            scheduled=_scheduled(send),
            message_ids=[str(message_id) for message_id in message_ids],
            errors=batch_errors(refused),
        )

    async def CancelScheduledSend(
        self, request: scheduled_pb2.CancelScheduledSendRequest, context: Context
    ) -> scheduled_pb2.ScheduledSend:
        """Cancel a scheduled send that has not been sent."""
        org_id = identity.current().require_org()
        return _scheduled(await self._cancel.cancel(org_id, UUID(request.id)))

    async def ResumeScheduledSend(
        self, request: scheduled_pb2.ResumeScheduledSendRequest, context: Context
    ) -> scheduled_pb2.ScheduledSend:
        """Resume a scheduled send that is held."""
        caller = identity.current()
        payer = Payer(caller.require_org(), caller.require_user())
        return _scheduled(await self._resume.resume(payer, UUID(request.id)))


def _after(position: tuple[str, ...]) -> PageStart | None:
    if not position:
        return None
    send_at, scheduled_id = position
    return PageStart(datetime.fromisoformat(send_at), UUID(scheduled_id))


def _scheduled(send: ScheduledSend) -> scheduled_pb2.ScheduledSend:
    message = fill(scheduled_pb2.ScheduledSend(message=send.body), send)
    if send.is_batch:
        message.ClearField("to")
        message.ClearField("contact_id")
    return message
