"""Serve ``RecoveryService``: reset a password, and verify an email address."""

from servicekit.identity import current
from servicekit.rpc.server import Context
from services.gateway.usecases.recover_account import RecoverAccount
from smsblaster.identity.v1 import recovery_pb2, recovery_pb2_grpc


class RecoveryService(recovery_pb2_grpc.RecoveryServiceServicer):
    """Implements ``identity/v1/recovery.proto``."""

    def __init__(self, recovery: RecoverAccount) -> None:
        self._recovery = recovery

    async def RequestPasswordReset(
        self, request: recovery_pb2.RequestPasswordResetRequest, context: Context
    ) -> recovery_pb2.RequestPasswordResetResponse:
        """Request a mail with a link to reset the password."""
        await self._recovery.request_reset(request.email)
        return recovery_pb2.RequestPasswordResetResponse()

    async def ResetPassword(
        self, request: recovery_pb2.ResetPasswordRequest, context: Context
    ) -> recovery_pb2.ResetPasswordResponse:
        """Set a new password with a mailed token."""
        await self._recovery.reset_password(request.token, request.new_password)
        return recovery_pb2.ResetPasswordResponse()

    async def SendVerification(
        self, request: recovery_pb2.SendVerificationRequest, context: Context
    ) -> recovery_pb2.SendVerificationResponse:
        """Request a mail with a link to verify the caller's email address."""
        caller = current()
        await self._recovery.send_verification(caller.require_org(), caller.require_user())
        return recovery_pb2.SendVerificationResponse()

    async def VerifyEmail(
        self, request: recovery_pb2.VerifyEmailRequest, context: Context
    ) -> recovery_pb2.VerifyEmailResponse:
        """Verify an email address with a mailed token."""
        await self._recovery.verify_email(request.token)
        return recovery_pb2.VerifyEmailResponse()
