"""Send failed messages to an attendee again: one of them or all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict, FieldError, InvalidInput
from services.campaigns.events.providers.attendee_messages import AttendeeMessages, FailedMessage
from services.campaigns.events.support.attempt_retry import RetriedMessage, attempt_retry
from services.campaigns.events.support.load_attendee import load_attendee
from services.campaigns.events.support.load_event import check_notifiable, load_event

_MAX_MESSAGES = 50
_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class MessageRetry:
    """A user's request to send one message of an attendee again, or all that failed.

    `force` also sends messages that would probably fail again.
    """

    event_id: UUID
    attendee_id: UUID
    message_id: UUID | None
    retry_all: bool
    force: bool


class RetryMessages:
    """Sends failed messages again, each as a new message."""

    def __init__(self, database: Database, messages: AttendeeMessages) -> None:
        self._database = database
        self._messages = messages

    async def retry(self, request: MessageRetry) -> Sequence[RetriedMessage]:
        """Send the messages again. Returns the result of each.

        For a single message, it also raises the errors of messaging.

        Raises:
            CrossOrgAccess: The event or the attendee belongs to another organisation.
            NotFound: The event or the attendee doesn't exist.
            Forbidden: The user may not curate the event.
            Conflict: Attendees may not get messages (code event_not_published or event_over), or
                the attendee was deleted (attendee_deleted).
            InvalidInput: The attendee has no phone number (code no_phone), or the request contains
                neither one message nor the choice of all.
        """
        phone = await self._phone(request)
        if (request.message_id is not None) == request.retry_all:
            rule = "Provide either `messageId` or `retryAll`."
            raise InvalidInput([FieldError("messageId", rule), FieldError("retryAll", rule)])
        if request.message_id is not None:
            new = await self._retry(request, phone, request.message_id)
            return [RetriedMessage(request.message_id, new)]
        failed = await self._messages.retryable(
            request.event_id, request.attendee_id, _MAX_MESSAGES
        )
        at_once = asyncio.Semaphore(_AT_ONCE)
        attempts = (self._attempt(request, phone, message_id, at_once) for message_id in failed)
        return await asyncio.gather(*attempts)

    async def _phone(self, request: MessageRetry) -> str:
        """Return the attendee's phone number, after checks that they may get messages."""
        event = await load_event(self._database, request.event_id, "curate")
        attendee = await load_attendee(
            self._database, event.org_id, event.id, request.attendee_id, also_deleted=True
        )
        await check_notifiable(self._database, event)
        if attendee.deleted_at is not None:
            message = "This attendee was deleted and can't get messages."
            raise Conflict(message, "attendee_deleted")
        if attendee.phone is None:
            message = "This attendee has no phone number. Add one first."
            raise InvalidInput.of("phone", message, "no_phone")
        return attendee.phone

    async def _attempt(
        self, request: MessageRetry, phone: str, message_id: UUID, at_once: asyncio.Semaphore
    ) -> RetriedMessage:
        """Send one of several messages again. Its error doesn't stop the others."""
        failed = FailedMessage(request.event_id, request.attendee_id, message_id)
        async with at_once:
            return await attempt_retry(self._messages, failed, phone, request.force)

    async def _retry(self, request: MessageRetry, phone: str, message_id: UUID) -> UUID:
        failed = FailedMessage(request.event_id, request.attendee_id, message_id)
        return await self._messages.retry(failed, to=phone, force=request.force)
