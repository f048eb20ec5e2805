"""Which outgoing messages are looked for."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

TOTAL_AT_MOST = 10_000
"""So many messages are counted, and pages by number go no further."""


@dataclass(frozen=True, slots=True)
class WantedMessages:
    """Outgoing messages created from ``from_time`` until before ``to_time``; None admits all."""

    from_time: datetime | None = None
    to_time: datetime | None = None
    status: str | None = None
    campaign_id: UUID | None = None
    contact_id: UUID | None = None
    error_code: int | None = None

    def written(self) -> dict[str, Any]:
        """As JSON can hold it, without what is None."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _written(value) for name, value in values.items() if value is not None}

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "WantedMessages":
        """What :meth:`written` wrote."""
        return cls(**{name: _read(name, value) for name, value in written.items()})


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(name: str, value: Any) -> Any:
    if name.endswith("_time"):
        return datetime.fromisoformat(value)
    return UUID(value) if name.endswith("_id") else value
