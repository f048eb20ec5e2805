"""Serve ``CredentialService``: change one's own password and email address."""

from servicekit.identity import current
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.gateway.usecases.change_email import ChangeEmail
from services.gateway.usecases.change_password import ChangePassword
from smsblaster.identity.v1 import credentials_pb2, credentials_pb2_grpc


class CredentialService(credentials_pb2_grpc.CredentialServiceServicer):
    """Implements ``identity/v1/credentials.proto``."""

    def __init__(self, passwords: ChangePassword, emails: ChangeEmail) -> None:
        self._passwords = passwords
        self._emails = emails

    async def ChangePassword(
        self, request: credentials_pb2.ChangePasswordRequest, context: Context
    ) -> credentials_pb2.ChangePasswordResponse:
        """Change the caller's password, and end the caller's other sessions."""
        await self._passwords.change(current(), request.current_password, request.new_password)
        return credentials_pb2.ChangePasswordResponse()

    async def RequestEmailChange(
        self, request: credentials_pb2.RequestEmailChangeRequest, context: Context
    ) -> credentials_pb2.EmailChange:
        """Start a change of the caller's email address."""
        change = await self._emails.request(current(), request.new_email, request.password)
        return fill(credentials_pb2.EmailChange(), change)

    async def GetEmailChange(
        self, request: credentials_pb2.GetEmailChangeRequest, context: Context
    ) -> credentials_pb2.OpenEmailChange:
        """Return the open change of the caller's email address."""
        change = await self._emails.find(current())
        if change is None:
            return credentials_pb2.OpenEmailChange()
        return credentials_pb2.OpenEmailChange(change=fill(credentials_pb2.EmailChange(), change))

    async def CancelEmailChange(
        self, request: credentials_pb2.CancelEmailChangeRequest, context: Context
    ) -> credentials_pb2.CancelEmailChangeResponse:
        """Cancel the open change of the caller's email address."""
        await self._emails.cancel(current())
        return credentials_pb2.CancelEmailChangeResponse()

    async def ConfirmEmailChange(
        self, request: credentials_pb2.ConfirmEmailChangeRequest, context: Context
    ) -> credentials_pb2.ConfirmEmailChangeResponse:
        """Confirm a change of an email address with a mailed token."""
        is_complete = await self._emails.confirm(request.token)
        return credentials_pb2.ConfirmEmailChangeResponse(is_complete=is_complete)
