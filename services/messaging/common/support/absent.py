"""Why an organisation does not have what it named by an id."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import NotFound
from services.messaging.common.providers.recipients import Recipients
from services.messaging.common.storage.tables import campaign_counts
from services.messaging.common.storage.tables import twilio_messaging_services as services
from services.messaging.common.storage.tables import twilio_numbers as numbers
from services.messaging.registration.storage.a2p_tables import a2p_brand, a2p_campaign


async def number_absent(database: Database, org_id: UUID, sid: str) -> Exception:
    """The error to raise for a number; one of its own that it released counts as gone."""
    elsewhere = (numbers.c.sid == sid) & (numbers.c.org_id != org_id)
    return await database.why_absent(numbers, elsewhere, "number")


async def service_absent(database: Database, org_id: UUID, sid: str) -> Exception:
    """The error to raise for a messaging service."""
    elsewhere = (services.c.sid == sid) & (services.c.org_id != org_id)
    return await database.why_absent(services, elsewhere, "messaging service")


async def thread_absent(recipients: Recipients, org_id: UUID, contact_id: UUID) -> Exception:
    """The error to raise for a contact without a conversation.

    Raises it itself where the contact is not the organisation's.
    """
    await recipients.find(org_id, contact_id)
    return NotFound("There is no conversation with this contact.", "thread_not_found")


async def brand_absent(database: Database, org_id: UUID, sid: str) -> Exception:
    """The error to raise for a brand."""
    elsewhere = (a2p_brand.c.brand_sid == sid) & (a2p_brand.c.org_id != org_id)
    return await database.why_absent(a2p_brand, elsewhere, "brand")


async def a2p_campaign_absent(database: Database, org_id: UUID, sid: str) -> Exception:
    """The error to raise for a campaign in the sense of the carriers."""
    elsewhere = (a2p_campaign.c.campaign_sid == sid) & (a2p_campaign.c.org_id != org_id)
    return await database.why_absent(a2p_campaign, elsewhere, "a2p campaign")


async def campaign_absent(database: Database, org_id: UUID, campaign_id: UUID) -> Exception:
    """The error to raise for a campaign of texts."""
    # Of others: one's own may have come to be known since.
    elsewhere = (campaign_counts.c.campaign_id == campaign_id) & (
        campaign_counts.c.org_id != org_id
    )
    return await database.why_absent(campaign_counts, elsewhere, "campaign")
