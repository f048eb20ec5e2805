"""The body of a call to a customer's endpoint."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.api_json.timestamps import format_time

VERSION = "1"
"""The version of the payload format. A change that could break a reader gets a new one."""


def payload_of(event_id: UUID, type_: str, at: datetime, data: Mapping[str, Any]) -> str:
    """Return the body of the calls for an event, as JSON.

    Args:
        event_id: The event's id.
        type_: What happened.
        at: When it happened.
        data: The object that it happened to, such as a message, as the API returns it.
    """
    body = {
        "id": str(event_id),
        "type": type_,
        "version": VERSION,
        "timestamp": format_time(at),
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
