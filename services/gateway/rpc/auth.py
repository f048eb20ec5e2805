"""Serve ``AuthService``: sign up, sign in, refresh and sign out."""

from servicekit.rpc.server import Context
from services.gateway.domain.users import User
from services.gateway.storage.session_tokens import SignedIn
from services.gateway.usecases.register import DEFAULT_TIME_ZONE, Register, SignUp
from services.gateway.usecases.sessions import Sessions
from services.gateway.usecases.sign_in import CodeNeeded, SignIn
from smsblaster.identity.v1 import auth_pb2, auth_pb2_grpc, profile_pb2


class AuthService(auth_pb2_grpc.AuthServiceServicer):
    """Implements ``identity/v1/auth.proto``."""

    def __init__(self, registration: Register, sign_in: SignIn, sessions: Sessions) -> None:
        self._registration = registration
        self._sign_in = sign_in
        self._sessions = sessions

    async def Register(
        self, request: auth_pb2.RegisterRequest, context: Context
    ) -> auth_pb2.Session:
        """Create an organisation with its owner and sign the owner in."""
        org_name = request.org_name if request.HasField("org_name") else request.name
        zone = request.time_zone or DEFAULT_TIME_ZONE
        sign_up = SignUp(request.email, request.password, request.name, org_name, zone)
        return session_of(await self._registration.register(sign_up))

    async def Login(
        self, request: auth_pb2.LoginRequest, context: Context
    ) -> auth_pb2.SignInResponse:
        """Sign in with email and password, or ask for a code of the second factor."""
        found = await self._sign_in.sign_in(request.email, request.password)
        if isinstance(found, CodeNeeded):
            challenge = auth_pb2.SignInChallenge(
                challenge=found.challenge, expires_in=found.expires_in
            )
            return auth_pb2.SignInResponse(second_factor=challenge)
        session = session_of(found)
        return auth_pb2.SignInResponse(
            access_token=session.access_token,
            refresh_token=session.refresh_token,
            expires_in=session.expires_in,
            user=session.user,
            session_ends_at=session.session_ends_at,
        )

    async def CompleteSignIn(
        self, request: auth_pb2.CompleteSignInRequest, context: Context
    ) -> auth_pb2.Session:
        """Finish a sign-in with a code of the second factor."""
        return session_of(await self._sign_in.complete(request.challenge, request.code))

    async def Refresh(self, request: auth_pb2.RefreshRequest, context: Context) -> auth_pb2.Session:
        """Exchange a refresh token for a new pair of tokens."""
        return session_of(await self._sessions.refresh(request.refresh_token))

    async def Logout(
        self, request: auth_pb2.LogoutRequest, context: Context
    ) -> auth_pb2.LogoutResponse:
        """End the session of a refresh token."""
        await self._sessions.end(request.refresh_token)
        return auth_pb2.LogoutResponse()


def session_of(signed_in: SignedIn) -> auth_pb2.Session:
    """Return the response to a user who has just signed in."""
    session = auth_pb2.Session(
        access_token=signed_in.access_token,
        refresh_token=signed_in.refresh_token,
        expires_in=signed_in.expires_in,
        user=_user(signed_in.user),
    )
    session.session_ends_at.FromDatetime(signed_in.ends_at)
    return session


def _user(user: User) -> profile_pb2.User:
    return profile_pb2.User(
        id=str(user.id),
        email=user.email,
        name=user.name,
        org_id=str(user.org_id),
        roles=user.roles,
    )
