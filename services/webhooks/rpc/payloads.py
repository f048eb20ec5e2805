"""Decode bus messages, so that operators can read them."""

import json
from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError

from servicekit.bus.subjects import payload_type
from services.webhooks.domain.dead_letter import is_item
from smsblaster.webhooks.v1.events_pb2 import WebhookReceived


def content_of(subject: str, payload: bytes) -> Mapping[str, Any] | None:
    """Return a bus message's fields, keyed by JSON name, or None if it can't be decoded."""
    if is_item(subject):
        named: dict[str, Any] = json.loads(payload)
        return named
    kind = payload_type(subject)
    if kind is None:
        return None
    try:
        message = kind.FromString(payload)
    except DecodeError:
        return None
    content: dict[str, Any] = MessageToDict(message)
    if isinstance(message, WebhookReceived) and message.body:
        # A provider's JSON is shown as readable text instead of base64.
        content["body"] = message.body.decode(errors="replace")
    return content
