"""A contract for tests: one method for each access rule that real methods can have.

It is built from descriptors when the tests run, so that its methods can't get into the real
contract.
"""

from typing import Any

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from smsblaster.options.v1 import access_pb2

SERVICE = "smsblaster.toy.v1.ToyService"
UNRULED_SERVICE = "smsblaster.toy.v1.UnruledService"
MAX_TEXT = 20

_PACKAGE, _, _NAME = SERVICE.rpartition(".")
# The code that protoc generates declares its extensions when it is imported.
_validate: Any = _validate_pb2
_Caller = access_pb2.Caller


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="smsblaster/toy/v1/toy.proto",
        package=_PACKAGE,
        syntax="proto3",
        dependency=[
            "buf/validate/validate.proto",
            "google/api/annotations.proto",
            "smsblaster/options/v1/access.proto",
        ],
    )
    message = file.message_type.add(name="Toy")
    text = message.field.add(
        name="the_text",
        number=1,
        type=descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
        label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
    )
    rules = text.options.Extensions[_validate.field].string
    rules.min_len, rules.max_len = 1, MAX_TEXT
    _add_methods(file.service.add(name=_NAME))
    unruled = file.service.add(name=UNRULED_SERVICE.rpartition(".")[2])
    _add(unruled, "Unruled", _Caller.CALLER_UNSPECIFIED)
    return file


def _add_methods(service: descriptor_pb2.ServiceDescriptorProto) -> None:
    _add(service, "Public", _Caller.CALLER_PUBLIC)
    _add(service, "Member", _Caller.CALLER_MEMBER)
    _add(service, "OrgAdmin", _Caller.CALLER_ORG_ADMIN)
    _add(service, "PlatformAdmin", _Caller.CALLER_PLATFORM_ADMIN)
    _add(service, "Service", _Caller.CALLER_SERVICE)
    _add(service, "Gateway", _Caller.CALLER_GATEWAY)
    _add(service, "Upload", _Caller.CALLER_MEMBER, client_streaming=True)
    _add(service, "Download", _Caller.CALLER_MEMBER, server_streaming=True)
    idempotent = _add(service, "Repeatable", _Caller.CALLER_MEMBER)
    idempotent.options.idempotency_level = descriptor_pb2.MethodOptions.IDEMPOTENT
    read = _add(service, "Read", _Caller.CALLER_MEMBER)
    read.options.Extensions[annotations_pb2.http].get = "/toy"


def _add(
    service: descriptor_pb2.ServiceDescriptorProto, name: str, caller: Any, **streaming: bool
) -> descriptor_pb2.MethodDescriptorProto:
    toy = f".{_PACKAGE}.Toy"
    method = service.method.add(name=name, input_type=toy, output_type=toy, **streaming)
    if caller:
        method.options.Extensions[access_pb2.access].caller = caller
    return method


descriptor_pool.Default().Add(_file())
Toy: Any = message_factory.GetMessageClass(
    descriptor_pool.Default().FindMessageTypeByName(f"{_PACKAGE}.Toy")
)


def toy(text: str = "hello") -> Message:
    """Return a message of the test contract that contains ``text``."""
    message: Message = Toy(the_text=text)
    return message
