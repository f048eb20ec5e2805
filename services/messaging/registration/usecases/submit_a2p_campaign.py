"""Submit an A2P campaign to the US carriers, and resubmit it after a rejection."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound, Unavailable
from servicekit.identity import Identity
from services.messaging.accounts.storage import messaging_services
from services.messaging.common.support.audit import audit
from services.messaging.registration.domain.campaign_form import CAMPAIGN_FORM, complete_campaign
from services.messaging.registration.domain.forms import Details, merged
from services.messaging.registration.providers.registration_fees import RegistrationFees
from services.messaging.registration.storage import a2p_brands, a2p_campaigns
from services.messaging.registration.storage.a2p_campaigns import A2pCampaign
from services.messaging.registration.support.drafts import complete_details

log = structlog.get_logger()


class CampaignAdvancer(Protocol):
    """Advances the registration of A2P campaigns."""

    async def advance(self, org_id: UUID, service_sid: str) -> None:
        """Submit the A2P campaign, or poll its review, as ``AdvanceCampaign.advance`` does."""


class SubmitA2pCampaign:
    """Submit and resubmit A2P campaigns."""

    def __init__(
        self, database: Database, advancer: CampaignAdvancer, fees: RegistrationFees
    ) -> None:
        self._database = database
        self._advancer = advancer
        self._fees = fees

    async def submit(self, submitter: Identity, brand_sid: str, given: Details) -> A2pCampaign:
        """Submit the draft, with the fields in ``given`` replaced. Idempotent for the same details.

        The fee is charged first. If Twilio does not answer later, a job continues the submission.

        Raises:
            InvalidInput: A field is invalid or missing.
            NotFound: brand_not_found or no_messaging_service.
            CrossOrgAccess: The brand belongs to another organisation.
            Conflict: brand_not_approved, campaign_exists or campaign_failed.
            Forbidden: email_not_verified.
            InsufficientBalance: The balance does not cover the fee.
            Unavailable: Billing did not answer.
        """
        org_id = submitter.require_org()
        await self._require_approved(org_id, brand_sid)
        details = await complete_details(self._database, org_id, CAMPAIGN_FORM, given)
        async with self._database.org(org_id) as connection:
            service = await messaging_services.find(connection, org_id)
            if service is None:
                raise NotFound("Create the messaging service first.", "no_messaging_service")
            known = await a2p_campaigns.lock(connection, org_id, service.sid)
        if known is None or known.refused_at_once:
            await self._fees.charge(submitter, "campaign", known.decided_at if known else None)
        async with self._database.org(org_id) as connection:
            if await a2p_campaigns.submit(connection, org_id, brand_sid, service.sid, details):
                await audit(connection, "a2p_campaign_submitted", "a2p_campaign", service.sid)
            else:
                await _submit_again(connection, org_id, service.sid, details)
        return await self._advance(org_id, service.sid)

    async def resubmit(self, submitter: Identity, campaign_sid: str, given: Details) -> A2pCampaign:
        """Resubmit a rejected A2P campaign, with the fields in ``given`` replaced.

        Raises:
            InvalidInput: A field is invalid or missing.
            NotFound: a2p_campaign_not_found.
            CrossOrgAccess: The campaign belongs to another organisation.
            Conflict: campaign_not_failed or brand_not_approved.
            Forbidden: email_not_verified.
            InsufficientBalance: The balance does not cover the fee.
            Unavailable: Billing did not answer.
        """
        org_id = submitter.require_org()
        campaign = await self._find(org_id, campaign_sid)
        if campaign.status != "failed":
            raise _not_failed()
        await self._require_approved(org_id, campaign.brand_sid)
        details = merged(campaign.payload, given)
        CAMPAIGN_FORM.check(details, whole=True)
        await self._fees.charge(submitter, "campaign", campaign.decided_at)
        service_sid = campaign.messaging_service_sid
        async with self._database.org(org_id) as connection:
            if not await a2p_campaigns.resubmit(connection, org_id, service_sid, details):
                raise _not_failed()
            await audit(connection, "a2p_campaign_resubmitted", "a2p_campaign", campaign_sid)
        return await self._advance(org_id, service_sid)

    async def _find(self, org_id: UUID, campaign_sid: str) -> A2pCampaign:
        async with self._database.org(org_id) as connection:
            campaign = await a2p_campaigns.find_by_sid(connection, org_id, campaign_sid)
        if campaign is None:
            raise await a2p_campaigns.not_found(self._database, org_id, campaign_sid)
        return campaign

    async def _require_approved(self, org_id: UUID, brand_sid: str) -> None:
        async with self._database.org(org_id) as connection:
            brand = await a2p_brands.find(connection, org_id)
        if brand is None or brand.brand_sid != brand_sid:
            raise await a2p_brands.not_found(self._database, org_id, brand_sid)
        if brand.status != "approved":
            raise Conflict(
                "The brand is not approved yet. Submit the campaign after its approval.",
                "brand_not_approved",
            )

    async def _advance(self, org_id: UUID, service_sid: str) -> A2pCampaign:
        try:
            await self._advancer.advance(org_id, service_sid)
        except Unavailable as error:  # a job continues the submission
            log.warning("campaign_waits", org_id=str(org_id), error=error.code)
        async with self._database.org(org_id) as connection:
            return await a2p_campaigns.of_service(connection, org_id, service_sid)


async def _submit_again(
    connection: AsyncConnection, org_id: UUID, service_sid: str, details: Mapping[str, Any]
) -> None:
    """Resubmit a campaign that Twilio refused at once.

    Raises ``Conflict`` for any other campaign.
    """
    campaign = await a2p_campaigns.of_service(connection, org_id, service_sid)
    if campaign.refused_at_once:
        await a2p_campaigns.resubmit(connection, org_id, service_sid, details)
        await audit(connection, "a2p_campaign_submitted", "a2p_campaign", service_sid)
        return
    if campaign.status == "failed":
        raise Conflict("The campaign was rejected. Correct it and resubmit it.", "campaign_failed")
    name = campaign.legal_name
    if complete_campaign(campaign.payload, name) != complete_campaign(details, name):
        raise Conflict(
            "Another A2P campaign has already been submitted."
            " A messaging service can have only one.",
            "campaign_exists",
        )


def _not_failed() -> Conflict:
    return Conflict("Only a rejected campaign can be resubmitted.", "campaign_not_failed")
