"""Take the registration of a messaging service's campaign further: submission, then review."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.messaging.accounts.storage.subaccounts import Lease
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.providers.twilio_http import Refused
from services.messaging.common.support.audit import audit
from services.messaging.registration.domain.campaign_form import completed_campaign
from services.messaging.registration.domain.reviews import Reason, Word
from services.messaging.registration.providers.twilio_a2p import TwilioA2p
from services.messaging.registration.storage import a2p_campaigns
from services.messaging.registration.support.decide_registration import decide_campaign


class AdvanceCampaign:
    """Takes campaigns further."""

    def __init__(
        self, database: Database, accounts: SendingAccounts, leases: SetupLeases, a2p: TwilioA2p
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._leases = leases
        self._a2p = a2p

    async def __call__(self, org_id: UUID, service_sid: str) -> None:
        """Take the campaign as far as it gets.

        Raises ``Unavailable`` where Twilio is away; it goes on the next time.
        """
        campaign = await self._find(org_id, service_sid)
        if campaign["status"] == "submitting":
            async with self._leases.held(org_id) as lease:
                campaign = await self._find(org_id, service_sid)
                if campaign["status"] == "submitting":
                    await self._submit(campaign, lease)
        elif campaign["campaign_sid"]:
            await self._review(campaign)

    async def _submit(self, campaign: RowMapping, lease: Lease) -> None:
        """Delete what was rejected, if there is such, and create it anew."""
        org_id, service_sid = campaign["org_id"], campaign["messaging_service_sid"]
        try:
            if campaign["campaign_sid"]:
                await self._withdraw(campaign)
            sid = await self._create(campaign, lease)
        except Refused as refusal:
            await self._fail(campaign, Reason(refusal.provider_code, refusal.message))
            return
        async with self._database.org(org_id) as connection:
            await a2p_campaigns.submitted(connection, org_id, service_sid, sid)
            await audit(connection, "a2p_campaign_registered", "a2p_campaign", sid)

    async def _withdraw(self, campaign: RowMapping) -> None:
        org_id, service_sid = campaign["org_id"], campaign["messaging_service_sid"]
        account = await self._accounts.for_org(org_id)
        await self._a2p.delete_campaign(account, service_sid, campaign["campaign_sid"])
        async with self._database.org(org_id) as connection:
            await a2p_campaigns.withdrawn(connection, org_id, service_sid)

    async def _create(self, campaign: RowMapping, lease: Lease) -> str:
        account = await self._accounts.for_org(campaign["org_id"])
        service_sid = campaign["messaging_service_sid"]
        found = None
        if lease.interrupted:
            found = await self._a2p.find_campaign(account, service_sid)
        details = completed_campaign(campaign["payload"], campaign["legal_name"])
        return found or await self._a2p.create_campaign(
            account, service_sid, campaign["brand_sid"], details
        )

    async def _fail(self, campaign: RowMapping, reason: Reason) -> None:
        org_id, service_sid = campaign["org_id"], campaign["messaging_service_sid"]
        word = Word("failed", datetime.now(UTC), [reason])
        async with self._database.org(org_id) as connection:
            await a2p_campaigns.decide(connection, org_id, service_sid, word)
            await audit(connection, "a2p_campaign_failed", "a2p_campaign", str(campaign["id"]))

    async def _review(self, campaign: RowMapping) -> None:
        """Ask Twilio what has become of a campaign that it has."""
        org_id, service_sid = campaign["org_id"], campaign["messaging_service_sid"]
        account = await self._accounts.for_org(org_id)
        word = await self._a2p.campaign_word(account, service_sid, campaign["campaign_sid"])
        if word:
            async with self._database.org(org_id) as connection:
                await decide_campaign(connection, org_id, service_sid, word)

    async def _find(self, org_id: UUID, service_sid: str) -> RowMapping:
        async with self._database.org(org_id) as connection:
            return await a2p_campaigns.of_service(connection, org_id, service_sid)
