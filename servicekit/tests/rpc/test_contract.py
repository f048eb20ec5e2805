"""Each method of the contract declares who may call it, so none is open or closed by mistake."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api import annotations_pb2
from google.protobuf import descriptor_pb2

from smsblaster.options.v1 import access_pb2

CONTRACT = Path(access_pb2.__file__).parents[3] / "contract.binpb"
Caller = access_pb2.Caller
Method = descriptor_pb2.MethodDescriptorProto


def methods() -> Iterator[tuple[str, Method]]:
    files = descriptor_pb2.FileDescriptorSet.FromString(CONTRACT.read_bytes()).file
    for file in files:
        for service in file.service:
            for method in service.method:
                yield f"{file.package}.{service.name}/{method.name}", method


def access_of(method: Method) -> access_pb2.Access:
    return method.options.Extensions[access_pb2.access]


@pytest.fixture(params=[pytest.param(method, id=name) for name, method in methods()])
def method(request: pytest.FixtureRequest) -> Method:
    found: Method = request.param
    return found


def test_every_method_declares_who_may_call_it(method: Method) -> None:
    assert access_of(method).caller != Caller.CALLER_UNSPECIFIED


def test_a_method_has_a_route_unless_only_the_platform_may_call_it(method: Method) -> None:
    has_route = method.options.HasExtension(annotations_pb2.http)
    internal = (Caller.CALLER_SERVICE, Caller.CALLER_GATEWAY)
    assert has_route == (access_of(method).caller not in internal)


def test_every_method_with_a_route_has_a_rate_limit(method: Method) -> None:
    has_route = method.options.HasExtension(annotations_pb2.http)
    has_budget = access_of(method).rate_class != access_pb2.RateClass.RATE_CLASS_UNSPECIFIED
    assert has_route == has_budget
