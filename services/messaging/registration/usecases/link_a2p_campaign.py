"""Link an A2P campaign to the messaging service that sends under it."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.messaging.accounts.storage import messaging_services
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.sender_pool import SenderPool
from services.messaging.common.support.audit import audit
from services.messaging.registration.providers.twilio_a2p import TwilioA2p
from services.messaging.registration.storage import a2p_campaigns
from services.messaging.registration.storage.a2p_campaigns import A2pCampaign
from services.messaging.registration.support.review_decisions import decide_campaign


class LinkA2pCampaign:
    """Link A2P campaigns to messaging services. Idempotent."""

    def __init__(
        self, database: Database, accounts: SendingAccounts, a2p: TwilioA2p, pool: SenderPool
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._a2p = a2p
        self._pool = pool

    async def link(self, org_id: UUID, campaign_sid: str, service_sid: str) -> A2pCampaign:
        """Link the campaign, and add all the organisation's phone numbers to the messaging service.

        At Twilio an A2P campaign belongs to one messaging service. Before the link is stored,
        Twilio is asked whether this service is ``service_sid``.

        Raises:
            NotFound: The campaign or the messaging service does not exist.
            CrossOrgAccess: The campaign or the service belongs to another organisation.
            Conflict: campaign_failed or campaign_of_another_service.
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
        """
        campaign = await self._check(org_id, campaign_sid, service_sid)
        account = await self._accounts.for_org(org_id)
        decision = await self._a2p.campaign_review(account, service_sid, campaign_sid)
        await self._pool.add_all(org_id)
        async with self._database.org(org_id) as connection:
            if decision:
                await decide_campaign(connection, org_id, service_sid, decision)
            if not campaign.linked:
                await a2p_campaigns.link(connection, org_id, service_sid, campaign_sid)
                await audit(
                    connection,
                    "a2p_campaign_linked",
                    "a2p_campaign",
                    campaign_sid,
                    messaging_service_sid=service_sid,
                )
            return await a2p_campaigns.of_service(connection, org_id, service_sid)

    async def _check(self, org_id: UUID, campaign_sid: str, service_sid: str) -> A2pCampaign:
        async with self._database.org(org_id) as connection:
            campaign = await a2p_campaigns.find_by_sid(connection, org_id, campaign_sid)
            service = await messaging_services.find_by_sid(connection, org_id, service_sid)
        if campaign is None:
            raise await a2p_campaigns.not_found(self._database, org_id, campaign_sid)
        if service is None:
            raise await messaging_services.not_found(self._database, org_id, service_sid)
        if campaign.messaging_service_sid != service_sid:
            raise Conflict(
                "This A2P campaign is registered for another messaging service.",
                "campaign_of_another_service",
            )
        if campaign.status == "failed":
            raise Conflict("The campaign was rejected. Resubmit it first.", "campaign_failed")
        return campaign
