"""Serve ``smsblaster.identity.v1.AuthService``."""

from servicekit.rpc.server import Context
from services.gateway.domain.access_tokens import LIFETIME_SECONDS
from services.gateway.domain.users import User
from services.gateway.storage.session_tokens import SignedIn
from services.gateway.usecases.register import Register, SignUp
from services.gateway.usecases.sessions import Sessions
from services.gateway.usecases.sign_in import SignIn
from smsblaster.identity.v1 import auth_pb2, auth_pb2_grpc, profile_pb2


class AuthService(auth_pb2_grpc.AuthServiceServicer):
    """Implement ``identity/v1/auth.proto``."""

    def __init__(self, registration: Register, sign_in: SignIn, sessions: Sessions) -> None:
        self._registration = registration
        self._sign_in = sign_in
        self._sessions = sessions

    async def Register(
        self, request: auth_pb2.RegisterRequest, context: Context
    ) -> auth_pb2.Session:
        """Create an organisation with its owner and sign the owner in."""
        org_name = request.org_name if request.HasField("org_name") else request.name
        sign_up = SignUp(request.email, request.password, request.name, org_name)
        return session_of(await self._registration.register(sign_up))

    async def Login(self, request: auth_pb2.LoginRequest, context: Context) -> auth_pb2.Session:
        """Sign in."""
        return session_of(await self._sign_in.sign_in(request.email, request.password))

    async def Refresh(self, request: auth_pb2.RefreshRequest, context: Context) -> auth_pb2.Session:
        """Exchange a refresh token for a new pair of tokens."""
        return session_of(await self._sessions.refresh(request.refresh_token))

    async def Logout(
        self, request: auth_pb2.LogoutRequest, context: Context
    ) -> auth_pb2.LogoutResponse:
        """End a session."""
        await self._sessions.end(request.refresh_token)
        return auth_pb2.LogoutResponse()


def session_of(signed_in: SignedIn) -> auth_pb2.Session:
    """Return the response to a user who has just signed in."""
    return auth_pb2.Session(
        access_token=signed_in.access_token,
        refresh_token=signed_in.refresh_token,
        expires_in=LIFETIME_SECONDS,
        user=_user(signed_in.user),
    )


def _user(user: User) -> profile_pb2.User:
    return profile_pb2.User(
        id=str(user.id),
        email=user.email,
        name=user.name,
        org_id=str(user.org_id),
        roles=user.roles,
    )
