"""Serve ``CampaignService``: create, show, change, send and stop campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.rpc.campaign_messages import (
    campaign_filter,
    campaign_message,
    draft_of,
    edit_of,
    metrics_message,
)
from services.campaigns.campaigns.storage import listing
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.describe_campaigns import DescribeCampaigns
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.campaigns.usecases.cancel_campaign import CancelCampaign
from services.campaigns.campaigns.usecases.create_campaign import CreateCampaign
from services.campaigns.campaigns.usecases.delete_campaign import DeleteCampaign
from services.campaigns.campaigns.usecases.duplicate_campaign import DuplicateCampaign
from services.campaigns.campaigns.usecases.edit_campaign import EditCampaign
from services.campaigns.campaigns.usecases.pause_campaign import PauseCampaign
from services.campaigns.campaigns.usecases.resume_campaign import ResumeCampaign
from services.campaigns.campaigns.usecases.retry_failed import CampaignRetry, RetryFailed
from services.campaigns.campaigns.usecases.start_campaign import StartCampaign
from services.campaigns.templates.support.load_template import load_template
from smsblaster.campaigns.v1 import campaigns_pb2, campaigns_pb2_grpc


@dataclass(frozen=True, slots=True)
class CampaignUseCases:
    """The use cases that ``CampaignRpc`` calls."""

    create: CreateCampaign
    edit: EditCampaign
    delete: DeleteCampaign
    duplicate: DuplicateCampaign
    start: StartCampaign
    pause: PauseCampaign
    resume: ResumeCampaign
    cancel: CancelCampaign
    retry: RetryFailed


class CampaignRpc(campaigns_pb2_grpc.CampaignServiceServicer):
    """Serves ``CampaignService``: creates, shows, changes, sends and stops campaigns."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        dispatch: Dispatch,
        describe: DescribeCampaigns,
        use_cases: CampaignUseCases,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._dispatch = dispatch
        self._describe = describe
        self._use_cases = use_cases

    async def CreateCampaign(
        self, request: campaigns_pb2.CreateCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Create a draft or a scheduled campaign."""
        caller = identity.current()
        org_id, user_id = caller.require_org(), caller.require_user()
        created = await self._use_cases.create.create(org_id, user_id, draft_of(request))
        return await self._message(*created)

    async def ListCampaigns(
        self, request: campaigns_pb2.ListCampaignsRequest, context: Context
    ) -> campaigns_pb2.ListCampaignsResponse:
        """Return a page of the organisation's campaigns."""
        org_id = identity.current().require_org()
        page, wanted = PageRequest(self._cursors, org_id, request), campaign_filter(request)
        if wanted.template_id:
            await load_template(self._database, org_id, wanted.template_id)
        async with self._database.org(org_id) as connection:
            rows = await listing.page(connection, org_id, wanted, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return campaigns_pb2.ListCampaignsResponse(
            items=[campaign_message(each) for each in await self._describe.describe(rows)],
            next_cursor=next_cursor,
        )

    async def GetCampaign(
        self, request: campaigns_pb2.GetCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Return one campaign."""
        org_id = identity.current().require_org()
        return await self._message(await load_campaign(self._database, org_id, UUID(request.id)))

    async def UpdateCampaign(
        self, request: campaigns_pb2.UpdateCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Change those fields of a campaign that are in the request."""
        org_id = identity.current().require_org()
        edited = await self._use_cases.edit.edit(org_id, UUID(request.id), edit_of(request))
        return await self._message(*edited)

    async def DeleteCampaign(
        self, request: campaigns_pb2.DeleteCampaignRequest, context: Context
    ) -> campaigns_pb2.DeleteCampaignResponse:
        """Soft-delete a campaign."""
        org_id = identity.current().require_org()
        if_version = request.if_version if request.HasField("if_version") else None
        await self._use_cases.delete.delete(org_id, UUID(request.id), if_version)
        return campaigns_pb2.DeleteCampaignResponse()

    async def DuplicateCampaign(
        self, request: campaigns_pb2.DuplicateCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Copy a campaign into a new draft of the caller."""
        caller = identity.current()
        org_id, user_id = caller.require_org(), caller.require_user()
        duplicate = self._use_cases.duplicate
        return await self._message(*await duplicate.duplicate(org_id, user_id, UUID(request.id)))

    async def SendCampaign(
        self, request: campaigns_pb2.SendCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Start a campaign now."""
        org_id = identity.current().require_org()
        price_version = request.price_version or None
        return await self._message(
            await self._use_cases.start.start(org_id, UUID(request.id), price_version)
        )

    async def PauseCampaign(
        self, request: campaigns_pb2.PauseCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Pause a running campaign, and hold its pending messages."""
        org_id = identity.current().require_org()
        return await self._message(await self._use_cases.pause.pause(org_id, UUID(request.id)))

    async def CancelCampaign(
        self, request: campaigns_pb2.CancelCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Cancel a campaign: nothing more is sent, and pending messages are refunded."""
        org_id = identity.current().require_org()
        return await self._message(await self._use_cases.cancel.cancel(org_id, UUID(request.id)))

    async def RetryFailed(
        self, request: campaigns_pb2.RetryFailedRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Create a campaign for the recipients that another campaign didn't reach."""
        caller = identity.current()
        retry = CampaignRetry(
            org_id=caller.require_org(),
            user_id=caller.require_user(),
            campaign_id=UUID(request.id),
            retryable_only=request.retryable_only,
            start=request.start,
        )
        return await self._message(await self._use_cases.retry.retry(retry))

    async def ResumeCampaign(
        self, request: campaigns_pb2.ResumeCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Resume a paused campaign."""
        org_id = identity.current().require_org()
        return await self._message(
            await self._use_cases.resume.resume(
                org_id, UUID(request.id), price_version=request.price_version or None
            )
        )

    async def GetCampaignMetrics(
        self, request: campaigns_pb2.GetCampaignMetricsRequest, context: Context
    ) -> campaigns_pb2.CampaignMetrics:
        """Return the counts of a campaign's recipients by result, and its rates."""
        org_id = identity.current().require_org()
        campaign = await load_campaign(self._database, org_id, UUID(request.id))
        outcomes = await self._dispatch.outcomes(campaign.id)
        counts = outcomes.with_earlier(campaign.opted_out_count, campaign.invalid_count)
        return metrics_message(request.id, counts)

    async def _message(
        self, campaign: Campaign, missing: Sequence[str] = ()
    ) -> campaigns_pb2.Campaign:
        [details] = await self._describe.describe([campaign])
        return campaign_message(details, missing)
