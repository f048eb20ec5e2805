"""Send a failed message again, as a new message."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput, NotFound
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.chosen_sender import SENDER_CODES
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.domain.recipients import parse_phone
from services.messaging.sending.domain.retries import Attempt, attempt_under_way, require_failed
from services.messaging.sending.domain.send_options import SendOptions
from services.messaging.sending.storage import attempts, messages
from services.messaging.sending.usecases.send_message import Addressee, SendMessage

_FIELD = "id"


class RetryMessage:
    """Retries messages, except event messages, which need access rights for their event."""

    def __init__(self, database: Database, recipients: Recipients, send: SendMessage) -> None:
        self._database = database
        self._recipients = recipients
        self._send = send

    async def retry(self, payer: Payer, message_id: UUID, *, force: bool) -> Message:
        """Send a message again to its contact's current phone number.

        If several calls come at the same time, only one sends, and all return its message.

        Returns:
            The new message, or the attempt that is under way.

        Raises:
            NotFound: message_not_found.
            CrossOrgAccess: It is another organisation's message.
            Conflict: event_message, text_unknown, message_not_failed, already_delivered,
                already_sending or not_retryable.

        It also raises what `SendMessage.send` raises.
        """
        message = await self._message(payer.org_id, message_id)
        phone = parse_phone(_FIELD, await self._number(payer.org_id, message))
        first_id = message.first_attempt_id
        async with self._database.org(payer.org_id) as connection:
            later = await attempts.later_attempts(connection, payer.org_id, first_id)
        alive = attempt_under_way(message, later, phone.e164, force=force)
        if alive is not None:
            return alive
        attempt = Attempt(None, first_id, len(later))
        pictures = tuple(message.media_urls)
        chosen = message.from_number if message.sender_chosen else None
        options = SendOptions(message.reference, message.metadata or {}, chosen)
        to = Addressee(_FIELD, phone, attempt=attempt, media_urls=pictures, options=options)
        try:
            return await self._send.send(payer, to, message.body)
        except InvalidInput as error:
            if error.code not in SENDER_CODES:
                raise
            raise Conflict(
                "The number that this text was sent from can't be used any more. Write the text"
                " again with another number.",
                "not_retryable",
            ) from error

    async def _message(self, org_id: UUID, message_id: UUID) -> Message:
        """Return the message to retry. Raises an error if this method may not retry it."""
        async with self._database.org(org_id) as connection:
            found = await messages.find(connection, org_id, message_id)
        if found is None:
            raise await messages.not_found(self._database, org_id, message_id)
        require_failed(found)
        if found.event_id:
            raise Conflict(
                "This text was sent to an attendee. Send it again from its event.", "event_message"
            )
        if not (found.body or found.media_urls):
            raise Conflict(
                "The content of this text is not known. Write a new text instead.", "text_unknown"
            )
        return found

    async def _number(self, org_id: UUID, message: Message) -> str:
        """Return the contact's current phone number, or the old one if the contact was deleted."""
        if message.contact_id is None:
            return message.to
        try:
            return (await self._recipients.find(org_id, message.contact_id)).phone
        except NotFound:
            return message.to
