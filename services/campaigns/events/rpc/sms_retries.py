"""Serve ``EventSmsRetryService``: retries of all failed messages of an event."""

from dataclasses import dataclass
from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.campaigns.events.domain.sms_retry_reasons import retry_reason_message
from services.campaigns.events.storage import sms_retries
from services.campaigns.events.storage.sms_retries import SmsRetry
from services.campaigns.events.support.load_event import load_event
from services.campaigns.events.support.load_sms_retry import load_sms_retry
from services.campaigns.events.usecases.cancel_sms_retry import CancelSmsRetry
from services.campaigns.events.usecases.create_sms_retry import CreateSmsRetry, SmsRetryOrder
from smsblaster.events.v1 import sms_retries_pb2, sms_retries_pb2_grpc


@dataclass(frozen=True, slots=True)
class SmsRetryUseCases:
    """The use cases that ``SmsRetryRpc`` calls."""

    create: CreateSmsRetry
    cancel: CancelSmsRetry


class SmsRetryRpc(sms_retries_pb2_grpc.EventSmsRetryServiceServicer):
    """Starts, shows and cancels retries."""

    def __init__(
        self, database: Database, cursors: CursorCodec, use_cases: SmsRetryUseCases
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._use_cases = use_cases

    async def CreateSmsRetry(
        self, request: sms_retries_pb2.CreateSmsRetryRequest, context: Context
    ) -> sms_retries_pb2.SmsRetry:
        """Start to send all failed messages of an event again."""
        attendee_ids = [UUID(each) for each in request.attendee_ids]
        order = SmsRetryOrder(UUID(request.event_id), attendee_ids, request.force)
        return _message(await self._use_cases.create.create(order))

    async def ListSmsRetries(
        self, request: sms_retries_pb2.ListSmsRetriesRequest, context: Context
    ) -> sms_retries_pb2.ListSmsRetriesResponse:
        """Return a page of an event's retries, which send its failed messages again."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        page = PageRequest(self._cursors, event.org_id, request)
        async with self._database.org(event.org_id) as connection:
            rows = await sms_retries.page(
                connection, event.org_id, event.id, page.rows_to_read, page.last_id
            )
        rows, next_cursor = page.split(rows)
        return sms_retries_pb2.ListSmsRetriesResponse(
            items=[_message(row) for row in rows], next_cursor=next_cursor
        )

    async def GetSmsRetry(
        self, request: sms_retries_pb2.GetSmsRetryRequest, context: Context
    ) -> sms_retries_pb2.SmsRetry:
        """Return one retry."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        retry_id = UUID(request.retry_id)
        return _message(await load_sms_retry(self._database, event.org_id, event.id, retry_id))

    async def CancelSmsRetry(
        self, request: sms_retries_pb2.CancelSmsRetryRequest, context: Context
    ) -> sms_retries_pb2.SmsRetry:
        """Stop a running retry. Messages that were sent again stay sent."""
        event_id, retry_id = UUID(request.event_id), UUID(request.retry_id)
        return _message(await self._use_cases.cancel.cancel(event_id, retry_id))


def _message(retry: SmsRetry) -> sms_retries_pb2.SmsRetry:
    by_count = sorted(retry.refusals.items(), key=lambda refusal: -refusal[1])
    return fill(
        sms_retries_pb2.SmsRetry(),
        retry,
        status_message=retry_reason_message(retry.status_reason),
        refusals=[
            sms_retries_pb2.SmsRetryRefusal(reason=reason, count=count)
            for reason, count in by_count
        ],
    )
