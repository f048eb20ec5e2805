"""The text of a campaign: its own, or its template's."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.domain.drafts import TextSource
from services.campaigns.templates.domain.templates import (
    parse,
    parse_for_contacts,
    unknown_to_contacts,
)
from services.campaigns.templates.storage import templates


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
    return await draft_text(connection, org_id, source, strict=True)


async def draft_text(
    connection: AsyncConnection, org_id: UUID, source: TextSource, strict: bool
) -> str:
    """The text that ``source`` gives; unless ``strict``, contacts need not have its placeholders.

    Raises what ``usable_text`` raises.
    """
    check = parse_for_contacts if strict else parse
    if isinstance(source, str):
        check(source, "message")
        return source
    content = await templates.content_of(connection, org_id, source)
    if content is None:
        raise TemplateGone(source)
    check(content, "templateId")
    return content


async def missing_variables(connection: AsyncConnection, campaign: RowMapping) -> Sequence[str]:
    """The placeholders in a campaign's text that contacts don't have.

    Empty where its template is gone: then it has no text.
    """
    text: str | None = campaign["message"]
    if text is None:
        text = await templates.content_of(connection, campaign["org_id"], campaign["template_id"])
    return unknown_to_contacts(text or "")
