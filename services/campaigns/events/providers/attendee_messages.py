"""Calls to the messaging service about the messages to attendees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import grpc

from servicekit.ids import parse_id
from servicekit.rpc.client import RpcClient
from servicekit.rpc.messages import enum_name
from smsblaster.messaging.v1 import event_texts_pb2, event_texts_pb2_grpc, messages_pb2

# Long, because messaging waits for the provider. Clients of this service wait for 30 seconds.
_SEND_SECONDS = 25.0
_NEWEST = 500

Counts = Mapping[str, int]
"""Counts of messages, by the statuses that messaging uses."""


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """A failed message to an attendee."""

    event_id: UUID
    attendee_id: UUID
    message_id: UUID


@dataclass(frozen=True, slots=True)
class RetryPage:
    """The failed messages to read: those of an event, or of some attendees if any are given.

    If `after` or `until` is given, only messages with an id after `after` and up to `until`.
    """

    event_id: UUID
    attendee_ids: Sequence[UUID]
    after: UUID | None = None
    until: UUID | None = None


@dataclass(frozen=True, slots=True)
class DeletedMessages:
    """How many messages of an event were deleted, and whether any are left."""

    deleted: int
    remaining: bool


class AttendeeMessages:
    """Reads, retries and deletes messages in the name of the current user.

    Each method raises ``Unavailable`` when messaging can't be reached.
    """

    def __init__(self, rpc: RpcClient, channel: grpc.aio.Channel) -> None:
        self._rpc = rpc
        self._stub = event_texts_pb2_grpc.EventTextServiceStub(channel)

    async def states(self, event_id: UUID, attendee_ids: Sequence[UUID]) -> Mapping[UUID, Counts]:
        """Count the last attempts of attendees' messages by status.

        Attendees who have no message are left out.
        """
        if not attendee_ids:
            return {}
        request = event_texts_pb2.ListAttendeeStatesRequest(
            event_id=str(event_id), attendee_ids=[str(i) for i in attendee_ids]
        )
        answer = await self._rpc.call(self._stub.ListAttendeeStates, request)
        return {UUID(state.attendee_id): counts_of(state.counts) for state in answer.states}

    async def of_attendee(
        self, event_id: UUID, attendee_id: UUID
    ) -> event_texts_pb2.ListAttendeeTextsResponse:
        """Return the newest 500 messages to an attendee, and the counts of all of them."""
        request = event_texts_pb2.ListAttendeeTextsRequest(
            event_id=str(event_id), attendee_id=str(attendee_id), limit=_NEWEST
        )
        return await self._rpc.call(self._stub.ListAttendeeTexts, request)

    async def summary(self, event_id: UUID) -> event_texts_pb2.SummarizeEventResponse:
        """Return counts of an event's messages, and the newest 500 that failed."""
        request = event_texts_pb2.SummarizeEventRequest(
            event_id=str(event_id), failed_limit=_NEWEST
        )
        return await self._rpc.call(self._stub.SummarizeEvent, request)

    async def retryable(self, event_id: UUID, attendee_id: UUID, limit: int) -> Sequence[UUID]:
        """Return an attendee's failed messages that were not retried yet, oldest first."""
        request = event_texts_pb2.ListRetryableRequest(
            event_id=str(event_id), attendee_id=str(attendee_id), limit=limit
        )
        answer = await self._rpc.call(self._stub.ListRetryable, request)
        return [UUID(message_id) for message_id in answer.message_ids]

    async def retryable_of_event(self, page: RetryPage, limit: int) -> Sequence[FailedMessage]:
        """Return failed messages of an event that were not retried yet, in the order of ids."""
        answer = await self._rpc.call(self._stub.ListEventRetryable, _page(page, limit))
        return [
            FailedMessage(page.event_id, UUID(text.attendee_id), UUID(text.message_id))
            for text in answer.texts
        ]

    async def count_retryable(self, page: RetryPage) -> tuple[int, UUID | None]:
        """Return how many messages there are to retry, and the highest of their ids."""
        request = _page(page, 0)
        request.count = True
        answer = await self._rpc.call(self._stub.ListEventRetryable, request)
        return answer.total, parse_id(answer.last_message_id)

    async def retry(self, failed: FailedMessage, to: str, force: bool) -> UUID:
        """Send a failed message again. Returns the id of the new message.

        Raises the errors of ``RetryText``.
        """
        request = event_texts_pb2.RetryTextRequest(
            event_id=str(failed.event_id),
            attendee_id=str(failed.attendee_id),
            message_id=str(failed.message_id),
            to=to,
            force=force,
        )
        return UUID((await self._rpc.call(self._stub.RetryText, request, _SEND_SECONDS)).id)

    async def delete(self, event_id: UUID) -> DeletedMessages:
        """Delete a batch of an event's messages whose result is final."""
        request = event_texts_pb2.DeleteEventTextsRequest(event_id=str(event_id))
        answer = await self._rpc.call(self._stub.DeleteEventTexts, request)
        return DeletedMessages(answer.deleted, answer.remaining)


def _page(page: RetryPage, limit: int) -> event_texts_pb2.ListEventRetryableRequest:
    return event_texts_pb2.ListEventRetryableRequest(
        event_id=str(page.event_id),
        attendee_ids=[str(each) for each in page.attendee_ids],
        after_message_id=str(page.after) if page.after else None,
        until_message_id=str(page.until) if page.until else None,
        limit=limit,
    )


def counts_of(counts: Sequence[event_texts_pb2.StatusCount]) -> Counts:
    """Read counts of messages by status from their protobuf messages."""
    return {status_word(each.status): each.count for each in counts}


def status_word(status: int) -> str:
    """Return the name of one of messaging's statuses."""
    return enum_name(messages_pb2.MessageStatus.DESCRIPTOR, status)
