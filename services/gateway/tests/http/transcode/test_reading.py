"""JSON is parsed into the contract's messages."""

from typing import Any, TypeVar

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from services.gateway.http.transcode.faults import Faults
from services.gateway.http.transcode.reading import MessageReader, reader_for
from smsblaster.audit.v1.events_pb2 import AuditRecorded
from smsblaster.campaigns.v1 import campaigns_pb2, quick_send_pb2
from smsblaster.contacts.v1 import contacts_pb2
from smsblaster.events.v1 import events_pb2
from smsblaster.messaging.v1 import messages_pb2, numbers_pb2
from smsblaster.webhooks.v1.events_pb2 import WebhookReceived

AnyMessage = TypeVar("AnyMessage", bound=Message)


def read(kind: type[AnyMessage], fields: dict[str, Any]) -> tuple[AnyMessage, Faults]:
    message = kind()
    faults = Faults()
    descriptor: Any = kind.DESCRIPTOR
    reader_for(descriptor).read(message, fields, "", faults)
    return message, faults


def faults_of(kind: type[Message], fields: dict[str, Any]) -> dict[str, str]:
    return {fault.field: fault.message for fault in read(kind, fields)[1]}


def test_json_names_are_read_in_camel_case_and_values_are_unchanged() -> None:
    fields = {
        "to": "+14155550123",
        "templateId": "t",
        "variables": {"firstName": "Ann", "stadt": "Köln"},
    }
    message, faults = read(quick_send_pb2.SendTextRequest, fields)
    assert faults == []
    assert message == quick_send_pb2.SendTextRequest(
        to="+14155550123", template_id="t", variables={"firstName": "Ann", "stadt": "Köln"}
    )


def test_a_null_value_means_that_the_field_is_absent() -> None:
    fields = {"to": None, "message": None, "variables": {"a": None}}
    message, faults = read(quick_send_pb2.SendTextRequest, fields)
    assert (message, faults) == (quick_send_pb2.SendTextRequest(), [])
    assert not message.HasField("message")


def test_an_empty_optional_field_is_present() -> None:
    message, _ = read(contacts_pb2.UpdateContactRequest, {"firstName": ""})
    assert message.HasField("first_name")


@pytest.mark.parametrize("value", [None, {}])
def test_in_a_patch_null_and_an_empty_object_remove_all_entries_of_a_map(value: object) -> None:
    change = campaigns_pb2.UpdateCampaignRequest()
    descriptor: Any = change.DESCRIPTOR
    reader = MessageReader().compile(descriptor, clears=True)
    faults = Faults()
    reader.read(change, {"metadata": value}, "", faults)
    assert (list(change.cleared), faults) == (["metadata"], [])


def test_a_message_whose_only_field_is_named_values_is_read_from_an_array() -> None:
    message, _ = read(contacts_pb2.UpdateContactRequest, {"tags": ["a", "b"]})
    assert list(message.tags.values) == ["a", "b"]
    emptied, _ = read(contacts_pb2.UpdateContactRequest, {"tags": []})
    assert emptied.HasField("tags")
    assert faults_of(contacts_pb2.UpdateContactRequest, {"tags": {"values": []}}) == {
        "tags": "must be an array"
    }


def test_enums_are_read_by_their_short_names() -> None:
    message, _ = read(events_pb2.ListEventsRequest, {"status": "published"})
    assert message.status == events_pb2.EVENT_STATUS_PUBLISHED


@pytest.mark.parametrize(
    "value", ["PUBLISHED", "unspecified", "EVENT_STATUS_PUBLISHED", "", 3, True, ["published"]]
)
def test_unknown_enum_names_are_refused(value: object) -> None:
    faults = faults_of(events_pb2.ListEventsRequest, {"status": value})
    assert list(faults) == ["status"]
    assert faults["status"].startswith("must be one of draft, published")


@pytest.mark.parametrize(
    ("text", "seconds", "nanos"),
    [
        ("2026-02-03T04:05:06Z", 1770091506, 0),
        ("2026-02-03T04:05:06.5Z", 1770091506, 500_000_000),
        ("2026-02-03T05:05:06.000000001+01:00", 1770091506, 1),
        ("2026-02-02T22:35:06-05:30", 1770091506, 0),
        ("1969-12-31T23:59:59.25Z", -1, 250_000_000),
        ("0001-01-01T00:00:00Z", -62135596800, 0),
        ("9999-12-31T23:59:59.999999999Z", 253402300799, 999_999_999),
    ],
)
def test_times_are_read_with_any_offset(text: str, seconds: int, nanos: int) -> None:
    message, faults = read(campaigns_pb2.CreateCampaignRequest, {"scheduleAt": text})
    assert faults == []
    assert (message.schedule_at.seconds, message.schedule_at.nanos) == (seconds, nanos)


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-03",
        "2026-02-03T04:05:06",
        "2026-02-03 04:05:06Z",
        "2026-02-03t04:05:06z",
        "2026-02-30T04:05:06Z",
        "2026-02-03T24:00:00Z",
        "2026-02-03T04:05:60Z",
        "2026-02-03T04:05:06+24:00",
        "2026-02-03T04:05:06.1234567890Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "\uff12\uff10\uff12\uff16-02-03T04:05:06Z",
        "",
        1770091506,
        {"seconds": 1},
    ],
)
def test_an_invalid_time_is_refused(value: object) -> None:
    assert list(faults_of(campaigns_pb2.CreateCampaignRequest, {"scheduleAt": value})) == [
        "scheduleAt"
    ]


@pytest.mark.parametrize("value", [1.0, "1", True, [1], {}, 1e3])
def test_a_value_that_is_not_an_integer_is_refused(value: object) -> None:
    assert faults_of(numbers_pb2.ProvisionNumbersRequest, {"quantity": value}) == {
        "quantity": "must be an integer"
    }


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 10**400])
def test_an_integer_must_fit_its_field(value: int) -> None:
    assert faults_of(numbers_pb2.ProvisionNumbersRequest, {"quantity": value}) == {
        "quantity": "must be between -2147483648 and 2147483647"
    }


def test_a_64_bit_field_accepts_a_json_number_up_to_its_maximum() -> None:
    message, faults = read(messages_pb2.Message, {"priceCents": 2**63 - 1})
    assert (message.price_cents, faults) == (2**63 - 1, [])
    assert "priceCents" in faults_of(messages_pb2.Message, {"priceCents": 2**63})


@pytest.mark.parametrize("value", [0, 1, "true"])
def test_a_value_that_is_not_a_boolean_is_refused(value: object) -> None:
    assert faults_of(numbers_pb2.ReleaseNumberRequest, {"force": value}) == {
        "force": "must be true or false"
    }


def test_a_floating_point_field_accepts_an_integer_but_not_a_number_that_is_too_large() -> None:
    message, faults = read(campaigns_pb2.CampaignMetrics, {"deliveryRate": 1, "failRate": 0.25})
    assert (message.delivery_rate, message.fail_rate, faults) == (1.0, 0.25, [])
    assert faults_of(
        campaigns_pb2.CampaignMetrics, {"deliveryRate": 10**400, "failRate": "0.5"}
    ) == {"deliveryRate": "is too large", "failRate": "must be a number"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, "must be a string"),
        (["a"], "must be a string"),
        ("a\0b", "must not contain NUL characters"),
        ("a\ud800", "must not contain half a character (a lone surrogate)"),
    ],
)
def test_a_string_that_cannot_be_stored_is_refused(value: object, message: str) -> None:
    assert faults_of(quick_send_pb2.SendTextRequest, {"to": value}) == {"to": message}
    assert faults_of(quick_send_pb2.SendTextRequest, {"variables": {"k": value}}) == {
        "variables.k": message
    }


def test_bytes_are_read_from_base64() -> None:
    message, _ = read(WebhookReceived, {"body": "AP8="})
    assert message.body == b"\x00\xff"
    for value in ("AP8", "AP8=\n", "ä", 1):
        assert list(faults_of(WebhookReceived, {"body": value})) == ["body"]


def test_a_struct_accepts_any_object() -> None:
    meta = {"a": [1, {"b": None}], "c": "d", "e": True}
    message, faults = read(AuditRecorded, {"meta": meta})
    assert faults == []
    assert MessageToDict(message.meta) == meta


def test_a_struct_has_limits_on_depth_and_strings() -> None:
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"a": deep}
    assert faults_of(AuditRecorded, {"meta": deep}) == {"meta": "is nested too deeply"}
    assert list(faults_of(AuditRecorded, {"meta": {"a": ["\0"]}})) == ["meta"]
    assert list(faults_of(AuditRecorded, {"meta": {"\0": 1}})) == ["meta"]
    assert faults_of(AuditRecorded, {"meta": []}) == {"meta": "must be an object"}


def test_every_fault_has_the_path_of_its_field() -> None:
    page = {
        "items": [{"id": 1}, 2, {"nonsense": 3, "direction": "up"}],
        "nextCursor": 4,
        "next_cursor": "x",
    }
    from smsblaster.messaging.v1.threads_pb2 import GetThreadResponse

    assert faults_of(GetThreadResponse, page) == {
        "items[0].id": "must be a string",
        "items[1]": "must be an object",
        "items[2].nonsense": "is not a known field",
        "items[2].direction": "must be one of in, out",
        "nextCursor": "must be a string",
        "next_cursor": "is not a known field; did you mean nextCursor?",
    }
    batch = {"numbers": ["+1", None, 2], "message": {}}
    assert list(faults_of(messages_pb2.SendBatchRequest, batch)) == [
        "numbers[1]",
        "numbers[2]",
        "message",
    ]
    assert faults_of(quick_send_pb2.SendTextRequest, {"variables": []}) == {
        "variables": "must be an object"
    }


def test_an_unknown_field_name_with_any_characters_is_reported() -> None:
    faults = faults_of(quick_send_pb2.SendTextRequest, {"ключ": 1, "\ud800": 2, "x" * 999: 3})
    assert list(faults) == ["ключ", "\\ud800", "x" * 100]


def test_strings_are_normalised_to_nfc() -> None:
    fields = {"message": "Cafe\u0301", "variables": {"name": "Jose\u0301"}}
    message, faults = read(quick_send_pb2.SendTextRequest, fields)
    assert (faults, message.message) == ([], "Caf\u00e9")
    assert dict(message.variables) == {"name": "Jos\u00e9"}
