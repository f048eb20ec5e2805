"""Advance the registration of an A2P campaign: its submission, then its review."""

from datetime import UTC, datetime
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.accounts.storage.subaccounts import Lease
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.providers.twilio_http import TwilioRefused
from services.messaging.common.support.audit import audit
from services.messaging.registration.domain.campaign_form import complete_campaign
from services.messaging.registration.domain.reviews import Reason, ReviewDecision
from services.messaging.registration.providers.twilio_a2p import TwilioA2p
from services.messaging.registration.storage import a2p_campaigns
from services.messaging.registration.storage.a2p_campaigns import A2pCampaign
from services.messaging.registration.support.review_decisions import decide_campaign
from services.messaging.registration.support.review_notices import announce_result


class AdvanceCampaign:
    """Advance the registration of A2P campaigns."""

    def __init__(
        self, database: Database, accounts: SendingAccounts, leases: SetupLeases, a2p: TwilioA2p
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._leases = leases
        self._a2p = a2p

    async def advance(self, org_id: UUID, service_sid: str) -> None:
        """Submit the A2P campaign of a messaging service, or poll Twilio about its review.

        Raises:
            Unavailable: Twilio did not answer. The next attempt continues.
        """
        campaign = await self._find(org_id, service_sid)
        if campaign.status == "submitting":
            async with self._leases.acquire(org_id) as lease:
                campaign = await self._find(org_id, service_sid)
                if campaign.status == "submitting":
                    await self._submit(campaign, lease)
        elif campaign.campaign_sid:
            await self._review(campaign, campaign.campaign_sid)

    async def _submit(self, campaign: A2pCampaign, lease: Lease) -> None:
        """Create the campaign at Twilio. If Twilio has a rejected one, delete that one first."""
        try:
            if campaign.campaign_sid:
                await self._withdraw(campaign, campaign.campaign_sid)
            sid = await self._create(campaign, lease)
        except TwilioRefused as refusal:
            await self._fail(campaign, Reason(refusal.provider_code, refusal.message))
            return
        org_id, service_sid = campaign.org_id, campaign.messaging_service_sid
        async with self._database.org(org_id) as connection:
            await a2p_campaigns.submitted(connection, org_id, service_sid, sid)
            await audit(connection, "a2p_campaign_registered", "a2p_campaign", sid)

    async def _withdraw(self, campaign: A2pCampaign, campaign_sid: str) -> None:
        org_id, service_sid = campaign.org_id, campaign.messaging_service_sid
        account = await self._accounts.for_org(org_id)
        await self._a2p.delete_campaign(account, service_sid, campaign_sid)
        async with self._database.org(org_id) as connection:
            await a2p_campaigns.withdrawn(connection, org_id, service_sid)

    async def _create(self, campaign: A2pCampaign, lease: Lease) -> str:
        account = await self._accounts.for_org(campaign.org_id)
        service_sid = campaign.messaging_service_sid
        found = None
        if lease.interrupted:
            found = await self._a2p.find_campaign(account, service_sid)
        details = complete_campaign(campaign.payload, campaign.legal_name)
        return found or await self._a2p.create_campaign(
            account, service_sid, campaign.brand_sid, details
        )

    async def _fail(self, campaign: A2pCampaign, reason: Reason) -> None:
        org_id, service_sid = campaign.org_id, campaign.messaging_service_sid
        decision = ReviewDecision("failed", datetime.now(UTC), [reason])
        async with self._database.org(org_id) as connection:
            await a2p_campaigns.decide(connection, org_id, service_sid, decision)
            await announce_result(connection, org_id, "a2p_campaign", str(campaign.id), "failed")

    async def _review(self, campaign: A2pCampaign, campaign_sid: str) -> None:
        """Poll Twilio about the review of a submitted campaign."""
        org_id, service_sid = campaign.org_id, campaign.messaging_service_sid
        account = await self._accounts.for_org(org_id)
        decision = await self._a2p.campaign_review(account, service_sid, campaign_sid)
        if decision:
            async with self._database.org(org_id) as connection:
                await decide_campaign(connection, org_id, service_sid, decision)

    async def _find(self, org_id: UUID, service_sid: str) -> A2pCampaign:
        async with self._database.org(org_id) as connection:
            return await a2p_campaigns.of_service(connection, org_id, service_sid)
