"""Decode bus messages for operators: the subject says which message type it is."""

import json
import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message

from services.webhooks.domain.dead_letter import is_item
from smsblaster.audit.v1.events_pb2 import AuditRecorded
from smsblaster.billing.v1.events_pb2 import LowBalance
from smsblaster.campaigns.v1.events_pb2 import CampaignCreated
from smsblaster.identity.v1.events_pb2 import MemberRemoved
from smsblaster.messaging.v1.events_pb2 import (
    CampaignMoved,
    QuietHoursChanged,
    SendJob,
    SubaccountCreated,
)
from smsblaster.webhooks.v1.events_pb2 import (
    DeadLettered,
    WebhookReceived,
    WebhooksHandled,
    WebhooksReceived,
)

_KINDS: tuple[tuple[re.Pattern[str], type[Message]], ...] = (
    (re.compile(r"webhook\.twilio\.status"), WebhooksReceived),
    (re.compile(r"webhook\.(twilio\..+|stripe|spooled)"), WebhookReceived),
    (re.compile(r"event\.\w+\.audit"), AuditRecorded),
    (re.compile(r"event\.\w+\.webhook_handled"), WebhooksHandled),
    (re.compile(r"event\.\w+\.dead_letter"), DeadLettered),
    (re.compile(r"event\.billing\.low_balance"), LowBalance),
    (re.compile(r"event\.campaigns\.created"), CampaignCreated),
    (re.compile(r"event\.gateway\.member_removed"), MemberRemoved),
    (re.compile(r"event\.messaging\.subaccount_created"), SubaccountCreated),
    (re.compile(r"event\.messaging\.campaign_moved"), CampaignMoved),
    (re.compile(r"event\.messaging\.quiet_hours_changed"), QuietHoursChanged),
    (re.compile(r"job\.send\..+"), SendJob),
)


def kind_of(subject: str) -> type[Message] | None:
    """Return the message type of `subject`, or None for an unknown subject."""
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(subject)), None)


def content_of(subject: str, payload: bytes) -> Mapping[str, Any] | None:
    """Return a message's fields by JSON name, or None if it can't be decoded."""
    if is_item(subject):
        named: dict[str, Any] = json.loads(payload)
        return named
    kind = kind_of(subject)
    if kind is None:
        return None
    try:
        message = kind.FromString(payload)
    except DecodeError:
        return None
    content: dict[str, Any] = MessageToDict(message)
    if isinstance(message, WebhookReceived) and message.body:
        # A provider's JSON: readable, instead of base64.
        content["body"] = message.body.decode(errors="replace")
    return content
