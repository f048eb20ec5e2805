"""Add the names and results that users see with campaigns, for a whole page at once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from services.campaigns.campaigns.domain.paces import expected_end, messages_per_minute
from services.campaigns.campaigns.providers.contacts import Contacts, ListName
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import listing
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.common.domain.metrics import Outcomes
from services.campaigns.templates.storage import templates

log = structlog.get_logger()

# Short, because campaigns can be shown without names and results.
_PATIENCE = 3.0


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

    @property
    def messages_per_minute(self) -> float | None:
        """How many messages are sent in a minute, if the campaign runs and this is known."""
        return messages_per_minute(self.campaign.pace_sample, self.outcomes)

    @property
    def expected_end_at(self) -> datetime | None:
        """When the last message will probably be sent, if this is known."""
        if self.outcomes is None:
            return None
        size = self.contact_list.size if self.contact_list else None
        not_planned = _not_planned(self.campaign, size, self.outcomes)
        return expected_end(self.campaign.pace_sample, self.outcomes, not_planned)


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
            async with asyncio.timeout(_PATIENCE):
                return await self._contacts.list_names(list_ids)
        except (Unavailable, TimeoutError):
            log.warning("campaigns_without_list_names", campaigns=len(campaigns))
            return {}

    async def _outcomes(self, campaigns: Sequence[Campaign]) -> Mapping[UUID, Outcomes] | None:
        started = [each.id for each in campaigns if each.started_at]
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._dispatch.outcomes_of(started) if started else {}
        except (Unavailable, TimeoutError):
            log.warning("campaigns_without_metrics", campaigns=len(campaigns))
            return None


def _not_planned(campaign: Campaign, size: int | None, outcomes: Outcomes) -> int | None:
    """Return for how many recipients there is no message yet, or None if that is not known."""
    if campaign.waiting_until is not None:
        return None
    if campaign.planned_at is not None:
        return 0
    return None if size is None or campaign.retry_of else max(0, size - outcomes.processed)


def _of(campaign: Campaign, outcomes: Mapping[UUID, Outcomes] | None) -> Outcomes | None:
    if campaign.started_at is None:
        return Outcomes()
    if outcomes is None:
        return None
    found = outcomes.get(campaign.id, Outcomes())
    return found.with_earlier(campaign.opted_out_count, campaign.invalid_count)
