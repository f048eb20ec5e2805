"""Query parameters, path parameters and form fields are parsed to the types of their fields."""

import pytest

from services.gateway.http.transcode.faults import Faults
from services.gateway.http.transcode.text_fields import TextReader
from smsblaster.contacts.v1.transfer_pb2 import ImportContactsRequest
from smsblaster.events.v1.events_pb2 import EVENT_STATUS_DRAFT, ListEventsRequest
from smsblaster.messaging.v1.messages_pb2 import SendBatchRequest
from smsblaster.messaging.v1.numbers_pb2 import ReleaseNumberRequest


def faults_of(texts: list[tuple[str, str]]) -> dict[str, str]:
    faults = Faults()
    reader = TextReader(ListEventsRequest.DESCRIPTOR, ("status", "limit", "cursor"))
    reader.read(ListEventsRequest(), texts, faults)
    return {fault.field: fault.message for fault in faults}


def test_text_parameters_are_converted_to_the_types_of_their_fields() -> None:
    message, faults = ListEventsRequest(), Faults()
    reader = TextReader(ListEventsRequest.DESCRIPTOR, ("status", "limit", "cursor"))
    reader.read(message, [("status", "draft"), ("limit", "20"), ("cursor", "")], faults)
    assert faults == []
    assert message == ListEventsRequest(status=EVENT_STATUS_DRAFT, limit=20, cursor="")


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "+1", "01", "1.0", "1e3", "\uff11", "1_0", "0x1", "-"]
)
def test_an_integer_needs_plain_digits(text: str) -> None:
    assert faults_of([("limit", text)]) == {"limit": "must be an integer"}


def test_an_integer_must_fit_its_field() -> None:
    assert list(faults_of([("limit", "99999999999")])) == ["limit"]


def test_a_parameter_must_not_be_repeated() -> None:
    assert faults_of([("limit", "1"), ("limit", "2")]) == {"limit": "must be given only once"}


def test_unknown_parameters_are_refused() -> None:
    assert faults_of([("page", "1"), ("Limit", "2")]) == {
        "page": "is not a known parameter",
        "Limit": "is not a known parameter; did you mean limit?",
    }


def test_a_repeated_field_accepts_its_parameter_repeatedly() -> None:
    message, faults = SendBatchRequest(), Faults()
    reader = TextReader(SendBatchRequest.DESCRIPTOR, ("numbers",))
    reader.read(message, [("numbers", "1"), ("numbers", "2")], faults)
    assert (list(message.numbers), faults) == (["1", "2"], [])


@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("false", False), ("True", True), ("FALSE", False)]
)
def test_true_and_false_are_booleans_in_any_case(text: str, expected: bool) -> None:
    message, faults = ReleaseNumberRequest(), Faults()
    TextReader(ReleaseNumberRequest.DESCRIPTOR, ("force",)).read(message, [("force", text)], faults)
    assert (message.force, faults) == (expected, [])


def test_words_other_than_true_and_false_are_refused_as_booleans() -> None:
    faults = Faults()
    reader = TextReader(ReleaseNumberRequest.DESCRIPTOR, ("force",))
    reader.read(ReleaseNumberRequest(), [("force", "1")], faults)
    assert [fault.message for fault in faults] == ["must be true or false"]


def test_the_parameter_for_a_map_is_parsed_as_json() -> None:
    message, faults = ImportContactsRequest(), Faults()
    reader = TextReader(ImportContactsRequest.DESCRIPTOR, ("mapping",))
    reader.read(message, [("mapping", '{"Phone": "phone"}')], faults)
    assert (dict(message.mapping), faults) == ({"Phone": "phone"}, [])
    for text in ("{", "[]", '{"a": 1}', '{"a": "x", "a": "y"}'):
        found = Faults()
        reader.read(ImportContactsRequest(), [("mapping", text)], found)
        assert len(found) == 1, text
