"""Link a registered campaign to the messaging service that sends under it."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.messaging.accounts.storage import messaging_services
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.usecases.add_number import AddNumber
from services.messaging.common.support.absent import a2p_campaign_absent, service_absent
from services.messaging.common.support.audit import audit
from services.messaging.registration.providers.twilio_a2p import TwilioA2p
from services.messaging.registration.storage import a2p_campaigns
from services.messaging.registration.support.decide_registration import decide_campaign


class LinkA2pCampaign:
    """Links campaigns. Coming again, it changes nothing."""

    def __init__(
        self,
        database: Database,
        accounts: SendingAccounts,
        a2p: TwilioA2p,
        add_number: AddNumber,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._a2p = a2p
        self._add_number = add_number

    async def __call__(self, org_id: UUID, campaign_sid: str, service_sid: str) -> RowMapping:
        """Link the campaign, with all the organisation's numbers in the service; the campaign.

        A campaign is made for one messaging service at Twilio, which is asked whether it is this
        one. Raises ``NotFound`` and ``CrossOrgAccess`` for either, ``Conflict`` campaign_failed
        and campaign_of_another_service, ``Unavailable`` and ``Refused``.
        """
        campaign = await self._check(org_id, campaign_sid, service_sid)
        account = await self._accounts.for_org(org_id)
        word = await self._a2p.campaign_word(account, service_sid, campaign_sid)
        await self._add_number.add_all(org_id)
        async with self._database.org(org_id) as connection:
            if word:
                await decide_campaign(connection, org_id, service_sid, word)
            if not campaign["linked"]:
                await a2p_campaigns.link(connection, org_id, service_sid, campaign_sid)
                await audit(
                    connection,
                    "a2p_campaign_linked",
                    "a2p_campaign",
                    campaign_sid,
                    messaging_service_sid=service_sid,
                )
            return await a2p_campaigns.of_service(connection, org_id, service_sid)

    async def _check(self, org_id: UUID, campaign_sid: str, service_sid: str) -> RowMapping:
        async with self._database.org(org_id) as connection:
            campaign = await a2p_campaigns.find_by_sid(connection, org_id, campaign_sid)
            service = await messaging_services.find_by_sid(connection, org_id, service_sid)
        if campaign is None:
            raise await a2p_campaign_absent(self._database, org_id, campaign_sid)
        if service is None:
            raise await service_absent(self._database, org_id, service_sid)
        if campaign["messaging_service_sid"] != service_sid:
            raise Conflict(
                "This campaign is registered for another messaging service.",
                "campaign_of_another_service",
            )
        if campaign["status"] == "failed":
            raise Conflict("The campaign was rejected. Resubmit it first.", "campaign_failed")
        return campaign
