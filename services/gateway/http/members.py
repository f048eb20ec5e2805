"""Users that a request names as its organisation's own.

The services that own the things keep users' ids and can't look them up; the gateway can. So it
looks before it passes a request on, at the fields that the contract marks with ``org_member``.
"""

from uuid import UUID

from google.protobuf.message import Message

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import FieldError, InvalidInput
from services.gateway.http.contract import Method
from services.gateway.storage import users

# The same for a user of another organisation as for nobody: who that is, is not told.
_STRANGER = "is not an active user of your organisation"


async def require_members(database: Database, method: Method, message: Message) -> None:
    """Raise ``InvalidInput`` not_a_member that names each field with an id of somebody else."""
    named = {
        field.json_name: UUID(value)
        for field in method.member_fields
        if (value := getattr(message, field.name))
    }
    if not named:
        return
    org_id = identity.current().require_org()
    async with database.org(org_id) as connection:
        members = await users.active_among(connection, org_id, named.values())
    faults = [FieldError(name, _STRANGER) for name, user in named.items() if user not in members]
    if faults:
        raise InvalidInput(faults, "not_a_member")
