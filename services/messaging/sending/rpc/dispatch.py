"""`DispatchService`: accepts, holds and withdraws the messages of campaigns."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.ids import parse_id
from servicekit.phones import canonical
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.accounts.storage import unreadable
from services.messaging.accounts.support.credentials import CREDENTIALS_UNREADABLE, SendingAccounts
from services.messaging.sending.domain.drafts import EventPurpose, Payer
from services.messaging.sending.domain.skips import SkipReason
from services.messaging.sending.rpc.convert import options_of
from services.messaging.sending.rpc.terms import terms_of
from services.messaging.sending.storage import counts
from services.messaging.sending.support.sender_check import can_send
from services.messaging.sending.usecases.hold_campaign import HoldCampaign
from services.messaging.sending.usecases.submit_chunk import Chunk, ChunkRecipient, SubmitChunk
from services.messaging.sending.usecases.withdraw_campaign import WithdrawCampaign
from smsblaster.messaging.v1 import dispatch_pb2, dispatch_pb2_grpc


class DispatchRpc(dispatch_pb2_grpc.DispatchServiceServicer):
    """Accepts chunks of campaigns, holds and withdraws campaigns, and returns their counts."""

    def __init__(
        self,
        database: Database,
        submit: SubmitChunk,
        hold: HoldCampaign,
        withdraw: WithdrawCampaign,
        accounts: SendingAccounts,
        verified_only: bool,
    ) -> None:
        self._database = database
        self._submit = submit
        self._hold = hold
        self._withdraw = withdraw
        self._accounts = accounts
        self._verified_only = verified_only

    async def SubmitChunk(
        self, request: dispatch_pb2.SubmitChunkRequest, context: Context
    ) -> dispatch_pb2.SubmitChunkResponse:
        """Accept a chunk of a campaign: store and charge its messages, then send them."""
        return await self._accept(request)

    async def SubmitMmsChunk(
        self, request: dispatch_pb2.SubmitMmsChunkRequest, context: Context
    ) -> dispatch_pb2.SubmitChunkResponse:
        """Accept a chunk of a campaign whose recipients get pictures."""
        return await self._accept(request.chunk, tuple(request.media_urls))

    async def _accept(
        self, request: dispatch_pb2.SubmitChunkRequest, media_urls: tuple[str, ...] = ()
    ) -> dispatch_pb2.SubmitChunkResponse:
        org_id = identity.current().require_org()
        payer = Payer(
            org_id,
            UUID(request.user_id),
            UUID(request.campaign_id),
            _purpose(request),
            by_user_id=parse_id(request.started_by),
            campaign_name=request.campaign_name,
        )
        terms = terms_of(request.terms) if request.HasField("terms") else None
        recipients = [_recipient(recipient) for recipient in request.recipients]
        retried = parse_id(request.retry_of)
        skipped, options = _skipped(request.skipped), options_of(request)
        chunk = Chunk(recipients, skipped, terms, retried, media_urls, options)
        submitted = await self._submit.submit(payer, chunk)
        return dispatch_pb2.SubmitChunkResponse(
            accepted=submitted.accepted,
            invalid=submitted.invalid,
            insufficient_balance=submitted.insufficient_balance,
            pending=submitted.pending,
            waiting=[
                fill(
                    dispatch_pb2.WaitingRecipient(),
                    {"contact_id": contact_id, "opens_at": opens_at},
                )
                for contact_id, opens_at in submitted.deferred.items()
            ],
        )

    async def HoldCampaign(
        self, request: dispatch_pb2.HoldCampaignRequest, context: Context
    ) -> dispatch_pb2.HoldCampaignResponse:
        """Hold a campaign's pending messages, or let them be sent again."""
        org_id = identity.current().require_org()
        campaign_id = UUID(request.campaign_id)
        change = request.change if request.HasField("change") else None
        wanted = counts.Hold(request.held, request.running, change)
        await self._hold.hold(org_id, campaign_id, wanted)
        return dispatch_pb2.HoldCampaignResponse()

    async def WithdrawCampaign(
        self, request: dispatch_pb2.WithdrawCampaignRequest, context: Context
    ) -> dispatch_pb2.WithdrawCampaignResponse:
        """Cancel the pending messages of a campaign, so that they are never sent."""
        await self._withdraw.withdraw(identity.current().require_org(), UUID(request.campaign_id))
        return dispatch_pb2.WithdrawCampaignResponse()

    async def GetCampaignCounts(
        self, request: dispatch_pb2.GetCampaignCountsRequest, context: Context
    ) -> dispatch_pb2.GetCampaignCountsResponse:
        """Return how many recipients of each campaign are in each state."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            found = await counts.of_campaigns(
                connection, org_id, [UUID(i) for i in request.campaign_ids]
            )
            is_blocked = await unreadable.is_recorded(connection, org_id)
        return dispatch_pb2.GetCampaignCountsResponse(
            counts=[fill(dispatch_pb2.CampaignCounts(), each) for each in found],
            blocked=CREDENTIALS_UNREADABLE if is_blocked else None,
        )

    async def CheckReadiness(
        self, request: dispatch_pb2.CheckReadinessRequest, context: Context
    ) -> dispatch_pb2.CheckReadinessResponse:
        """Check that the caller may send and that there is a phone number to send from."""
        identity.require_verified_email(self._verified_only)
        org_id = identity.current().require_org()
        return dispatch_pb2.CheckReadinessResponse(
            has_sender=await can_send(self._accounts, org_id)
        )


def _purpose(request: dispatch_pb2.SubmitChunkRequest) -> EventPurpose | None:
    attendee_ids = (recipient.attendee_id for recipient in request.recipients)
    named = [request.event_id, request.notification_type, *attendee_ids]
    if not any(named):
        return None
    if not all(named):
        raise InvalidInput.of(
            "eventId", "requires `notificationType`, and an `attendeeId` for every recipient"
        )
    return EventPurpose(UUID(request.event_id), request.notification_type)


def _skipped(given: Iterable[dispatch_pb2.SkippedRecipient]) -> Mapping[UUID, SkipReason]:
    reasons: dict[int, SkipReason] = {
        dispatch_pb2.SKIP_REASON_OPTED_OUT: "opted_out",
        dispatch_pb2.SKIP_REASON_INVALID: "invalid",
    }
    return {UUID(skipped.contact_id): reasons[skipped.reason] for skipped in given}


def _recipient(given: dispatch_pb2.ChunkRecipient) -> ChunkRecipient:
    return ChunkRecipient(
        UUID(given.contact_id),
        canonical(given.phone),
        given.body,
        given.time_zone or None,
        parse_id(given.attendee_id),
        tuple(UUID(merged) for merged in given.merged_contact_ids),
    )
