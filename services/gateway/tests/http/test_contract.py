"""The gateway does not start if the contract is incomplete."""

from typing import Any

import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import (
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool

from services.gateway.http import contract
from services.gateway.http.contract import ContractError, public_methods
from smsblaster.options.v1 import access_pb2, fields_pb2


def method_with(**changes: object) -> MethodDescriptorProto:
    """Return a valid method for a contract, with some attributes replaced by `changes`."""
    method = MethodDescriptorProto(name="Get", input_type=".t.Thing", output_type=".t.Thing")
    options = method.options.Extensions
    options[annotations_pb2.http].get = "/api/things"
    options[access_pb2.access].caller = access_pb2.CALLER_MEMBER
    options[access_pb2.access].rate_class = access_pb2.RATE_CLASS_READ
    for name, value in changes.items():
        if name in ("server_streaming", "client_streaming"):
            setattr(method, name, value)
        elif name in ("caller", "rate_class"):
            setattr(options[access_pb2.access], name, value)
        else:
            options[annotations_pb2.http].Clear()
            if value is not None:
                setattr(options[annotations_pb2.http], name, value)
    return method


def read(method: MethodDescriptorProto, *fields: FieldDescriptorProto) -> contract.Method | None:
    file = FileDescriptorProto(name="t.proto", package="t", syntax="proto3")
    file.message_type.add(name="Thing", field=fields)
    file.service.add(name="ThingService").method.append(method)
    pool = DescriptorPool()
    pool.Add(file)
    return contract._public(pool.FindServiceByName("t.ThingService").methods[0])


def test_a_complete_method_gets_a_route() -> None:
    found = read(method_with())
    assert found is not None
    assert (found.verb, found.path, found.success_status) == ("GET", "/api/things", 200)


@pytest.mark.parametrize(
    "changes",
    [
        {"caller": access_pb2.CALLER_UNSPECIFIED},
        {"rate_class": access_pb2.RATE_CLASS_UNSPECIFIED},
        {"caller": access_pb2.CALLER_SERVICE},
        {"get": None},
        {"server_streaming": True},
        {"client_streaming": True},
    ],
    ids=str,
)
def test_a_method_without_a_required_option_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ContractError):
        read(method_with(**changes))


def member_field(**changes: Any) -> FieldDescriptorProto:
    """Return a valid field for a member's id in a contract, with some attributes replaced."""
    kind, label = FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.LABEL_OPTIONAL
    given: dict[str, Any] = {"name": "user_id", "number": 1, "type": kind, "label": label}
    field = FieldDescriptorProto(**given | changes)
    field.options.Extensions[fields_pb2.org_member] = True
    return field


def test_a_field_that_is_marked_as_the_id_of_a_member_is_checked_as_one() -> None:
    found = read(method_with(), member_field())
    assert found is not None
    assert [field.json_name for field in found.member_fields] == ["userId"]


@pytest.mark.parametrize(
    ("method", "field"),
    [
        ({"caller": access_pb2.CALLER_PUBLIC}, {}),
        ({}, {"type": FieldDescriptorProto.TYPE_INT64}),
        ({}, {"label": FieldDescriptorProto.LABEL_REPEATED}),
    ],
    ids=str,
)
def test_a_field_of_an_unsupported_type_for_the_id_of_a_member_is_refused(
    method: dict[str, object], field: dict[str, object]
) -> None:
    with pytest.raises(ContractError):
        read(method_with(**method), member_field(**field))


def test_an_internal_method_has_no_route() -> None:
    internal = method_with(get=None)
    internal.options.Extensions[access_pb2.access].caller = access_pb2.CALLER_SERVICE
    assert read(internal) is None


def test_no_two_methods_share_a_route() -> None:
    routes = [(method.verb, method.path) for method in public_methods()]
    assert len(set(routes)) == len(routes)


def test_no_api_key_can_call_routes_for_users_or_keys() -> None:
    services = ("OrganisationService.", "InvitationService.", "ApiKeyService.")
    methods = [m for m in public_methods() if m.name.startswith(services) and not m.is_public]
    open_to_keys = {method.name for method in methods if not method.access.session_only}
    assert open_to_keys == {
        "OrganisationService.GetOrganisation",
        "OrganisationService.ListPeople",
    }


def test_every_route_that_sends_to_attendees_needs_the_scope_send() -> None:
    events = [method for method in public_methods() if method.domain == "events"]
    sending = {m.name for m in events if m.access.rate_class == access_pb2.RATE_CLASS_SEND}
    assert sending == {
        "EventNotificationService.Notify",
        "EventNotificationService.ResumeEventNotification",
        "EventSmsRetryService.CreateSmsRetry",
        "EventSmsService.RetrySms",
        "QuestionSetService.NotifyQuestionSet",
        "QuestionSetService.PublishQuestionSet",
    }


def test_a_call_has_30_seconds_unless_its_method_needs_more() -> None:
    seconds = {method.name: method.call_seconds for method in public_methods()}
    assert seconds.pop("CampaignTrialService.QuoteCampaign") == 55
    assert seconds.pop("CampaignTrialService.QuoteRetry") == 55
    assert seconds.pop("ContactService.CountContacts") == 55
    assert seconds.pop("EventNotificationService.QuoteNotification") == 55
    assert set(seconds.values()) == {30}


def test_path_variables_are_named_as_in_json() -> None:
    by_name = {method.name: method for method in public_methods()}
    thread = by_name["ThreadService.GetThread"]
    assert thread.path == "/api/messages/thread/{contactId}"
    assert thread.variables == ("contactId",)
    assert thread.domain == "messaging"
    assert thread.rpc_path == "/smsblaster.messaging.v1.ThreadService/GetThread"
