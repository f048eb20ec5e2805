"""The table of subjects: each subject has one message type."""

import pytest

from servicekit.bus import subjects
from smsblaster.audit.v1.events_pb2 import AuditRecorded
from smsblaster.messaging.v1.events_pb2 import SendJob
from smsblaster.webhooks.v1.events_pb2 import WebhooksReceived


@pytest.mark.parametrize(
    ("subject", "payload"),
    [
        (subjects.TWILIO_STATUS_WEBHOOK, WebhooksReceived),
        (subjects.audit("billing"), AuditRecorded),
        (subjects.send_job("0198c0de-0000-7000-8000-000000000000"), SendJob),
        ("event.billing.unheard_of", None),
        ("event.billing.audit.more", None),
        ("", None),
    ],
)
def test_only_a_known_bus_subject_has_a_message_type(subject: str, payload: type | None) -> None:
    assert subjects.payload_type(subject) is payload
