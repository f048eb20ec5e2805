"""``DispatchService``: sending for campaigns."""

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
from services.messaging.sending.domain.drafts import Occasion, Payer
from services.messaging.sending.domain.skips import SkipReason
from services.messaging.sending.rpc.terms import terms_of
from services.messaging.sending.storage import counts
from services.messaging.sending.usecases.hold_campaign import hold_campaign
from services.messaging.sending.usecases.submit_chunk import Recipient, SubmitChunk, can_send
from services.messaging.sending.usecases.withdraw_campaign import WithdrawCampaign
from smsblaster.messaging.v1 import dispatch_pb2, dispatch_pb2_grpc


class DispatchRpc(dispatch_pb2_grpc.DispatchServiceServicer):
    """Takes chunks of campaigns, and tells how they fare."""

    def __init__(
        self,
        database: Database,
        submit: SubmitChunk,
        withdraw: WithdrawCampaign,
        accounts: SendingAccounts,
        verified_only: bool,
    ) -> None:
        self._database = database
        self._submit = submit
        self._withdraw = withdraw
        self._accounts = accounts
        self._verified_only = verified_only

    async def SubmitChunk(
        self, request: dispatch_pb2.SubmitChunkRequest, context: Context
    ) -> dispatch_pb2.SubmitChunkResponse:
        """Take a chunk."""
        org_id = identity.current().require_org()
        payer = Payer(org_id, UUID(request.user_id), UUID(request.campaign_id), _occasion(request))
        terms = terms_of(request.terms) if request.HasField("terms") else None
        submitted = await self._submit(
            payer, [_recipient(r) for r in request.recipients], _skipped(request.skipped), terms
        )
        return dispatch_pb2.SubmitChunkResponse(
            accepted=submitted.accepted,
            invalid=submitted.invalid,
            insufficient_balance=submitted.short,
            pending=submitted.pending,
            waiting=[
                fill(
                    dispatch_pb2.WaitingRecipient(),
                    {"contact_id": contact_id, "opens_at": opens_at},
                )
                for contact_id, opens_at in submitted.waiting.items()
            ],
        )

    async def HoldCampaign(
        self, request: dispatch_pb2.HoldCampaignRequest, context: Context
    ) -> dispatch_pb2.HoldCampaignResponse:
        """Hold back a campaign, or let it go."""
        org_id = identity.current().require_org()
        campaign_id = UUID(request.campaign_id)
        change = request.change if request.HasField("change") else None
        wanted = counts.Hold(request.held, request.running, change)
        await hold_campaign(self._database, org_id, campaign_id, wanted)
        return dispatch_pb2.HoldCampaignResponse()

    async def WithdrawCampaign(
        self, request: dispatch_pb2.WithdrawCampaignRequest, context: Context
    ) -> dispatch_pb2.WithdrawCampaignResponse:
        """Take back what is pending of a campaign."""
        await self._withdraw(identity.current().require_org(), UUID(request.campaign_id))
        return dispatch_pb2.WithdrawCampaignResponse()

    async def GetCampaignCounts(
        self, request: dispatch_pb2.GetCampaignCountsRequest, context: Context
    ) -> dispatch_pb2.GetCampaignCountsResponse:
        """How campaigns fare."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            rows = await counts.of_campaigns(
                connection, org_id, [UUID(i) for i in request.campaign_ids]
            )
            is_blocked = await unreadable.is_recorded(connection, org_id)
        return dispatch_pb2.GetCampaignCountsResponse(
            counts=[fill(dispatch_pb2.CampaignCounts(), row) for row in rows],
            blocked=CREDENTIALS_UNREADABLE if is_blocked else None,
        )

    async def CheckReadiness(
        self, request: dispatch_pb2.CheckReadinessRequest, context: Context
    ) -> dispatch_pb2.CheckReadinessResponse:
        """Whether there is something to send from, for someone who may send."""
        identity.require_verified_email(self._verified_only)
        org_id = identity.current().require_org()
        return dispatch_pb2.CheckReadinessResponse(
            has_sender=await can_send(self._accounts, org_id)
        )


def _occasion(request: dispatch_pb2.SubmitChunkRequest) -> Occasion | None:
    attendee_ids = (recipient.attendee_id for recipient in request.recipients)
    named = [request.event_id, request.notification_type, *attendee_ids]
    if not any(named):
        return None
    if not all(named):
        raise InvalidInput.of("eventId", "goes with notificationType and everyone's attendeeId")
    return Occasion(UUID(request.event_id), request.notification_type)


def _skipped(given: Iterable[dispatch_pb2.SkippedRecipient]) -> Mapping[UUID, SkipReason]:
    reasons: dict[int, SkipReason] = {
        dispatch_pb2.SKIP_REASON_OPTED_OUT: "opted_out",
        dispatch_pb2.SKIP_REASON_INVALID: "invalid",
    }
    return {UUID(skipped.contact_id): reasons[skipped.reason] for skipped in given}


def _recipient(given: dispatch_pb2.ChunkRecipient) -> Recipient:
    return Recipient(
        UUID(given.contact_id),
        canonical(given.phone),
        given.body,
        given.time_zone or None,
        parse_id(given.attendee_id),
    )
