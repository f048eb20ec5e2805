"""The filters of the message history."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

MAX_TOTAL = 10_000
"""Maximum to which matching messages are counted. Page numbers end there."""


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """A filter for outgoing messages. A field that is None matches every message.

    Messages match if they were created at or after `from_time` and before `to_time`. If the filter
    is for failed messages, those that were sent again and delivered match only if `include_retried`
    is set. `reference` is the customer's own reference of a message.
    """

    from_time: datetime | None = None
    to_time: datetime | None = None
    status: str | None = None
    campaign_id: UUID | None = None
    contact_id: UUID | None = None
    error_code: int | None = None
    include_retried: bool = False
    reference: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the fields that are set, as JSON values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _to_json(value) for name, value in values.items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "MessageFilter":
        """Return the filter that `to_json` wrote."""
        return cls(**{name: _from_json(name, value) for name, value in stored.items()})


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _from_json(name: str, value: Any) -> Any:
    if name.endswith("_time"):
        return datetime.fromisoformat(value)
    return UUID(value) if name.endswith("_id") else value
