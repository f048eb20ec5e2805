"""Texts to a list of contacts."""

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from smsblaster.answers import PAGE, Id, answer, given, id_of, object_of, optional_id, pages
from smsblaster.files import download
from smsblaster.generated.api.operations import (
    cancel_campaign,
    create_campaign,
    delete_campaign,
    get_campaign,
    get_campaign_metrics,
    list_campaign_errors,
    list_campaign_results,
    list_campaigns,
    pause_campaign,
    quote_campaign,
    resume_campaign,
    retry_failed_recipients,
    send_campaign,
)
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.campaign import Campaign
from smsblaster.generated.models.campaign_error import CampaignError
from smsblaster.generated.models.campaign_metrics import CampaignMetrics
from smsblaster.generated.models.campaign_quote import CampaignQuote
from smsblaster.generated.models.campaign_status_input import CampaignStatusInput
from smsblaster.generated.models.create_campaign_request import CreateCampaignRequest
from smsblaster.generated.models.create_campaign_request_metadata import (
    CreateCampaignRequestMetadata,
)
from smsblaster.generated.models.message_status_input import MessageStatusInput
from smsblaster.generated.models.recipient_result import RecipientResult
from smsblaster.generated.models.resume_campaign_body import ResumeCampaignBody
from smsblaster.generated.models.retry_failed_recipients_body import RetryFailedRecipientsBody
from smsblaster.generated.models.send_campaign_body import SendCampaignBody
from smsblaster.waiting import states

_UNDER_WAY = ("scheduled", "running")


@dataclass(frozen=True, slots=True)
class Progress:
    """A campaign and its counts at one moment."""

    campaign: Campaign
    metrics: CampaignMetrics


class Campaigns:
    """Texts to a list of contacts."""

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def create(
        self,
        name: str,
        *,
        message: str | None = None,
        template_id: Id | None = None,
        list_id: Id | None = None,
        schedule_at: dt.datetime | None = None,
        media_urls: Sequence[str] | None = None,
        reference: str | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Campaign:
        """Create a draft, or a campaign for later. It needs a list, and a message or template.

        Calls with the same ``idempotency_key`` create only one campaign.
        """
        body = CreateCampaignRequest(
            name=name,
            message=given(message),
            template_id=optional_id(template_id),
            list_id=optional_id(list_id),
            schedule_at=given(schedule_at),
            media_urls=given(list(media_urls) if media_urls is not None else None),
            reference=given(reference),
            metadata=object_of(CreateCampaignRequestMetadata, metadata),
        )
        key = given(idempotency_key)
        return answer(create_campaign.sync(client=self._api, body=body, idempotency_key=key))

    def list(
        self, *, status: Sequence[CampaignStatusInput] | None = None, search: str | None = None
    ) -> Iterator[Campaign]:
        """Yield campaigns, newest first."""
        return pages(
            lambda cursor: answer(
                list_campaigns.sync(
                    client=self._api,
                    limit=PAGE,
                    cursor=cursor,
                    status=given(None if status is None else [*status]),
                    search=given(search),
                )
            )
        )

    def get(self, campaign_id: Id) -> Campaign:
        """Return a campaign."""
        return answer(get_campaign.sync(id_of(campaign_id), client=self._api))

    def delete(self, campaign_id: Id) -> None:
        """Delete a campaign that is not under way."""
        delete_campaign.sync_detailed(id_of(campaign_id), client=self._api)

    def quote(self, campaign_id: Id) -> CampaignQuote:
        """Return what a campaign would cost. Nothing is sent."""
        return answer(quote_campaign.sync(id_of(campaign_id), client=self._api))

    def send(self, campaign_id: Id, *, price_version: str | None = None) -> Campaign:
        """Start a campaign.

        Args:
            campaign_id: The campaign.
            price_version: The price version of the campaign's quote. If the price has changed
                since, nothing is sent.
        """
        body = SendCampaignBody(price_version=given(price_version))
        return answer(send_campaign.sync(id_of(campaign_id), client=self._api, body=body))

    def pause(self, campaign_id: Id) -> Campaign:
        """Pause a running campaign."""
        return answer(pause_campaign.sync(id_of(campaign_id), client=self._api))

    def resume(self, campaign_id: Id, *, price_version: str | None = None) -> Campaign:
        """Go on with a paused campaign."""
        body = ResumeCampaignBody(price_version=given(price_version))
        return answer(resume_campaign.sync(id_of(campaign_id), client=self._api, body=body))

    def cancel(self, campaign_id: Id) -> Campaign:
        """End a campaign. Texts that were not sent are refunded."""
        return answer(cancel_campaign.sync(id_of(campaign_id), client=self._api))

    def metrics(self, campaign_id: Id) -> CampaignMetrics:
        """Return the counts of a campaign."""
        return answer(get_campaign_metrics.sync(id_of(campaign_id), client=self._api))

    def watch(
        self, campaign_id: Id, *, interval: float = 2.0, timeout: float | None = None
    ) -> Iterator[Progress]:
        """Yield the progress of a campaign whenever it has changed, until it ends or is paused.

        A draft yields its state once.

        Args:
            campaign_id: The campaign.
            interval: Seconds between two requests for the progress.
            timeout: For how many seconds to watch. The campaign goes on after that.

        Raises:
            ApiError: The time is over (``timed_out``).
        """
        return states(
            lambda: Progress(self.get(campaign_id), self.metrics(campaign_id)),
            lambda progress: progress.campaign.status not in _UNDER_WAY,
            interval,
            timeout,
        )

    def results(
        self, campaign_id: Id, *, status: MessageStatusInput | None = None
    ) -> Iterator[RecipientResult]:
        """Yield what became of each recipient's text."""
        return pages(
            lambda cursor: answer(
                list_campaign_results.sync(
                    id_of(campaign_id),
                    client=self._api,
                    limit=PAGE,
                    cursor=cursor,
                    status=given(status),
                )
            )
        )

    def errors(self, campaign_id: Id) -> Sequence[CampaignError]:
        """Return why texts of a campaign have failed, with counts and what to do."""
        return answer(list_campaign_errors.sync(id_of(campaign_id), client=self._api)).items

    def export_csv(self, campaign_id: Id, path: str | os.PathLike[str]) -> Path:
        """Save the results of a campaign as a CSV file."""
        url = f"/api/campaigns/{id_of(campaign_id)}/results/export"
        return download(self._api.get_httpx_client(), url, path)

    def retry(
        self,
        campaign_id: Id,
        *,
        start: bool = False,
        retryable_only: bool = False,
        idempotency_key: str | None = None,
    ) -> Campaign:
        """Create a campaign for the recipients that an ended one did not reach.

        Args:
            campaign_id: The campaign that has ended.
            start: Whether to start the new campaign at once.
            retryable_only: Only for recipients where another try may help.
            idempotency_key: Calls with the same key create only one campaign.
        """
        body = RetryFailedRecipientsBody(start=start, retryable_only=retryable_only)
        key = given(idempotency_key)
        return answer(
            retry_failed_recipients.sync(
                id_of(campaign_id), client=self._api, body=body, idempotency_key=key
            )
        )
