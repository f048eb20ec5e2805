"""`EventTextService`: event messages, which the contract calls event texts."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage import event_messages, retryable_messages
from services.messaging.sending.storage.contract_messages import message_of
from services.messaging.sending.storage.event_messages import Attendee, StatusCount
from services.messaging.sending.storage.retryable_messages import RetryScope
from services.messaging.sending.usecases.delete_event_messages import DeleteEventMessages
from services.messaging.sending.usecases.retry_event_message import (
    FailedAttempt,
    RetryEventMessage,
)
from smsblaster.messaging.v1 import event_texts_pb2, event_texts_pb2_grpc, messages_pb2


class EventMessageRpc(event_texts_pb2_grpc.EventTextServiceServicer):
    """Serves event messages: lists, counts, retries and deletes them."""

    def __init__(
        self, database: Database, retry: RetryEventMessage, delete: DeleteEventMessages
    ) -> None:
        self._database = database
        self._retry = retry
        self._delete = delete

    async def ListAttendeeTexts(
        self, request: event_texts_pb2.ListAttendeeTextsRequest, context: Context
    ) -> event_texts_pb2.ListAttendeeTextsResponse:
        """List an attendee's newest messages, and count all of them."""
        org_id = identity.current().require_org()
        attendee = _attendee(request)
        async with self._database.org(org_id) as connection:
            messages = await event_messages.newest(connection, org_id, attendee, request.limit)
            counts = await event_messages.counts_of_attendee(connection, org_id, attendee)
        return event_texts_pb2.ListAttendeeTextsResponse(
            texts=[_text(message) for message in messages], counts=_counts(counts)
        )

    async def SummarizeEvent(
        self, request: event_texts_pb2.SummarizeEventRequest, context: Context
    ) -> event_texts_pb2.SummarizeEventResponse:
        """Count an event's messages, and list the newest that failed."""
        org_id = identity.current().require_org()
        event_id = UUID(request.event_id)
        async with self._database.org(org_id) as connection:
            counts = await event_messages.counts_of_event(connection, org_id, event_id)
            failed = await event_messages.newest_failed(
                connection, org_id, event_id, request.failed_limit
            )
        return event_texts_pb2.SummarizeEventResponse(
            counts=[fill(event_texts_pb2.TypeCount(), row) for row in counts],
            failed=[fill(event_texts_pb2.FailedText(), row) for row in failed],
        )

    async def ListAttendeeStates(
        self, request: event_texts_pb2.ListAttendeeStatesRequest, context: Context
    ) -> event_texts_pb2.ListAttendeeStatesResponse:
        """Count attendees' messages by status."""
        org_id = identity.current().require_org()
        attendee_ids = [UUID(attendee_id) for attendee_id in request.attendee_ids]
        async with self._database.org(org_id) as connection:
            rows = await event_messages.counts_of_attendees(
                connection, org_id, UUID(request.event_id), attendee_ids
            )
        return event_texts_pb2.ListAttendeeStatesResponse(
            states=[
                event_texts_pb2.AttendeeState(
                    attendee_id=str(attendee_id), counts=_counts([count for _, count in counts])
                )
                for attendee_id, counts in groupby(rows, key=lambda row: row[0])
            ]
        )

    async def RetryText(
        self, request: event_texts_pb2.RetryTextRequest, context: Context
    ) -> messages_pb2.Message:
        """Send a failed event message again."""
        caller = identity.current()
        payer = Payer(caller.require_org(), caller.require_user(), by_setting=True)
        failed = FailedAttempt(
            _attendee(request), UUID(request.message_id), request.to, request.force
        )
        return message_of(await self._retry.retry(payer, failed))

    async def ListRetryable(
        self, request: event_texts_pb2.ListRetryableRequest, context: Context
    ) -> event_texts_pb2.ListRetryableResponse:
        """List an attendee's failed messages that can be sent again."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            ids = await event_messages.retryable(
                connection, org_id, _attendee(request), request.limit
            )
        return event_texts_pb2.ListRetryableResponse(message_ids=[str(each) for each in ids])

    async def ListEventRetryable(
        self, request: event_texts_pb2.ListEventRetryableRequest, context: Context
    ) -> event_texts_pb2.ListEventRetryableResponse:
        """List an event's failed messages that can be sent again."""
        org_id = identity.current().require_org()
        scope = RetryScope(
            event_id=UUID(request.event_id),
            attendee_ids=[UUID(each) for each in request.attendee_ids],
            after=parse_id(request.after_message_id),
            until=parse_id(request.until_message_id),
        )
        async with self._database.org(org_id) as connection:
            rows = await retryable_messages.of_event(connection, org_id, scope, request.limit)
            total, last = 0, None
            if request.count:
                total, last = await retryable_messages.count(connection, org_id, scope)
        return event_texts_pb2.ListEventRetryableResponse(
            texts=[fill(event_texts_pb2.RetryableText(), row) for row in rows],
            total=total,
            last_message_id=str(last) if last else None,
        )

    async def DeleteEventTexts(
        self, request: event_texts_pb2.DeleteEventTextsRequest, context: Context
    ) -> event_texts_pb2.DeleteEventTextsResponse:
        """Delete those of an event's messages whose status is final."""
        org_id = identity.current().require_org()
        deleted, remaining = await self._delete.delete(org_id, UUID(request.event_id))
        return event_texts_pb2.DeleteEventTextsResponse(deleted=deleted, remaining=remaining)


def _attendee(
    request: event_texts_pb2.ListAttendeeTextsRequest
    | event_texts_pb2.RetryTextRequest
    | event_texts_pb2.ListRetryableRequest,
) -> Attendee:
    return Attendee(UUID(request.event_id), UUID(request.attendee_id))


def _text(message: Message) -> event_texts_pb2.AttendeeText:
    return fill(event_texts_pb2.AttendeeText(message=message_of(message)), message)


def _counts(counts: Sequence[StatusCount]) -> list[event_texts_pb2.StatusCount]:
    return [fill(event_texts_pb2.StatusCount(), count) for count in counts]
