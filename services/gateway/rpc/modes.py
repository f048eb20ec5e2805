"""Serve ``TestModeService``: tokens that are in test mode."""

from servicekit.errors import Forbidden
from servicekit.identity import current
from servicekit.rpc.server import Context
from services.gateway.domain import clients
from services.gateway.usecases.start_test_mode import StartTestMode
from smsblaster.identity.v1 import test_mode_pb2, test_mode_pb2_grpc


class ModeRpc(test_mode_pb2_grpc.TestModeServiceServicer):
    """Implements ``identity/v1/test_mode.proto``."""

    def __init__(self, start: StartTestMode) -> None:
        self._start = start

    async def StartTestMode(
        self, request: test_mode_pb2.StartTestModeRequest, context: Context
    ) -> test_mode_pb2.TestModeToken:
        """Return an access token of the caller's session that is in test mode."""
        session_id = clients.current().session_id
        if session_id is None:
            raise Forbidden("Sign in to switch test mode on, or use a test API key.")
        issued = await self._start.start(current(), session_id)
        return test_mode_pb2.TestModeToken(access_token=issued.token, expires_in=issued.expires_in)
