"""The body of a call."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

VERSION = "1"
"""The version of payloads. A change that could break a reader gets a new one."""


def payload_of(event_id: UUID, type_: str, at: datetime, data: Mapping[str, Any]) -> str:
    """Return the body of the calls for an event, as JSON.

    Args:
        event_id: The event's id.
        type_: What happened.
        at: When it happened.
        data: The thing that it happened to, as the API returns it.
    """
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {
        "id": str(event_id),
        "type": type_,
        "version": VERSION,
        "timestamp": moment,
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
