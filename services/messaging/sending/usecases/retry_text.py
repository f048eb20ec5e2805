"""Send a failed text to an attendee again, as a new message."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.messaging.common.storage.tables import sms_messages
from services.messaging.sending.domain.drafts import Occasion, Payer
from services.messaging.sending.domain.retries import Attempt, under_way
from services.messaging.sending.storage import event_texts
from services.messaging.sending.storage.event_texts import Invited
from services.messaging.sending.usecases.send_message import Addressee, SendMessage, parse_phone

_FIELD = "to"


@dataclass(frozen=True, slots=True)
class Failed:
    """A text to send again, the number to send it to, and whether its error is no obstacle."""

    invited: Invited
    message_id: UUID
    to: str
    force: bool


class RetryText:
    """Retries texts."""

    def __init__(self, database: Database, send: SendMessage) -> None:
        self._database = database
        self._send = send

    async def __call__(self, payer: Payer, failed: Failed) -> RowMapping:
        """Send ``failed`` again; the new message, or the attempt that is under way already.

        Of calls at the same time one sends, and all that name its number answer with its message.
        Raises ``NotFound`` message_not_found, ``CrossOrgAccess``, ``Conflict``
        (message_not_failed, already_delivered, already_sending, not_retryable) and what
        :meth:`SendMessage.send` raises.
        """
        phone = parse_phone(_FIELD, failed.to)
        message = await self._message(payer.org_id, failed)
        first_id = message["retry_of"] or message["id"]
        async with self._database.org(payer.org_id) as connection:
            later = await event_texts.later_attempts(connection, payer.org_id, first_id)
        alive = under_way(message, later, phone.e164, failed.force)
        if alive is not None:
            return alive
        invited = failed.invited
        occasion = Occasion(invited.event_id, message["notification_type"])
        attempt = Attempt(invited.attendee_id, first_id, len(later))
        to = Addressee(_FIELD, phone, attempt=attempt)
        return await self._send.send(replace(payer, occasion=occasion), to, message["body"])

    async def _message(self, org_id: UUID, failed: Failed) -> RowMapping:
        async with self._database.org(org_id) as connection:
            row = await event_texts.find(connection, org_id, failed.invited, failed.message_id)
        if row is None:
            elsewhere = (sms_messages.c.id == failed.message_id) & (sms_messages.c.org_id != org_id)
            raise await self._database.not_found(sms_messages, elsewhere, "message")
        return row
