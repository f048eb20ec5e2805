"""Serve ``CampaignService``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.campaigns.campaigns.domain.drafts import Draft, Edit
from services.campaigns.campaigns.domain.reasons import reason_message
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.rpc.payers import payer_fields
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.storage.rows import Campaign
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
from services.campaigns.common.domain.metrics import metrics
from smsblaster.campaigns.v1 import campaigns_pb2, campaigns_pb2_grpc


@dataclass(frozen=True, slots=True)
class CampaignUseCases:
    """The use cases of campaigns."""

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
    """Serves campaigns."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        dispatch: Dispatch,
        use_cases: CampaignUseCases,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._dispatch = dispatch
        self._use_cases = use_cases

    async def CreateCampaign(
        self, request: campaigns_pb2.CreateCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Create a draft or a scheduled campaign."""
        caller = identity.current()
        draft = Draft(
            name=request.name,
            message=request.message if request.HasField("message") else None,
            template_id=parse_id(request.template_id),
            list_id=UUID(request.list_id),
            schedule_at=_time(request.schedule_at) if request.HasField("schedule_at") else None,
            strict=request.strict,
            pause_at_failure_rate=request.pause_at_failure_rate or None,
        )
        org_id, user_id = caller.require_org(), caller.require_user()
        return _campaign(*await self._use_cases.create.create(org_id, user_id, draft))

    async def ListCampaigns(
        self, request: campaigns_pb2.ListCampaignsRequest, context: Context
    ) -> campaigns_pb2.ListCampaignsResponse:
        """Return a page of the organisation's campaigns."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        status = _status(request.status) if request.HasField("status") else None
        async with self._database.org(org_id) as connection:
            rows = await campaigns.page(connection, org_id, status, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return campaigns_pb2.ListCampaignsResponse(
            items=[_campaign(row) for row in rows], next_cursor=next_cursor
        )

    async def GetCampaign(
        self, request: campaigns_pb2.GetCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Return one campaign."""
        org_id = identity.current().require_org()
        return _campaign(await load_campaign(self._database, org_id, UUID(request.id)))

    async def UpdateCampaign(
        self, request: campaigns_pb2.UpdateCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Change the fields that are given."""
        org_id = identity.current().require_org()
        edit = Edit(
            name=request.name if request.HasField("name") else None,
            message=request.message if request.HasField("message") else None,
            template_id=parse_id(request.template_id),
            list_id=parse_id(request.list_id),
            schedule_at=_time(request.schedule_at) if request.HasField("schedule_at") else None,
            unschedule=request.unschedule,
            strict=request.strict,
            pause_at_failure_rate=request.pause_at_failure_rate or None,
            price_version=request.price_version or None,
        )
        return _campaign(*await self._use_cases.edit.edit(org_id, UUID(request.id), edit))

    async def DeleteCampaign(
        self, request: campaigns_pb2.DeleteCampaignRequest, context: Context
    ) -> campaigns_pb2.DeleteCampaignResponse:
        """Soft-delete a campaign."""
        org_id = identity.current().require_org()
        await self._use_cases.delete.delete(org_id, UUID(request.id))
        return campaigns_pb2.DeleteCampaignResponse()

    async def DuplicateCampaign(
        self, request: campaigns_pb2.DuplicateCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Copy a campaign into a new draft of the caller."""
        caller = identity.current()
        org_id, user_id = caller.require_org(), caller.require_user()
        duplicate = self._use_cases.duplicate
        return _campaign(*await duplicate.duplicate(org_id, user_id, UUID(request.id)))

    async def SendCampaign(
        self, request: campaigns_pb2.SendCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Start a campaign now."""
        org_id = identity.current().require_org()
        price_version = request.price_version or None
        return _campaign(await self._use_cases.start.start(org_id, UUID(request.id), price_version))

    async def PauseCampaign(
        self, request: campaigns_pb2.PauseCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Pause a campaign."""
        org_id = identity.current().require_org()
        return _campaign(await self._use_cases.pause.pause(org_id, UUID(request.id)))

    async def CancelCampaign(
        self, request: campaigns_pb2.CancelCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Cancel a campaign."""
        org_id = identity.current().require_org()
        return _campaign(await self._use_cases.cancel.cancel(org_id, UUID(request.id)))

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
        return _campaign(await self._use_cases.retry.retry(retry))

    async def ResumeCampaign(
        self, request: campaigns_pb2.ResumeCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Resume a paused campaign."""
        org_id = identity.current().require_org()
        return _campaign(
            await self._use_cases.resume.resume(
                org_id, UUID(request.id), price_version=request.price_version or None
            )
        )

    async def GetCampaignMetrics(
        self, request: campaigns_pb2.GetCampaignMetricsRequest, context: Context
    ) -> campaigns_pb2.CampaignMetrics:
        """Return the metrics of a campaign."""
        org_id = identity.current().require_org()
        campaign = await load_campaign(self._database, org_id, UUID(request.id))
        outcomes = await self._dispatch.outcomes(campaign.id)
        counts = metrics(outcomes.with_earlier(campaign.opted_out_count, campaign.invalid_count))
        return fill(campaigns_pb2.CampaignMetrics(campaign_id=request.id), counts)


def _campaign(campaign: Campaign, missing: Sequence[str] = ()) -> campaigns_pb2.Campaign:
    message = reason_message(campaign.status_reason)
    answer = campaigns_pb2.Campaign(missing_variables=missing, status_message=message)
    return fill(answer, campaign, **payer_fields(campaign))


def _status(number: int) -> str:
    return enum_name(campaigns_pb2.CampaignStatus.DESCRIPTOR, number)


def _time(timestamp: Timestamp) -> datetime:
    try:
        return timestamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput.of("scheduleAt", "Must be a valid time.") from None
