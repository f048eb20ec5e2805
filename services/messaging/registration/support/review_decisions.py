"""Apply Twilio's decisions on registrations, from events and polling.

The newest decision counts.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.registration.domain.compliance_events import ComplianceUpdate
from services.messaging.registration.domain.reviews import ReviewDecision, supersedes
from services.messaging.registration.storage import a2p_brands, a2p_campaigns
from services.messaging.registration.storage.a2p_brands import Brand
from services.messaging.registration.support.review_notices import announce_result

_SUBMITTING = "submitting"


async def decide(connection: AsyncConnection, org_id: UUID, update: ComplianceUpdate) -> None:
    """Apply the decision of a compliance event to the organisation's brand or A2P campaign.

    If the organisation does not have that brand or campaign, nothing changes.
    """
    if update.brand_sid:
        brand = await a2p_brands.lock(connection, org_id)
        if brand and brand.brand_sid == update.brand_sid:
            await _decide_brand(connection, brand, update.decision)
    if update.messaging_service_sid:
        await decide_campaign(connection, org_id, update.messaging_service_sid, update.decision)


async def decide_brand(connection: AsyncConnection, org_id: UUID, decision: ReviewDecision) -> None:
    """Apply a decision to the organisation's brand."""
    brand = await a2p_brands.lock(connection, org_id)
    if brand:
        await _decide_brand(connection, brand, decision)


async def decide_campaign(
    connection: AsyncConnection, org_id: UUID, service_sid: str, decision: ReviewDecision
) -> None:
    """Apply a decision to the A2P campaign of a messaging service."""
    campaign = await a2p_campaigns.lock(connection, org_id, service_sid)
    if campaign is None or not _is_news(campaign.status, campaign.decided_at, decision):
        return
    await a2p_campaigns.decide(connection, org_id, service_sid, decision)
    if campaign.status != decision.status:
        entity_id = campaign.campaign_sid or str(campaign.id)
        await announce_result(connection, org_id, "a2p_campaign", entity_id, decision.status)


async def _decide_brand(
    connection: AsyncConnection, brand: Brand, decision: ReviewDecision
) -> None:
    if not _is_news(brand.status, brand.decided_at, decision):
        return
    await a2p_brands.decide(connection, brand.org_id, decision)
    if brand.status != decision.status:
        entity_id = brand.brand_sid or str(brand.org_id)
        await announce_result(connection, brand.org_id, "a2p_brand", entity_id, decision.status)


def _is_news(status: str, decided_at: datetime, decision: ReviewDecision) -> bool:
    """Tell whether a decision changes the stored status. During a submission, no decision does."""
    return status != _SUBMITTING and supersedes(status, decided_at, decision)
