"""Password reset and e-mail verification: ``smsblaster.identity.v1.RecoveryService``."""

from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.server import Context
from services.gateway.usecases import recovery
from smsblaster.identity.v1 import recovery_pb2, recovery_pb2_grpc


class RecoveryService(recovery_pb2_grpc.RecoveryServiceServicer):
    """See the contract, ``identity/v1/recovery.proto``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def RequestPasswordReset(
        self, request: recovery_pb2.RequestPasswordResetRequest, context: Context
    ) -> recovery_pb2.RequestPasswordResetResponse:
        """Have a reset mailed."""
        await recovery.request_reset(self._database, request.email)
        return recovery_pb2.RequestPasswordResetResponse()

    async def ResetPassword(
        self, request: recovery_pb2.ResetPasswordRequest, context: Context
    ) -> recovery_pb2.ResetPasswordResponse:
        """Set a new password."""
        await recovery.reset_password(self._database, request.token, request.new_password)
        return recovery_pb2.ResetPasswordResponse()

    async def SendVerification(
        self, request: recovery_pb2.SendVerificationRequest, context: Context
    ) -> recovery_pb2.SendVerificationResponse:
        """Have a verification mailed to the caller."""
        caller = current()
        await recovery.send_verification(
            self._database, caller.require_org(), caller.require_user()
        )
        return recovery_pb2.SendVerificationResponse()

    async def VerifyEmail(
        self, request: recovery_pb2.VerifyEmailRequest, context: Context
    ) -> recovery_pb2.VerifyEmailResponse:
        """Verify an address."""
        await recovery.verify_email(self._database, request.token)
        return recovery_pb2.VerifyEmailResponse()
