"""Send a campaign's text to one number as a test."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.providers.messages import Messages, Order, SentMessage
from services.campaigns.campaigns.support.campaign_text import campaign_and_text
from services.campaigns.templates.domain.templates import render_given

_SAMPLE = {"firstName": "Alex", "lastName": "Example", "email": "alex@example.com"}


@dataclass(frozen=True, slots=True)
class CampaignTestSend:
    """The campaign to test, the phone number that gets the message, and values for placeholders."""

    campaign_id: UUID
    to: str
    values: Mapping[str, str]


class SendTestMessage:
    """Sends test messages. They are charged, and the campaign doesn't count them."""

    def __init__(self, database: Database, messages: Messages) -> None:
        self._database = database
        self._messages = messages

    async def send(self, org_id: UUID, test: CampaignTestSend) -> SentMessage:
        """Send the message. Raises the errors of messaging, and:

        Raises:
            CrossOrgAccess: The campaign belongs to another organisation.
            NotFound: The campaign doesn't exist.
            Conflict: Its template was deleted.
            InvalidInput: The text can't be filled.
        """
        campaign, text = await campaign_and_text(self._database, org_id, test.campaign_id)
        values = {**_SAMPLE, "phone": test.to, **test.values}
        order = Order(test.to, render_given(text, values), media_urls=campaign.media_urls)
        return await self._messages.send(order)
