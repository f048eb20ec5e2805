"""Small gRPC servers that replace other services in the gateway's tests."""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from deploy.local.ports import free_port
from servicekit import operation
from servicekit.db.versions import Versions, require_version
from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.identity import current
from servicekit.rpc.server import Context, make_server
from servicekit.telemetry.context import request_id
from servicekit.tokens import TokenSigner
from servicekit.web.loop_thread import LoopThread
from services.gateway.http.contract import public_methods
from smsblaster.contacts.v1 import (
    contacts_pb2,
    contacts_pb2_grpc,
    lists_pb2,
    lists_pb2_grpc,
    transfer_pb2,
    transfer_pb2_grpc,
)

FOREIGN_ID = "0190e2a0-0000-7000-8000-00000000000f"
MISSING_ID = "0190e2a0-0000-7000-8000-00000000000a"
ENDLESS_ID = "0190e2a0-0000-7000-8000-0000000000ee"
"""The id of a list whose export never ends."""
EXPORT_CHUNKS = 40
EXPORT_CHUNK = b"a,b\r\n" * 2000


CURRENT_VERSION = 3
"""The version of every contact."""


def _require_current(expected: int | None) -> None:
    """Refuse a change that expects a version before 3.

    The last name of each contact of this stand-in has changed in version 3.
    """
    require_version(Versions(CURRENT_VERSION, {"first_name": 2, "last_name": 3}), expected)


class Contacts(contacts_pb2_grpc.ContactServiceServicer):
    """Replaces the contacts service. Its response has the request and metadata that it received."""

    def __init__(self) -> None:
        self.created = 0

    async def CreateContact(
        self, request: contacts_pb2.CreateContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        if request.first_name == "Nobody":
            raise NotFound("There is nobody.")
        if request.first_name == "Crash":
            raise RuntimeError("a secret of ours")
        self.created += 1
        served = operation.current()
        return contacts_pb2.Contact(
            id=str(self.created),
            phone=request.phone,
            last_name=str(served) if served else None,
            tags=request.tags,
            time_zone=f"may send: {current().may_send}",
        )

    async def GetContact(
        self, request: contacts_pb2.GetContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        if request.id == FOREIGN_ID:
            raise CrossOrgAccess
        if request.id == MISSING_ID:
            raise NotFound("There is no such contact.", code="contact_not_found")
        caller = current()
        return contacts_pb2.Contact(
            id=request.id,
            first_name=str(caller.user_id),
            last_name=caller.org_name,
            email=request_id(),
            phone=f"{caller.email_verified} {caller.org_time_zone}",
            tags=sorted(caller.roles),
            version=CURRENT_VERSION,
        )

    async def ListContacts(
        self, request: contacts_pb2.ListContactsRequest, context: Context
    ) -> contacts_pb2.ListContactsResponse:
        return contacts_pb2.ListContactsResponse(
            items=[contacts_pb2.Contact(first_name=request.search)],
            total=request.page * request.limit,
        )

    async def UpdateContact(
        self, request: contacts_pb2.UpdateContactRequest, context: Context
    ) -> contacts_pb2.Contact:
        _require_current(request.if_version if request.HasField("if_version") else None)
        emptied = [field.name for field, value in request.ListFields() if not str(value)]
        return contacts_pb2.Contact(
            id=request.id, tags=request.tags.values, email=f"emptied: {', '.join(emptied)}"
        )

    async def DeleteContact(
        self, request: contacts_pb2.DeleteContactRequest, context: Context
    ) -> contacts_pb2.DeleteContactResponse:
        _require_current(request.if_version if request.HasField("if_version") else None)
        return contacts_pb2.DeleteContactResponse()

    async def ListTags(
        self, request: contacts_pb2.ListTagsRequest, context: Context
    ) -> contacts_pb2.ListTagsResponse:
        return contacts_pb2.ListTagsResponse()


class Lists(lists_pb2_grpc.ContactListServiceServicer):
    """Replaces the service of contact lists. It has no lists, so every method responds with 404."""

    async def ListLists(
        self, request: lists_pb2.ListListsRequest, context: Context
    ) -> lists_pb2.ListListsResponse:
        return lists_pb2.ListListsResponse()


class Transfer(transfer_pb2_grpc.TransferServiceServicer):
    """Replaces imports and exports. Returns a hash of uploads, and sends a file in many pieces."""

    async def PreviewImport(
        self, requests: AsyncIterator[transfer_pb2.PreviewImportRequest], context: Context
    ) -> transfer_pb2.ImportPreview:
        async for _ in requests:
            raise InvalidInput.of("file", "is not a CSV file")
        raise AssertionError("nothing came")

    async def ImportContacts(
        self, requests: AsyncIterator[transfer_pb2.ImportContactsRequest], context: Context
    ) -> transfer_pb2.ImportSummary:
        digest, size, largest = hashlib.sha256(), 0, 0
        first = None
        async for request in requests:
            first = first or request
            digest.update(request.file.data)
            size += len(request.file.data)
            largest = max(largest, len(request.file.data))
        assert first is not None
        note = transfer_pb2.ImportError(
            row=largest, field=digest.hexdigest(), message=str(dict(first.mapping))
        )
        return transfer_pb2.ImportSummary(created=size, errors=[note])

    async def ExportContacts(
        self, request: transfer_pb2.ExportContactsRequest, context: Context
    ) -> AsyncIterator[HttpBody]:
        if request.list_id == MISSING_ID:
            raise NotFound("There is no such list.", code="list_not_found")
        while request.list_id == ENDLESS_ID:
            yield HttpBody(content_type="text/csv", data=EXPORT_CHUNK)
        for _ in range(EXPORT_CHUNKS):
            yield HttpBody(content_type="text/csv", data=EXPORT_CHUNK)


@contextmanager
def running_contacts(key: str) -> Iterator[str]:
    """Run the server on its own event loop, and yield its address."""
    loop = LoopThread()
    address = f"127.0.0.1:{free_port()}"

    async def start() -> grpc.aio.Server:
        server = make_server(TokenSigner("contacts", base64.b64decode(key)))
        contacts_pb2_grpc.add_ContactServiceServicer_to_server(
            Contacts(),  # type: ignore[abstract]  # the rest is not called
            server,
        )
        lists_pb2_grpc.add_ContactListServiceServicer_to_server(
            Lists(),  # type: ignore[abstract]  # the rest is not called
            server,
        )
        transfer_pb2_grpc.add_TransferServiceServicer_to_server(Transfer(), server)
        server.add_insecure_port(address)
        await server.start()
        return server

    server = loop.run(start())
    yield address
    loop.run(server.stop(1))
    loop.close()


@contextmanager
def running_nothing(key: str) -> Iterator[str]:
    """Run a server that finds nothing, whatever the method, and yield its address."""
    loop = LoopThread()
    address = f"127.0.0.1:{free_port()}"

    async def find_nothing(request: object, context: Context) -> NoReturn:
        raise NotFound("There is nothing.")

    async def send_nothing(request: object, context: Context) -> AsyncIterator[NoReturn]:
        raise NotFound("There is nothing.")
        yield

    def handler(method: MethodDescriptor) -> Any:
        codecs: Any = {"request_deserializer": GetMessageClass(method.input_type).FromString}
        if method.client_streaming:
            return grpc.stream_unary_rpc_method_handler(find_nothing, **codecs)
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(send_nothing, **codecs)
        return grpc.unary_unary_rpc_method_handler(find_nothing, **codecs)

    async def start() -> grpc.aio.Server:
        server = make_server(TokenSigner("nothing", base64.b64decode(key)))
        services = {
            method.descriptor.containing_service.full_name: method.descriptor.containing_service
            for method in public_methods()
        }
        for name, service in services.items():
            handlers = {method.name: handler(method) for method in service.methods}
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))
        server.add_insecure_port(address)
        await server.start()
        return server

    server = loop.run(start())
    yield address
    loop.run(server.stop(1))
    loop.close()
