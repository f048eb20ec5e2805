"""A date in a filter by time is a whole day in the organisation's time zone."""

import pytest

from servicekit.api_json.timestamps import format_timestamp
from servicekit.identity import GATEWAY, Identity, acting_as
from services.gateway.http.transcode.faults import Faults
from services.gateway.http.transcode.text_fields import TextReader
from smsblaster.messaging.v1.history_pb2 import ListHistoryRequest
from smsblaster.messaging.v1.inbox_pb2 import SearchMessagesRequest


def read(time_zone: str, **texts: str) -> tuple[ListHistoryRequest, Faults]:
    message, faults = ListHistoryRequest(), Faults()
    reader = TextReader(ListHistoryRequest.DESCRIPTOR, ("from", "to"))
    with acting_as(Identity(GATEWAY, org_time_zone=time_zone)):
        reader.read(message, texts.items(), faults)
    return message, faults


@pytest.mark.parametrize(
    ("time_zone", "day", "start", "end"),
    [
        ("UTC", "2026-02-03", "2026-02-03T00:00:00.000Z", "2026-02-04T00:00:00.000Z"),
        ("America/New_York", "2026-02-03", "2026-02-03T05:00:00.000Z", "2026-02-04T05:00:00.000Z"),
        # The clocks change on this day, which has 23 hours.
        ("America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z"),
        # The clocks change at midnight, so the day begins at one o'clock.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z", "2026-04-24T21:00:00.000Z"),
        ("Asia/Kathmandu", "2026-02-03", "2026-02-02T18:15:00.000Z", "2026-02-03T18:15:00.000Z"),
    ],
)
def test_a_date_means_the_whole_day_in_the_organisations_time_zone(
    time_zone: str, day: str, start: str, end: str
) -> None:
    message, faults = read(time_zone, **{"from": day, "to": day})
    assert faults == []
    assert format_timestamp(message.from_time) == start
    assert format_timestamp(message.to_time) == end


def test_a_time_is_not_read_as_a_date() -> None:
    message, _ = read("America/New_York", **{"from": "2026-02-03T04:05:06Z"})
    assert format_timestamp(message.from_time) == "2026-02-03T04:05:06.000Z"


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "0000-01-01"])
def test_a_date_that_does_not_exist_is_refused(day: str) -> None:
    _, faults = read("UTC", to=day)
    assert [(fault.field, fault.message) for fault in faults] == [
        ("to", "is not a date of the calendar")
    ]


@pytest.mark.parametrize("text", ["2026-2-3", "03.02.2026", "yesterday", "2026-02-03T04:05"])
def test_a_text_that_is_neither_a_date_nor_a_time_is_refused_as_a_time(text: str) -> None:
    _, faults = read("UTC", **{"from": text})
    assert [fault.field for fault in faults] == ["from"]


def test_every_filter_by_time_takes_a_date() -> None:
    message, faults = SearchMessagesRequest(), Faults()
    reader = TextReader(SearchMessagesRequest.DESCRIPTOR, ("from", "to"))
    with acting_as(Identity(GATEWAY)):
        reader.read(message, [("from", "2026-02-03"), ("to", "2026-02-03")], faults)
    assert faults == []
    assert message.to_time.seconds - message.from_time.seconds == 86_400
