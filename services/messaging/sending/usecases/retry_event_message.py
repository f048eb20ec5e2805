"""Send a failed event message again, as a new message."""

from dataclasses import dataclass, replace
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.sending.domain.drafts import EventPurpose, Payer
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.domain.recipients import parse_phone
from services.messaging.sending.domain.retries import Attempt, attempt_under_way
from services.messaging.sending.storage import attempts, event_messages, messages
from services.messaging.sending.storage.event_messages import Attendee
from services.messaging.sending.usecases.send_message import Addressee, SendMessage

_FIELD = "to"


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """A message to send again, and the phone number to send it to.

    `force`: send it although the same error is expected again.
    """

    attendee: Attendee
    message_id: UUID
    to: str
    force: bool


class RetryEventMessage:
    """Sends failed event messages again."""

    def __init__(self, database: Database, send: SendMessage) -> None:
        self._database = database
        self._send = send

    async def retry(self, payer: Payer, failed: FailedAttempt) -> Message:
        """Send a message again, unless an attempt to the same phone number is under way.

        If several calls come at the same time, only one sends. The others return its message if
        they are for the same phone number.

        Returns:
            The new message, or the attempt that is under way.

        Raises:
            NotFound: message_not_found.
            CrossOrgAccess: It is another organisation's message.
            Conflict: message_not_failed, already_delivered, already_sending or not_retryable.

            It also raises what `SendMessage.send` raises.
        """
        phone = parse_phone(_FIELD, failed.to)
        message = await self._message(payer.org_id, failed)
        first_id = message.first_attempt_id
        async with self._database.org(payer.org_id) as connection:
            later = await attempts.later_attempts(connection, payer.org_id, first_id)
        alive = attempt_under_way(message, later, phone.e164, force=failed.force)
        if alive is not None:
            return alive
        attendee = failed.attendee
        purpose = EventPurpose(attendee.event_id, message.notification_type or "")
        attempt = Attempt(attendee.attendee_id, first_id, len(later))
        to = Addressee(_FIELD, phone, attempt=attempt)
        return await self._send.send(replace(payer, purpose=purpose), to, message.body)

    async def _message(self, org_id: UUID, failed: FailedAttempt) -> Message:
        async with self._database.org(org_id) as connection:
            found = await event_messages.find(
                connection, org_id, failed.attendee, failed.message_id
            )
        if found is None:
            raise await messages.not_found(self._database, org_id, failed.message_id)
        return found
