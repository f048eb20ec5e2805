"""Send a single message, written by hand or from a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import FieldError, InvalidInput, NotFound
from services.campaigns.campaigns.domain.drafts import one_text
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.messages import Messages, Order, SentMessage
from services.campaigns.campaigns.support.campaign_text import single_text
from services.campaigns.templates.storage import templates


@dataclass(frozen=True, slots=True)
class QuickText:
    """A message to a phone number or a contact: `message` or a template, filled with `variables`.

    `strict` requires that the text uses all `variables`. If there are none, `message` is sent
    unchanged. `price_version` identifies the quote that must still be valid. If there is a
    `send_at`, the message is filled now and sent then; `respect_quiet_hours` delays it until quiet
    hours are over. `media_urls` are the URLs of pictures that go with it. `reference` and
    `metadata` are the customer's own data, stored with the message. `from_number` is the phone
    number to send from; None lets messaging choose. A message that can't be sent within `valid_for`
    seconds is not sent.
    """

    to: str | None
    contact_id: UUID | None
    message: str | None
    template_id: UUID | None
    variables: Mapping[str, str]
    strict: bool
    price_version: str | None = None
    send_at: datetime | None = None
    respect_quiet_hours: bool = False
    media_urls: Sequence[str] = ()
    reference: str | None = None
    metadata: Mapping[str, str] | None = None
    from_number: str | None = None
    valid_for: int | None = None


class SendText:
    """Sends single messages."""

    def __init__(self, database: Database, contacts: Contacts, messages: Messages) -> None:
        self._database = database
        self._contacts = contacts
        self._messages = messages

    async def send(self, org_id: UUID, text: QuickText) -> SentMessage:
        """Render `text` and send it.

        Raises the errors of messaging, and:

        Raises:
            InvalidInput: The text can't be filled, or not exactly one recipient is given.
            CrossOrgAccess: The template or the contact belongs to another organisation.
            NotFound: The template or the contact doesn't exist.
        """
        source = one_text(text.message, text.template_id)
        body = await single_text(self._database, org_id, source, text.variables, text.strict)
        order = Order(
            await self._number(text),
            body,
            text.price_version,
            text.send_at,
            text.respect_quiet_hours,
            text.media_urls,
            text.reference,
            text.metadata,
            text.from_number,
            text.valid_for,
            text.contact_id,
        )
        if isinstance(source, UUID):
            async with self._database.org(org_id) as connection:
                await templates.mark_used(connection, org_id, source)
        return await self._messages.send(order)

    async def _number(self, text: QuickText) -> str:
        """Return the phone number to send to: the one that is given, or that of the contact."""
        if (text.to is None) == (text.contact_id is None):
            rule = "Provide either a phone number (`to`) or a contact (`contactId`)."
            raise InvalidInput([FieldError("to", rule), FieldError("contactId", rule)])
        if text.contact_id is None:
            return text.to or ""
        found = await self._contacts.by_ids([text.contact_id])
        if found:
            return found[0].phone
        if operation.current() is None or text.send_at:
            raise NotFound("This contact doesn't exist.", "contact_not_found")
        return ""  # messaging knows whether an earlier call has sent the text
