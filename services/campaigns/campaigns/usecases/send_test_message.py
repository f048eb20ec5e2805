"""Send the text of a campaign to one number, to see it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.campaigns.providers.messages import Messages
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.support.campaign_text import TemplateGone, usable_text
from services.campaigns.templates.domain.templates import render_given
from smsblaster.messaging.v1 import messages_pb2

_SAMPLE = {"firstName": "Alex", "lastName": "Example", "email": "alex@example.com"}


@dataclass(frozen=True, slots=True)
class CampaignTestSend:
    """Which campaign goes to which number, with which values for its placeholders."""

    campaign_id: UUID
    to: str
    values: Mapping[str, str]


async def send_test_message(
    database: Database, messages: Messages, org_id: UUID, test: CampaignTestSend
) -> messages_pb2.Message:
    """Send the text: charged like any single one, and not counted in the campaign.

    Raises ``CrossOrgAccess`` or ``NotFound``; ``Conflict`` where its template is gone;
    ``InvalidInput``; and what messaging raises.
    """
    _, text = await campaign_and_text(database, org_id, test.campaign_id)
    values = {**_SAMPLE, "phone": test.to, **test.values}
    return await messages.send(test.to, render_given(text, values))


async def campaign_and_text(
    database: Database, org_id: UUID, campaign_id: UUID
) -> tuple[RowMapping, str]:
    """A campaign, and its text: the one that was confirmed, else as it would be sent now.

    Raises ``CrossOrgAccess`` or ``NotFound``; ``Conflict`` where its template is gone;
    ``InvalidInput``, with missing_variables where contacts can't fill it.
    """
    campaign = await campaigns.get(database, org_id, campaign_id)
    try:
        async with database.org(org_id) as connection:
            source = campaign["body"] or campaign["message"] or campaign["template_id"]
            return campaign, await usable_text(connection, org_id, source)
    except TemplateGone:
        message = "Its template is deleted. Give it another text."
        raise Conflict(message, "campaign_not_startable") from None
