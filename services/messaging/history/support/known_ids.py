"""Check that the campaign and the contact of a filter belong to the organisation."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.common.providers.recipients import Recipients
from services.messaging.history.domain.message_filter import MessageFilter
from services.messaging.history.storage import outgoing_messages
from services.messaging.sending.domain.campaign_counts import CampaignCounts
from services.messaging.sending.storage import campaigns, counts


async def require_campaign(database: Database, org_id: UUID, campaign_id: UUID) -> CampaignCounts:
    """Return the running counts of a campaign.

    Raises:
        NotFound: The campaign does not exist.
        CrossOrgAccess: The campaign belongs to another organisation.
    """
    async with database.org(org_id) as connection:
        rows = await counts.of_campaigns(connection, org_id, [campaign_id])
    if rows:
        return rows[0]
    raise await campaigns.not_found(database, org_id, campaign_id)


class KnownIds:
    """Checks that the organisation owns the campaign and the contact of a filter."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def check(self, org_id: UUID, wanted: MessageFilter) -> None:
        """Refuse ids that the organisation doesn't own.

        Raises:
            NotFound: The campaign or the contact does not exist.
            CrossOrgAccess: The campaign or the contact belongs to another organisation.
        """
        if wanted.campaign_id:
            await require_campaign(self._database, org_id, wanted.campaign_id)
        if wanted.contact_id:
            await self._check_contact(org_id, wanted.contact_id)

    async def _check_contact(self, org_id: UUID, contact_id: UUID) -> None:
        # The contacts service doesn't know a deleted contact, but the contact's messages still
        # exist.
        async with self._database.org(org_id) as connection:
            known = await outgoing_messages.has_contact(connection, org_id, contact_id)
        if not known:
            await self._recipients.find(org_id, contact_id)
