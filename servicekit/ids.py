"""Ids: UUIDv7 everywhere, so that newer ids sort after older ones."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh id, ordered by time of creation."""
    return uuid7()


def parse_id(text: str | None) -> UUID | None:
    """The id written in ``text``, or None where it is not one."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
