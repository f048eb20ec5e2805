"""Serve ``ProfileService``: the caller's own profile."""

from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.modes import mode_name
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.gateway.domain import clients
from services.gateway.domain.users import User
from services.gateway.storage import users
from services.gateway.usecases.update_profile import UpdateProfile
from smsblaster.identity.v1 import profile_pb2, profile_pb2_grpc


class ProfileService(profile_pb2_grpc.ProfileServiceServicer):
    """Implements ``identity/v1/profile.proto``."""

    def __init__(self, database: Database, profiles: UpdateProfile) -> None:
        self._database = database
        self._profiles = profiles

    async def GetMe(
        self, request: profile_pb2.GetMeRequest, context: Context
    ) -> profile_pb2.Profile:
        """Return the caller's profile."""
        caller = current()
        org_id = caller.require_org()
        async with self._database.org(org_id) as connection:
            return _message(await users.get(connection, org_id, caller.require_user()))

    async def UpdateMe(
        self, request: profile_pb2.UpdateMeRequest, context: Context
    ) -> profile_pb2.Profile:
        """Update those fields of the caller's profile that are in the request."""
        caller = current()
        changes = {field.name: value for field, value in request.ListFields()}
        if_version = changes.pop("if_version", None)
        user = await self._profiles.update(
            caller.require_org(), caller.require_user(), changes, if_version
        )
        return _message(user)


def _message(user: User) -> profile_pb2.Profile:
    mode = mode_name(is_test=clients.current().is_test)
    return fill(profile_pb2.Profile(), user, mode=mode)
