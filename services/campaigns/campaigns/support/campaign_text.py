"""The text of a campaign: its own, or that of its template."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.campaigns.domain.drafts import TextSource, require_text
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.templates.domain.templates import (
    parse,
    parse_for_contacts,
    render_given,
    unknown_to_contacts,
)
from services.campaigns.templates.storage import templates
from services.campaigns.templates.support.load_template import load_template


class TemplateGone(Exception):
    """The template was deleted, belongs to another organisation, or never existed."""

    def __init__(self, template_id: UUID) -> None:
        super().__init__(template_id)
        self.template_id = template_id


async def usable_text(connection: AsyncConnection, org_id: UUID, source: TextSource) -> str:
    """Return the text of `source`. Check that contacts can fill its placeholders.

    Raises:
        TemplateGone: The template doesn't exist.
        InvalidInput: The text is malformed, or asks for a placeholder that contacts don't have
            (code missing_variables).
    """
    return await draft_text(connection, org_id, source, strict=True)


async def draft_text(
    connection: AsyncConnection, org_id: UUID, source: TextSource, strict: bool
) -> str:
    """Return the text of `source`. If `strict`, contacts must be able to fill its placeholders.

    Raises the errors of ``usable_text``.
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


async def missing_variables(connection: AsyncConnection, campaign: Campaign) -> Sequence[str]:
    """Return the placeholders of a campaign's text that contacts don't have.

    If its template was deleted, a campaign has no text, so no placeholder is missing.
    """
    text = campaign.message
    if text is None and campaign.template_id is not None:
        text = await templates.content_of(connection, campaign.org_id, campaign.template_id)
    return unknown_to_contacts(text or "")


async def campaign_and_text(
    database: Database, org_id: UUID, campaign_id: UUID
) -> tuple[Campaign, str]:
    """Return a campaign and its text: the confirmed text, or the text that would be sent now.

    Raises:
        CrossOrgAccess: The campaign belongs to another organisation.
        NotFound: The campaign doesn't exist.
        Conflict: Its template was deleted.
        InvalidInput: The campaign has no text (code campaign_incomplete), or contacts can't fill it
            (missing_variables).
    """
    campaign = await load_campaign(database, org_id, campaign_id)
    try:
        async with database.org(org_id) as connection:
            source = require_text(campaign.body or campaign.written_text)
            return campaign, await usable_text(connection, org_id, source)
    except TemplateGone:
        raise template_deleted() from None


def template_deleted() -> Conflict:
    """Return the error for a campaign whose template was deleted."""
    message = "The campaign's template was deleted. Choose another text."
    return Conflict(message, "campaign_not_startable")


async def single_text(
    database: Database,
    org_id: UUID,
    source: TextSource,
    variables: Mapping[str, str],
    strict: bool = False,
) -> str:
    """Return the text of a single message with `variables` filled in.

    A written message is sent unchanged if there are no `variables`, even if it has braces.

    Raises:
        CrossOrgAccess: The template belongs to another organisation.
        NotFound: The template doesn't exist.
        InvalidInput: A placeholder has no value, or the text is too long or empty.
    """
    if isinstance(source, str):
        return render_given(source, variables, strict, "message") if variables else source
    template = await load_template(database, org_id, source)
    return render_given(template.content, variables, strict)
