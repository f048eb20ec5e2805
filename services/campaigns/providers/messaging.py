"""Calls to messaging, and its answers in our words."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import grpc

from servicekit.rpc.client import Caller
from services.campaigns.domain.metrics import Outcomes
from services.campaigns.domain.recipients import Text
from smsblaster.messaging.v1 import (
    dispatch_pb2,
    dispatch_pb2_grpc,
    messages_pb2,
    messages_pb2_grpc,
)

# Messaging waits for the provider meanwhile, and whoever called us waits 30 seconds.
_SEND_SECONDS = 25.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a chunk.

    ``invalid`` recipients can't be texted; ``pending`` texts of the campaign wait for a sender.
    """

    invalid: int
    insufficient_balance: bool
    pending: int


class Messaging:
    """The calls that campaigns makes, in the name of whoever is being served.

    Each raises ``Unavailable`` when messaging is away.
    """

    def __init__(self, caller: Caller, channel: grpc.aio.Channel) -> None:
        self._caller = caller
        self._dispatch = dispatch_pb2_grpc.DispatchServiceStub(channel)
        self._messages = messages_pb2_grpc.MessageServiceStub(channel)

    async def has_sender(self) -> bool:
        """Whether the organisation has something to send from."""
        request = dispatch_pb2.CheckReadinessRequest()
        answer = await self._caller.call(self._dispatch.CheckReadiness, request)
        return answer.has_sender

    async def submit(self, campaign_id: UUID, user_id: UUID, texts: Sequence[Text]) -> Taken:
        """Hand over a chunk, which ``user_id`` pays; harmless when it is repeated.

        Raises ``InvalidInput`` with the code ``no_sender``.
        """
        request = dispatch_pb2.SubmitChunkRequest(
            campaign_id=str(campaign_id),
            user_id=str(user_id),
            recipients=[
                dispatch_pb2.ChunkRecipient(
                    contact_id=str(text.contact_id), phone=text.phone, body=text.body
                )
                for text in texts
            ],
        )
        answer = await self._caller.call(self._dispatch.SubmitChunk, request)
        return Taken(answer.invalid, answer.insufficient_balance, answer.pending)

    async def hold(self, campaign_id: UUID, held: bool) -> None:
        """Hold back a campaign's pending texts or let them go; in force when this returns."""
        request = dispatch_pb2.HoldCampaignRequest(campaign_id=str(campaign_id), held=held)
        await self._caller.call(self._dispatch.HoldCampaign, request)

    async def outcomes(self, campaign_id: UUID) -> Outcomes:
        """What has become of a campaign's messages."""
        request = dispatch_pb2.GetCampaignCountsRequest(campaign_ids=[str(campaign_id)])
        answer = await self._caller.call(self._dispatch.GetCampaignCounts, request)
        return _outcomes(answer.counts[0]) if answer.counts else Outcomes()

    async def send(self, to: str, body: str) -> messages_pb2.Message:
        """Send one text. Raises what ``MessageService.SendMessage`` raises."""
        request = messages_pb2.SendMessageRequest(to=to, body=body)
        return await self._caller.call(self._messages.SendMessage, request, _SEND_SECONDS)


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
        spent_cents=counts.spent_cents,
    )
