"""Fill in the names of the users whose ids are in a response.

The other services store ids of users but don't know their names. The contract marks the fields with
``name_of``.
"""

from collections.abc import Iterator
from functools import cache
from uuid import UUID

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from servicekit import identity
from servicekit.db.database import Database
from services.gateway.storage import users
from smsblaster.options.v1 import fields_pb2


async def fill_names_of(database: Database, answer: Message, *, everywhere: bool = False) -> None:
    """Fill in the names of the organisation's users, or with ``everywhere`` of all users."""
    wanted = [
        (message, name, UUID(user_id))
        for message, name, user_field in _named(answer)
        if (user_id := getattr(message, user_field))
    ]
    if not wanted:
        return
    ids = {user_id for _, _, user_id in wanted}
    if everywhere:
        async with database.system() as connection:
            found = await users.names_anywhere(connection, ids)
    else:
        org_id = identity.current().require_org()
        async with database.org(org_id) as connection:
            found = await users.names(connection, org_id, ids)
    for message, name, user_id in wanted:
        if user_id in found:
            setattr(message, name, found[user_id])


def _named(message: Message) -> Iterator[tuple[Message, str, str]]:
    """Yield each message with a name to fill in, the field of the name and that of the id."""
    for name, user_field in _names(message.DESCRIPTOR):
        yield message, name, user_field
    for field in _parents(message.DESCRIPTOR):
        value = getattr(message, field.name)
        for part in value if field.is_repeated else [value]:
            yield from _named(part)


@cache
def _names(descriptor: Descriptor) -> tuple[tuple[str, str], ...]:
    return tuple(
        (field.name, user_field)
        for field in descriptor.fields
        if (user_field := field.GetOptions().Extensions[fields_pb2.name_of])
    )


@cache
def _parents(descriptor: Descriptor) -> tuple[FieldDescriptor, ...]:
    """Return the fields whose messages contain names."""
    return tuple(
        field
        for field in descriptor.fields
        if field.message_type is not None
        and not field.message_type.GetOptions().map_entry
        and has_names(field.message_type)
    )


@cache
def has_names(descriptor: Descriptor) -> bool:
    """Return whether messages of this type contain names to fill in."""
    if descriptor.file.package.startswith("google."):
        return False
    return bool(_names(descriptor) or _parents(descriptor))
