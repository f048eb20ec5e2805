"""Note what Twilio says of registrations, from events and from asking. Newest word wins."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.support.audit import audit
from services.messaging.registration.domain.compliance_events import Told
from services.messaging.registration.domain.reviews import Word, moves
from services.messaging.registration.storage import a2p_brands, a2p_campaigns

_SUBMITTING = "submitting"


async def decide(connection: AsyncConnection, org_id: UUID, told: Told) -> None:
    """Apply an event of the organisation's account in this transaction.

    One about a brand or campaign that the organisation does not have changes nothing.
    """
    if told.brand_sid:
        brand = await a2p_brands.lock(connection, org_id)
        if brand and brand["brand_sid"] == told.brand_sid:
            await _decide_brand(connection, brand, told.word)
    if told.messaging_service_sid:
        await decide_campaign(connection, org_id, told.messaging_service_sid, told.word)


async def decide_brand(connection: AsyncConnection, org_id: UUID, word: Word) -> None:
    """Apply word on the organisation's brand in this transaction."""
    brand = await a2p_brands.lock(connection, org_id)
    if brand:
        await _decide_brand(connection, brand, word)


async def decide_campaign(
    connection: AsyncConnection, org_id: UUID, service_sid: str, word: Word
) -> None:
    """Apply word on the campaign of a messaging service in this transaction."""
    campaign = await a2p_campaigns.lock(connection, org_id, service_sid)
    if campaign is None or not _is_news(campaign, word):
        return
    await a2p_campaigns.decide(connection, org_id, service_sid, word)
    if campaign["status"] != word.status:
        entity_id = campaign["campaign_sid"] or str(campaign["id"])
        await audit(connection, f"a2p_campaign_{word.status}", "a2p_campaign", entity_id)


async def _decide_brand(connection: AsyncConnection, brand: RowMapping, word: Word) -> None:
    if not _is_news(brand, word):
        return
    org_id: UUID = brand["org_id"]
    await a2p_brands.decide(connection, org_id, word)
    if brand["status"] != word.status:
        entity_id = brand["brand_sid"] or str(org_id)
        await audit(connection, f"a2p_brand_{word.status}", "a2p_brand", entity_id)


def _is_news(row: RowMapping, word: Word) -> bool:
    return row["status"] != _SUBMITTING and moves(row["status"], row["told_at"], word)
