"""Fill in the names of what the rows of a response name by id.

A row of a list has the ids of contacts, campaigns and users, which belong to different services. So
the gateway completes the fields that the contract marks with ``name_of``, after the service has
answered: at most one lookup for each kind of thing, whatever the number of rows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
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
from servicekit.db.database import Database
from servicekit.errors import DomainError
from servicekit.rpc.client import RpcClient
from services.gateway.http.contract import ContractError
from services.gateway.http.transcode import names as types
from services.gateway.storage import users
from smsblaster.campaigns.v1 import names_pb2 as campaign_names_pb2
from smsblaster.campaigns.v1 import names_pb2_grpc as campaign_names_pb2_grpc
from smsblaster.contacts.v1 import names_pb2 as contact_names_pb2
from smsblaster.contacts.v1 import names_pb2_grpc as contact_names_pb2_grpc
from smsblaster.options.v1 import fields_pb2

log = structlog.get_logger()

_LOOKUP_SECONDS = 2.0
# The most ids that the services take in one call.
_MAX_IDS = 1000

# Returns the names that belong to ids.
Lookup = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class NameField:
    """A field of a response with a name, the field with its id, and the kind of thing named."""

    name: str
    id_field: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Part:
    """What to complete in messages of one type: own fields, and messages in fields."""

    fields: tuple[NameField, ...]
    inner: tuple[tuple[FieldDescriptor, "_Part"], ...]


class Names:
    """Completes responses with names. A name that can't be looked up stays absent.

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
        self._lookups: Mapping[str, Lookup] = {
            "contact": self._of_contacts,
            "campaign": self._of_campaigns,
            "user": self._of_users,
        }

    async def fill(self, response: Message) -> None:
        """Fill in the names in a response. It never fails, so that no answer is lost."""
        part = _part(response.DESCRIPTOR)
        if part is None or identity.current().org_id is None:
            return
        rows = [
            (row, field) for row, field in _walk(response, part) if getattr(row, field.id_field)
        ]
        wanted: dict[str, set[str]] = {}
        for row, field in rows:
            wanted.setdefault(field.kind, set()).add(getattr(row, field.id_field))
        found = await asyncio.gather(*(self._look_up(kind, ids) for kind, ids in wanted.items()))
        names = dict(zip(wanted, found, strict=True))
        for row, field in rows:
            name = names[field.kind].get(getattr(row, field.id_field))
            if name:
                setattr(row, field.name, name)

    async def _look_up(self, kind: str, ids: set[str]) -> Mapping[str, str]:
        known = sorted(ids)
        names: dict[str, str] = {}
        try:
            for start in range(0, len(known), _MAX_IDS):
                names |= await self._lookups[kind](known[start : start + _MAX_IDS])
        except (DomainError, SQLAlchemyError, TimeoutError) as error:
            log.warning("names_not_available", kind=kind, error=type(error).__name__)
        return names

    async def _of_contacts(self, ids: Sequence[str]) -> Mapping[str, str]:
        request = contact_names_pb2.GetContactNamesRequest(ids=ids)
        return await self._call(self._contacts.GetContactNames, request)

    async def _of_campaigns(self, ids: Sequence[str]) -> Mapping[str, str]:
        request = campaign_names_pb2.GetCampaignNamesRequest(ids=ids)
        return await self._call(self._campaigns.GetCampaignNames, request)

    async def _of_users(self, ids: Sequence[str]) -> Mapping[str, str]:
        org_id = identity.current().require_org()
        async with asyncio.timeout(_LOOKUP_SECONDS), self._database.org(org_id) as connection:
            found = await users.names(connection, org_id, [*map(UUID, ids)])
        return {str(user_id): name for user_id, name in found.items()}

    async def _call(self, method: Any, request: Message) -> Mapping[str, str]:
        answer = await self._rpc.call(method, request, _LOOKUP_SECONDS, connect_attempts=1)
        return dict(answer.names)


def name_fields(message: Descriptor) -> tuple[NameField, ...]:
    """Return the fields of a message that the gateway fills in. Raises `ContractError`."""
    return tuple(
        _name_field(message, field)
        for field in message.fields
        if field.GetOptions().HasExtension(fields_pb2.name_of)
    )


def _name_field(message: Descriptor, field: FieldDescriptor) -> NameField:
    of = field.GetOptions().Extensions[fields_pb2.name_of]
    kind = of.WhichOneof("id_field")
    id_field = message.fields_by_name.get(getattr(of, kind)) if kind else None
    if kind is None or id_field is None or id_field.is_repeated or not field.has_presence:
        raise ContractError(f"{field.full_name}: name_of needs an id field and an optional name")
    return NameField(field.name, id_field.name, kind)


@cache
def _part(message: Descriptor) -> _Part | None:
    """Return what to complete in messages of this type, None if nothing."""
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


def _walk(message: Message, part: _Part) -> Iterator[tuple[Message, NameField]]:
    """Yield each field to fill in, with its message."""
    for name_field in part.fields:
        yield message, name_field
    for field, inner in part.inner:
        if field.is_repeated:
            for each in getattr(message, field.name):
                yield from _walk(each, inner)
        elif message.HasField(field.name):
            yield from _walk(getattr(message, field.name), inner)
