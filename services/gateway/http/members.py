"""Check the users that a request names, and fill in their organisations.

The other services store ids of users but can't look users up. So the gateway checks the fields that
the contract marks with ``org_member`` and ``organisation_of`` before it passes a request on.
"""

from functools import cache
from uuid import UUID

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import FieldError, InvalidInput, NotFound
from services.gateway.http.contract import Method
from services.gateway.storage import orgs, users
from smsblaster.options.v1 import fields_pb2

# Also said about users of other organisations, so that it does not reveal that they exist.
_STRANGER = "is not an active user of your organisation"


async def require_members(database: Database, method: Method, message: Message) -> None:
    """Raise `InvalidInput` (not_a_member) if a field names no active user of the organisation."""
    named = {
        field.json_name: UUID(value)
        for field in method.member_fields
        if (value := getattr(message, field.name))
    }
    if not named:
        return
    org_id = identity.current().in_live_mode().require_org()
    async with database.org(org_id) as connection:
        members = await users.active_among(connection, org_id, named.values())
    faults = [FieldError(name, _STRANGER) for name, user in named.items() if user not in members]
    if faults:
        raise InvalidInput(faults, "not_a_member")


async def fill_organisations(database: Database, method: Method, message: Message) -> None:
    """Fill in the organisations of the users that `message` names.

    Raises:
        NotFound: user_not_found or organisation_not_found, there is no such user or organisation.
        InvalidInput: unknown_user, the message names a different organisation.
    """
    for org_field, user_field in _organisation_fields(method.descriptor.input_type):
        named = getattr(message, org_field)
        if not getattr(message, user_field):
            if not named:
                field = method.descriptor.input_type.fields_by_name[user_field].json_name
                raise InvalidInput.of(field, "is required if no organisation is given")
            await _require_organisation(database, UUID(named))
            continue
        async with database.system() as connection:
            user = await users.find_anywhere(connection, UUID(getattr(message, user_field)))
        if user is None:
            raise NotFound("There is no such user.", "user_not_found")
        if named and UUID(named) != user.org_id:
            json_name = method.descriptor.input_type.fields_by_name[org_field].json_name
            raise InvalidInput.of(json_name, "is not the user's organisation", "unknown_user")
        setattr(message, org_field, str(user.org_id))


async def _require_organisation(database: Database, org_id: UUID) -> None:
    """Check an organisation that is named without a user."""
    async with database.system() as connection:
        if not await orgs.exists(connection, org_id):
            raise NotFound("There is no such organisation.", "organisation_not_found")


@cache
def _organisation_fields(request: Descriptor) -> tuple[tuple[str, str], ...]:
    """Return each field with an organisation's id, and the field with the id of its user."""
    return tuple(
        (field.name, user_field)
        for field in request.fields
        if (user_field := field.GetOptions().Extensions[fields_pb2.organisation_of])
    )
