"""The gRPC service ``AdminSendingService``, for operators."""

from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.messaging.sending.storage import sending_hold, sending_rates, waiting
from services.messaging.sending.storage.sending_rates import SendingRate
from services.messaging.sending.usecases.hold_sending import HoldSending
from services.messaging.sending.usecases.set_sending_rate import SetSendingRate
from smsblaster.messaging.v1 import admin_sending_pb2, admin_sending_pb2_grpc


class AdminSendingRpc(admin_sending_pb2_grpc.AdminSendingServiceServicer):
    """Lets operators hold the sending of all organisations, and set the rate of each."""

    def __init__(
        self,
        database: Database,
        hold: HoldSending,
        set_rate: SetSendingRate,
        cursors: CursorCodec,
    ) -> None:
        self._database = database
        self._hold = hold
        self._set_rate = set_rate
        self._cursors = cursors

    async def GetSendingState(
        self, request: admin_sending_pb2.GetSendingStateRequest, context: Context
    ) -> admin_sending_pb2.SendingState:
        """Return whether all sending is held, and how many messages wait."""
        return await self._state()

    async def HoldSending(
        self, request: admin_sending_pb2.HoldSendingRequest, context: Context
    ) -> admin_sending_pb2.SendingState:
        """Hold all sending."""
        await self._hold.hold(request.reason)
        return await self._state()

    async def ReleaseSending(
        self, request: admin_sending_pb2.ReleaseSendingRequest, context: Context
    ) -> admin_sending_pb2.SendingState:
        """Let all organisations send again."""
        await self._hold.release(request.reason)
        return await self._state()

    async def ListSendingRates(
        self, request: admin_sending_pb2.ListSendingRatesRequest, context: Context
    ) -> admin_sending_pb2.ListSendingRatesResponse:
        """Return a page of the organisations' rates."""
        own_org = identity.current().require_org()
        page = PageRequest(self._cursors, own_org, request, ("org_id",))
        only = UUID(request.org_id) if request.HasField("org_id") else None
        async with self._database.system() as connection:
            rows = await sending_rates.page(connection, only, page.last_id, page.rows_to_read)
        found, next_cursor = page.split(rows)
        return admin_sending_pb2.ListSendingRatesResponse(
            items=[fill(admin_sending_pb2.SendingRate(), rate) for rate in found],
            next_cursor=next_cursor,
        )

    async def SetSendingRate(
        self, request: admin_sending_pb2.SetSendingRateRequest, context: Context
    ) -> admin_sending_pb2.SendingRate:
        """Set how fast an organisation may send."""
        rate = SendingRate(UUID(request.org_id), request.segments_per_second)
        await self._set_rate.set(rate, request.reason)
        return fill(admin_sending_pb2.SendingRate(), rate)

    async def _state(self) -> admin_sending_pb2.SendingState:
        async with self._database.system() as connection:
            held = await sending_hold.find(connection)
            pending = await waiting.pending(connection)
            unknown = await waiting.unknown(connection)
        state = admin_sending_pb2.SendingState(
            held=held is not None,
            queue=admin_sending_pb2.SendingQueue(
                due=pending["due"],
                deferred=pending["deferred"],
                paused=pending["held"],
                unknown=unknown.items,
            ),
        )
        if held:
            state.reason = held.reason
            state.held_since.FromDatetime(held.since)
        return state
