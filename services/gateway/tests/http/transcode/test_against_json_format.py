"""Our JSON is the same as that of protobuf's json_format, except where it differs by design.

They differ by design: our 64-bit integers are numbers, not strings; our enums have short names; our
times always have milliseconds; and our absent fields are null, not left out.
"""

import unicodedata
from functools import partial
from typing import Any

from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from servicekit.api_json.writing import writer_for
from services.gateway.http.transcode.faults import Faults
from services.gateway.http.transcode.reading import reader_for
from smsblaster.campaigns.v1.campaigns_pb2 import CampaignMetrics
from smsblaster.campaigns.v1.quick_send_pb2 import SendTextRequest
from smsblaster.messaging.v1.messages_pb2 import Message, MessageDetail

# In NFC, like every text that we read.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20).map(
    partial(unicodedata.normalize, "NFC")
)
INT32 = st.integers(-(2**31), 2**31 - 1)
INT64 = st.integers(-(2**63), 2**63 - 1)

MESSAGES = st.builds(
    Message,
    id=TEXT,
    contact_id=st.none() | TEXT,
    body=TEXT,
    segments=INT32,
    price_cents=INT64,
    error_code=st.none() | INT32,
    error_message=st.none() | TEXT,
)
METRICS = st.builds(
    CampaignMetrics,
    campaign_id=TEXT,
    recipients=INT64,
    delivery_rate=st.floats(allow_nan=False, allow_infinity=False),
)


def _read(kind: Any, fields: dict[str, Any]) -> Any:
    message = kind()
    faults = Faults()
    reader_for(kind.DESCRIPTOR).read(message, fields, "", faults)
    assert faults == []
    return message


@given(st.builds(MessageDetail, message=MESSAGES))
def test_protobufs_json_format_parses_our_json_to_the_same_message(detail: MessageDetail) -> None:
    written = writer_for(MessageDetail.DESCRIPTOR).write(detail)
    assert json_format.ParseDict(written, MessageDetail()) == detail


@given(METRICS)
def test_parsing_our_own_json_returns_the_same_message(metrics: CampaignMetrics) -> None:
    written = writer_for(CampaignMetrics.DESCRIPTOR).write(metrics)
    assert _read(CampaignMetrics, written) == metrics


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "to": TEXT | st.none(),
            "message": TEXT | st.none(),
            "templateId": TEXT,
            "variables": st.dictionaries(TEXT, TEXT, max_size=4),
        },
    )
)
def test_requests_are_parsed_as_protobufs_json_format_does(fields: dict[str, Any]) -> None:
    expected = json_format.ParseDict(fields, SendTextRequest())
    assert _read(SendTextRequest, fields) == expected


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["to", "message", "templateId", "variables", "x"]) | st.text(),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["to", "message", "templateId", "variables"]), JUNK))
def test_any_input_is_read_or_its_faults_are_reported(fields: dict[str, Any]) -> None:
    faults = Faults()
    message = SendTextRequest()
    reader_for(SendTextRequest.DESCRIPTOR).read(message, fields, "", faults)
    assert all(fault.field.split(".")[0] in fields for fault in faults)
    assert SendTextRequest.FromString(message.SerializeToString()) == message
