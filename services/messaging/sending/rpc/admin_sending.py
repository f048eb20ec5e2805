"""The gRPC service ``AdminSendingService``, for operators."""

from servicekit.db.database import Database
from servicekit.rpc.server import Context
from services.messaging.sending.storage import sending_hold, waiting
from services.messaging.sending.usecases.hold_sending import HoldSending
from smsblaster.messaging.v1 import admin_sending_pb2, admin_sending_pb2_grpc


class AdminSendingRpc(admin_sending_pb2_grpc.AdminSendingServiceServicer):
    """Lets operators hold and release the sending of all organisations."""

    def __init__(self, database: Database, hold: HoldSending) -> None:
        self._database = database
        self._hold = hold

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
