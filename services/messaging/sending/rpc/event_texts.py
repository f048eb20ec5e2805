"""``EventTextService``."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.rpc.convert import message_of
from services.messaging.sending.storage import event_texts
from services.messaging.sending.storage.event_texts import Invited
from services.messaging.sending.usecases.delete_event_texts import DeleteEventTexts
from services.messaging.sending.usecases.retry_text import Failed, RetryText
from smsblaster.messaging.v1 import event_texts_pb2, event_texts_pb2_grpc, messages_pb2


class EventTextRpc(event_texts_pb2_grpc.EventTextServiceServicer):
    """Tells what became of texts to attendees, sends them again, and deletes them."""

    def __init__(self, database: Database, retry: RetryText, delete: DeleteEventTexts) -> None:
        self._database = database
        self._retry = retry
        self._delete = delete

    async def ListAttendeeTexts(
        self, request: event_texts_pb2.ListAttendeeTextsRequest, context: Context
    ) -> event_texts_pb2.ListAttendeeTextsResponse:
        """An attendee's texts."""
        org_id = identity.current().require_org()
        invited = _invited(request)
        async with self._database.org(org_id) as connection:
            rows = await event_texts.newest(connection, org_id, invited, request.limit)
            counts = await event_texts.counts_of_attendee(connection, org_id, invited)
        return event_texts_pb2.ListAttendeeTextsResponse(
            texts=[_text(row) for row in rows], counts=_counts(counts)
        )

    async def SummarizeEvent(
        self, request: event_texts_pb2.SummarizeEventRequest, context: Context
    ) -> event_texts_pb2.SummarizeEventResponse:
        """An event's texts in figures."""
        org_id = identity.current().require_org()
        event_id = UUID(request.event_id)
        async with self._database.org(org_id) as connection:
            counts = await event_texts.counts_of_event(connection, org_id, event_id)
            failed = await event_texts.newest_failed(
                connection, org_id, event_id, request.failed_limit
            )
        return event_texts_pb2.SummarizeEventResponse(
            counts=[fill(event_texts_pb2.TypeCount(), row) for row in counts],
            failed=[fill(event_texts_pb2.FailedText(), row) for row in failed],
        )

    async def ListAttendeeStates(
        self, request: event_texts_pb2.ListAttendeeStatesRequest, context: Context
    ) -> event_texts_pb2.ListAttendeeStatesResponse:
        """How attendees' texts stand."""
        org_id = identity.current().require_org()
        attendee_ids = [UUID(attendee_id) for attendee_id in request.attendee_ids]
        async with self._database.org(org_id) as connection:
            rows = await event_texts.states(
                connection, org_id, UUID(request.event_id), attendee_ids
            )
        return event_texts_pb2.ListAttendeeStatesResponse(
            states=[
                event_texts_pb2.AttendeeState(
                    attendee_id=str(attendee_id), counts=_counts(list(counts))
                )
                for attendee_id, counts in groupby(rows, key=itemgetter("attendee_id"))
            ]
        )

    async def RetryText(
        self, request: event_texts_pb2.RetryTextRequest, context: Context
    ) -> messages_pb2.Message:
        """Send a failed text again."""
        caller = identity.current()
        payer = Payer(caller.require_org(), caller.require_user())
        failed = Failed(_invited(request), UUID(request.message_id), request.to, request.force)
        return message_of(await self._retry(payer, failed))

    async def ListRetryable(
        self, request: event_texts_pb2.ListRetryableRequest, context: Context
    ) -> event_texts_pb2.ListRetryableResponse:
        """An attendee's failed texts."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            ids = await event_texts.retryable(connection, org_id, _invited(request), request.limit)
        return event_texts_pb2.ListRetryableResponse(message_ids=[str(each) for each in ids])

    async def DeleteEventTexts(
        self, request: event_texts_pb2.DeleteEventTextsRequest, context: Context
    ) -> event_texts_pb2.DeleteEventTextsResponse:
        """Delete an event's texts."""
        org_id = identity.current().require_org()
        deleted, remaining = await self._delete(org_id, UUID(request.event_id))
        return event_texts_pb2.DeleteEventTextsResponse(deleted=deleted, remaining=remaining)


def _invited(
    request: event_texts_pb2.ListAttendeeTextsRequest
    | event_texts_pb2.RetryTextRequest
    | event_texts_pb2.ListRetryableRequest,
) -> Invited:
    return Invited(UUID(request.event_id), UUID(request.attendee_id))


def _text(row: RowMapping) -> event_texts_pb2.AttendeeText:
    return fill(event_texts_pb2.AttendeeText(message=message_of(row)), row)


def _counts(rows: Sequence[RowMapping]) -> list[event_texts_pb2.StatusCount]:
    return [fill(event_texts_pb2.StatusCount(), row) for row in rows]
