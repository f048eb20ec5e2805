"""Fill the texts of a batch, with one call for all contacts that are needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from servicekit.phones import InvalidPhone, normalise
from servicekit.slices import in_slices
from services.campaigns.campaigns.domain.batches import (
    CONTACT_NOT_FOUND,
    BatchRecipient,
    BatchRequest,
    BatchText,
    FilledBatch,
    TextRefusal,
    fill,
    require_consistent,
)
from services.campaigns.campaigns.domain.drafts import one_text
from services.campaigns.campaigns.domain.recipients import Recipient
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.support.campaign_text import single_text
from services.campaigns.templates.domain.templates import CONTACT_VARIABLES, Template, parse
from services.campaigns.templates.support.load_template import load_template


@dataclass(frozen=True, slots=True)
class _Known:
    """The contacts of a batch: those that it names by id, and those with its phone numbers.

    `numbers` are the phone numbers that the batch names, in E.164 format, by position. A number
    that is not valid stays as it is: messaging refuses it.
    """

    by_id: Mapping[UUID, Recipient]
    by_phone: Mapping[str, Recipient]
    numbers: Sequence[str]

    def of(self, at: int, recipient: BatchRecipient) -> Recipient | None:
        if recipient.contact_id:
            return self.by_id.get(recipient.contact_id)
        return self.by_phone.get(self.numbers[at])


class FillBatch:
    """Replaces the placeholders in the texts of a batch with the values of each recipient."""

    def __init__(self, database: Database, contacts: Contacts) -> None:
        self._database = database
        self._contacts = contacts

    async def fill(self, org_id: UUID, batch: BatchRequest) -> FilledBatch:
        """Return the finished text for each recipient, or why a recipient gets none.

        Raises:
            InvalidInput: The request contradicts itself or lacks a text, or the text is malformed.
                For `numbers` also if the text can't be filled.
            CrossOrgAccess: The template or a contact belongs to another organisation.
            NotFound: The template doesn't exist.
            Unavailable: Contacts can't be reached.
        """
        require_consistent(batch)
        if batch.numbers:
            source = one_text(batch.message, batch.template_id)
            body = await single_text(self._database, org_id, source, batch.variables)
            texts = [BatchText(to, f"numbers[{at}]") for at, to in enumerate(batch.numbers)]
            return FilledBatch(texts, body)
        content, template = await self._template(org_id, batch)
        known = await self._known(batch, template)
        places = in_slices(range(len(batch.recipients)))
        texts = [_text(batch, template, at, known) async for at in places]
        return FilledBatch(texts, content)

    async def _template(self, org_id: UUID, batch: BatchRequest) -> tuple[str, Template]:
        """Return the text of the batch, or that of the first recipient if everybody has their own.

        A recipient's own text has no placeholders.
        """
        if batch.message is not None:
            return batch.message, parse(batch.message, "message")
        if batch.template_id is not None:
            stored = await load_template(self._database, org_id, batch.template_id)
            return stored.content, parse(stored.content, "templateId")
        own = batch.recipients[0].message or ""
        return own, Template(own, ())

    async def _known(self, batch: BatchRequest, template: Template) -> _Known:
        """Return the contacts that are named, and those whose fields the text needs.

        Fields of a deleted contact fill no text.
        """
        ids = list({each.contact_id for each in batch.recipients if each.contact_id})
        numbers, phones = [], set()
        async for each in in_slices(batch.recipients):
            numbers.append(_e164(each.to or ""))
            if _needs(batch, template, each):
                phones.add(numbers[-1])
        found = await self._contacts.by_phones(sorted(phones)) if phones else ()
        named = await self._contacts.by_ids(ids) if ids else ()
        kept = await self._contacts.by_ids([c.contact_id for c in found]) if found else ()
        by_phone = {c.phone: c for c in kept}
        return _Known({c.contact_id: c for c in named}, by_phone, numbers)


def _needs(batch: BatchRequest, template: Template, recipient: BatchRecipient) -> bool:
    """Return whether the text needs fields of the contact that has the recipient's phone number."""
    if recipient.to is None or recipient.message is not None:
        return False
    given = recipient.variables.keys() | batch.variables.keys()
    return bool(set(CONTACT_VARIABLES).intersection(template.variables) - given)


def _text(batch: BatchRequest, template: Template, at: int, known: _Known) -> BatchText:
    place, recipient = f"recipients[{at}]", batch.recipients[at]
    contact = known.of(at, recipient)
    field = f"{place}.contactId" if recipient.contact_id else f"{place}.to"
    number = recipient.to or (contact.phone if contact else "")
    if recipient.contact_id and contact is None:
        filled: str | TextRefusal = TextRefusal("contact_not_found", CONTACT_NOT_FOUND, field)
    elif recipient.message is not None:
        filled = recipient.message
    else:
        phone = contact.phone if recipient.contact_id and contact else known.numbers[at]
        values = _values(phone, contact) | {**batch.variables, **recipient.variables}
        filled = fill(template, values, f"{place}.variables")
    return BatchText(
        number,
        field,
        filled if isinstance(filled, str) else None,
        filled if isinstance(filled, TextRefusal) else None,
        recipient.reference,
        recipient.metadata,
        recipient.contact_id,
    )


def _values(phone: str, contact: Recipient | None) -> dict[str, str]:
    """Return the placeholder values that a recipient's contact and phone number have."""
    fields = contact.values if contact else {}
    return {"phone": phone} | {name: value for name, value in fields.items() if value}


def _e164(number: str) -> str:
    """Return a number in E.164 format. Messaging refuses an invalid one, which stays as it is."""
    try:
        return normalise(number).e164
    except InvalidPhone:
        return number
