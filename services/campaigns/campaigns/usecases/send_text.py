"""Send one text, written by hand or from a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import FieldError, InvalidInput, NotFound
from services.campaigns.campaigns.domain.drafts import TextSource, one_text
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.messages import Messages
from services.campaigns.templates.domain.templates import render_given
from services.campaigns.templates.storage import templates
from smsblaster.messaging.v1 import messages_pb2


@dataclass(frozen=True, slots=True)
class QuickText:
    """A text to a number or a contact: ``message`` or a template, with ``variables`` in it.

    It uses all of them where ``strict``. Without any, ``message`` goes out as it stands. The quote
    of ``price_version``, where one is named, must still hold.
    """

    to: str | None
    contact_id: UUID | None
    message: str | None
    template_id: UUID | None
    variables: Mapping[str, str]
    strict: bool
    price_version: str | None = None


async def send_text(
    database: Database, contacts: Contacts, messages: Messages, org_id: UUID, text: QuickText
) -> messages_pb2.Message:
    """Render ``text`` and send it.

    Raises ``InvalidInput``, ``CrossOrgAccess`` or ``NotFound`` for the template or contact, and
    what messaging raises.
    """
    source = one_text(text.message, text.template_id)
    body = await rendered(database, org_id, source, text.variables, text.strict)
    return await messages.send(await _number(contacts, text), body, text.price_version)


async def rendered(
    database: Database,
    org_id: UUID,
    source: TextSource,
    variables: Mapping[str, str],
    strict: bool = False,
) -> str:
    """The text of ``source`` with ``variables`` in it. Raises as ``send_text``.

    A text of one's own without any variables stays as it stands, whatever braces are in it.
    """
    if isinstance(source, str):
        return render_given(source, variables, strict, "message") if variables else source
    template = await templates.get(database, org_id, source)
    return render_given(template["content"], variables, strict)


async def _number(contacts: Contacts, text: QuickText) -> str:
    """The number to text: the one that is given, or the contact's."""
    if (text.to is None) == (text.contact_id is None):
        rule = "give exactly one of to and contactId"
        raise InvalidInput([FieldError("to", rule), FieldError("contactId", rule)])
    if text.contact_id is None:
        return text.to or ""
    found = await contacts.by_ids([text.contact_id])
    if not found:
        raise NotFound("There is no such contact.", "contact_not_found")
    return found[0].phone
