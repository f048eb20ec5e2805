"""Calls to the messaging service that send campaigns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import grpc

from servicekit.errors import InvalidInput
from servicekit.identity import require_send_scope
from servicekit.rpc.client import RpcClient
from services.campaigns.campaigns.domain.recipients import Audience, Chunk, OutgoingMessage
from services.campaigns.campaigns.providers.terms import terms_message, terms_of
from services.campaigns.common.domain.metrics import Outcomes
from services.campaigns.common.domain.terms import Terms
from smsblaster.messaging.v1 import (
    dispatch_pb2,
    dispatch_pb2_grpc,
    quote_pb2,
    quote_pb2_grpc,
)

# Short, because a user waits for the call, which should take milliseconds. If it fails, a job
# repeats it.
_HOLD_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class SubmittedChunk:
    """The result of submitting a chunk to messaging.

    `pending` counts the messages of the campaign that wait to be sent. `deferred` are the
    recipients whose sending window is closed, each with the time when it opens.
    """

    insufficient_balance: bool
    pending: int
    deferred: Mapping[UUID, datetime]


@dataclass(frozen=True, slots=True)
class Sending:
    """The campaign that a chunk belongs to.

    `payer_id` pays for it: a user, or the organisation. `terms` were confirmed for it. `media_urls`
    are the URLs of its pictures. Its messages get its `reference` and `metadata`.
    """

    campaign_id: UUID
    payer_id: UUID
    started_by: UUID
    name: str
    terms: Terms | None = None
    media_urls: Sequence[str] = ()
    reference: str | None = None
    metadata: Mapping[str, str] | None = None


class Dispatch:
    """Calls messaging about campaigns in the name of the current user.

    Each method raises ``Unavailable`` when messaging can't be reached.
    """

    def __init__(self, rpc: RpcClient, channel: grpc.aio.Channel) -> None:
        self._rpc = rpc
        self._dispatch = dispatch_pb2_grpc.DispatchServiceStub(channel)
        self._quotes = quote_pb2_grpc.QuoteServiceStub(channel)

    async def require_sender(self) -> None:
        """Check that the organisation has a phone number to send from and that the user may send.

        Raises:
            InvalidInput: The organisation has no phone number (code no_sender).
            Forbidden: The user may not send (code email_not_verified).
        """
        if not (await self._readiness()).has_sender:
            message = "There is no number to send from yet. Buy a number first."
            raise InvalidInput.of("from", message, "no_sender")

    async def require_may_send(self) -> None:
        """Check that the current user or API key may send.

        Raises:
            Forbidden: The user or API key may not send (code api_key_scope or email_not_verified).
        """
        require_send_scope()
        await self._readiness()

    async def terms(self) -> Terms:
        """Return the current prices and limits of the organisation."""
        return terms_of(await self._rpc.call(self._quotes.GetTerms, quote_pb2.GetTermsRequest()))

    async def submit(
        self, sending: Sending, chunk: Chunk, audience: Audience | None = None
    ) -> SubmittedChunk:
        """Submit a chunk of a campaign. Idempotent.

        Messaging counts each recipient once, also those that are skipped. `audience` says whether
        it is an event message or a retry.

        Raises:
            InvalidInput: The campaign can't continue. The code says why.
            Blocked: The organisation can't send anything at the moment.
        """
        attendees = audience.attendees if audience else None
        retried = audience.retried if audience else None
        request = dispatch_pb2.SubmitChunkRequest(
            campaign_id=str(sending.campaign_id),
            user_id=str(sending.payer_id),
            started_by=str(sending.started_by),
            campaign_name=sending.name,
            event_id=str(attendees.event_id) if attendees else None,
            notification_type=attendees.notification_type if attendees else None,
            retry_of=str(retried) if retried else None,
            reference=sending.reference,
            metadata=sending.metadata,
            terms=terms_message(sending.terms),
            recipients=[_recipient(message) for message in chunk.messages],
            skipped=[
                *_skipped(chunk.opted_out, dispatch_pb2.SKIP_REASON_OPTED_OUT),
                *_skipped(chunk.invalid, dispatch_pb2.SKIP_REASON_INVALID),
            ],
        )
        answer = await self._submit(request, sending.media_urls)
        deferred = {UUID(w.contact_id): w.opens_at.ToDatetime(UTC) for w in answer.waiting}
        return SubmittedChunk(answer.insufficient_balance, answer.pending, deferred)

    async def _submit(
        self, chunk: dispatch_pb2.SubmitChunkRequest, media_urls: Sequence[str]
    ) -> dispatch_pb2.SubmitChunkResponse:
        if not media_urls:
            return await self._rpc.call(self._dispatch.SubmitChunk, chunk)
        request = dispatch_pb2.SubmitMmsChunkRequest(chunk=chunk, media_urls=media_urls)
        return await self._rpc.call(self._dispatch.SubmitMmsChunk, request)

    async def hold(self, campaign_id: UUID, held: bool, running: bool, change: int) -> None:
        """Hold or release a campaign's pending messages. Returns once that is done.

        `running` says whether the campaign is being sent. Messaging ignores the call when it knows
        of a later `change` of the campaign.
        """
        request = dispatch_pb2.HoldCampaignRequest(
            campaign_id=str(campaign_id), held=held, running=running, change=change
        )
        await self._rpc.call(self._dispatch.HoldCampaign, request, _HOLD_SECONDS)

    async def withdraw(self, campaign_id: UUID) -> None:
        """Cancel a campaign's pending messages. Returns once that is done."""
        request = dispatch_pb2.WithdrawCampaignRequest(campaign_id=str(campaign_id))
        await self._rpc.call(self._dispatch.WithdrawCampaign, request, _HOLD_SECONDS)

    async def outcomes(self, campaign_id: UUID) -> Outcomes:
        """Return how many recipients of a campaign have each result."""
        return (await self.outcomes_of([campaign_id])).get(campaign_id, Outcomes())

    async def outcomes_of(self, campaign_ids: Sequence[UUID]) -> Mapping[UUID, Outcomes]:
        """Return the counts of results for up to 500 campaigns. Unknown ones are left out."""
        request = dispatch_pb2.GetCampaignCountsRequest(campaign_ids=[str(i) for i in campaign_ids])
        answer = await self._rpc.call(self._dispatch.GetCampaignCounts, request)
        blocked = answer.blocked or None
        return {
            UUID(counts.campaign_id): replace(_outcomes(counts), blocked=blocked)
            for counts in answer.counts
        }

    async def _readiness(self) -> dispatch_pb2.CheckReadinessResponse:
        request = dispatch_pb2.CheckReadinessRequest()
        return await self._rpc.call(self._dispatch.CheckReadiness, request)


def _recipient(message: OutgoingMessage) -> dispatch_pb2.ChunkRecipient:
    return dispatch_pb2.ChunkRecipient(
        contact_id=str(message.contact_id),
        phone=message.phone,
        body=message.body,
        time_zone=message.time_zone,
        attendee_id=str(message.attendee_id) if message.attendee_id else None,
        merged_contact_ids=message.merged_ids,
    )


def _skipped(
    contact_ids: Sequence[UUID], reason: dispatch_pb2.SkipReason.ValueType
) -> Iterable[dispatch_pb2.SkippedRecipient]:
    return (
        dispatch_pb2.SkippedRecipient(contact_id=str(contact_id), reason=reason)
        for contact_id in contact_ids
    )


def _outcomes(counts: dispatch_pb2.CampaignCounts) -> Outcomes:
    return Outcomes(
        pending=counts.pending,
        queued=counts.queued,
        sent=counts.sent,
        delivered=counts.delivered,
        undelivered=counts.undelivered,
        failed=counts.failed,
        unknown=counts.unknown,
        replied=counts.replied,
        stopped=counts.opted_out,
        cancelled=counts.cancelled,
        spent_cents=counts.spent_cents,
        skipped_opted_out=counts.skipped_opted_out,
        skipped_invalid=counts.skipped_invalid,
        opt_outs=counts.opt_outs,
    )
