"""The gRPC service ``ErrorCodeService``: explanations of Twilio's error codes."""

from servicekit.rpc.server import Context
from services.messaging.common.domain.provider_errors import explained_codes
from smsblaster.messaging.v1 import error_codes_pb2, error_codes_pb2_grpc


class ErrorCodeRpc(error_codes_pb2_grpc.ErrorCodeServiceServicer):
    """Serves the explanations of Twilio's error codes."""

    async def ListErrorCodes(
        self, request: error_codes_pb2.ListErrorCodesRequest, context: Context
    ) -> error_codes_pb2.ListErrorCodesResponse:
        """Return all known error codes with their explanations."""
        return error_codes_pb2.ListErrorCodesResponse(
            items=[
                error_codes_pb2.ErrorCode(
                    code=code,
                    title=explanation.title,
                    description=explanation.description,
                    retryable=explanation.retryable,
                )
                for code, explanation in explained_codes()
            ]
        )
