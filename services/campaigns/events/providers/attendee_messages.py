"""Calls to messaging about the texts to attendees."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import grpc

from servicekit.rpc.client import Caller
from servicekit.rpc.messages import enum_name
from smsblaster.messaging.v1 import event_texts_pb2, event_texts_pb2_grpc, messages_pb2

# Messaging waits for the provider meanwhile, and whoever called us waits 30 seconds.
_SEND_SECONDS = 25.0
_NEWEST = 500

Counts = Mapping[str, int]
"""How many messages have a status, by messaging's own word for it."""


class AttendeeMessages:
    """The calls, in the name of whoever is being served. Each raises ``Unavailable``."""

    def __init__(self, caller: Caller, channel: grpc.aio.Channel) -> None:
        self._caller = caller
        self._stub = event_texts_pb2_grpc.EventTextServiceStub(channel)

    async def states(self, event_id: UUID, attendee_ids: Sequence[UUID]) -> Mapping[UUID, Counts]:
        """The last attempts of attendees' texts by status; nobody without a text is in it."""
        if not attendee_ids:
            return {}
        request = event_texts_pb2.ListAttendeeStatesRequest(
            event_id=str(event_id), attendee_ids=[str(i) for i in attendee_ids]
        )
        answer = await self._caller.call(self._stub.ListAttendeeStates, request)
        return {UUID(state.attendee_id): counts_of(state.counts) for state in answer.states}

    async def of_attendee(
        self, event_id: UUID, attendee_id: UUID
    ) -> event_texts_pb2.ListAttendeeTextsResponse:
        """The newest 500 texts to an attendee, and all of them counted."""
        request = event_texts_pb2.ListAttendeeTextsRequest(
            event_id=str(event_id), attendee_id=str(attendee_id), limit=_NEWEST
        )
        return await self._caller.call(self._stub.ListAttendeeTexts, request)

    async def summary(self, event_id: UUID) -> event_texts_pb2.SummarizeEventResponse:
        """An event's texts counted, and the newest 500 that failed."""
        request = event_texts_pb2.SummarizeEventRequest(
            event_id=str(event_id), failed_limit=_NEWEST
        )
        return await self._caller.call(self._stub.SummarizeEvent, request)

    async def retryable(self, event_id: UUID, attendee_id: UUID, limit: int) -> Sequence[UUID]:
        """The failed texts of an attendee that were not sent again yet, oldest first."""
        request = event_texts_pb2.ListRetryableRequest(
            event_id=str(event_id), attendee_id=str(attendee_id), limit=limit
        )
        answer = await self._caller.call(self._stub.ListRetryable, request)
        return [UUID(message_id) for message_id in answer.message_ids]

    async def retry(self, request: event_texts_pb2.RetryTextRequest) -> messages_pb2.Message:
        """Send a failed text again. Raises what ``RetryText`` raises."""
        return await self._caller.call(self._stub.RetryText, request, _SEND_SECONDS)

    async def delete(self, event_id: UUID) -> event_texts_pb2.DeleteEventTextsResponse:
        """Delete some of an event's settled texts; whether any are left."""
        request = event_texts_pb2.DeleteEventTextsRequest(event_id=str(event_id))
        return await self._caller.call(self._stub.DeleteEventTexts, request)


def counts_of(counts: Sequence[event_texts_pb2.StatusCount]) -> Counts:
    """Counts by status."""
    return {status_word(each.status): each.count for each in counts}


def status_word(status: int) -> str:
    """Messaging's word for a status."""
    return enum_name(messages_pb2.MessageStatus.DESCRIPTOR, status)
