"""Protobuf messages are written as the API's JSON."""

from datetime import datetime, timedelta, timezone

import orjson
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.api_json.timestamps import format_time, format_timestamp
from servicekit.api_json.writing import writer_for
from smsblaster.audit.v1.events_pb2 import AuditRecorded
from smsblaster.billing.v1.charges_pb2 import GetPricesResponse
from smsblaster.campaigns.v1.campaigns_pb2 import CampaignMetrics
from smsblaster.contacts.v1.contacts_pb2 import (
    OPT_STATUS_OPTED_IN,
    Contact,
    TagSet,
    UpdateContactRequest,
)
from smsblaster.messaging.v1.messages_pb2 import Message, MessageDetail
from smsblaster.webhooks.v1.events_pb2 import WebhookReceived


def test_every_field_is_written_and_absent_fields_are_null() -> None:
    contact = Contact(id="c", phone="+14155550123", opt_status=OPT_STATUS_OPTED_IN)
    contact.created_at.FromJsonString("2026-02-03T04:05:06.789Z")
    written = writer_for(Contact.DESCRIPTOR).write(contact)
    assert list(written.items()) == [
        ("id", "c"),
        ("phone", "+14155550123"),
        ("firstName", None),
        ("lastName", None),
        ("email", None),
        ("tags", []),
        ("optStatus", "opted_in"),
        ("optedOutAt", None),
        ("createdAt", "2026-02-03T04:05:06.789Z"),
        ("timeZone", None),
        ("version", 0),
        ("updatedAt", None),
    ]


def test_unset_and_unknown_enum_values_are_null() -> None:
    writer = writer_for(Contact.DESCRIPTOR)
    assert writer.write(Contact())["optStatus"] is None
    assert writer.write(Contact(opt_status=99))["optStatus"] is None  # type: ignore[arg-type]


def test_an_optional_field_that_is_set_but_empty_is_not_null() -> None:
    assert writer_for(Contact.DESCRIPTOR).write(Contact(first_name=""))["firstName"] == ""


def test_integers_of_64_bits_are_written_as_numbers() -> None:
    written = writer_for(Message.DESCRIPTOR).write(Message(price_cents=2**63 - 1))
    assert b'"priceCents":9223372036854775807' in orjson.dumps(written)


def test_nested_messages_lists_and_maps_are_written() -> None:
    detail = MessageDetail(message=Message(id="m"))
    detail.timeline.add(event_type="sent", error_code=30003)
    written = writer_for(MessageDetail.DESCRIPTOR).write(detail)
    assert written["message"]["id"] == "m"
    assert written["timeline"] == [{"eventType": "sent", "errorCode": 30003, "receivedAt": None}]
    prices = GetPricesResponse(cents_per_segment={"US": 1})
    assert writer_for(GetPricesResponse.DESCRIPTOR).write(prices) == {
        "centsPerSegment": {"US": 1},
        "centsPerMms": {},
    }


def test_a_message_whose_only_field_is_named_values_is_written_as_an_array() -> None:
    writer = writer_for(UpdateContactRequest.DESCRIPTOR)
    assert writer.write(UpdateContactRequest(tags=TagSet(values=["a"])))["tags"] == ["a"]
    assert writer.write(UpdateContactRequest())["tags"] is None


def test_structs_bytes_and_rates_are_written_as_plain_json() -> None:
    event = AuditRecorded()
    event.meta.update({"a": [1, None]})
    assert writer_for(AuditRecorded.DESCRIPTOR).write(event)["meta"] == {"a": [1, None]}
    webhook = WebhookReceived(body=b"\x00\xff")
    assert writer_for(WebhookReceived.DESCRIPTOR).write(webhook)["body"] == "AP8="
    metrics = writer_for(CampaignMetrics.DESCRIPTOR).write(CampaignMetrics(delivery_rate=0.5))
    assert metrics["deliveryRate"] == 0.5


def test_times_are_in_utc_cut_to_milliseconds() -> None:
    assert format_timestamp(Timestamp(seconds=0, nanos=1_999_999)) == "1970-01-01T00:00:00.001Z"
    assert format_timestamp(Timestamp(seconds=-1)) == "1969-12-31T23:59:59.000Z"


def test_a_time_of_any_offset_is_written_as_the_timestamp_of_the_same_moment() -> None:
    moment = datetime(2026, 2, 3, 4, 5, 6, 789_999, timezone(timedelta(hours=5)))
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    assert format_time(moment) == format_timestamp(timestamp) == "2026-02-02T23:05:06.789Z"
