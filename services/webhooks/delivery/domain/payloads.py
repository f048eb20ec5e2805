"""The body of a call to a customer's endpoint."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.api_json.timestamps import format_time
from servicekit.modes import is_test

VERSION = "1"
"""The version of payloads. A change that could break a reader gets a new one."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in an organisation.

    Attributes:
        type: What happened.
        data: The thing that it happened to, as the API returns it.
    """

    id: UUID
    org_id: UUID
    type: str
    at: datetime
    data: Mapping[str, Any]


def payload_of(event: Event) -> str:
    """Return the body of the calls for an event, as JSON."""
    body = {
        "id": str(event.id),
        "type": event.type,
        "version": VERSION,
        "timestamp": format_time(event.at),
        "testMode": is_test(event.org_id),
        "data": event.data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
