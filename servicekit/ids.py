"""Ids: UUIDv7 everywhere, so that newer ids sort after older ones."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

# RFC 9562: 48 bits of milliseconds, 4 of version, 12 random ones, 2 of variant, 62 random ones.
_UUID7 = 7 << 76 | 2 << 62
_RANDOM = (1 << 76) - 1 ^ 3 << 62


def new_id() -> UUID:
    """Return a new id; ids sort by the time of their creation."""
    return uuid7()


def id_at(time: datetime) -> UUID:
    """Return a new id that sorts with those of ``time``, to the millisecond."""
    return UUID(int=first_id_at(time).int | new_id().int & _RANDOM)


def first_id_at(time: datetime) -> UUID:
    """Return the lowest possible id of ``time``, to the millisecond. Older ids sort before it."""
    milliseconds = max(0, int(time.timestamp() * 1000))
    return UUID(int=milliseconds << 80 | _UUID7)


def time_of(id_: UUID) -> datetime:
    """Return the time at which ``id_`` was made, to the millisecond."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)


def parse_id(text: str | None) -> UUID | None:
    """Return the id written in ``text``, or None if it is not an id."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
