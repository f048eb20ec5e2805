"""Sign-up, sign-in and sessions: ``smsblaster.identity.v1.AuthService``."""

from servicekit.db.database import Database
from servicekit.rpc.server import Context
from services.gateway.domain.access_tokens import LIFETIME_SECONDS
from services.gateway.domain.users import User
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.usecases import sessions
from services.gateway.usecases.register import SignUp, register
from services.gateway.usecases.sign_in import sign_in
from smsblaster.identity.v1 import auth_pb2, auth_pb2_grpc, profile_pb2


class AuthService(auth_pb2_grpc.AuthServiceServicer):
    """See the contract, ``identity/v1/auth.proto``."""

    def __init__(self, database: Database, keys: SigningKeys) -> None:
        self._database = database
        self._keys = keys

    async def Register(
        self, request: auth_pb2.RegisterRequest, context: Context
    ) -> auth_pb2.Session:
        """Create an organisation with its owner and sign the owner in."""
        org_name = request.org_name if request.HasField("org_name") else request.name
        sign_up = SignUp(request.email, request.password, request.name, org_name)
        return session_of(await register(self._database, self._keys, sign_up))

    async def Login(self, request: auth_pb2.LoginRequest, context: Context) -> auth_pb2.Session:
        """Sign in."""
        return session_of(
            await sign_in(self._database, self._keys, request.email, request.password)
        )

    async def Refresh(self, request: auth_pb2.RefreshRequest, context: Context) -> auth_pb2.Session:
        """Trade a refresh token for a new pair."""
        return session_of(await sessions.refresh(self._database, self._keys, request.refresh_token))

    async def Logout(
        self, request: auth_pb2.LogoutRequest, context: Context
    ) -> auth_pb2.LogoutResponse:
        """End a session."""
        await sessions.end(self._database, request.refresh_token)
        return auth_pb2.LogoutResponse()


def session_of(signed_in: sessions.SignedIn) -> auth_pb2.Session:
    """The answer to whoever has just signed in."""
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
