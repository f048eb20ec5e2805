"""Calls to messaging that send campaigns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import grpc

from servicekit.identity import require_send_scope
from servicekit.rpc.client import Caller
from services.campaigns.campaigns.domain.recipients import Attendees, Chunk
from services.campaigns.campaigns.providers.terms import terms_message, terms_of
from services.campaigns.common.domain.metrics import Outcomes
from services.campaigns.common.domain.terms import Terms
from smsblaster.messaging.v1 import (
    dispatch_pb2,
    dispatch_pb2_grpc,
    quote_pb2,
    quote_pb2_grpc,
)

# Somebody waits for what should take milliseconds; if it does not, it is told again later.
_HOLD_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class SubmittedChunk:
    """What became of a chunk.

    ``pending`` texts of the campaign wait for a sender; ``late`` are the recipients that are not
    texted at this hour, and when they are.
    """

    insufficient_balance: bool
    pending: int
    late: Mapping[UUID, datetime]


class Dispatch:
    """The calls that campaigns makes, in the name of whoever is being served.

    Each raises ``Unavailable`` when messaging is away.
    """

    def __init__(self, caller: Caller, channel: grpc.aio.Channel) -> None:
        self._caller = caller
        self._dispatch = dispatch_pb2_grpc.DispatchServiceStub(channel)
        self._quotes = quote_pb2_grpc.QuoteServiceStub(channel)

    async def has_sender(self) -> bool:
        """Whether the organisation has something to send from.

        Raises ``Forbidden`` email_not_verified where the user being served may not send.
        """
        return (await self._readiness()).has_sender

    async def require_may_send(self) -> None:
        """Raise ``Forbidden`` where the user being served may not send.

        Its code is api_key_scope for an API key, or email_not_verified.
        """
        require_send_scope()
        await self._readiness()

    async def terms(self) -> Terms:
        """What the organisation's texts cost and how they are counted, now."""
        return terms_of(await self._caller.call(self._quotes.GetTerms, quote_pb2.GetTermsRequest()))

    async def submit(
        self,
        campaign_id: UUID,
        user_id: UUID,
        chunk: Chunk,
        attendees: Attendees | None = None,
        terms: Terms | None = None,
    ) -> SubmittedChunk:
        """Hand over a chunk, which ``user_id`` pays; harmless when it is repeated.

        Messaging counts each recipient of it once, those who are passed over too. ``attendees``:
        whose texts they are, where the campaign is a notification. ``terms`` were confirmed for it.

        Raises ``InvalidInput``, whose code says why the campaign can't go on, and ``Blocked`` as
        long as nothing of the organisation can be sent.
        """
        request = dispatch_pb2.SubmitChunkRequest(
            campaign_id=str(campaign_id),
            user_id=str(user_id),
            event_id=str(attendees.event_id) if attendees else None,
            notification_type=attendees.notification_type if attendees else None,
            terms=terms_message(terms),
            recipients=[
                dispatch_pb2.ChunkRecipient(
                    contact_id=str(text.contact_id),
                    phone=text.phone,
                    body=text.body,
                    time_zone=text.time_zone,
                    attendee_id=str(text.attendee_id) if text.attendee_id else None,
                )
                for text in chunk.texts
            ],
            skipped=[
                *_skipped(chunk.opted_out, dispatch_pb2.SKIP_REASON_OPTED_OUT),
                *_skipped(chunk.blank, dispatch_pb2.SKIP_REASON_INVALID),
            ],
        )
        answer = await self._caller.call(self._dispatch.SubmitChunk, request)
        late = {UUID(w.contact_id): w.opens_at.ToDatetime(UTC) for w in answer.waiting}
        return SubmittedChunk(answer.insufficient_balance, answer.pending, late)

    async def hold(self, campaign_id: UUID, held: bool, running: bool, change: int) -> None:
        """Hold back a campaign's pending texts or let them go; in force when this returns.

        ``running``: whether it is being sent. Nothing happens where messaging knows of a later
        ``change`` of the campaign.
        """
        request = dispatch_pb2.HoldCampaignRequest(
            campaign_id=str(campaign_id), held=held, running=running, change=change
        )
        await self._caller.call(self._dispatch.HoldCampaign, request, _HOLD_SECONDS)

    async def withdraw(self, campaign_id: UUID) -> None:
        """Take back a campaign's pending texts for good; in force when this returns."""
        request = dispatch_pb2.WithdrawCampaignRequest(campaign_id=str(campaign_id))
        await self._caller.call(self._dispatch.WithdrawCampaign, request, _HOLD_SECONDS)

    async def outcomes(self, campaign_id: UUID) -> Outcomes:
        """What has become of a campaign's recipients."""
        return (await self.outcomes_of([campaign_id])).get(campaign_id, Outcomes())

    async def outcomes_of(self, campaign_ids: Sequence[UUID]) -> Mapping[UUID, Outcomes]:
        """Return the outcomes of up to 500 campaigns; one unknown to messaging is absent."""
        request = dispatch_pb2.GetCampaignCountsRequest(campaign_ids=[str(i) for i in campaign_ids])
        answer = await self._caller.call(self._dispatch.GetCampaignCounts, request)
        blocked = answer.blocked or None
        return {
            UUID(counts.campaign_id): replace(_outcomes(counts), blocked=blocked)
            for counts in answer.counts
        }

    async def _readiness(self) -> dispatch_pb2.CheckReadinessResponse:
        request = dispatch_pb2.CheckReadinessRequest()
        return await self._caller.call(self._dispatch.CheckReadiness, request)


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
    )
