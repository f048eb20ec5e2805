"""Convert between campaigns and their protobuf messages."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import cast

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.errors import InvalidInput
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name, fill
from services.campaigns.campaigns.domain.drafts import Draft, Edit
from services.campaigns.campaigns.domain.reasons import reason_message
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.campaigns.rpc.payers import payer_fields
from services.campaigns.campaigns.storage.listing import CampaignFilter, Sort
from services.campaigns.campaigns.support.describe_campaigns import CampaignDetails
from services.campaigns.common.domain.metrics import Outcomes, metrics
from smsblaster.campaigns.v1 import campaigns_pb2

_CLEARABLE = {
    "templateId": "template_id",
    "listId": "list_id",
    "pauseAtFailureRate": "pause_at_failure_rate",
    "metadata": "metadata",
}
"""The columns that a request can clear with null, by their names in the API."""


def campaign_message(
    details: CampaignDetails, missing: Sequence[str] = ()
) -> campaigns_pb2.Campaign:
    """Convert a campaign to its protobuf message.

    `missing` are placeholders of its text that contacts don't have.
    """
    campaign, contact_list = details.campaign, details.contact_list
    return fill(
        campaigns_pb2.Campaign(missing_variables=missing),
        campaign,
        status_message=reason_message(campaign.status_reason),
        list_name=contact_list.name if contact_list else None,
        list_size=contact_list.size if contact_list else None,
        template_name=details.template_name,
        metrics=metrics_message(str(campaign.id), details.outcomes) if details.outcomes else None,
        retries=[str(retry) for retry in details.retries],
        messages_per_minute=details.messages_per_minute,
        expected_end_at=details.expected_end_at,
        **payer_fields(campaign),
    )


def metrics_message(campaign_id: str, outcomes: Outcomes) -> campaigns_pb2.CampaignMetrics:
    """Convert the counts and rates of a campaign to their protobuf message."""
    return fill(campaigns_pb2.CampaignMetrics(campaign_id=campaign_id), metrics(outcomes))


def draft_of(request: campaigns_pb2.CreateCampaignRequest) -> Draft:
    """Read the new campaign that a request describes."""
    return Draft(
        name=request.name,
        message=request.message if request.HasField("message") else None,
        template_id=parse_id(request.template_id),
        list_id=parse_id(request.list_id),
        schedule_at=_schedule_at(request),
        strict=request.strict,
        pause_at_failure_rate=request.pause_at_failure_rate or None,
        media_urls=list(request.media_urls),
        reference=request.reference or None,
        metadata=dict(request.metadata) or None,
    )


def edit_of(request: campaigns_pb2.UpdateCampaignRequest) -> Edit:
    """Read the changes that a request asks for."""
    return Edit(
        name=request.name if request.HasField("name") else None,
        message=request.message or None,
        template_id=parse_id(request.template_id),
        list_id=parse_id(request.list_id),
        schedule_at=_schedule_at(request),
        unschedule=request.unschedule or "scheduleAt" in request.cleared,
        strict=request.strict,
        pause_at_failure_rate=request.pause_at_failure_rate or None,
        price_version=request.price_version or None,
        cleared=frozenset(_cleared(request)),
        if_version=request.if_version if request.HasField("if_version") else None,
        media_urls=list(request.media_urls.values) if request.HasField("media_urls") else None,
        reference=request.reference or None,
        metadata=dict(request.metadata) or None,
    )


def campaign_filter(request: campaigns_pb2.ListCampaignsRequest) -> CampaignFilter:
    """Read which campaigns a request wants to see.

    Raises:
        InvalidInput: `to` is not later than `from`.
    """
    from_time = _time(request.from_time, "from") if request.HasField("from_time") else None
    to_time = _time(request.to_time, "to") if request.HasField("to_time") else None
    if from_time and to_time and from_time >= to_time:
        raise InvalidInput.of("to", "Must be later than `from`.")
    statuses, sorts = campaigns_pb2.CampaignStatus.DESCRIPTOR, campaigns_pb2.CampaignSort.DESCRIPTOR
    return CampaignFilter(
        statuses=[cast(Status, enum_name(statuses, status)) for status in request.status],
        search=request.search,
        created_by=parse_id(request.created_by),
        template_id=parse_id(request.template_id),
        reference=request.reference or None,
        from_time=from_time,
        to_time=to_time,
        sort=cast(Sort, enum_name(sorts, request.sort)) if request.sort else "newest",
    )


def _cleared(request: campaigns_pb2.UpdateCampaignRequest) -> Iterator[str]:
    """Yield the columns that the request sets to null."""
    for field in ("message", "reference"):
        if request.HasField(field) and not getattr(request, field):
            yield field
    for name, column in _CLEARABLE.items():
        if name in request.cleared:
            yield column


def _schedule_at(
    request: campaigns_pb2.CreateCampaignRequest | campaigns_pb2.UpdateCampaignRequest,
) -> datetime | None:
    return _time(request.schedule_at, "scheduleAt") if request.HasField("schedule_at") else None


def _time(timestamp: Timestamp, field: str) -> datetime:
    """Return the time that the user gave as `field`. Raises ``InvalidInput``."""
    try:
        return timestamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput.of(field, "Must be a valid time.") from None
