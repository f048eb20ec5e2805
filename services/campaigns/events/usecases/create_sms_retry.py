"""Start to send all failed messages of an event again."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.events.providers.attendee_messages import AttendeeMessages, RetryPage
from services.campaigns.events.storage import attendees, sms_retries
from services.campaigns.events.storage.sms_retries import NewRetry, SmsRetry
from services.campaigns.events.support.load_event import (
    check_notifiable,
    current_viewer,
    load_event,
)


@dataclass(frozen=True, slots=True)
class SmsRetryOrder:
    """A user's request to send an event's failed messages again.

    Without `attendee_ids`, the messages to all attendees are sent again. `force` also sends
    messages that would probably fail again.
    """

    event_id: UUID
    attendee_ids: Sequence[UUID]
    force: bool


class CreateSmsRetry:
    """Stores retries of an event's failed messages. A job carries them out."""

    def __init__(self, database: Database, messages: AttendeeMessages, dispatch: Dispatch) -> None:
        self._database = database
        self._messages = messages
        self._dispatch = dispatch

    async def create(self, order: SmsRetryOrder) -> SmsRetry:
        """Store a retry of the messages that have failed until now.

        Raises:
            CrossOrgAccess: The event or an attendee belongs to another organisation.
            NotFound: The event or an attendee doesn't exist.
            Forbidden: The user may not curate the event, or may not send.
            Conflict: Attendees may not get messages, no message has failed (nothing_to_retry), or
                another retry of the event is running (retry_running).
        """
        event = await load_event(self._database, order.event_id, "curate")
        await check_notifiable(self._database, event)
        await self._dispatch.require_may_send()
        await self._require_attendees(event.org_id, order)
        scope = RetryPage(event.id, order.attendee_ids)
        total, last = await self._messages.count_retryable(scope)
        if last is None:
            raise Conflict("There are no failed messages to send again.", "nothing_to_retry")
        new = NewRetry(event.id, order.attendee_ids, order.force, total, last)
        async with self._database.org(event.org_id) as connection:
            return await sms_retries.add(connection, event.org_id, current_viewer().user_id, new)

    async def _require_attendees(self, org_id: UUID, order: SmsRetryOrder) -> None:
        if not order.attendee_ids:
            return
        async with self._database.org(org_id) as connection:
            known = await attendees.phones(connection, org_id, order.event_id, order.attendee_ids)
        unknown = [each for each in order.attendee_ids if each not in known]
        if unknown:
            raise await attendees.not_found(self._database, org_id, unknown)
