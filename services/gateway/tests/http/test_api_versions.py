"""Responses name the version of the API, and tell when a request uses something deprecated."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass

from services.gateway.http.api_versions import NEWEST, VERSIONS
from services.gateway.http.contract import ContractError, Method, public_methods
from services.gateway.http.deprecations import Deprecation, UsedDeprecations, deprecation_of
from services.gateway.http.openapi.document import document
from services.gateway.tests.conftest import ORIGIN
from services.gateway.tests.members import Client, Member, problem
from smsblaster.options.v1 import deprecation_pb2
from smsblaster.options.v1.access_pb2 import Access

_MESSAGES = iter(range(100))
_ENDING = {"since": "2026-12-01", "sunset": "2027-12-01", "instead": "Use new."}


def method(words: Mapping[str, str], *, deprecated: bool = True) -> MethodDescriptor:
    """Return a method whose requests have a field with the option for deprecations."""
    number = next(_MESSAGES)
    described = FieldDescriptorProto(
        name="old",
        number=1,
        type=FieldDescriptorProto.TYPE_STRING,
        label=FieldDescriptorProto.LABEL_OPTIONAL,
    )
    described.options.deprecated = deprecated
    option = described.options.Extensions[deprecation_pb2.deprecated_field]
    option.CopyFrom(deprecation_pb2.Deprecation(**words))
    name = f"Old{number}"
    service = ServiceDescriptorProto(name=f"{name}Service")
    service.method.add(name="Get", input_type=name, output_type=name)
    file = FileDescriptorProto(
        name=f"{name}.proto",
        message_type=[DescriptorProto(name=name, field=[described])],
        service=[service],
    )
    Default().AddSerializedFile(file.SerializeToString())
    found: MethodDescriptor = Default().FindServiceByName(service.name).methods_by_name["Get"]
    return found


def method_with_nested(inner: str) -> MethodDescriptor:
    """Return a method whose requests have a list of messages that have messages of type `inner`."""
    name = f"Old{next(_MESSAGES)}"
    file = FileDescriptorProto(name=f"{name}.proto", dependency=[f"{inner}.proto"])
    for message, inside, label in (
        (f"{name}Item", inner, FieldDescriptorProto.LABEL_OPTIONAL),
        (name, f"{name}Item", FieldDescriptorProto.LABEL_REPEATED),
    ):
        given = FieldDescriptorProto(
            name="inside",
            number=1,
            type=FieldDescriptorProto.TYPE_MESSAGE,
            type_name=f".{inside}",
            label=label,
        )
        file.message_type.add(name=message, field=[given])
    file.service.add(name=f"{name}Service").method.add(
        name="Get", input_type=name, output_type=name
    )
    Default().AddSerializedFile(file.SerializeToString())
    found: MethodDescriptor = Default().FindServiceByName(f"{name}Service").methods_by_name["Get"]
    return found


def field(words: Mapping[str, str], *, deprecated: bool = True) -> FieldDescriptor:
    found: FieldDescriptor = method(words, deprecated=deprecated).input_type.fields_by_name["old"]
    return found


@pytest.mark.parametrize("path", ["/api/me", "/api/nothing", "/api/openapi.json"])
def test_every_response_names_the_version(client: Client, path: str) -> None:
    assert client.get(path).headers["SMSBlaster-Version"] == VERSIONS[0]


def test_a_request_can_name_its_version(client: Client, member: Member) -> None:
    headers = {**member.headers, "SMSBlaster-Version": NEWEST, "Origin": ORIGIN}
    answer = client.get("/api/me", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["SMSBlaster-Version"] == NEWEST
    assert "SMSBlaster-Version" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("version", ["2020-01-01", "1", ""])
def test_a_request_for_a_version_that_does_not_exist_is_refused(
    client: Client, member: Member, version: str
) -> None:
    answer = client.get("/api/me", headers={**member.headers, "SMSBlaster-Version": version})
    told = problem(answer, 400, "unsupported_version")
    assert NEWEST in told["detail"]
    assert answer.headers["SMSBlaster-Version"] == VERSIONS[0]


def test_the_api_document_names_the_newest_version() -> None:
    assert document()["info"]["version"] == NEWEST
    assert list(VERSIONS) == sorted(VERSIONS)


def test_the_response_to_a_request_with_a_deprecated_parameter_says_so(
    client: Client, member: Member
) -> None:
    old = client.get("/api/messages/search?q=doors", headers=member.headers)
    new = client.get("/api/messages/search?search=doors", headers=member.headers)
    since = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp())
    assert old.headers["Deprecation"] == f"@{since}"
    assert '/api/docs/guides/versions>; rel="deprecation"' in old.headers["Link"]
    assert not {"Deprecation", "Sunset", "Link"} & set(new.headers)


def test_the_api_document_marks_deprecated_operations_and_fields() -> None:
    operation = document()["paths"]["/api/messages/search"]["get"]
    [old] = [each for each in operation["parameters"] if each.get("deprecated")]
    assert old["name"] == "q"
    assert "Deprecated since 2026-12-01. Use search." in old["description"]
    assert {"Deprecation", "Sunset"} <= set(operation["responses"]["200"]["headers"])


def test_a_deprecated_field_has_a_day_and_says_what_to_use_instead() -> None:
    found = deprecation_of(field(_ENDING))
    assert found == Deprecation(date(2026, 12, 1), date(2027, 12, 1), "Use new.")
    assert found.words() == (
        "Deprecated since 2026-12-01. Use new. It may stop working on 2027-12-01."
    )


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"since": "2026-12-01"},
        {"instead": "Use new."},
        {"since": "2026-12-01", "sunset": "2027-11-30", "instead": "Use new."},
    ],
    ids=["nothing", "no replacement", "no day", "less than a year"],
)
def test_a_deprecation_without_a_date_or_a_replacement_is_refused(words: dict[str, str]) -> None:
    with pytest.raises(ContractError, match="Old"):
        deprecation_of(field(words))


def test_the_response_names_the_day_from_which_a_deprecated_field_may_stop_working() -> None:
    ending = method(_ENDING)
    used = UsedDeprecations(Method(ending, "GET", "/old", (), False, Access(), ()))
    request_class = GetMessageClass(ending.input_type)
    assert used.headers(request_class(old="x"))["Sunset"] == "Wed, 01 Dec 2027 00:00:00 GMT"
    assert used.headers(request_class()) == {}


def test_a_deprecated_field_inside_a_message_of_a_request_is_refused() -> None:
    inner = method(_ENDING).input_type.full_name
    nested = method_with_nested(inner)
    with pytest.raises(ContractError, match=f"{inner}.old"):
        UsedDeprecations(Method(nested, "POST", "/old", (), True, Access(), ()))


def test_a_field_with_a_deprecation_option_that_is_not_deprecated_is_refused() -> None:
    with pytest.raises(ContractError, match="Old"):
        deprecation_of(field(_ENDING, deprecated=False))


def test_the_deprecations_of_all_methods_can_be_read() -> None:
    assert any(UsedDeprecations(each).exist for each in public_methods())
