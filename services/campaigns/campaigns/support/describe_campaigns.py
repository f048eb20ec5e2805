"""Collect what users see about campaigns beyond their own rows, for a whole page at once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from services.campaigns.campaigns.providers.contacts import Contacts, ListName
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import listing
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.common.domain.metrics import Outcomes
from services.campaigns.templates.storage import templates

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CampaignDetails:
    """A campaign with its names and results.

    `contact_list` is None if there is no list, if it was deleted, or if contacts can't be reached.
    `outcomes` is None if messaging can't be reached.
    """

    campaign: Campaign
    contact_list: ListName | None
    template_name: str | None
    retries: Sequence[UUID]
    outcomes: Outcomes | None


class DescribeCampaigns:
    """Describes campaigns with two queries and one call to each other service."""

    def __init__(self, database: Database, contacts: Contacts, dispatch: Dispatch) -> None:
        self._database = database
        self._contacts = contacts
        self._dispatch = dispatch

    async def describe(self, campaigns: Sequence[Campaign]) -> Sequence[CampaignDetails]:
        """Return the details of an organisation's campaigns, in the same order."""
        if not campaigns:
            return []
        (names, retries), lists, outcomes = await asyncio.gather(
            self._stored(campaigns), self._list_names(campaigns), self._outcomes(campaigns)
        )
        return [
            CampaignDetails(
                campaign=campaign,
                contact_list=lists.get(campaign.list_id) if campaign.list_id else None,
                template_name=names.get(campaign.template_id) if campaign.template_id else None,
                retries=retries.get(campaign.id, ()),
                outcomes=_of(campaign, outcomes),
            )
            for campaign in campaigns
        ]

    async def _stored(
        self, campaigns: Sequence[Campaign]
    ) -> tuple[Mapping[UUID, str], Mapping[UUID, Sequence[UUID]]]:
        org_id = campaigns[0].org_id
        template_ids = {each.template_id for each in campaigns if each.template_id}
        async with self._database.org(org_id) as connection:
            names = await templates.names_of(connection, org_id, template_ids)
            return names, await listing.retries_of(connection, org_id, campaigns)

    async def _list_names(self, campaigns: Sequence[Campaign]) -> Mapping[UUID, ListName]:
        list_ids = {each.list_id for each in campaigns if each.list_id}
        try:
            return await self._contacts.list_names(list_ids)
        except Unavailable:
            log.warning("campaigns_without_list_names", campaigns=len(campaigns))
            return {}

    async def _outcomes(self, campaigns: Sequence[Campaign]) -> Mapping[UUID, Outcomes] | None:
        started = [each.id for each in campaigns if each.started_at]
        try:
            return await self._dispatch.outcomes_of(started) if started else {}
        except Unavailable:
            log.warning("campaigns_without_metrics", campaigns=len(campaigns))
            return None


def _of(campaign: Campaign, outcomes: Mapping[UUID, Outcomes] | None) -> Outcomes | None:
    if campaign.started_at is None:
        return Outcomes()
    if outcomes is None:
        return None
    found = outcomes.get(campaign.id, Outcomes())
    return found.with_earlier(campaign.opted_out_count, campaign.invalid_count)
