"""Read the contract's public methods from the descriptors, one for each REST route."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import (
    Descriptor,
    FieldDescriptor,
    MethodDescriptor,
    ServiceDescriptor,
)
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from servicekit.api_json.names import HTTP_BODY, holds_file
from smsblaster.options.v1 import access_pb2, fields_pb2

_VARIABLE = re.compile(r"\{(\w+)\}")
_VERBS = ("get", "post", "put", "patch", "delete")
_CALL_SECONDS = 30.0
_WITHOUT_ROUTE = (access_pb2.CALLER_SERVICE, access_pb2.CALLER_GATEWAY)
_DESCRIPTORS = Path(access_pb2.__file__).parents[3] / "contract.binpb"


class ContractError(Exception):
    """The contract contradicts itself or is incomplete, so the process must not start."""


@dataclass(frozen=True, slots=True)
class Method:
    """One public method and its REST route."""

    descriptor: MethodDescriptor
    verb: str
    path: str  # with {variables} named as in JSON
    variables: tuple[str, ...]  # JSON names of the fields in the path
    has_body: bool
    access: access_pb2.Access
    member_fields: tuple[FieldDescriptor, ...]  # ids of users of the caller's organisation

    @property
    def name(self) -> str:
        """The names of the service and the method, as in ``BalanceService.GetBalance``."""
        return f"{self.descriptor.containing_service.name}.{self.descriptor.name}"

    @property
    def operation_id(self) -> str:
        """The method's name in the API document and generated clients, such as ``getBalance``."""
        name = self.descriptor.name
        return self.access.operation or f"{name[0].lower()}{name[1:]}"

    @property
    def domain(self) -> str:
        """The domain in the method's package, such as ``billing`` in ``smsblaster.billing.v1``."""
        return str(self.descriptor.containing_service.file.package.split(".")[1])

    @property
    def rpc_path(self) -> str:
        """The gRPC path of the method."""
        return f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    @property
    def request_class(self) -> type[Message]:
        """The class of the method's requests."""
        return GetMessageClass(self.descriptor.input_type)

    @property
    def response_class(self) -> type[Message]:
        """The class of the method's responses."""
        return GetMessageClass(self.descriptor.output_type)

    @property
    def uploads(self) -> bool:
        """Whether the method receives a file."""
        return bool(self.descriptor.client_streaming)

    @property
    def downloads(self) -> bool:
        """Whether the method returns a file."""
        return bool(self.descriptor.server_streaming)

    @property
    def download_type(self) -> str:
        """The content type of the file that the method returns."""
        return self.access.download_type or "text/csv"

    @property
    def needs_body(self) -> bool:
        """Whether a request with an empty body is refused although no single field is required.

        This is so for PUT: it replaces everything, so without a body it would remove everything.
        """
        return self.verb == "PUT" and len(self.variables) < len(self.descriptor.input_type.fields)

    @property
    def deferred_type(self) -> Descriptor | None:
        """The type of the message that a download may return instead of its file, if any."""
        name = self.access.deferred_answer
        return descriptor_pool.Default().FindMessageTypeByName(name) if name else None

    @property
    def success_status(self) -> int:
        """The HTTP status of a successful response."""
        return self.access.success_code or 200

    @property
    def call_seconds(self) -> float:
        """The deadline of a call in seconds, unless it streams a file."""
        return self.access.call_seconds or _CALL_SECONDS

    @property
    def answers_secret(self) -> bool:
        """Whether the method's response contains a secret, which is shown once and never stored."""
        return any(f.GetOptions().debug_redact for f in self.descriptor.output_type.fields)

    @property
    def is_public(self) -> bool:
        """Whether the method can be called without a token."""
        return self.access.caller == access_pb2.CALLER_PUBLIC


@cache
def descriptor_set() -> FileDescriptorSet:
    """Return the contract's files with their comments."""
    return FileDescriptorSet.FromString(_DESCRIPTORS.read_bytes())


@cache
def public_methods() -> tuple[Method, ...]:
    """Return every method with a REST route, in the contract's order. Raises `ContractError`."""
    return tuple(
        method
        for service in _services()
        for descriptor in service.methods
        if (method := _public(descriptor)) is not None
    )


def contract_modules() -> Iterator[ModuleType]:
    """Yield the generated module of each of the contract's files."""
    for file in descriptor_set().file:
        yield importlib.import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")


def _services() -> Iterator[ServiceDescriptor]:
    for module in contract_modules():
        yield from module.DESCRIPTOR.services_by_name.values()


def _public(descriptor: MethodDescriptor) -> Method | None:
    options = descriptor.GetOptions()
    access = options.Extensions[access_pb2.access]
    if access.caller == access_pb2.CALLER_UNSPECIFIED:
        raise ContractError(f"{descriptor.full_name} has no access option with a caller")
    rule = options.Extensions[annotations_pb2.http]
    has_route = rule.WhichOneof("pattern") is not None
    if has_route == (access.caller in _WITHOUT_ROUTE):
        raise ContractError(
            f"{descriptor.full_name}: a method needs either a route or an internal caller"
        )
    if not has_route:
        return None
    if access.rate_class == access_pb2.RATE_CLASS_UNSPECIFIED:
        raise ContractError(f"{descriptor.full_name} has no rate class")
    return _method(descriptor, rule, access)


def _method(
    descriptor: MethodDescriptor, rule: http_pb2.HttpRule, access: access_pb2.Access
) -> Method:
    verb = rule.WhichOneof("pattern")
    if verb not in _VERBS or rule.body not in ("", "*"):
        raise ContractError(f"{descriptor.full_name}: its HTTP rule is not supported")
    _check_streams(descriptor)
    fields = descriptor.input_type.fields_by_name
    template: str = getattr(rule, verb)
    names = [str(fields[name].json_name) for name in _VARIABLE.findall(template)]
    path = _VARIABLE.sub(lambda match: f"{{{fields[match[1]].json_name}}}", template)
    members = _member_fields(descriptor, access)
    return Method(descriptor, verb.upper(), path, tuple(names), rule.body == "*", access, members)


def _member_fields(
    descriptor: MethodDescriptor, access: access_pb2.Access
) -> tuple[FieldDescriptor, ...]:
    """Return the request fields that hold the id of a user of the caller's organisation."""
    marked = tuple(
        field
        for field in descriptor.input_type.fields
        if field.GetOptions().Extensions[fields_pb2.org_member]
    )
    streams = descriptor.client_streaming or descriptor.server_streaming
    if marked and (streams or access.caller == access_pb2.CALLER_PUBLIC):
        raise ContractError(
            f"{descriptor.full_name} has org_member fields, but is public or streams"
        )
    if any(field.is_repeated or field.type != FieldDescriptor.TYPE_STRING for field in marked):
        raise ContractError(
            f"{descriptor.full_name} has an org_member field that is not a single id"
        )
    return marked


def _check_streams(descriptor: MethodDescriptor) -> None:
    if descriptor.client_streaming and not _takes_file(descriptor.input_type):
        raise ContractError(f"{descriptor.full_name} streams requests without a file field")
    if descriptor.server_streaming and descriptor.output_type.full_name != HTTP_BODY:
        raise ContractError(f"{descriptor.full_name} streams responses that are not a file")


def _takes_file(message: Descriptor) -> bool:
    file = message.fields_by_name.get("file")
    return file is not None and holds_file(file)
