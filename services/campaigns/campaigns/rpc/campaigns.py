"""``CampaignService``."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import id_of, page_of
from servicekit.rpc.server import Context
from services.campaigns.campaigns.domain.drafts import Draft, Edit
from services.campaigns.campaigns.domain.reasons import reason_message
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.support.audience import Audiences
from services.campaigns.campaigns.usecases.cancel_campaign import cancel_campaign
from services.campaigns.campaigns.usecases.create_campaign import create_campaign
from services.campaigns.campaigns.usecases.delete_campaign import delete_campaign
from services.campaigns.campaigns.usecases.duplicate_campaign import duplicate_campaign
from services.campaigns.campaigns.usecases.edit_campaign import edit_campaign
from services.campaigns.campaigns.usecases.pause_campaign import pause_campaign, resume_campaign
from services.campaigns.campaigns.usecases.retry_failed import CampaignRetry, retry_failed
from services.campaigns.campaigns.usecases.start_campaign import start_campaign
from services.campaigns.common.domain.metrics import metrics
from smsblaster.campaigns.v1 import campaigns_pb2, campaigns_pb2_grpc


class CampaignRpc(campaigns_pb2_grpc.CampaignServiceServicer):
    """Serves campaigns."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        contacts: Contacts,
        dispatch: Dispatch,
        audiences: Audiences,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._contacts = contacts
        self._dispatch = dispatch
        self._audiences = audiences

    async def CreateCampaign(
        self, request: campaigns_pb2.CreateCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Store a draft or scheduled campaign."""
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
        row, missing = await create_campaign(
            self._database, self._contacts, self._dispatch, org_id, user_id, draft
        )
        return _campaign(row, missing)

    async def ListCampaigns(
        self, request: campaigns_pb2.ListCampaignsRequest, context: Context
    ) -> campaigns_pb2.ListCampaignsResponse:
        """A page of the organisation's campaigns."""
        org_id = identity.current().require_org()
        limit = request.limit or 50
        before = id_of(self._cursors, org_id, request.cursor)
        status = _status(request.status) if request.HasField("status") else None
        async with self._database.org(org_id) as connection:
            rows = await campaigns.page(connection, org_id, status, limit + 1, before)
        rows, next_cursor = page_of(self._cursors, org_id, rows, limit)
        return campaigns_pb2.ListCampaignsResponse(
            items=[_campaign(row) for row in rows], next_cursor=next_cursor
        )

    async def GetCampaign(
        self, request: campaigns_pb2.GetCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """One campaign."""
        org_id = identity.current().require_org()
        return _campaign(await campaigns.get(self._database, org_id, UUID(request.id)))

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
        row, missing = await edit_campaign(
            self._database, self._contacts, self._dispatch, org_id, UUID(request.id), edit
        )
        return _campaign(row, missing)

    async def DeleteCampaign(
        self, request: campaigns_pb2.DeleteCampaignRequest, context: Context
    ) -> campaigns_pb2.DeleteCampaignResponse:
        """Soft-delete a campaign."""
        org_id = identity.current().require_org()
        await delete_campaign(self._database, self._dispatch, org_id, UUID(request.id))
        return campaigns_pb2.DeleteCampaignResponse()

    async def DuplicateCampaign(
        self, request: campaigns_pb2.DuplicateCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Copy a campaign into a new draft of the caller."""
        caller = identity.current()
        org_id, user_id = caller.require_org(), caller.require_user()
        row, missing = await duplicate_campaign(
            self._database, self._dispatch, org_id, user_id, UUID(request.id)
        )
        return _campaign(row, missing)

    async def SendCampaign(
        self, request: campaigns_pb2.SendCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Start a campaign now."""
        org_id = identity.current().require_org()
        row = await start_campaign(
            self._database,
            self._contacts,
            self._dispatch,
            org_id,
            UUID(request.id),
            request.price_version or None,
        )
        return _campaign(row)

    async def PauseCampaign(
        self, request: campaigns_pb2.PauseCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Stop sending."""
        org_id = identity.current().require_org()
        row = await pause_campaign(self._database, self._dispatch, org_id, UUID(request.id))
        return _campaign(row)

    async def CancelCampaign(
        self, request: campaigns_pb2.CancelCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """End a campaign for good."""
        org_id = identity.current().require_org()
        row = await cancel_campaign(self._database, self._dispatch, org_id, UUID(request.id))
        return _campaign(row)

    async def RetryFailed(
        self, request: campaigns_pb2.RetryFailedRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Make a new campaign over the recipients that one did not reach."""
        caller = identity.current()
        order = CampaignRetry(
            org_id=caller.require_org(),
            user_id=caller.require_user(),
            campaign_id=UUID(request.id),
            retryable_only=request.retryable_only,
            start=request.start,
        )
        row = await retry_failed(self._database, self._audiences, self._dispatch, order)
        return _campaign(row)

    async def ResumeCampaign(
        self, request: campaigns_pb2.ResumeCampaignRequest, context: Context
    ) -> campaigns_pb2.Campaign:
        """Go on with the recipients that remain."""
        org_id = identity.current().require_org()
        row = await resume_campaign(
            self._database,
            self._dispatch,
            org_id,
            UUID(request.id),
            price_version=request.price_version or None,
        )
        return _campaign(row)

    async def GetCampaignMetrics(
        self, request: campaigns_pb2.GetCampaignMetricsRequest, context: Context
    ) -> campaigns_pb2.CampaignMetrics:
        """What became of a campaign's texts so far."""
        org_id = identity.current().require_org()
        campaign = await campaigns.get(self._database, org_id, UUID(request.id))
        outcomes = await self._dispatch.outcomes(campaign["id"])
        figures = metrics(
            outcomes.with_earlier(campaign["opted_out_count"], campaign["invalid_count"])
        )
        return fill(campaigns_pb2.CampaignMetrics(campaign_id=request.id), figures)


def _campaign(row: RowMapping, missing: Sequence[str] = ()) -> campaigns_pb2.Campaign:
    campaign = campaigns_pb2.Campaign(
        missing_variables=missing, status_message=reason_message(row["status_reason"])
    )
    return fill(campaign, row)


def _status(number: int) -> str:
    return enum_name(campaigns_pb2.CampaignStatus.DESCRIPTOR, number)


def _time(timestamp: Timestamp) -> datetime:
    try:
        return timestamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput.of("scheduleAt", "is not a time that can be kept") from None
