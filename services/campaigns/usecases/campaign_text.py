"""The text of a campaign: its own, or its template's."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.domain.drafts import TextSource
from services.campaigns.domain.templates import parse_for_contacts
from services.campaigns.storage import templates


class TemplateGone(Exception):
    """The organisation has no template with this id: deleted, another's, or never there."""

    def __init__(self, template_id: UUID) -> None:
        super().__init__(template_id)
        self.template_id = template_id


async def usable_text(connection: AsyncConnection, org_id: UUID, source: TextSource) -> str:
    """The text that ``source`` gives, whose placeholders contacts can fill.

    Raises ``TemplateGone``; ``InvalidInput``, with the code ``missing_variables`` where contacts
    can't fill them.
    """
    if isinstance(source, str):
        parse_for_contacts(source, "message")
        return source
    content = await templates.content_of(connection, org_id, source)
    if content is None:
        raise TemplateGone(source)
    parse_for_contacts(content, "templateId")
    return content
