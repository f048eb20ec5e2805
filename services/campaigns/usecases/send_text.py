"""Send one text, written by hand or from a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.domain.drafts import one_text
from services.campaigns.domain.templates import render_given
from services.campaigns.providers.messaging import Messaging
from services.campaigns.storage import templates
from smsblaster.messaging.v1 import messages_pb2


@dataclass(frozen=True, slots=True)
class QuickText:
    """A text to ``to``: ``message`` as it stands, or a template with ``variables`` in it."""

    to: str
    message: str | None
    template_id: UUID | None
    variables: Mapping[str, str]


async def send_text(
    database: Database, messaging: Messaging, org_id: UUID, text: QuickText
) -> messages_pb2.Message:
    """Render ``text`` and send it.

    Raises ``InvalidInput``, ``CrossOrgAccess`` or ``NotFound`` for the template, and what
    messaging raises.
    """
    body = one_text(text.message, text.template_id)
    if isinstance(body, UUID):
        template = await templates.get(database, org_id, body)
        body = render_given(template["content"], text.variables)
    return await messaging.send(text.to, body)
