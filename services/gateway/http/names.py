"""Fill in the names that belong to the ids in a response.

A row of a list has the ids of contacts, campaigns and users, which belong to different services. So
the gateway completes the fields that the contract marks with ``name_of``, ``contact_name_of`` and
``campaign_name_of``, after the service has answered: at most one lookup for each kind of thing,
whatever the number of rows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import grpc
import structlog
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from sqlalchemy.exc import SQLAlchemyError

from servicekit import identity
from servicekit.api_json import names as types
from servicekit.db.database import Database
from servicekit.errors import DomainError
from servicekit.rpc.client import RpcClient
from services.gateway.http.contract import ContractError
from services.gateway.storage import users
from smsblaster.campaigns.v1 import names_pb2 as campaign_names_pb2
from smsblaster.campaigns.v1 import names_pb2_grpc as campaign_names_pb2_grpc
from smsblaster.contacts.v1 import names_pb2 as contact_names_pb2
from smsblaster.contacts.v1 import names_pb2_grpc as contact_names_pb2_grpc
from smsblaster.options.v1 import fields_pb2

log = structlog.get_logger()

_LOOKUP_SECONDS = 2.0
# Maximum ids that the services take in one call.
_MAX_IDS = 1000

_USER, _CONTACT, _CAMPAIGN = "user", "contact", "campaign"
_OPTIONS = (
    (_USER, fields_pb2.name_of),
    (_CONTACT, fields_pb2.contact_name_of),
    (_CAMPAIGN, fields_pb2.campaign_name_of),
)

# Returns the names that belong to ids.
Lookup = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class NameField:
    """A response field for a name, the field with the matching id, and the kind of thing named.

    The name may be that of a user, a contact or a campaign, for example.
    """

    name: str
    id_field: str
    kind: str


_Row = tuple[Message, NameField]


@dataclass(frozen=True, slots=True)
class _Part:
    """The name fields of one message type, and its inner messages that have name fields."""

    fields: tuple[NameField, ...]
    inner: tuple[tuple[FieldDescriptor, "_Part"], ...]


async def fill_names_of(database: Database, answer: Message, *, everywhere: bool = False) -> None:
    """Fill in the names of the organisation's users, or of any users if ``everywhere``."""
    rows = [row for row in _rows(answer) if row[1].kind == _USER]
    if rows:
        ids = {UUID(getattr(message, field.id_field)) for message, field in rows}
        _set(rows, {_USER: await _names_of_users(database, ids, everywhere)})


class Names:
    """Completes responses with names. The name of a contact or campaign may be unavailable.

    Args:
        database: The gateway's database, with the users.
        rpc: Calls other services.
        channels: The channel to the service of each domain.
    """

    def __init__(
        self, database: Database, rpc: RpcClient, channels: Mapping[str, grpc.aio.Channel]
    ) -> None:
        self._database = database
        self._rpc = rpc
        self._contacts = contact_names_pb2_grpc.ContactNameServiceStub(channels["contacts"])
        self._campaigns = campaign_names_pb2_grpc.CampaignNameServiceStub(channels["campaigns"])

    async def fill(self, response: Message, *, everywhere: bool, users_only: bool) -> None:
        """Fill in the names in a response.

        An error leaves names out and is never raised, so that no response is lost.

        Args:
            response: The response of a service.
            everywhere: Whether its users may belong to any organisation.
            users_only: Whether only users' names are filled in, without calls to other services.
        """
        rows = [row for row in _rows(response) if not users_only or row[1].kind == _USER]
        lookups: Mapping[str, Lookup] = {
            _USER: lambda ids: _names_of_users(self._database, [*map(UUID, ids)], everywhere),
            _CONTACT: self._of_contacts,
            _CAMPAIGN: self._of_campaigns,
        }
        wanted: dict[str, set[str]] = {}
        for message, field in rows:
            wanted.setdefault(field.kind, set()).add(getattr(message, field.id_field))
        found = await asyncio.gather(
            *(_look_up(lookups[kind], kind, wanted[kind]) for kind in wanted)
        )
        _set(rows, dict(zip(wanted, found, strict=True)))

    async def _of_contacts(self, ids: Sequence[str]) -> Mapping[str, str]:
        request = contact_names_pb2.GetContactNamesRequest(ids=ids)
        return await self._call(self._contacts.GetContactNames, request)

    async def _of_campaigns(self, ids: Sequence[str]) -> Mapping[str, str]:
        request = campaign_names_pb2.GetCampaignNamesRequest(ids=ids)
        return await self._call(self._campaigns.GetCampaignNames, request)

    async def _call(self, method: Any, request: Message) -> Mapping[str, str]:
        answer = await self._rpc.call(method, request, _LOOKUP_SECONDS, connect_attempts=1)
        return dict(answer.names)


async def _look_up(lookup: Lookup, kind: str, ids: Collection[str]) -> Mapping[str, str]:
    known = sorted(ids)
    names: dict[str, str] = {}
    try:
        for start in range(0, len(known), _MAX_IDS):
            names |= await lookup(known[start : start + _MAX_IDS])
    except (DomainError, SQLAlchemyError) as error:
        log.warning("names_not_available", kind=kind, error=type(error).__name__)
    return names


async def _names_of_users(
    database: Database, ids: Collection[UUID], everywhere: bool
) -> Mapping[str, str]:
    if everywhere:
        async with database.system() as connection:
            found = await users.names_anywhere(connection, ids)
    else:
        org_id = identity.current().in_live_mode().require_org()
        async with database.org(org_id) as connection:
            found = await users.names(connection, org_id, ids)
    return {str(user_id): name for user_id, name in found.items()}


def _rows(response: Message) -> list[_Row]:
    """Find the names to fill in: each name field whose id field has a value.

    Each field is returned with the message, or inner message, that contains it.
    """
    part = _part(response.DESCRIPTOR)
    if part is None:
        return []
    walked = _walk(response, part)
    return [(message, field) for message, field in walked if getattr(message, field.id_field)]


def _set(rows: Sequence[_Row], names: Mapping[str, Mapping[str, str]]) -> None:
    for message, field in rows:
        name = names[field.kind].get(getattr(message, field.id_field))
        if name:
            setattr(message, field.name, name)


def name_fields(message: Descriptor) -> tuple[NameField, ...]:
    """Return the fields for names that a message has. Raises `ContractError`."""
    return tuple(
        _name_field(message, field, kind, id_field)
        for field in message.fields
        for kind, option in _OPTIONS
        if (id_field := field.GetOptions().Extensions[option])
    )


def _name_field(message: Descriptor, field: FieldDescriptor, kind: str, named: str) -> NameField:
    id_field = message.fields_by_name.get(named)
    if id_field is None or id_field.is_repeated or not field.has_presence:
        raise ContractError(f"{field.full_name}: a name needs an id field, and must be optional")
    return NameField(field.name, id_field.name, kind)


@cache
def _part(message: Descriptor) -> _Part | None:
    """Return the name fields of a message type and of its inner messages.

    Returns None if there are none.
    """
    inner = tuple(
        (field, part)
        for field in message.fields
        if field.message_type is not None
        and not types.is_map(field)
        and field.message_type.full_name.startswith("smsblaster.")
        and (part := _part(field.message_type)) is not None
    )
    fields = name_fields(message)
    return _Part(fields, inner) if fields or inner else None


def _walk(message: Message, part: _Part) -> Iterator[_Row]:
    """Yield each name field in `message` and in nested messages, with its own message."""
    for name_field in part.fields:
        yield message, name_field
    for field, inner in part.inner:
        if field.is_repeated:
            for each in getattr(message, field.name):
                yield from _walk(each, inner)
        elif message.HasField(field.name):
            yield from _walk(getattr(message, field.name), inner)
