"""Submit a campaign to the US carriers, and once more after a rejection."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound, Unavailable
from servicekit.identity import Identity
from services.messaging.accounts.storage import messaging_services
from services.messaging.common.support.absent import a2p_campaign_absent, brand_absent
from services.messaging.common.support.audit import audit
from services.messaging.registration.domain.campaign_form import CAMPAIGN_FORM, completed_campaign
from services.messaging.registration.domain.forms import Details, merged
from services.messaging.registration.storage import a2p_brands, a2p_campaigns
from services.messaging.registration.support.registration_fees import RegistrationFees
from services.messaging.registration.usecases.advance_campaign import AdvanceCampaign
from services.messaging.registration.usecases.registration_drafts import RegistrationDrafts

log = structlog.get_logger()


class SubmitA2pCampaign:
    """Submits campaigns."""

    def __init__(
        self,
        database: Database,
        drafts: RegistrationDrafts,
        advance: AdvanceCampaign,
        fees: RegistrationFees,
    ) -> None:
        self._database = database
        self._drafts = drafts
        self._advance = advance
        self._fees = fees

    async def __call__(self, submitter: Identity, brand_sid: str, given: Details) -> RowMapping:
        """Submit what is given and what the draft holds besides; the campaign as it stands then.

        What Twilio can't be asked at once is done later. Raises ``InvalidInput``, ``NotFound``
        brand_not_found and no_messaging_service, ``CrossOrgAccess``, ``Conflict``
        brand_not_approved, campaign_exists and campaign_failed, and as the fee is taken.
        """
        org_id = submitter.require_org()
        await self._require_approved(org_id, brand_sid)
        details = await self._drafts.whole(org_id, CAMPAIGN_FORM, given)
        async with self._database.org(org_id) as connection:
            service = await messaging_services.find(connection, org_id)
            if service is None:
                raise NotFound("Create the messaging service first.", "no_messaging_service")
            sid: str = service["sid"]
            known = await a2p_campaigns.lock(connection, org_id, sid)
        if known is None or _is_refused(known):
            await self._fees.take(submitter, "campaign", known["told_at"] if known else None)
        async with self._database.org(org_id) as connection:
            if await a2p_campaigns.submit(connection, org_id, brand_sid, sid, details):
                await audit(connection, "a2p_campaign_submitted", "a2p_campaign", sid)
            else:
                await _submit_anew(connection, org_id, sid, details)
        return await self._go_on(org_id, sid)

    async def resubmit(self, submitter: Identity, campaign_sid: str, given: Details) -> RowMapping:
        """Submit a rejected campaign once more with what is given; the campaign as it stands then.

        Raises ``InvalidInput``, ``NotFound`` a2p_campaign_not_found, ``CrossOrgAccess``,
        ``Conflict`` campaign_not_failed and brand_not_approved, and as the fee is taken.
        """
        org_id = submitter.require_org()
        campaign = await self._find(org_id, campaign_sid)
        if campaign["status"] != "failed":
            raise _not_failed()
        await self._require_approved(org_id, campaign["brand_sid"])
        details = merged(campaign["payload"], given)
        CAMPAIGN_FORM.check(details, whole=True)
        await self._fees.take(submitter, "campaign", campaign["told_at"])
        sid: str = campaign["messaging_service_sid"]
        async with self._database.org(org_id) as connection:
            if not await a2p_campaigns.resubmit(connection, org_id, sid, details):
                raise _not_failed()
            await audit(connection, "a2p_campaign_resubmitted", "a2p_campaign", campaign_sid)
        return await self._go_on(org_id, sid)

    async def _find(self, org_id: UUID, campaign_sid: str) -> RowMapping:
        async with self._database.org(org_id) as connection:
            campaign = await a2p_campaigns.find_by_sid(connection, org_id, campaign_sid)
        if campaign is None:
            raise await a2p_campaign_absent(self._database, org_id, campaign_sid)
        return campaign

    async def _require_approved(self, org_id: UUID, brand_sid: str) -> None:
        async with self._database.org(org_id) as connection:
            brand = await a2p_brands.find(connection, org_id)
        if brand is None or brand["brand_sid"] != brand_sid:
            raise await brand_absent(self._database, org_id, brand_sid)
        if brand["status"] != "approved":
            raise Conflict("The brand must be approved first.", "brand_not_approved")

    async def _go_on(self, org_id: UUID, service_sid: str) -> RowMapping:
        try:
            await self._advance(org_id, service_sid)
        except Unavailable as error:  # the job goes on with it
            log.warning("campaign_waits", org_id=str(org_id), error=error.code)
        async with self._database.org(org_id) as connection:
            return await a2p_campaigns.of_service(connection, org_id, service_sid)


async def _submit_anew(
    connection: AsyncConnection, org_id: UUID, service_sid: str, details: Mapping[str, Any]
) -> None:
    """Submit anew what Twilio refused at once, and which has no id there to be resubmitted by."""
    campaign = await a2p_campaigns.of_service(connection, org_id, service_sid)
    if _is_refused(campaign):
        await a2p_campaigns.resubmit(connection, org_id, service_sid, details)
        await audit(connection, "a2p_campaign_submitted", "a2p_campaign", service_sid)
        return
    if campaign["status"] == "failed":
        raise Conflict("The campaign was rejected. Correct it and resubmit it.", "campaign_failed")
    name = campaign["legal_name"]
    if completed_campaign(campaign["payload"], name) != completed_campaign(details, name):
        raise Conflict(
            "A campaign is submitted already; a messaging service has one.", "campaign_exists"
        )


def _is_refused(campaign: RowMapping) -> bool:
    """Whether Twilio refused a campaign at once, so that it has no id there."""
    return campaign["status"] == "failed" and campaign["campaign_sid"] is None


def _not_failed() -> Conflict:
    return Conflict("Only a rejected campaign can be resubmitted.", "campaign_not_failed")
